"""Inputs widened for a move, where the policy lets them be: as few as will do, everything else byte for byte."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import wheel
from tests.support.osv_records import before
from tests.upgrade.conftest import CONFIG, detail, moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

ALLOWED = "[tool.pinkit.upgrade]\nedit-inputs = true\n"


def bounded(project: Project, config: str) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib")
    project.lock("app  # ours\nlib<2  # not yet\n", "# dev\nlib>=1, < 2\n", config=config)
    project.release("lib", "2.0")
    project.advise("TEST-1", "lib", events=before("2.0"))


def test_the_lines_of_the_fixed_name_are_widened_in_all_inputs(project: Project) -> None:
    bounded(project, ALLOWED)
    plan = project.plan("--apply")
    assert moves(plan) == [("main.txt", "lib", "1.0", "2.0"), ("dev.txt", "lib", "1.0", "2.0")]
    assert plan["changes"][0]["because"] == (
        "fixes TEST-1; dev.in has lib>=1,<3 now, not lib>=1,<2; main.in has lib<3 now, not lib<2"
    )
    assert set(proof(plan).values()) == {"pass"}
    assert detail(plan, "inputs") == "of dev.in, main.in only the specifiers of lib are others"
    assert [file["path"] for file in plan["files"]] == ["dev.in", "dev.txt", "main.in", "main.txt"]
    assert project.place.text("main.in") == "app  # ours\nlib<3  # not yet\n"
    assert project.place.text("dev.in") == "# dev\nlib>=1, < 3\n"
    assert project.place.run("check", "-i", project.place.index.url).code == 0


def test_without_the_policy_inputs_stay(project: Project) -> None:
    bounded(project, "")
    plan = project.plan()
    assert (plan["files"], plan["exit"]) == ([], 1)
    assert plan["unfixable"][0]["why"].splitlines()[1:] == [
        "main.in:2 asks for lib<2",
        "fixes TEST-1 allows only lib==2.0",
        "with edit-inputs = true, main.in may be widened",
    ]
    assert "inputs" not in proof(plan)
    assert project.upgrade("lib==2.0").code == 3


def test_a_version_asked_for_by_name_widens_too(project: Project) -> None:
    bounded(project, ALLOWED)
    plan = project.plan("lib==2.0", "--apply")
    assert {to for *_, to in moves(plan)} == {"2.0"}
    assert project.place.text("main.in") == "app  # ours\nlib<3  # not yet\n"
    assert project.upgrade("lib==7").code == 3


def test_an_input_that_would_not_help_stays(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2")
    project.lock("app\nlib<2\n", config=ALLOWED)
    project.release("lib", "2.0")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan("--apply")
    assert (plan["files"], plan["exit"]) == ([], 1)
    assert project.place.text("main.in") == "app\nlib<2\n"


def chain(project: Project, main: str, dev: str = "", *, config: str = "", over: bool = False) -> None:
    """lib is capped by middle 1, that by app 1; app 2 and 3 and middle 2 let lib 2 in. `other` has no part in it."""
    for name in ("lib", "other"):
        project.release(name, "1.0")
    project.release("middle", "1.0", "lib<2")
    project.release("app", "1.0", "middle<2")
    project.lock(main, dev, config=config or ALLOWED, over=over)
    for version in ("2.0", "3.0"):
        project.release("lib", version)
        project.release("other", version)
        project.release("app", version, "middle>=2")
    project.release("middle", "2.0", "lib>=2")
    project.advise("TEST-1", "lib", events=before("2.0"))


def test_a_cap_on_the_parent_that_must_move_is_widened_and_no_other(project: Project) -> None:
    chain(project, "app<2  # see below\nother<2\n", "app==1.0 ; python_version > '3'\n")
    plan = project.plan("--apply")
    assert moves(plan)[:3] == [
        ("main.txt", "app", "1.0", "2.0"),
        ("main.txt", "lib", "1.0", "2.0"),
        ("main.txt", "middle", "1.0", "2.0"),
    ]
    assert set(proof(plan).values()) == {"pass"}
    assert project.place.text("main.in") == "app<3  # see below\nother<2\n"
    assert project.place.text("dev.in") == "app==2.0 ; python_version > '3'\n"
    because = {change["name"]: change["because"] for change in plan["changes"]}
    assert "main.in has app<3 now, not app<2" in because["lib"]
    assert because["middle"].startswith("lib 2.0 needs it")
    assert project.place.run("check", "-i", project.place.index.url).code == 0


def test_a_sister_that_need_not_move_keeps_its_cap(project: Project) -> None:
    """On Windows app needs nothing, so the vulnerable lib is not in that lock."""
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2 ; sys_platform == 'linux'")
    sisters = CONFIG.replace('constraints = ["main"]', 'python-platform = "windows"')
    sisters = sisters.replace('python-platform = "linux"\n', "", 1)
    sisters = sisters.replace('output = "main.txt"', 'output = "main.txt"\npython-platform = "linux"')
    project.lock("app<2\n", "app<2\n", config=sisters + ALLOWED, over=True)
    project.release("lib", "2.0")
    project.release("app", "2.0", "lib")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan("--apply")
    assert moves(plan) == [("main.txt", "app", "1.0", "2.0"), ("main.txt", "lib", "1.0", "2.0")]
    assert (project.place.text("main.in"), project.place.text("dev.in")) == ("app<3\n", "app<2\n")
    assert plan["exit"] == 0


def test_both_a_parent_and_the_name_itself_may_have_to_be_widened(project: Project) -> None:
    chain(project, "app<2\nlib~=1.0\nmiddle<=1.5\nother<2\n", "other\n")
    plan = project.plan("--apply")
    assert plan["exit"] == 0
    assert project.place.text("main.in") == "app<3\nlib~=2.0\nmiddle<=2.0\nother<2\n"


@pytest.mark.parametrize(
    ("second_needs", "a", "b"),
    [
        pytest.param((), "a<3", "b<3", id="either would do: the first alone"),
        pytest.param(("b>=2",), "a<2", "b<4", id="the first would not help: the second alone"),
        pytest.param(("lib<2",), "a<2", "b<4", id="the first would only harm"),
    ],
)
def test_no_more_is_widened_than_must_be(
    project: Project, second_needs: tuple[str, ...], a: str, b: str
) -> None:
    """a 1 needs b 2 or later, b 2 caps lib, b 3 does not."""
    project.release("lib", "1.0")
    project.release("a", "1.0", "b>=2")
    project.release("b", "2.0", "lib<2")
    project.place.write(limits_txt="b<3\n")
    project.lock("a<2\n-c limits.txt\nlib\n", "lib\n", config=ALLOWED)
    project.release("lib", "2.0")
    project.release("a", "2.0", *second_needs)
    project.release("b", "3.0")
    project.advise("TEST-1", "lib", events=before("2.0"))
    assert project.plan("--apply")["exit"] == 0
    assert (project.place.text("main.in"), project.place.text("limits.txt")) == (
        f"{a}\n-c limits.txt\nlib\n",
        f"{b}\n",
    )


def test_included_files_and_constraints_of_the_user_are_inputs_too(project: Project) -> None:
    config = CONFIG.replace('constraints = ["main"]', 'constraints = ["main", "sub/limits.txt"]') + ALLOWED
    project.place.write(
        sub__limits_txt="# limits\nlib<2\n", sub__base_in="middle<2\n-c ../all.txt\n", all_txt="app<2\n"
    )
    chain(project, "-r sub/base.in\napp\n", "-r ./sub/base.in\nlib\n", config=config, over=True)
    plan = project.plan("--apply")
    assert (plan["exit"], set(proof(plan).values())) == (0, {"pass"})
    assert [file["path"] for file in plan["files"]] == [
        *("all.txt", "dev.txt", "main.txt", "sub/base.in", "sub/limits.txt")
    ]
    assert project.place.text("sub/limits.txt") == "# limits\nlib<3\n"
    assert project.place.text("sub/base.in") == "middle<3\n-c ../all.txt\n"
    assert project.place.text("all.txt") == "app<3\n"


PYPROJECT = """\
# what we are
[project]
name = "ours"   # a name
version = "1"
dependencies = [
  "app<2",  # the framework
  'other<2',
]
optional-dependencies = {fast = ["middle[a] <2 ; python_version >= \\"3.8\\""], old = ["lib<2"]}

[dependency-groups]
dev = [ "lib>=1 , <2"
  , {include-group = "more"} ]
more = ['lib ( <1.9 )']
unused = ["lib<2"]
[tool.pinkit]
python = "3.12"
python-platform = "linux"
[[tool.pinkit.lock]]
name = "all"
inputs = ["pyproject.toml"]
output = "requirements.txt"
extras = ["fast"]
groups = ["dev"]
[tool.pinkit.upgrade]
edit-inputs = true
[tool.other]
z = [ 1,2 ]
"""


def test_a_pyproject_is_widened_where_it_is_locked_from(project: Project) -> None:
    chain(project, "", config=PYPROJECT, over=True)
    plan = project.plan("--apply")
    assert (plan["exit"], set(proof(plan).values())) == (0, {"pass"})
    assert [file["path"] for file in plan["files"]] == ["pyproject.toml", "requirements.txt"]
    expected = PYPROJECT.replace('"app<2"', '"app<3"').replace("middle[a] <2", "middle[a] <3")
    expected = expected.replace("lib>=1 , <2", "lib>=1 , <3").replace("<1.9", "<2.1")
    assert project.place.text("pyproject.toml") == expected
    because = {change["name"]: change["because"] for change in plan["changes"]}
    assert "pyproject.toml (group:more) has lib<2.1 now, not lib<1.9" in because["lib"]
    assert project.place.run("check", "-i", project.place.index.url).code == 0


def test_an_input_outside_of_the_repository_stays(project: Project) -> None:
    outside = project.place.folder.parent / f"{project.place.folder.name}-limits.txt"
    outside.write_text("lib<2\n")
    chain(project, f"-c ../{outside.name}\nlib\n", "lib\n")
    plan = project.plan("--apply")
    assert (plan["files"], plan["exit"], outside.read_text()) == ([], 1, "lib<2\n")


def test_a_lock_below_the_top_may_have_inputs_above_it(project: Project) -> None:
    (project.place.folder.parent / ".git").mkdir(exist_ok=True)
    limits = project.place.folder.parent / f"{project.place.folder.name}-limits.txt"
    limits.write_text("lib<2\n")
    chain(project, f"-c ../{limits.name}\nlib\n", "lib\n")
    plan = project.plan("--apply")
    (project.place.folder.parent / ".git").rmdir()
    folder = project.place.folder.name
    assert [file["path"] for file in plan["files"]] == [
        limits.name,
        f"{folder}/dev.txt",
        f"{folder}/main.txt",
    ]
    assert (plan["exit"], limits.read_text()) == (0, "lib<3\n")


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("lib<${BELOW}\n", id="a variable"),
        pytest.param("lib<2 \\\n  --hash=sha256:HASH\n", id="hashes"),
        pytest.param("lib<2 # caf\u00e9\n", id="no UTF-8"),
    ],
)
def test_what_cannot_be_edited_is_left_and_told(
    project: Project, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BELOW", "2")
    limits = project.place.folder / "limits.txt"
    line = line.replace("HASH", hashlib.sha256(wheel("lib", "1.0").content).hexdigest())
    limits.write_bytes(f"# -*- coding: latin-1 -*-\n{line}".encode("latin-1"))
    kept = limits.read_bytes()
    chain(project, "-c limits.txt\nlib\n", "lib\n")
    plan = project.plan("--apply")
    assert (plan["files"], plan["exit"], limits.read_bytes()) == ([], 1, kept)
    assert "limits.txt:2 allows only lib<2" in plan["unfixable"][0]["why"]
