"""The difference of two artifacts for people, and as versioned JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pinkit.rebuild.attempt_json import discrepancy_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinkit.rebuild.compare_artifacts import ArtifactDiff, MemberDiff

_COLORS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}


def artifact_diff_text(found: ArtifactDiff, *, clean: Callable[[str], str] = str, color: bool = False) -> str:
    """Verdict, discrepancies by class, then each member that differs with a text diff where it is text.

    `clean` makes texts of others fit for a terminal.
    """
    lines = [f"{found.verdict.value}: {found.comparison.level.value}"]
    discrepancies = found.comparison.discrepancies
    lines += [clean(f"  {each.kind}: {each.member or '(archive)'}: {each.detail}") for each in discrepancies]
    for member in found.members:
        lines += ["", *_member(member, clean, color=color)]
    return "\n".join([*lines, ""])


def _member(member: MemberDiff, clean: Callable[[str], str], *, color: bool) -> Iterator[str]:
    yield clean(f"{member.status} {member.name} ({member.size_a} -> {member.size_b} bytes)")
    for line in map(clean, member.lines):
        yield f"{_COLORS[line[0]]}{line}\x1b[0m" if color and line[:1] in _COLORS else line
    if member.cut:
        yield "  ... more lines differ"


def artifact_diff_json(found: ArtifactDiff) -> str:
    """The whole difference; the same artifacts give the same bytes."""
    content = {
        "version": 1,
        "verdict": found.verdict.value,
        "level": found.comparison.level.value,
        "discrepancies": [discrepancy_object(each) for each in found.comparison.discrepancies],
        "members": [
            {
                "name": member.name,
                "status": member.status,
                "size_a": member.size_a,
                "size_b": member.size_b,
                "diff": list(member.lines),
                "cut": member.cut,
            }
            for member in found.members
        ],
    }
    return json.dumps(content, indent=2) + "\n"
