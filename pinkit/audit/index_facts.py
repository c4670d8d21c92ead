"""What an index itself says against a pin: yanked, quarantined, archived, deprecated, hashes gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.osv_versions import comparable
from pinkit.model.advisory import Severity
from pinkit.model.audit import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.audit import Kind, LockFile
    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.lock import Pin

_STATUS: dict[str, tuple[Kind, Severity, str]] = {
    "quarantined": ("quarantined", Severity.CRITICAL, "the index has quarantined the project"),
    "archived": ("archived", Severity.NONE, "the project is archived: no fix will come"),
    "deprecated": ("deprecated", Severity.NONE, "the project is deprecated by its owners"),
}
"""Project status markers (PEP 792)."""


def release_of(pin: Pin, project: Project) -> str:
    """The pin's version as the index writes it (PEP 440 equality); "" when the index does not have it."""
    if pin.version in project.versions:
        return pin.version
    wanted = comparable(pin.version)
    return next((version for version in project.versions if comparable(version) == wanted), "")


def index_findings(
    file: LockFile, pin: Pin, project: Project, distributions: Sequence[Distribution]
) -> tuple[Finding, ...]:
    """What the index holds against the pin; `distributions` are those of its release."""
    found: list[Finding] = []
    if project.status in _STATUS:
        kind, severity, text = _STATUS[project.status]
        found.append(_finding(file, pin, kind, severity, text))
    if project.versions and not distributions:
        found.append(_finding(file, pin, "hash-gone", Severity.HIGH, "the release is gone from the index"))
    if distributions and all(each.yanked is not None for each in distributions):
        reasons = sorted({each.yanked for each in distributions if each.yanked})
        reason = f": {'; '.join(reasons)}" if reasons else ""
        found.append(_finding(file, pin, "yanked", Severity.LOW, f"the release was yanked (PEP 592){reason}"))
    gone = _gone(pin, distributions)
    if gone:
        text = f"{len(gone)} of {len(pin.hashes)} locked hashes are on no file of the release any more: {gone[0]}"
        found.append(_finding(file, pin, "hash-gone", Severity.HIGH, text))
    return tuple(found)


def _gone(pin: Pin, distributions: Sequence[Distribution]) -> list[str]:
    if not distributions:
        return []
    claimed = {digest for each in distributions for digest in each.hashes}
    algorithms = {digest.partition(":")[0] for digest in claimed}
    return [h for h in pin.hashes if h.partition(":")[0] in algorithms and h not in claimed]


def _finding(file: LockFile, pin: Pin, kind: Kind, severity: Severity, summary: str) -> Finding:
    return Finding(
        kind=kind,
        name=pin.name,
        version=pin.version,
        lock=file.path,
        line=pin.line,
        ids=(kind,),
        severity=severity,
        summary=summary,
    )
