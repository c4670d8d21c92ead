"""Edits of single lines of a requirements.in; comments, order and everything else stay byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.requirements_txt import read_requirements

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pinkit.model.requirement import Requirement


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
    return "".join(text).encode()


def exact_versions(content: bytes, file: str, names: Collection[str]) -> Mapping[str, str]:
    """Versions that lines of `names` pin with a plain "==", by name."""
    lines = requirement_lines(content, file)
    specifiers = {name: str(lines[name][0].specifier) for name in names if name in lines}
    return {
        name: specifier.removeprefix("==").strip()
        for name, specifier in specifiers.items()
        if specifier.startswith("==") and not {"*", ",", "="} & set(specifier[2:])
    }


def _lines(content: bytes) -> list[str]:
    return content.decode("utf-8", "surrogateescape").splitlines(keepends=True)


def _line(lines: list[str], requirement: Requirement) -> str:
    return lines[requirement.origin.line - 1]
