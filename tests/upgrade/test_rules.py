"""Rules of the policy end to end: what they hold, what they leave out, and what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.model.upgrade_policy import IgnoreRule
from pinkit.workflows.upgrade_limits import _left_out
from tests.support.osv_records import before
from tests.upgrade.conftest import detail, moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

IGNORE = '[[tool.pinkit.upgrade.ignore]]\nname = "{}"\nreason = "wait"\n'


def moved(plan: dict[str, object]) -> dict[str, str]:
    return {name: to for _, name, _, to in moves(plan)}


def kinds(project: Project, config: str = "", main: str = "one\ntwo\n", dev: str = "") -> None:
    """one and two at 1.1.1; out are a patch, a minor and a major move."""
    for name in ("one", "two"):
        project.release(name, "1.1.1")
    project.lock(main, dev, config=config)
    for name in ("one", "two"):
        for version in ("1.1.2", "1.2", "2.0rc1", "2.0"):
            project.release(name, version)


@pytest.mark.parametrize(
    ("said", "to"),
    [
        pytest.param('update-types = ["major"]', "1.2", id="no major moves"),
        pytest.param('update-types = ["major", "minor"]', "1.1.2", id="patches only"),
        pytest.param('update-types = ["minor"]', "2.0", id="no minor moves"),
        pytest.param('update-types = ["major", "minor", "patch"]', None, id="no moves"),
        pytest.param('versions = [">=2"]', "1.2", id="no two"),
        pytest.param('versions = ["==1.2.*", "==2.*"]', "1.1.2", id="ranges"),
        pytest.param('versions = [">=1"]', None, id="all versions"),
        pytest.param('update-types = ["major"]\nuntil = "2026-01-01"', "2.0", id="no longer"),
        pytest.param("", None, id="nothing at all"),
    ],
)
def test_what_an_ignore_leaves_of_all(project: Project, said: str, to: str | None) -> None:
    kinds(project, IGNORE.format("one") + said)
    plan = project.plan("--all")
    assert moved(plan) == {"two": "2.0"} | ({"one": to} if to else {})
    assert plan["exit"] == 0


def test_ignores_hold_for_what_moves_along(project: Project) -> None:
    """The newest app needs a new base; the policy keeps base where it is, so app goes as far as it can."""
    for name in ("app", "base"):
        project.release(name, "1.0")
    project.lock("app\nbase\n", config=IGNORE.format("b*"))
    project.release("base", "2.0")
    project.release("app", "1.1", "base")
    project.release("app", "2.0", "base>=2")
    assert moved(project.plan("--all")) == moved(project.plan("app")) == {"app": "1.1"}
    said = project.upgrade("app==2.0")
    assert said.code == 3
    assert "the policy (wait) allows only base==1.0" in said.err
    assert moved(project.plan("base")) == {"base": "2.0"}


def test_a_fix_heeds_names_and_versions_but_no_kinds(project: Project) -> None:
    rules = [
        IGNORE.format("held"),
        IGNORE.format("kinds") + 'update-types = ["major"]\n',
        IGNORE.format("versions") + 'versions = [">=2"]\n',
    ]
    names = ("held", "kinds", "versions")
    for name in names:
        project.release(name, "1.0")
    project.lock("\n".join(names), config="".join(rules))
    for name in names:
        project.release(name, "2.0")
        project.advise(f"TEST-{name}", name, events=before("2.0"))
    plan = project.plan()
    assert moved(plan) == {"kinds": "2.0"}
    why = {left["name"]: left["why"] for left in plan["unfixable"]}
    assert why["held"] == "not moved by policy: wait"
    assert "the policy (wait) allows only versions<2" in why["versions"]
    assert plan["exit"] == 1


def test_a_group_moves_by_its_kinds_without_what_it_excludes(project: Project) -> None:
    group = '[tool.pinkit.upgrade.groups.g]\npatterns = ["*"]\nexclude-patterns = ["tw*"]\n'
    kinds(project, group + 'update-types = ["minor", "patch"]\n')
    assert moved(project.plan("--group", "g")) == {"one": "1.2"}


def test_allows_limit_all_and_groups_but_neither_names_nor_fixes(project: Project) -> None:
    allow = '[[tool.pinkit.upgrade.allow]]\nname = "one"\nupdate-types = ["patch"]\n'
    kinds(project, allow + '[tool.pinkit.upgrade.groups]\ng = ["*"]\n')
    assert moved(project.plan("--all")) == moved(project.plan("--group", "g")) == {"one": "1.1.2"}
    assert moved(project.plan("two")) == {"two": "2.0"}
    project.advise("TEST-1", "two", events=before("1.2"))
    assert moved(project.plan()) == {"two": "1.2"}


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("production", {"app", "base"}),
        ("development", {"tool", "deep"}),
        ("direct", {"app", "tool"}),
        ("indirect", {"base", "deep"}),
        ("all", {"app", "base", "tool", "deep"}),
    ],
)
def test_roles(project: Project, role: str, names: set[str]) -> None:
    """app needs base, tool of dev.in needs base and deep."""
    for name in ("base", "deep"):
        project.release(name, "1.0")
    project.release("app", "1.0", "base")
    project.release("tool", "1.0", "deep", "base")
    group = f'[tool.pinkit.upgrade.groups.g]\ndependency-type = "{role}"\n'
    project.lock("app\n", "tool\n", config=group)
    for name in ("base", "deep"):
        project.release(name, "1.1")
    project.release("app", "1.1", "base")
    project.release("tool", "1.1", "deep", "base")
    assert set(moved(project.plan("--group", "g"))) == names


def test_a_group_for_fixes_closes_its_findings_alone(project: Project) -> None:
    group = '[tool.pinkit.upgrade.groups.g]\npatterns = ["o*"]\napplies-to = "security-updates"\n'
    kinds(project, group)
    for name in ("one", "two"):
        project.advise(f"TEST-{name}", name, events=before("1.2"))
    plan = project.plan("--group", "g")
    assert (moved(plan), plan["fixed"], plan["branch"]) == ({"one": "1.2"}, ["TEST-one"], "pinkit/group-g")
    assert (plan["exit"], proof(plan)["advisories"]) == (0, "pass")


def test_each_release_is_as_old_as_its_kind_needs(project: Project) -> None:
    """Ages in days: 2.0 is 20, 1.1 is 10, 1.0.1 is 3."""
    project.release("one", "1.0")
    ages = '[tool.pinkit.upgrade.cooldown]\nmajor = "30d"\nminor = "{}"\npatch = "2d"\n'
    project.lock("one\n", config=ages.format("8d"))
    project.release("one", "2.0", at="2025-12-31T00:00:00Z")
    project.release("one", "1.1", at="2026-01-10T00:00:00Z")
    project.release("one", "1.0.1", at="2026-01-17T00:00:00Z")
    assert moved(project.plan("one")) == {"one": "1.1"}
    project.lock("one\n", config=ages.format("14d"))
    plan = project.plan("one")
    assert moved(plan) == {"one": "1.0.1"}
    assert plan["exit"] == 0
    assert detail(plan, "age") == "every moved file is as old as its name and kind of move have to be"
    assert project.plan("one==2.0")["exit"] == 1


def test_names_that_need_no_age(project: Project) -> None:
    for name in ("ours-a", "ours-b", "theirs"):
        project.release(name, "1.0")
    project.lock(
        "ours-a\nours-b\ntheirs\n",
        config='[tool.pinkit.upgrade.cooldown]\ninclude = ["ours-b", "t*"]\nexclude = ["ours_b"]\n',
    )
    for name in ("ours-a", "ours-b", "theirs"):
        project.release(name, "1.1", at="2026-01-20T00:00:00Z")
    plan = project.plan("--all")
    assert moved(plan) == {"ours-a": "1.1", "ours-b": "1.1"}
    assert plan["exit"] == 0


BOT = """
version: 2
updates:
  - package-ecosystem: pip
    target-branch: next
    cooldown: {default-days: 2, semver-major-days: 30}
    commit-message: {prefix: deps, include: scope}
    labels: [python]
    ignore:
      - {dependency-name: left-pad}
      - {dependency-name: one, update-types: ["version-update:semver-minor"]}
      - {dependency-name: b, update-types: [all]}
    groups:
      rest: {exclude-patterns: [one], update-types: [patch]}
"""


@pytest.mark.parametrize("name", ["dependabot.yml", "dependabot.yaml"])
def test_a_bots_file_holds_for_the_command(project: Project, name: str) -> None:
    for each in ("one", "two", "left-pad"):
        project.release(each, "1.0")
    project.lock("one\ntwo\nleft-pad\n", "one\n")
    for each in ("one", "two", "left-pad"):
        for version in ("1.0.1", "1.1", "2.0"):
            project.release(each, version, at="2026-01-17T00:00:00Z")
    folder = project.place.folder / ".github"
    folder.mkdir()
    (folder / name).write_text(BOT)
    said = project.upgrade("--all")
    assert f".github/{name}: ignore of b by update-types 'all' is not followed" in said.err
    plan = project.plan("--all")
    assert moved(plan) == {"one": "1.0.1", "two": "1.1"}
    assert (plan["base"], plan["labels"], plan["exit"]) == ("next", ["python"], 0)
    assert plan["message"] == "deps(deps): Upgrade one and two"
    assert moved(project.plan("--group", "rest")) == {"two": "1.0.1"}
    project.advise("TEST-1", "left-pad", events=before("2.0"))
    assert moved(project.plan()) == {"left-pad": "2.0"}


def test_how_a_plan_is_proposed(project: Project) -> None:
    kinds(
        project,
        "[tool.pinkit.upgrade]\n"
        'base = "next"\nbranch-prefix = "up/"\ncommit-message = "chore: {title}"\n'
        'labels = ["a", "b"]\nopen-limit = 2\n',
    )
    plan = project.plan("one")
    assert {key: plan[key] for key in ("base", "branch", "message", "labels", "open_limit")} == {
        "base": "next",
        "branch": "up/one",
        "message": "chore: Upgrade one from 1.1.1 to 2.0",
        "labels": ["a", "b"],
        "open_limit": 2,
    }


@pytest.mark.parametrize(
    ("rule", "pinned", "left_out"),
    [
        pytest.param({"kinds": ("major",)}, ["1.0"], "<2", id="one bound"),
        pytest.param({"kinds": ("major", "minor")}, ["1.0"], "<1.1", id="one bound below"),
        pytest.param({"kinds": ("minor",)}, ["1.0"], "!=1.1", id="a hole"),
        pytest.param({"kinds": ("major",)}, ["1.0", "2.0"], "<3", id="what is pinned elsewhere stays"),
        pytest.param({"kinds": ("major",)}, ["3.0"], "", id="nothing to leave out"),
        pytest.param({"versions": (">=2",)}, ["1.0"], "<2", id="a bound turned round"),
        pytest.param({"versions": (">=2",)}, ["1.0", "2.0"], "!=3.0", id="not turned round over a pin"),
        pytest.param({"versions": (">=2,<3",)}, ["1.0"], "!=2.0", id="a range"),
    ],
)
def test_the_shortest_bound(rule: dict[str, tuple[str, ...]], pinned: list[str], left_out: str) -> None:
    made = IgnoreRule(pattern="a", reason="r", **rule)  # type: ignore[arg-type]
    assert _left_out(made, pinned, ("0.9", "1.0", "1.1", "2.0", "3.0")) == left_out


def test_entries_of_a_bot_for_other_folders_hold_nothing(project: Project) -> None:
    project.release("one", "1.0")
    project.lock("one\n")
    project.release("one", "1.1")
    entry = "  - package-ecosystem: pip\n    directory: {}\n    ignore: [{{dependency-name: one}}]\n"
    bot = project.place.folder / ".github" / "dependabot.yml"
    bot.parent.mkdir()
    for directories, moved_to in ((("/docs", "/"), set()), (("/docs",), set()), (("/",), set())):
        bot.write_text("version: 2\nupdates:\n" + "".join(map(entry.format, directories)))
        assert {to for *_, to in moves(project.plan("--all"))} == moved_to
    other = "  - package-ecosystem: uv\n    directory: /\n    labels: [x]\n"
    bot.write_text("version: 2\nupdates:\n" + entry.format("/docs") + other)
    plan = project.plan("--all")
    assert ({to for *_, to in moves(plan)}, plan["labels"]) == ({"1.1"}, ["x"])
