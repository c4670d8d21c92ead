"""Edits of single requirements of a requirements file; comments, order and everything else stay byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.clause_edit import Statement
from pinkit.formats.requirements_txt import read_requirements

if TYPE_CHECKING:
    from collections.abc import Callable


def statements(content: bytes, file: str) -> tuple[Statement, ...]:
    """The requirements that stand in the file itself, in order; what it includes is left out.

    Environment variables stay unread. Raises UsageError where a line is no requirement.
    """
    read, lines = {file: content}, _lines(content)
    found = read_requirements(file, lambda name: read.get(name, b""), {})
    return tuple(
        Statement(
            name=each.name,
            place=str(each.origin.line),
            text="".join(_logical(lines, each.origin.line)),
            specifier=each.specifier,
        )
        for each in found.requirements
        if each.name and each.origin.file == file
    )


def rewritten(content: bytes, file: str, rewrite: Callable[[Statement], str]) -> bytes:
    """`content` with what `rewrite` makes of the lines of each requirement; it is asked once each, in order."""
    lines = _lines(content)
    for each in statements(content, file):
        start = int(each.place) - 1
        end = start + len(_logical(lines, int(each.place)))
        lines[start:end] = [rewrite(each), *[""] * (end - start - 1)]
    return "".join(lines).encode("utf-8", "surrogateescape")


def _logical(lines: list[str], number: int) -> list[str]:
    """The physical lines of the logical line that begins at `number` (1-based)."""
    end = number
    while end < len(lines) and lines[end - 1].rstrip("\r\n").endswith("\\"):
        end += 1
    return lines[number - 1 : end]


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").splitlines(keepends=True)
