"""The policy of upgrades: the configuration's table first, then an existing dependabot.yml, then defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S
from pinkit.formats.dependabot_yml import BotSettings
from pinkit.upgrade.bounds import kind_of_move
from pinkit.upgrade.policy import IgnoreRule, UpgradePolicy, read_policy
from tests.upgrade.conftest import detail, moves

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

BOT = BotSettings(
    groups=(("web", ("django*",)), ("all", ("*",))),
    ignores=("Left_Pad", "Aws-*"),
    labels=("bot",),
    cooldown_days=3,
    open_limit=2,
    base="next",
    message="deps: {title}",
)


def test_defaults() -> None:
    assert read_policy({}, "f") == UpgradePolicy()


def test_the_table_goes_before_the_bots_file_and_both_before_defaults() -> None:
    table = {
        "labels": ["own"],
        "groups": {"web": ["flask"]},
        "ignore": [{"name": "Some.Thing", "reason": "r", "until": "2026-02-01"}],
    }
    policy = read_policy(table, "f", bot=BOT)
    assert policy == UpgradePolicy(
        cooldown_s=3 * DAY_S,
        ignores=(
            IgnoreRule(pattern="some-thing", reason="r", until="2026-02-01"),
            IgnoreRule(pattern="left-pad", reason="ignored in .github/dependabot.yml"),
            IgnoreRule(pattern="aws-*", reason="ignored in .github/dependabot.yml"),
        ),
        groups=(("web", ("flask",)), ("all", ("*",))),
        labels=("own",),
        open_limit=2,
        base="next",
        message="deps: {title}",
    )
    assert read_policy({"cooldown": "2d"}, "f", bot=BOT).cooldown_s == 2 * DAY_S
    assert read_policy({"cooldown": "2d"}, "f", "1h", BOT).cooldown_s == 3600


def test_a_cooldown_by_kind_of_move() -> None:
    policy = read_policy({"cooldown": {"default": "5d", "major": "30d", "patch": "1d"}}, "f")
    assert policy.cooldown_s == 5 * DAY_S
    assert policy.kinds == (("major", 25 * DAY_S), ("patch", -4 * DAY_S))
    assert read_policy({"cooldown": {"major": "30d"}}, "f", bot=BOT).kinds == (("major", 27 * DAY_S),)
    assert read_policy({"cooldown": {"major": "30d"}}, "f", "1d").kinds == ()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("1.2.3", "1.2.4", "patch"),
        ("1.2", "1.2.0.1", "patch"),
        ("1.2", "1.3", "minor"),
        ("1", "1.1", "minor"),
        ("1", "1.0.1", "patch"),
        ("1.9", "2.0", "major"),
        ("1.9", "1!1.9", "major"),
    ],
)
def test_kinds_of_moves(before: str, after: str, kind: str) -> None:
    assert kind_of_move(before, after) == kind


def test_each_release_is_as_old_as_its_kind_needs(project: Project) -> None:
    """Ages in days: 2.0 is 20, 1.1 is 10, 1.0.1 is 3."""
    project.release("one", "1.0")
    kinds = '[tool.pinkit.upgrade.cooldown]\nmajor = "30d"\nminor = "{}"\npatch = "2d"\n'
    project.lock("one\n", config=kinds.format("8d"))
    project.release("one", "2.0", at="2025-12-31T00:00:00Z")
    project.release("one", "1.1", at="2026-01-10T00:00:00Z")
    project.release("one", "1.0.1", at="2026-01-17T00:00:00Z")
    assert {to for *_, to in moves(project.plan("one"))} == {"1.1"}
    project.lock("one\n", config=kinds.format("14d"))
    plan = project.plan("one")
    assert {to for *_, to in moves(plan)} == {"1.0.1"}
    assert plan["exit"] == 0
    assert detail(plan, "age") == "every moved file is as old as its kind of move has to be"
    assert project.plan("one==2.0")["exit"] == 1


@pytest.mark.parametrize(
    ("table", "said"),
    [
        pytest.param({"colour": "red"}, "colour is unknown", id="an unknown key"),
        pytest.param({"labels": "x"}, "labels must be an array", id="no array"),
        pytest.param({"groups": ["x"]}, "groups must be a table", id="no table"),
        pytest.param({"base": 1}, "base must be a string", id="no string"),
        pytest.param({"open-limit": True}, "open-limit must be a number", id="no number"),
        pytest.param({"open-limit": -1}, "open-limit must be a number", id="below 0"),
        pytest.param({"ignore": [{"name": "a"}]}, "needs a name and a reason", id="no reason"),
        pytest.param({"ignore": ["a"]}, "is not {name, reason, until}", id="no entry"),
        pytest.param({"cooldown": {"huge": "1d"}}, "cooldown.huge is unknown", id="an unknown kind"),
        pytest.param({"cooldown": 7}, "cooldown must be a string", id="a bare number"),
        pytest.param({"edit-inputs": "yes"}, "must be true or false", id="no flag"),
        pytest.param({"cooldown": "soon"}, "'soon' is not a duration", id="no duration"),
    ],
)
def test_what_makes_no_sense(table: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as told:
        read_policy(table, "f")
    assert said in told.value.what


def test_a_bots_file_holds_for_the_command(project: Project) -> None:
    for name in ("one", "left-pad"):
        project.release(name, "1.0")
    project.lock("one\nleft-pad\n", "one\n")
    for name in ("one", "left-pad"):
        project.release(name, "1.1", at="2026-01-17T00:00:00Z")
    entry = "  - package-ecosystem: pip\n    cooldown: {default-days: 2}\n    target-branch: next\n"
    ignore = "    ignore: [{dependency-name: left-pad}, {dependency-name: b, versions: ['>1']}]\n"
    folder = project.place.folder / ".github"
    folder.mkdir()
    (folder / "dependabot.yml").write_text(f"version: 2\nupdates:\n{entry}{ignore}")
    said = project.upgrade("--all")
    assert ".github/dependabot.yml: ignore of b by versions is not followed" in said.err
    plan = project.plan("--all")
    assert {name for _, name, *_ in moves(plan)} == {"one"}
    assert (plan["base"], plan["exit"]) == ("next", 0)
