"""`pinkit upgrade` by name, by group and of everything; plans that are made again; locks that are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pinkit.formats.plan_json import read_plan
from tests.support.osv_records import before
from tests.upgrade.conftest import CONFIG, NOW, RECENT, detail, moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project


GROUPS = '[tool.pinkit.upgrade.groups]\ntwos = ["two-*"]\nnone = ["three"]\n'


def family(project: Project) -> None:
    """one, two-a and two-b at 1.0 with 1.1 old, 2.0 young; two-b 1.1 needs something new."""
    for name in ("one", "two-a", "two-b"):
        project.release(name, "1.0")
    project.lock("one\ntwo-a\ntwo-b\n", "one\n", config=GROUPS)
    project.release("new", "1.0")
    for name in ("one", "two-a", "two-b"):
        project.release(name, "1.1", *(["new"] if name == "two-b" else []))
        project.release(name, "2.0", at=RECENT)


def test_by_name_newest_that_is_old_enough(project: Project) -> None:
    family(project)
    plan = project.plan("one")
    assert moves(plan) == [("main.txt", "one", "1.0", "1.1"), ("dev.txt", "one", "1.0", "1.1")]
    assert (plan["mode"], plan["branch"], plan["title"]) == (
        "named",
        "pinkit/one",
        "Upgrade one from 1.0 to 1.1",
    )
    assert (plan["exit"], plan["changes"][0]["because"]) == (0, "asked for by name")


def test_findings_that_a_move_closes_by_the_way_are_told(project: Project) -> None:
    family(project)
    project.advise("TEST-1", "one", events=before("1.1"))
    project.advise("TEST-2", "two-a", events=before("1.1"))
    plan = project.plan("one")
    assert (plan["fixed"], plan["title"]) == (["TEST-1"], "Upgrade one from 1.0 to 1.1")
    assert plan["summary"].endswith("1 finding is fixed.")
    assert (detail(plan, "advisories"), plan["exit"]) == ("1 finding closed, none new", 0)
    assert plan["remediations"][0]["fixed_in"] == "1.1"


def test_what_caps_a_name_is_told(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2")
    project.lock("app\nlib\n")
    project.release("lib", "1.5")
    project.release("lib", "2.0")
    project.release("lib", "3.0", at=RECENT)
    plan = project.plan("lib")
    assert {to for *_, to in moves(plan)} == {"1.5"}
    [held] = plan["held"]
    assert held["name"] == "lib"
    assert held["why"].startswith("2.0, the newest that is old enough, cannot be had: ")
    assert "app 1.0 needs lib<2" in held["why"]
    assert plan["exit"] == 0


def test_what_could_move_along_is_told(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2")
    project.lock("app\nlib\n")
    project.release("lib", "2.0")
    project.release("app", "1.1", "lib<3")
    said = project.upgrade("lib").out
    assert said.startswith("Nothing to upgrade\n")
    told = "2.0, the newest that is old enough, can be had with app moved along: `pinkit upgrade lib==2.0`"
    assert f"held back:\n  lib: {told}\n" in said
    assert {name for _, name, *_ in moves(project.plan("lib==2.0"))} == {"app", "lib"}


def test_what_an_input_caps_is_told(project: Project) -> None:
    project.release("lib", "1.0")
    project.lock("lib<2\n")
    project.release("lib", "2.0")
    body = project.upgrade("lib", "--format", "markdown").out
    assert "Held back (1)" in body
    assert "main.in" in body


@pytest.mark.parametrize("name", ["main.txt", "./main.in", "pyproject.toml"])
def test_a_plan_is_never_written_over_a_file_of_the_project(project: Project, name: str) -> None:
    family(project)
    kept = project.place.text(name)
    said = project.upgrade("one", "--apply", "--plan", str(project.place.folder / name))
    assert (said.code, "would overwrite" in said.err, project.place.text(name)) == (2, True, kept)


def test_a_shorter_cooldown(project: Project) -> None:
    family(project)
    plan = project.plan("one", "--cooldown", "1d")
    assert {to for *_, to in moves(plan)} == {"2.0"}
    assert detail(plan, "age") == "every moved file is older than 1 days"


def test_by_name_and_version_against_the_cooldown_is_planned_but_not_proved(project: Project) -> None:
    family(project)
    plan = project.plan("One==2.0")
    assert {to for *_, to in moves(plan)} == {"2.0"}
    assert (proof(plan)["age"], plan["exit"]) == ("fail", 1)
    assert detail(plan, "age") == "younger than the cooldown: one 2.0"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        pytest.param(["nothing"], 2, "no lock pins nothing", id="a name that nobody pins"),
        pytest.param(["one==0.9"], 2, "moves nothing down", id="down"),
        pytest.param(["one==7"], 3, "one", id="a version that is not there"),
        pytest.param(["one=="], 2, "is no NAME", id="no version"),
        pytest.param(["one==new"], 2, "is no NAME", id="a version that is none"),
        pytest.param(["one", "--base", "main"], 2, "--base is for --fixup", id="a base without a branch"),
        pytest.param(
            ["one", "--test-lock", "dev.txt"], 2, "is for --test", id="locks to test without a test"
        ),
        pytest.param(["--all", "--jobs", "2"], 2, "are for --verify", id="builds without any"),
        pytest.param(["--all", "--verify", "--timeout", "0"], 2, "no build ends in that", id="no time"),
        pytest.param(["--group", "threes"], 2, "known: twos, none", id="an unknown group"),
        pytest.param(["one", "--all"], 2, "exclude each other", id="a name and all"),
        pytest.param(["--group", "none"], 2, "no lock pins anything of group none", id="an empty group"),
        pytest.param(["--all", "--format", "xml"], 2, "unknown format", id="an unknown format"),
        pytest.param(["--all", "--cooldown", "soon"], 2, "not a duration", id="no duration"),
    ],
)
def test_requests_that_make_no_sense(project: Project, arguments: list[str], code: int, said: str) -> None:
    family(project)
    told = project.upgrade(*arguments)
    assert (told.code, told.out) == (code, "")
    assert said in told.err


def test_a_group_moves_and_what_is_new_is_said(project: Project) -> None:
    family(project)
    plan = project.plan("--group", "twos")
    assert moves(plan) == [
        ("main.txt", "new", "", "1.0"),
        ("main.txt", "two-a", "1.0", "1.1"),
        ("main.txt", "two-b", "1.0", "1.1"),
    ]
    assert plan["changes"][0]["because"] == "needed by two-b"
    assert (plan["branch"], plan["exit"]) == ("pinkit/group-twos", 0)


def test_all_moves_everything_up_and_nothing_down(project: Project) -> None:
    """From scratch the newest `a` would take `z` back to 1.0; an upgrade keeps `z` and moves `a` as far as it can."""
    project.release("z", "1.0")
    project.release("z", "2.0")
    project.release("a", "1.0", "z")
    project.release("more", "1.0")
    project.lock("a\nz\nmore\n", "z\n")
    project.release("a", "1.5", "z")
    project.release("a", "2.0", "z<2")
    project.release("more", "1.1")
    project.release("more", "2.0", at=RECENT)
    plan = project.plan("--all")
    assert moves(plan) == [("main.txt", "a", "1.0", "1.5"), ("main.txt", "more", "1.0", "1.1")]
    assert (plan["exit"], proof(plan)["no-pin-down"]) == (0, "pass")


def test_new_dependencies_are_old_enough_too(project: Project) -> None:
    project.release("app", "1.0")
    project.lock("app\n")
    project.release("app", "1.1", "fresh")
    project.release("fresh", "1.0")
    project.release("fresh", "1.1", at=RECENT)
    plan = project.plan("--all")
    assert ("main.txt", "fresh", "", "1.0") in moves(plan)
    assert plan["exit"] == 0


def test_what_is_no_longer_needed_goes_and_what_is_needed_less_says_so(project: Project) -> None:
    for name in ("old", "some"):
        project.release(name, "1.0")
    project.release("app", "1.0", "old", "some")
    targets = 'targets = ["linux-x86_64-py312", "windows-x86_64-py312"]'
    config = CONFIG.replace('python-platform = "linux"', targets).replace('python = "3.12"\n', "")
    project.lock("app\n", "app\n", config=config, over=True)
    project.release("app", "1.1", "some ; sys_platform == 'win32'")
    plan = project.plan("app")
    assert [(c["name"], c["kind"], c["because"]) for c in plan["changes"] if c["lock"] == "main.txt"] == [
        ("app", "moved", "asked for by name"),
        ("old", "removed", "nothing needs it any more"),
        ("some", "targets", "follows from app"),
    ]
    assert plan["exit"] == 0


def test_what_does_not_move_keeps_its_hashes_whatever_files_came_later(project: Project) -> None:
    project.release("one", "1.0")
    project.release("two", "1.0")
    project.lock("one\ntwo\n", "one\n")
    project.release("two", "1.1")
    project.release("one", "1.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    plan = project.plan("--all", "--apply")
    assert moves(plan) == [("main.txt", "two", "1.0", "1.1")]
    assert (proof(plan)["hashes"], plan["exit"]) == ("pass", 0)
    assert project.place.text("main.txt").count("--hash") == 2


def test_an_ignored_name_stays_until_its_day(project: Project) -> None:
    for name in ("past", "still"):
        project.release(name, "1.0")
    ignores = "".join(
        f'[[tool.pinkit.upgrade.ignore]]\nname = "{name}"\nreason = "r"\nuntil = "{day}"\n'
        for name, day in (("past", "2026-01-01"), ("still", "2026-12-31"))
    )
    project.lock("past\nstill\n", "past\n", config=ignores)
    for name in ("past", "still"):
        project.release(name, "1.1")
    plan = project.plan("--all")
    assert {name for _, name, *_ in moves(plan)} == {"past"}
    assert plan["held"] == [{"name": "still", "why": "r, until 2026-12-31"}]
    assert "held back:\n  still: r, until 2026-12-31\n" in project.upgrade("--all").out
    assert "- `still`: r, until 2026-12-31" in project.upgrade("--all", "--format", "markdown").out


def test_the_same_question_gives_the_same_bytes(project: Project) -> None:
    family(project)
    project.advise("TEST-1", "one", events=before("1.1"))
    assert project.upgrade("--plan", "first.json").code == 0
    project.release("one", "1.2", at="2026-03-01T00:00:00Z")
    project.release("two-a", "1.2", at="2026-03-01T00:00:00Z")
    assert project.upgrade("--plan", "second.json").code == 0
    first, second = project.place.text("first.json"), project.place.text("second.json")
    assert first == second
    plan, digest = read_plan(first.encode(), "first.json")
    assert digest == json.loads(first)["digest"]
    where = f"--db advisories --index-url {project.place.index.url}"
    assert plan.command == f"pinkit upgrade --security {where} --cutoff {NOW}"


@pytest.mark.parametrize("arguments", [["--all"], ["one"], ["--security"]], ids=str)
def test_what_is_applied_is_honest(project: Project, arguments: list[str]) -> None:
    family(project)
    project.advise("TEST-1", "one", events=before("1.1"))
    assert project.upgrade(*arguments, "--apply").code == 0
    assert "one==1.1" in project.place.text("main.txt")
    assert "one==1.1" in project.place.text("dev.txt")
    checked = project.place.run("check", "-i", project.place.index.url)
    assert (checked.code, checked.err) == (0, "")
    assert project.place.run("lock", "--check", "-i", project.place.index.url).code == 0
    again = project.plan(*arguments)
    assert (again["changes"], again["files"], again["exit"]) == ([], [], 0)


def test_without_apply_nothing_is_written(project: Project) -> None:
    family(project)
    kept = project.place.text("main.txt")
    assert project.upgrade("--all").code == 0
    assert project.place.text("main.txt") == kept


def test_a_plan_starts_from_current_locks(project: Project) -> None:
    family(project)
    project.place.write(main_in="one\n")
    said = project.upgrade("--all")
    assert (said.code, said.out) == (2, "")
    assert "main.txt is not current" in said.err
    (project.place.folder / "main.txt").unlink()
    assert "its file is not there" in project.upgrade("--all").err


def test_for_people(project: Project) -> None:
    family(project)
    project.advise("TEST-1", "one", events=before("1.1"))
    project.advise("TEST-2", "two-a", events=before("9"))
    said = project.upgrade()
    assert said.code == 1
    assert "  ~ one 1.0 -> 1.1: fixes TEST-1\n" in said.out
    assert "fixed:\n  one 1.0 -> 1.1: TEST-1\n" in said.out
    assert "not fixed:\n  two-a 1.0: TEST-2\n" in said.out
    assert "  no-pin-down  pass     no pin moved down\n" in said.out
    body = project.upgrade("--format", "markdown").out
    assert "| `main.txt` | `one` | 1.0 | 1.1 | fixes TEST-1 |" in body


def test_a_lock_that_tells_by_its_header_how_it_was_made(project: Project) -> None:
    project.release("one", "1.0")
    project.place.write(r_in="one\n")
    assert project.place.lock("r.in", "-o", "requirements.txt").code == 0
    header = project.place.text("requirements.txt").splitlines()[1]
    project.release("one", "1.1")
    assert project.upgrade("--all", "--apply").code == 0
    text = project.place.text("requirements.txt")
    assert header in text
    assert "one==1.1" in text


def test_paths_of_a_plan_begin_at_the_top_of_the_repository(project: Project) -> None:
    family(project)
    (project.place.folder.parent / ".git").mkdir(exist_ok=True)
    plan = project.plan("one")
    (project.place.folder.parent / ".git").rmdir()
    folder = project.place.folder.name
    assert [file["path"] for file in plan["files"]] == [f"{folder}/dev.txt", f"{folder}/main.txt"]
    assert plan["title"] == f"Upgrade one from 1.0 to 1.1 in {folder}"
    assert plan["branch"].startswith("pinkit/in_")
    assert plan["branch"].endswith("/one")


@pytest.mark.parametrize("bound", ["", 'exclude-newer = "3d"\n'], ids=["no bound", "a rolling bound"])
def test_a_pylock(project: Project, bound: str) -> None:
    config = CONFIG.replace("main.txt", "pylock.toml").replace("dev.txt", "pylock.dev.toml")
    config = config.replace("[tool.pinkit]\n", f"[tool.pinkit]\n{bound}")
    project.release("one", "1.0")
    project.lock("one\n", config=config, over=True)
    project.release("one", "1.1")
    project.advise("TEST-1", "one", events=before("1.1"))
    plan = project.plan("--apply")
    assert moves(plan) == [("pylock.toml", "one", "1.0", "1.1"), ("pylock.dev.toml", "one", "1.0", "1.1")]
    assert plan["exit"] == 0
    assert 'version = "1.1"' in project.place.text("pylock.toml")
    assert project.place.run("check", "-i", project.place.index.url).code == 0
