"""Single requirements of input files taken back and changed; all else stays byte for byte."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.formats.input_edit import (
    changed_names,
    exact_versions,
    is_input,
    with_changed_clauses,
    with_statements_of,
)

BASE = b"# top\n-r more.in\nOne<2  # because\ntwo==1.0\nthree ; python_version > '3.8'\n"


@pytest.mark.parametrize(
    ("head", "changed"),
    [
        pytest.param(BASE, set(), id="the same"),
        pytest.param(BASE.replace(b"<2", b"<3"), {"one"}, id="a bound"),
        pytest.param(b"zero\n" + BASE.replace(b"two==1.0", b"two==1.1"), {"two"}, id="a pin, lines moved"),
        pytest.param(BASE.replace(b"# because", b"# why not"), {"one"}, id="a comment of the line"),
        pytest.param(BASE.replace(b"two==1.0\n", b""), set(), id="a line less"),
        pytest.param(BASE + b"two==1.1\n", set(), id="a name twice"),
        pytest.param(b"one<<3\n", set(), id="no requirements file"),
    ],
)
def test_lines_that_changed(head: bytes, changed: set[str]) -> None:
    assert changed_names(BASE, head, "r.in") == changed


def test_lines_are_taken_back_one_by_one() -> None:
    head = b"zero\r\n" + BASE.replace(b"<2", b"<3").replace(b"1.0", b"1.1")
    assert with_statements_of(BASE, head, "r.in", ["one"]) == head.replace(b"<3", b"<2")
    assert with_statements_of(BASE, head, "r.in", ["one", "two"]) == b"zero\r\n" + BASE
    assert with_statements_of(BASE, head, "r.in", []) == head


def test_exact_versions() -> None:
    content = b"a==1.0\nb>=1\nc==1.*\nd==1,!=1.1\ne===1\nf == 2 ; sys_platform == 'linux'\n"
    assert exact_versions(content, "r.in", ["a", "b", "c", "d", "e", "f", "g"]) == {"a": "1.0", "f": "2"}


HASHED = b"one==1.0 \\\n    --hash=sha256:" + b"0" * 64 + b"  # c\ntwo==1.0\n"
TOML = b"""[project]
name = "x"
dependencies = ["one<2", 'two==1.0',  # c
]
[dependency-groups]
dev = ["one<2", "--not a requirement", {include-group = "more"}]
more = 3
"""


def test_a_requirement_on_several_lines_is_taken_back_whole() -> None:
    head = HASHED.replace(b"one==1.0", b"one==1.1").replace(b"0" * 64, b"1" * 64)
    assert changed_names(HASHED, head, "r.in") == {"one"}
    assert with_statements_of(HASHED, head, "r.in", ["one"]) == HASHED


def test_a_pyproject_taken_back() -> None:
    head = b"# top\n" + TOML.replace(b'["one<2", "--', b'["one<3", "--').replace(b"==1.0", b"==1.1")
    assert changed_names(TOML, head, "pyproject.toml") == {"one", "two"}
    assert exact_versions(head, "pyproject.toml", ["one", "two"]) == {"two": "1.1"}
    taken_back = with_statements_of(TOML, head, "pyproject.toml", ["one"])
    assert taken_back == b"# top\n" + TOML.replace(b"==1.0", b"==1.1")
    moved = TOML.replace(b'["one<2", "--', b'["--').replace(b'["one', b'["one>1", "one')
    assert changed_names(TOML, moved, "pyproject.toml") == set()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"[project]\nname = 'x'\ndependencies = ['one", id="no TOML"),
        pytest.param(b"[project]\nname = 'x'\ndependencies = ['one<2'] # caf\xe9\n", id="no UTF-8"),
        pytest.param(b"[project]\nname = 'x'\ndependencies = [\"\\u006fne<2\"]\n", id="an escape"),
        pytest.param(b"[tool]\ndependencies = ['one<2']\n", id="not there"),
    ],
)
def test_what_cannot_be_edited_stays(content: bytes) -> None:
    assert with_changed_clauses(content, "pyproject.toml", lambda _: lambda _: "<9") == content


NAMES = st.sampled_from(["one", "Two_a", "three.b", "four"])
SPACES = st.sampled_from(["", " ", "  "])
MARKERS = st.sampled_from(["", "; python_version < '3.12'", ' ; extra == "x" and os_name != "nt"'])
QUOTES = st.sampled_from(["'", '"', "'''", '"""'])
GAPS = st.sampled_from(["", " ", "\n  ", "\r\n", "  # a comment, 'with\" <2 things\n\t"])


@st.composite
def arrays(draw: st.DrawFn) -> tuple[str, str]:
    """An array of requirements as people write them, and the same with each "<2" as "<3"."""
    text = "["
    for _ in range(draw(st.integers(0, 4))):
        space, quote = draw(SPACES), draw(QUOTES)
        item = f"{draw(NAMES)}{space}@{space}{draw(MARKERS)}"
        if quote in item or (quote[0] == "'" and "'" in item) or (quote == '"' and '"' in item):
            quote, item = '"', item.replace('"', '\\"')
        text += f"{draw(GAPS)}{quote}{item}{quote}{draw(GAPS)},"
    text += f"{draw(GAPS)}]"
    return text.replace("@", "<2"), text.replace("@", "<3")


@settings(max_examples=50, deadline=None)
@given(arrays(), arrays(), arrays(), GAPS.filter(lambda gap: gap.endswith("\n")))
def test_of_a_pyproject_only_the_clauses_change(
    one: tuple[str, str], two: tuple[str, str], three: tuple[str, str], gap: str
) -> None:
    def written(place: int) -> bytes:
        head = f"# <2\n[project]\nname = 'x'\ndependencies = {one[place]} # end{gap}\n"
        extras = f"optional-dependencies = {{ a = {two[place]} , 'b.c' = [ ] }}\n[tool.x]\ny = ['one<2']\n"
        return f"{head}{extras}[dependency-groups]\n'D_e' = {three[place]}".encode()

    before, after = written(0), written(1)
    edited = with_changed_clauses(before, "pyproject.toml", lambda _: lambda c: c.replace("<2", "<3"))
    assert edited == after
    assert with_statements_of(before, edited, "pyproject.toml", {"one", "two-a", "three-b", "four"}) == before


def test_what_is_an_input() -> None:
    assert [is_input(path) for path in ("a.in", "b/c.txt", "x/pyproject.toml")] == [True] * 3
    assert [is_input(path) for path in ("-", "https://index.example/a.in", "pylock.toml", "a")] == [False] * 4
