"""Inputs widened for a fix, where the policy lets them be: one line, everything else byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.formats.requirements_edit import with_specifier
from pinkit.workflows.upgrade_inputs import widened
from tests.support.osv_records import before
from tests.upgrade.conftest import moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

ALLOWED = "[tool.pinkit.upgrade]\nedit-inputs = true\n"


@pytest.mark.parametrize(
    ("specifier", "version", "wider"),
    [
        ("<6.0", "6.0", "<7.0"),
        ("<6", "6.2.1", "<7"),
        ("<=5.2.9", "6.0", "<7.0.0"),
        (">=5,<6", "6.1", ">=5,<7"),
        ("==2.34.2", "2.35.0", "==2.35.0"),
        ("~=1.4", "2.1.3", "~=2.1.3"),
        ("==1.*", "2.1.3", "==2.*"),
        ("==1.4.*", "1.5.3", "==1.5.*"),
        (">=3", "2", ">=3"),
        ("!=6.0", "6.0", "!=6.0"),
        ("===1", "2", "===1"),
        ("<6.0", "5.9", "<6.0"),
        ("", "1", ""),
    ],
)
def test_a_clause_is_widened_only_where_it_must_be(specifier: str, version: str, wider: str) -> None:
    assert widened(specifier, version) == wider


@pytest.mark.parametrize(
    ("line", "edited"),
    [
        ("one<2\n", "one<3\n"),
        ("One [a, b] <2  # why\r\n", "One [a, b] <3  # why\r\n"),
        ("one < 2 ; sys_platform == 'linux'\n", "one <3 ; sys_platform == 'linux'\n"),
        ("one <2", "one <3"),
        ("one\n", "one\n"),
        ("one<2 \\\n  --hash=sha256:" + "0" * 64 + "\n", None),
        ("one<2\none>1\n", None),
        ("two<2\n", None),
    ],
)
def test_one_line_gets_another_specifier(line: str, edited: str | None) -> None:
    text = f"# top\n{line}"
    expected = text if edited is None else f"# top\n{edited}"
    assert with_specifier(text.encode(), "r.in", "one", "<3") == expected.encode()


def bounded(project: Project, config: str) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib")
    project.lock("app  # ours\nlib<2  # not yet\n", "# dev\nlib>=1,<2\n", config=config)
    project.release("lib", "2.0")
    project.advise("TEST-1", "lib", events=before("2.0"))


def test_the_lines_of_the_fixed_name_are_widened_in_all_inputs(project: Project) -> None:
    bounded(project, ALLOWED)
    plan = project.plan("--apply")
    assert moves(plan) == [("main.txt", "lib", "1.0", "2.0"), ("dev.txt", "lib", "1.0", "2.0")]
    assert plan["changes"][0]["because"] == "fixes TEST-1; dev.in, main.in had to be widened"
    assert set(proof(plan).values()) == {"pass"}
    assert [file["path"] for file in plan["files"]] == ["dev.in", "dev.txt", "main.in", "main.txt"]
    assert project.place.text("main.in") == "app  # ours\nlib<3  # not yet\n"
    assert project.place.text("dev.in") == "# dev\nlib>=1,<3\n"
    assert project.place.run("check", "-i", project.place.index.url).code == 0


def test_without_the_policy_inputs_stay(project: Project) -> None:
    bounded(project, "")
    plan = project.plan()
    assert (plan["files"], plan["exit"]) == ([], 1)
    assert "lib<2" in plan["unfixable"][0]["why"]


def test_an_input_that_would_not_help_stays(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2")
    project.lock("app\nlib<2\n", config=ALLOWED)
    project.release("lib", "2.0")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan("--apply")
    assert (plan["files"], plan["exit"]) == ([], 1)
    assert project.place.text("main.in") == "app\nlib<2\n"
