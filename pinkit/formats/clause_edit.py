"""Clauses of the specifier in a requirement's text, changed one by one; every other character stays (PEP 508)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_REQUIREMENT = re.compile(
    r"""(?P<head>\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\s*(?:\[[^\]]*\]\s*)?)
    (?P<open>\(\s*)?
    (?P<specifier>[<>=!~][^;\#@()\\]*?)
    (?P<tail>\s*(?(open)\)\s*)(?:;[^\\]*|(?<=\s)\#.*)?)""",
    re.VERBOSE | re.DOTALL,
)
_CLAUSE = re.compile(r"(\s*)(===|~=|==|!=|<=|>=|<|>)(\s*)(\S+)(\s*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One requirement as a file has it: `text` is its physical lines, or the string of a TOML array.

    `place` is the number of its first line, or the section as in `Origin` ("project.dependencies",
    "extra:NAME", "group:NAME").
    """

    name: str
    place: str
    text: str
    specifier: str = ""


def with_clauses(text: str, change: Callable[[str], str]) -> str:
    """`text` with what `change` makes of each clause, given and answered without spaces; "" takes the clause out.

    Marker, extras, comment and the spaces around operators stay. A text that cannot be taken apart this way (a
    direct reference, options behind the specifier, a line that goes on) comes back as it is.
    """
    match = _REQUIREMENT.fullmatch(text)
    parts = [_CLAUSE.fullmatch(part) for part in match["specifier"].split(",")] if match else [None]
    clauses = [part for part in parts if part is not None]
    if match is None or len(clauses) < len(parts):
        return text
    changed = [change(part[2] + part[4]) for part in clauses]
    if changed == [part[2] + part[4] for part in clauses]:
        return text
    specifier = ",".join(
        _spaced(part, clause) for part, clause in zip(clauses, changed, strict=True) if clause
    )
    opening, tail = match["open"] or "", match["tail"]
    if not specifier:
        opening, tail = "", tail.replace(")", "", 1) if opening else tail
    return f"{match['head']}{opening}{specifier}{tail}"


def _spaced(written: re.Match[str], clause: str) -> str:
    """A clause with the spaces that `written` has around its operator and behind it."""
    parts = _CLAUSE.fullmatch(clause)
    return clause if parts is None else f"{written[1]}{parts[2]}{written[3]}{parts[4]}{written[5]}"
