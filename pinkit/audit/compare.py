"""Findings against a baseline or the last run: new, same, fixed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.model.audit import Finding


def against_baseline(
    findings: Sequence[Finding], baseline: Sequence[Finding], *, by_lock: bool
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """`findings` marked new or same, and the findings of the baseline that are gone.

    Two findings are the same when they are about one project and share an id, whatever the version: moving to
    another affected version fixes nothing and adds nothing. With `by_lock` they must be of one lock, too.
    """
    before = _ids_by_place(baseline, by_lock=by_lock)
    after = _ids_by_place(findings, by_lock=by_lock)
    marked = tuple(
        replace(f, status="same" if before.get(_place(f, by_lock=by_lock), frozenset()) & {*f.ids} else "new")
        for f in findings
    )
    fixed = tuple(f for f in baseline if not after.get(_place(f, by_lock=by_lock), frozenset()) & {*f.ids})
    return marked, fixed


def since_last(findings: Iterable[Finding], told: frozenset[str]) -> tuple[Finding, ...]:
    """`findings` marked same when their key is among those `told` before or a baseline has them, else new."""
    return tuple(
        replace(f, status="same" if f.status == "same" or key(f) in told else "new") for f in findings
    )


def key(finding: Finding) -> str:
    """What makes a finding worth telling again: its lock, pin, ids, and the records' last change."""
    changed = max((advisory.modified for advisory in finding.advisories), default="")
    return " ".join(
        (finding.kind, finding.lock, finding.name, finding.version, ",".join(finding.ids), changed)
    )


def _place(finding: Finding, *, by_lock: bool) -> tuple[str, str, str]:
    return (finding.kind, finding.lock if by_lock else "", finding.name)


def _ids_by_place(
    findings: Iterable[Finding], *, by_lock: bool
) -> dict[tuple[str, str, str], frozenset[str]]:
    found: dict[tuple[str, str, str], frozenset[str]] = {}
    for finding in findings:
        place = _place(finding, by_lock=by_lock)
        found[place] = found.get(place, frozenset()) | {*finding.ids}
    return found
