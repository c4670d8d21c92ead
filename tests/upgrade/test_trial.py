"""`pinkit upgrade --test`: a real environment, filled from the index on loopback, before and after."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pinkit.cli.upgrade_trial import judged
from tests.upgrade.conftest import CONFIG, detail, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PRINTS = "import importlib.metadata as m; v = m.version('app'); print(v);"


@pytest.fixture
def app(project: Project) -> Project:
    project.release("app", "1.0")
    project.lock("app\n", config=CONFIG.replace("3.12", VERSION), over=True)
    project.release("app", "1.1")
    return project


def test_a_command_is_run_before_and_after_and_the_end_of_what_it_says_is_shown(app: Project) -> None:
    command = f"python -c \"{PRINTS} raise SystemExit(v == '1.1')\""
    said = app.upgrade("app", "--test", command, "--test-lock", "dev.txt", "--apply")
    assert said.code == 1
    assert "fail     passed before, ended with 1 after" in said.out
    assert "python ended with 1:\n1.1" in said.err
    assert "python ended with 1:\n1.0" not in said.err
    assert "app==1.0" in app.place.text("main.txt")


def test_what_cannot_be_run_is_unknown_and_nothing_is_applied(app: Project) -> None:
    plan = app.plan("app", "--test", "no-such-program", "--apply")
    assert (proof(plan)["tests"], plan["exit"]) == ("unknown", 4)
    assert detail(plan, "tests").startswith("no-such-program could not be run to its end")
    assert "app==1.0" in app.place.text("main.txt")
    said = app.upgrade("app", "--test", "no-such-program", "--apply")
    assert "nothing is applied, since the proof does not hold: tests" in said.err


@pytest.mark.parametrize(
    ("before", "after", "result", "said"),
    [
        pytest.param(0, 0, "pass", "passed before and after", id="good"),
        pytest.param(0, 2, "fail", "passed before, ended with 2 after", id="broken by it"),
        pytest.param(1, 0, "pass", "pass now; before they ended with 1", id="mended by it"),
        pytest.param(1, 2, "unknown", "ended with 1 before and 2 after", id="broken anyway"),
    ],
)
def test_what_exit_codes_tell(before: int, after: int, result: str, said: str) -> None:
    told = judged(before, after)
    assert (told.check, told.result, told.detail) == ("tests", result, said)


def test_requests_that_make_no_sense(app: Project) -> None:
    assert "no lock other.txt here" in app.upgrade("app", "--test", "true", "--test-lock", "other.txt").err
    assert "needs a command" in app.upgrade("app", "--test", " ").err
    said = app.upgrade("app", "--test", "'no end")
    assert (said.code, "cannot be read as a command" in said.err) == (2, True)


def test_what_is_wrong_with_the_command_is_said_before_anything_moves(app: Project) -> None:
    said = app.upgrade("app==1.0", "--test", "true", "--test-lock", "other.txt")
    assert (said.code, "no lock other.txt here" in said.err) == (2, True)


def test_nothing_is_run_where_nothing_moves(app: Project) -> None:
    plan = app.plan("app==1.0", "--test", "no-such-program")
    assert "tests" not in proof(plan)
    assert plan["exit"] == 0
