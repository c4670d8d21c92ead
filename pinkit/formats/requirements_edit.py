"""Edits of single lines of a requirements.in; comments, order and everything else stay byte for byte."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.requirements_txt import read_requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pinkit.model.requirement import Requirement


_PARTS = re.compile(
    r"(?P<name>\s*[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*)[<>=!~][^;#@]*?(?P<rest>\s*(?:;.*|#.*)?\s*)", re.S
)


def requirement_lines(content: bytes, file: str) -> dict[str, tuple[Requirement, ...]]:
    """The requirements that stand in the file itself, by name; what it includes is left out.

    Environment variables stay unread. Raises UsageError where a line is no requirement.
    """
    found: dict[str, tuple[Requirement, ...]] = {}
    read = {file: content}
    for each in read_requirements(file, lambda name: read.get(name, b""), {}).requirements:
        if each.name and each.origin.file == file:
            found[each.name] = (*found.get(each.name, ()), each)
    return found


def changed_names(base: bytes, head: bytes, file: str) -> frozenset[str]:
    """Names whose one line of `base` is another one in `head`; the rest of both files may differ, too."""
    try:
        old, new = requirement_lines(base, file), requirement_lines(head, file)
    except UsageError:
        return frozenset()
    texts = (_lines(base), _lines(head))
    both = {name for name in old.keys() & new.keys() if len(old[name]) == len(new[name]) == 1}
    return frozenset(name for name in both if _line(texts[0], old[name][0]) != _line(texts[1], new[name][0]))


def with_lines_of(base: bytes, head: bytes, file: str, names: Collection[str]) -> bytes:
    """`head` with the lines of `names` as they are in `base`; `names` are among `changed_names`."""
    if not names:
        return head
    old, new = requirement_lines(base, file), requirement_lines(head, file)
    source, text = _lines(base), _lines(head)
    for name in names:
        text[new[name][0].origin.line - 1] = _line(source, old[name][0])
    return "".join(text).encode("utf-8", "surrogateescape")


def exact_versions(content: bytes, file: str, names: Collection[str]) -> Mapping[str, str]:
    """Versions that lines of `names` pin with a plain "==", by name."""
    lines = requirement_lines(content, file)
    specifiers = {name: str(lines[name][0].specifier) for name in names if name in lines}
    return {
        name: specifier.removeprefix("==").strip()
        for name, specifier in specifiers.items()
        if specifier.startswith("==") and not {"*", ",", "="} & set(specifier[2:])
    }


def with_specifier(content: bytes, file: str, name: str, specifier: str) -> bytes:
    """`content` with another specifier on the one line of `name`; extras, marker and comment stay.

    The same bytes where there is no such line, or it goes over several physical lines.
    """
    own = requirement_lines(content, file).get(name, ())
    lines = _lines(content)
    found = _PARTS.fullmatch(_line(lines, own[0])) if len(own) == 1 else None
    if found is None or "\\" in found[0]:
        return content
    lines[own[0].origin.line - 1] = f"{found['name']}{specifier}{found['rest']}"
    return "".join(lines).encode("utf-8", "surrogateescape")


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").splitlines(keepends=True)


def _line(lines: list[str], requirement: Requirement) -> str:
    return lines[requirement.origin.line - 1]
