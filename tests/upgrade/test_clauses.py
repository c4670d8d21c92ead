"""Clauses made wider: as little as lets a version in; and put into texts with every other character kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.formats.clause_edit import with_clauses
from pinkit.resolve.specifiers import contains
from pinkit.workflows.upgrade_clauses import is_capped, loosened, widened


@pytest.mark.parametrize(
    ("clause", "version", "wider"),
    [
        ("<6.0", "6.0", "<7.0"),
        ("<6", "6.2.1", "<7"),
        ("<2.1", "2.2.3", "<2.3"),
        ("<2.1.0", "2.2.3", "<2.3.0"),
        ("<0.5", "0.5.1", "<0.6"),
        ("<0", "1.2", "<2"),
        ("<2", "1!1.5", "<1!2"),
        ("<2.0rc1", "2.0", "<3.0"),
        ("<2024.1", "2025.10.1", "<2025.11"),
        ("<1.5", "2", "<2.1"),
        ("<=5.2.9", "6.0", "<=6.0"),
        ("<=5", "6.0+local", "<=6.0"),
        ("==2.34.2", "2.35.0", "==2.35.0"),
        ("~=1.4", "2.1.3", "~=2.1"),
        ("~=1.4.2", "2.1", "~=2.1.0"),
        ("~=1.4", "2.0rc1", "~=2.0rc1"),
        ("==1.*", "2.1.3", "==2.*"),
        ("==1.4.*", "1.5.3", "==1.5.*"),
        ("==1.*", "1!1.3", "==1!1.*"),
        (">=3", "2", ">=3"),
        ("!=6.0", "6.0", "!=6.0"),
        ("===1", "2", "===1"),
        ("<6.0", "5.9", "<6.0"),
    ],
)
def test_a_clause_is_widened_only_where_it_must_be(clause: str, version: str, wider: str) -> None:
    assert widened(clause, version) == wider


NUMBERS = st.lists(st.integers(0, 30), min_size=1, max_size=4).map(lambda each: ".".join(map(str, each)))
ENDS = st.sampled_from(["", "rc1", ".post2", ".dev3", "a1"])
VERSIONS = st.builds(
    lambda epoch, numbers, end: epoch + numbers + end, st.sampled_from(["", "1!"]), NUMBERS, ENDS
)


@given(st.sampled_from(["<", "<=", "=="]), NUMBERS, VERSIONS)
def test_the_version_is_let_in_and_nothing_that_was_let_in_below_it_is_lost(
    operator: str, bound: str, version: str
) -> None:
    wider = widened(f"{operator}{bound}", version)
    assert contains(wider, version)
    if operator == "<":
        assert contains(f"<{bound}", "0.0.0.1") <= contains(wider, "0.0.0.1")


@given(NUMBERS.filter(lambda text: "." in text), VERSIONS)
def test_compatible_releases_take_the_version_in(bound: str, version: str) -> None:
    assert contains(widened(f"~={bound}", version), version)
    assert contains(widened(f"=={bound}.*", version), version)


def test_ends() -> None:
    assert [loosened(each) for each in ("<2", "<=2", "==2", "===2", "~=2.0", "==2.*")] == [""] * 6
    assert [loosened(each) for each in (">=2", ">2", "!=2", "!=2.*")] == [">=2", ">2", "!=2", "!=2.*"]
    assert is_capped(">=1,<2")
    assert not is_capped(">=1,!=2")
    assert not is_capped("")


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("one<2", "one<3"),
        ("One [a, b] <2  # why\r\n", "One [a, b] <3  # why\r\n"),
        ("one < 2 ; sys_platform == 'linux'\n", "one < 3 ; sys_platform == 'linux'\n"),
        ("one >= 1 , < 2", "one >= 1 , < 3"),
        ("one<2,>=1", "one<3,>=1"),
        ("one (<2) ; extra == 'a'", "one (<3) ; extra == 'a'"),
        ("one(>=1,<2)", "one(>=1,<3)"),
        ("one", "one"),
        ("one @ https://index.example/one.whl", "one @ https://index.example/one.whl"),
        ("one<2 --config-settings=a=b", "one<2 --config-settings=a=b"),
        ("one<2 \\\n  --hash=sha256:00", "one<2 \\\n  --hash=sha256:00"),
        ("one<2 ; os_name == 'nt' \\\n  --hash=sha256:00", "one<2 ; os_name == 'nt' \\\n  --hash=sha256:00"),
        ("one<2#no comment", "one<2#no comment"),
    ],
)
def test_a_clause_in_a_text(text: str, edited: str) -> None:
    assert with_clauses(text, lambda clause: clause.replace("<2", "<3")) == edited
    assert with_clauses(text, lambda clause: clause) == text


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("one<2", "one"),
        ("one <2 ; os_name == 'nt'", "one  ; os_name == 'nt'"),
        ("one (<2) ", "one  "),
        ("one[a] >=1,<2  # c", "one[a] >=1  # c"),
        ("one <2, >=1", "one  >=1"),
    ],
)
def test_a_clause_taken_out(text: str, edited: str) -> None:
    assert with_clauses(text, loosened) == edited
