"""The difference of two locks for people: one line a change, the kind of move in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.change import Change

_COUNTED = {
    "added": "added",
    "removed": "removed",
    "moved": "moved",
    "targets": "for other targets",
    "hashes": "with other hashes",
}


def changes_text(changes: Sequence[Change], *, color: bool = False) -> str:
    """A line a change ("+ added", "- removed", "~ moved", "= targets or hashes"), "" for none."""
    return "".join(f"{_painted(_line(change), change, color=color)}\n" for change in changes)


def counted(changes: Sequence[Change]) -> str:
    """The changes in one phrase: "1 added, 2 moved"; "nothing changed" for none."""
    counts = {kind: sum(change.kind == kind for change in changes) for kind in _COUNTED}
    return ", ".join(f"{n} {_COUNTED[kind]}" for kind, n in counts.items() if n) or "nothing changed"


def changes_markdown(changes: Sequence[Change]) -> str:
    """The changes as a Markdown table; texts of locks are escaped."""
    if not changes:
        return "Nothing changed.\n"
    rows = ["| project | before | after | what |", "| --- | --- | --- | --- |"]
    rows += [
        f"| {_cell(c.name)} | {_cell(_versions(c.before))} | {_cell(_versions(c.after))} | {_what(c)} |"
        for c in changes
    ]
    return "\n".join(rows) + "\n"


def changes_json(changes: Sequence[Change]) -> str:
    """The changes as JSON, version 1."""
    import json

    told = [
        {"name": c.name, "kind": _what(c), "before": list(c.before), "after": list(c.after)} for c in changes
    ]
    return json.dumps({"version": 1, "changes": told}, indent=2) + "\n"


def _what(change: Change) -> str:
    if change.kind != "moved" or len(change.before) != 1 or len(change.after) != 1:
        return change.kind
    from pinkit.formats.pep440 import sort_key

    before, after = sort_key(change.before[0][0]), sort_key(change.after[0][0])
    if before is None or after is None:
        return change.kind
    return "up" if after > before else "down"


def _cell(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+!|~@" else c for c in text)


def _line(change: Change) -> str:
    match change.kind:
        case "added":
            return f"+ {change.name} {_versions(change.after)}"
        case "removed":
            return f"- {change.name} {_versions(change.before)}"
        case "moved":
            return f"~ {change.name} {_versions(change.before)} -> {_versions(change.after)}"
        case "targets":
            return f"= {change.name} {_versions(change.before)} -> {_versions(change.after)} (targets only)"
        case "hashes":
            return f"= {change.name} {_versions(change.after)} (hashes only)"


def _versions(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{version} [{marker}]" if marker else version for version, marker in pairs)


def _painted(line: str, change: Change, *, color: bool) -> str:
    if not color:
        return line
    paint = {"added": "32", "removed": "31", "moved": "33"}.get(change.kind, "2")
    return f"\x1b[{paint}m{line}\x1b[0m"
