"""Clauses of specifiers made wider: as little as lets one version in, or without any upper end."""

from __future__ import annotations

import re

from pinkit.formats.pep440 import sort_key
from pinkit.resolve.specifiers import contains

_OPERATOR = re.compile(r"===|~=|==|!=|<=|>=|<|>")
_RELEASE = re.compile(r"v?(?:[0-9]+!)?([0-9]+(?:\.[0-9]+)*)")
_WITH_END = ("===", "==", "~=", "<=", "<")


def is_capped(specifier: str) -> bool:
    """Whether some clause of a specifier may keep a later version out for good."""
    return any(loosened(clause) != clause for clause in _clauses(specifier))


def widened(clause: str, version: str) -> str:
    """`clause` so that it lets `version` in; as it is where it does already, or where that is no matter of its end.

    "<" rises to what follows the version at the bound's own precision ("<2.1" for 2.2.3 to "<2.3"); "<=" and "=="
    go to the version, "~=" and "==1.*" as far at their own precision. "===", "!=" and lower bounds stay.
    """
    if contains(clause, version):
        return clause
    operator, bound = _parts(clause)
    match operator:
        case "<":
            return f"<{_following(version, bound)}"
        case "==" if bound.endswith(".*"):
            return f"=={_start(version, _precision(bound))}.*"
        case "~=" if contains(near := f"~={_start(version, _precision(bound))}", version):
            return near
        case "<=" | "==":
            return f"{operator}{version.partition('+')[0]}"
        case "~=":
            return f"~={_padded(version.partition('+')[0])}"
        case _:
            return clause


def loosened(clause: str) -> str:
    """`clause` without its upper end: "" for one that has nothing else."""
    return "" if _parts(clause)[0] in _WITH_END else clause


def _clauses(specifier: str) -> list[str]:
    return [clause.strip() for clause in specifier.split(",") if clause.strip()]


def _parts(clause: str) -> tuple[str, str]:
    operator = _OPERATOR.match(clause)
    return (operator[0], clause[operator.end() :].strip()) if operator else ("", clause)


def _following(version: str, bound: str) -> str:
    written = _written(bound)
    while len(written) > 1 and not int(written[-1]):
        written.pop()
    first = _release(version, len(written))
    first[-1] = str(int(first[-1]) + 1)
    return _epoch(version) + ".".join([*first, *["0"] * (_precision(bound) - len(first))])


def _start(version: str, precision: int) -> str:
    return _epoch(version) + ".".join(_release(version, precision))


def _release(version: str, precision: int) -> list[str]:
    """The first numbers of a version's release, zeros where it has fewer."""
    written = _written(version)
    return [*written, *["0"] * precision][:precision]


def _padded(version: str) -> str:
    """The same version with at least two numbers, as "~=" needs them."""
    match = _RELEASE.match(version)
    return version if match is None or "." in match[1] else f"{match[0]}.0{version[match.end() :]}"


def _written(version: str) -> list[str]:
    match = _RELEASE.match(version)
    return match[1].split(".") if match else ["0"]


def _precision(bound: str) -> int:
    return len(_written(bound))


def _epoch(version: str) -> str:
    key = sort_key(version)
    return f"{key[0]}!" if key and key[0] else ""
