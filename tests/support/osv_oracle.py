"""OSV's evaluation rule written slowly and plainly over `packaging`: what the fast matcher must equal."""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

RANKS = {"introduced": 0, "last_affected": 1, "fixed": 2}


def parsed(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def affects(record: dict[str, Any], name: str, version: str) -> bool:
    """Whether the record affects the version: listed, or inside any range of any entry for the project."""
    if record.get("withdrawn"):
        return False
    for entry in record.get("affected", []):
        project = entry.get("package", {})
        if project.get("ecosystem") == "PyPI" and canonicalize_name(project["name"]) == name:
            if any(equal(version, listed) for listed in entry.get("versions", [])):
                return True
            if any(in_range(version, each) for each in entry.get("ranges", [])):
                return True
    return False


def equal(left: str, right: str) -> bool:
    one, other = parsed(left), parsed(right)
    if one is None or other is None:
        return one is other and left.casefold() == right.casefold()
    return one == other


def in_range(version: str, affected_range: dict[str, Any]) -> bool:
    at = parsed(version)
    if at is None or affected_range.get("type") == "GIT":
        return False
    events, limits = [], []
    for event in affected_range.get("events", []):
        for kind, text in event.items():
            if kind == "limit":
                limits.append(text)
            elif kind == "introduced" and text == "0":
                events.append((None, kind))
            elif parsed(text) is not None:
                events.append((parsed(text), kind))
    before_limit = not limits or "*" in limits or any(at < Version(limit) for limit in limits)
    return before_limit and vulnerable_after(events, at)


def vulnerable_after(events: list[tuple[Version | None, str]], at: Version) -> bool:
    lowest = Version("0.dev0")
    vulnerable = False
    for bound, kind in sorted(events, key=lambda e: (e[0] is not None, e[0] or lowest, RANKS[e[1]])):
        if kind == "introduced" and (bound is None or at >= bound):
            vulnerable = True
        elif bound is not None and (
            (kind == "fixed" and at >= bound) or (kind == "last_affected" and at > bound)
        ):
            vulnerable = False
    return vulnerable
