"""Requirement lines (PEP 508, PEP 440 specifiers) to values, without importing a parser library.

The warm path of a lock reads tens of thousands of Requires-Dist lines: one regular expression splits
a line, and the parts (which repeat) are checked once and remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.markers import InvalidMarker, canonical_marker

if TYPE_CHECKING:
    from pinkit.model.requirement import Dependency

_LINE = re.compile(
    r"""[ \t]*+
    ([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?)   # name
    [ \t]*+(?:\[([^\]]*+)\])?                      # extras
    [ \t]*+(?:
        @[ \t]*+(\S++)(?:[ \t]*+\Z|[ \t]++(?=;))   # direct reference: ends at a space
        |\(([^();]*+)\)[ \t]*+                      # the parentheses of old metadata
        |([<>=!~][^;]*+)                           # specifier
        |
    )
    (?:;(.*+))?\Z""",
    re.VERBOSE | re.DOTALL,
)

_PUBLIC = (
    r"(?:[-_.]?(?:alpha|beta|preview|pre|a|b|c|rc)[-_.]?[0-9]*)?"
    r"(?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?(?:[-_.]?dev[-_.]?[0-9]*)?"
)
_CLAUSE = re.compile(
    r"(?:===\s*[^\s;)]+"
    rf"|(?:==|!=)\s*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*(?:\.\*|{_PUBLIC}(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?)"
    rf"|~=\s*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)+{_PUBLIC}"
    rf"|(?:<=|>=|<|>)\s*v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*{_PUBLIC})",
    re.ASCII | re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_SEPARATORS = re.compile(r"[-_.]+")

_REPAIRS = (
    (re.compile(r"""['"]"""), ""),
    (re.compile(r"(?<=[0-9*])\s*(?=[<>=!~])"), ","),
    (re.compile(r"!=~\s*([0-9.]*[0-9])"), r"!=\1.*"),
    (re.compile(r"(>=|<=|<|>|~=)(\s*[0-9]+(?:\.[0-9]+)*)\.\*"), r"\1\2"),
    (re.compile(r"(?<=[0-9])\.(?=\s*(?:,|\Z))"), ""),
    (re.compile(r">\s*dev\b"), ">0.0.0.dev0"),
    (re.compile(r",(?:\s*,)+"), ","),
)


class InvalidRequirement(ValueError):
    """The text is no requirement; `column` is 0-based in `text`, `reason` says what is wrong there."""

    def __init__(self, text: str, column: int, reason: str) -> None:
        super().__init__(f"{reason} at column {column + 1} of {text!r}")
        self.text, self.column, self.reason = text, column, reason


class Parsed(NamedTuple):
    """The parts of a requirement: normalised as in `model.Requirement`; `url` excludes a `specifier`."""

    name: str
    extras: tuple[str, ...]
    specifier: str
    url: str
    marker: str


@lru_cache(maxsize=16384)
def normalized_name(name: str) -> str:
    """A project's or extra's name in the spelling that compares (PEP 503, PEP 685)."""
    return _SEPARATORS.sub("-", name).lower()


def parse_requirement(text: str) -> Parsed:
    """The parts of a requirement as a person writes it. Raises InvalidRequirement.

    A marker is in `canonical_marker`'s spelling; clauses keep their order and their versions' spelling.
    """
    match = _LINE.match(text)
    if match is None:
        raise _diagnosis(text)
    name, extras, url, enclosed, specifier, marker = match.groups()
    try:
        return Parsed(
            normalized_name(name),
            _extras(extras) if extras else (),
            _specifier(specifier or enclosed) if specifier or enclosed else "",
            url or "",
            canonical_marker(marker.strip()) if marker is not None else "",
        )
    except _Part as problem:
        start = match.start({"extras": 2, "specifier": 5 if specifier else 4}[problem.part])
        raise InvalidRequirement(text, start + problem.column, problem.reason) from None
    except InvalidMarker as problem:
        lead = len(marker) - len(marker.lstrip())
        raise InvalidRequirement(text, match.start(6) + lead + problem.column, problem.reason) from None


def parse_dependency(text: str) -> Dependency:
    """A Requires-Dist line as (name, extras, specifier, marker); a URL comes as the specifier "@ URL".

    Published metadata cannot be corrected by its reader, so well-known slips of old releases are repaired:
    a missing comma between clauses, `>=1.0.*`, `!=~1.0`, a trailing dot, quotes in the specifier. Everything
    else that is no requirement raises InvalidRequirement.
    """
    try:
        name, extras, specifier, url, marker = parse_requirement(text)
    except InvalidRequirement:
        repaired = _repaired(text)
        if repaired is None:
            raise
        try:
            name, extras, specifier, url, marker = parse_requirement(repaired)
        except InvalidRequirement:
            repaired = None
        if repaired is None:
            raise
    return name, extras, f"@ {url}" if url else specifier, marker


def is_name(text: str) -> bool:
    """Whether the text is a valid project, extra or group name (PEP 508, PEP 685)."""
    return _NAME.fullmatch(text) is not None


def canonical_specifier(text: str) -> str:
    """Clauses joined by "," without spaces, in the order written. Raises InvalidRequirement (PEP 440)."""
    try:
        return _specifier(text)
    except _Part as problem:
        raise InvalidRequirement(text, problem.column, problem.reason) from None


class _Part(Exception):
    def __init__(self, part: str, column: int, reason: str) -> None:
        super().__init__(reason)
        self.part, self.column, self.reason = part, column, reason


@lru_cache(maxsize=8192)
def _specifier(text: str) -> str:
    if not text.strip():
        return ""
    clauses = text.split(",")
    if len(clauses) > 1 and not clauses[-1].strip():
        clauses.pop()
    canonical: list[str] = []
    column = 0
    for clause in clauses:
        bare = clause.strip()
        if _CLAUSE.fullmatch(bare) is None:
            raise _Part("specifier", column + len(clause) - len(clause.lstrip()), _clause_problem(bare))
        canonical.append("".join(bare.split()))
        column += len(clause) + 1
    return ",".join(canonical)


def _clause_problem(clause: str) -> str:
    if not clause:
        return "expected a version clause between the commas"
    if re.match(r"(?:<=|>=|<|>|~=).*\.\*", clause):
        return "`.*` can only be used with `==` or `!=`"
    if re.match(r"~=\s*v?(?:[0-9]+!)?[0-9]+\s*\Z", clause):
        return "`~=` needs a version of at least two numbers"
    if re.match(r"(?:<=|>=|<|>|~=).*\+", clause):
        return "a local version can only be used with `==` or `!=`"
    if re.match(r"=[^=]", clause):
        return "`=` is no comparison; exact versions use `==`"
    if len(re.findall(r"[<>=!~]=?=?", clause)) > 1:
        return "expected a comma between version clauses"
    return f"{clause!r} is no version clause"


@lru_cache(maxsize=4096)
def _extras(text: str) -> tuple[str, ...]:
    if not text.strip():
        return ()
    names = set()
    column = 0
    for name in text.split(","):
        bare = name.strip(" \t")
        if not is_name(bare):
            raise _Part("extras", column, f"{bare!r} is no extra name")
        names.add(normalized_name(bare))
        column += len(name) + 1
    return tuple(sorted(names))


_SPECIFIED = re.compile(
    r"([ \t]*+[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?[ \t]*+(?:\[[^\]]*+\])?[ \t]*+)"
    r"\(?([<>=!~][^;()]*+)\)?([ \t]*+(?:;.*+)?)\Z",
    re.DOTALL,
)


def _repaired(text: str) -> str | None:
    match = _SPECIFIED.match(text)
    if match is None:
        return None
    head, specifier, tail = match.groups()
    for pattern, replacement in _REPAIRS:
        specifier = pattern.sub(replacement, specifier)
    return f"{head}{specifier}{tail}"


def _diagnosis(text: str) -> InvalidRequirement:
    """Why no requirement matched, at the first column that cannot go on."""
    start = len(text) - len(text.lstrip(" \t"))
    name = _NAME.match(text, start)
    if name is None:
        reason = "expected a project name at the start" if text.strip() else "the requirement is empty"
        return InvalidRequirement(text, start, reason)
    at = _after_spaces(text, name.end())
    if text.startswith("[", at):
        close = text.find("]", at)
        if close < 0:
            return InvalidRequirement(text, at, "expected `]` after the extras")
        at = _after_spaces(text, close + 1)
    if text.startswith("@", at):
        at = _after_spaces(text, at + 1)
        url = re.compile(r"\S*").match(text, at)
        if url is None or not url[0]:
            return InvalidRequirement(text, at, "expected a URL after `@`")
        return InvalidRequirement(text, url.end(), "expected the end or ` ;` and a marker after the URL")
    if text.startswith("(", at):
        return InvalidRequirement(text, at, "expected `)` and nothing but a marker after the version clauses")
    if text.startswith("=", at):
        return InvalidRequirement(text, at, "`=` is no comparison; exact versions use `==`")
    return InvalidRequirement(
        text, at, "expected a version clause, `;` and a marker, or the end after the name"
    )


def _after_spaces(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at
