from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.errors import UsageError
from pinkit.formats import requirements_lines
from pinkit.formats.requirements_lines import decoded, logical_lines


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("é".encode(), "é", id="utf-8"),
        pytest.param(b"\xef\xbb\xbfa", "a", id="utf-8-bom"),
        pytest.param(b"\xff\xfe" + "é".encode("utf-16-le"), "é", id="utf-16-le"),
        pytest.param(b"\xfe\xff" + "é".encode("utf-16-be"), "é", id="utf-16-be"),
        pytest.param(b"\xff\xfe\x00\x00" + "é".encode("utf-32-le"), "é", id="utf-32-le"),
        pytest.param(b"\x00\x00\xfe\xff" + "é".encode("utf-32-be"), "é", id="utf-32-be"),
        pytest.param(b"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né", id="coding"),
        pytest.param(b"#!x\n# vim: coding=latin-1\n\xe9", "#!x\n# vim: coding=latin-1\né", id="second-line"),
        pytest.param(b"a\nb\n# coding: latin-1", "a\nb\n# coding: latin-1", id="third-line-is-too-late"),
        pytest.param(b"", "", id="empty"),
    ],
)
def test_encodings(content, text):
    assert decoded(content, "r.in") == text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"a\nb\xff", "r.in:2: not text in utf-8", id="not-utf-8"),
        pytest.param(b"# coding: nonsense", "encoding that does not exist", id="unknown"),
    ],
)
def test_bytes_that_are_no_text(content, message):
    with pytest.raises(UsageError, match=message):
        decoded(content, "r.in")


def test_size_is_limited(monkeypatch):
    monkeypatch.setattr(requirements_lines, "MAX_BYTES", 10)
    with pytest.raises(UsageError, match="too large"):
        decoded(b"x" * 11, "r.in")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("a\n\n  b  \n", [(1, "a"), (3, "b")], id="blank-lines"),
        pytest.param("# c\na # c\nb#c\n  # c", [(2, "a"), (3, "b#c")], id="comments-need-a-space"),
        pytest.param(
            "a \\\n  --hash=x \\\n  --hash=y\nb", [(1, "a   --hash=x   --hash=y"), (4, "b")], id="joined"
        ),
        pytest.param("a \\\n# c\nb", [(1, "a"), (3, "b")], id="comment-ends-continuation"),
        pytest.param(
            "a \\\n  # via \\\n--hash=x", [(1, "a"), (3, "--hash=x")], id="comment-does-not-continue"
        ),
        pytest.param("a \\", [(1, "a")], id="continuation-at-the-end"),
        pytest.param("a\r\nb\rc", [(1, "a"), (2, "b"), (3, "c")], id="line-ends"),
        pytest.param(
            "${HOME_X}/a ${EMPTY} ${nope} $HOME_X", [(1, "v/a ${EMPTY} ${nope} $HOME_X")], id="variables"
        ),
    ],
)
def test_logical_lines(text, lines):
    assert list(logical_lines(text, {"HOME_X": "v", "EMPTY": "", "nope": "lower"})) == lines


@given(st.lists(st.text(alphabet="ab =-.[]", max_size=8), max_size=6))
@settings(deadline=None)
def test_splitting_a_line_over_continuations_changes_nothing(parts):
    whole = "x" + " ".join(parts)
    broken = "x" + " \\\n".join(parts)
    assert [text for _, text in logical_lines(whole, {})] == [text for _, text in logical_lines(broken, {})]
