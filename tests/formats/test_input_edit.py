"""Single lines of requirements.in taken back; all else stays byte for byte."""

from __future__ import annotations

import pytest

from pinkit.formats.requirements_edit import changed_names, exact_versions, with_lines_of

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
    assert with_lines_of(BASE, head, "r.in", ["one"]) == head.replace(b"<3", b"<2")
    assert with_lines_of(BASE, head, "r.in", ["one", "two"]) == b"zero\r\n" + BASE
    assert with_lines_of(BASE, head, "r.in", []) == head


def test_exact_versions() -> None:
    content = b"a==1.0\nb>=1\nc==1.*\nd==1,!=1.1\ne===1\nf == 2 ; sys_platform == 'linux'\n"
    assert exact_versions(content, "r.in", ["a", "b", "c", "d", "e", "f", "g"]) == {"a": "1.0", "f": "2"}
