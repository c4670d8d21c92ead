"""Versions to ignore as a dependabot.yml has them, as specifiers of PEP 440."""

from __future__ import annotations

import re

from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier

_BROAD = re.compile(r"(?:==\s*)?([0-9]+(?:\.[0-9]+)*)\.[xX*]")
_LOOSE = re.compile(r"~>\s*([0-9]+(?:\.[0-9]+)+)")


def specifier_of(written: str) -> str:
    """The specifier that allows what `written` names ("5.x", "2.0.1", ">= 2, < 3", "~> 1.4"); "" where it is none."""
    said = written.strip()
    if broad := _BROAD.fullmatch(said):
        return f"=={broad[1]}.*"
    if loose := _LOOSE.fullmatch(said):
        return f"~={loose[1]}"
    if sort_key(said) is not None:
        return f"=={said}"
    try:
        return canonical_specifier(said)
    except InvalidRequirement:
        return ""
