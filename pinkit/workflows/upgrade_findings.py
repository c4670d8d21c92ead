"""The findings that an upgrade starts from and ends with: locks audited with no ignores applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, LockFile
from pinkit.upgrade.bounds import every_later, yanked_releases
from pinkit.workflows.audit import AuditRequest, audit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.model.audit import AuditReport, Finding
    from pinkit.model.distribution import Project
    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Remediation, Result
    from pinkit.ports import AdvisorySource


def audit_of(locks: Mapping[str, Lock], source: AdvisorySource, stale: str, today: str) -> AuditReport:
    """The advisories against these locks, no ignores applied."""
    files = tuple(LockFile(path=path, lock=lock) for path, lock in locks.items())
    return audit(
        AuditRequest(files=files, policy=AuditPolicy(fail_on=Severity.LOW), today=today, stale=stale), source
    )


def by_name(findings: Iterable[Finding]) -> Mapping[str, Sequence[Finding]]:
    """The findings that a move could close, sorted by name."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind in ("vulnerable", "malicious"):
            found.setdefault(finding.name, []).append(finding)
    return dict(sorted(found.items()))


def why_none(
    project: Project, version: str, findings: Sequence[Finding], clean: Callable[[str], bool]
) -> str:
    """Why no release above `version` can be the fix: none is said, or each is withdrawn, early or not there."""
    every, yanked = every_later(project, version, clean=clean), yanked_releases(project)
    if every:
        told = [f"{each} ({'yanked' if each in yanked else 'pre-release'})" for each in every]
        early = [each for each in every if each not in yanked]
        hint = f"; to take one all the same: `pinkit upgrade {project.name}=={early[0]}`" if early else ""
        return f"the only releases free of these advisories are {', '.join(told)}{hint}"
    fixed = tuple(dict.fromkeys(v for finding in findings for v in finding.fixed_in))
    if not fixed:
        return "no release is free of these advisories, and none is announced"
    return f"fixed in {', '.join(fixed)}, which the index does not have"


def compared(before: AuditReport, after: AuditReport, closed: Sequence[Remediation]) -> tuple[Result, str]:
    """The "advisories" check: what counts as `closed` is gone, nothing new came, everything was answered."""
    known = {(f.name, i) for f in before.findings for i in f.ids}
    new = sorted({f"{f.name} {f.version}: {f.ids[0]}" for f in after.findings if _is_new(f, known)})
    targets = {(r.name, i) for r in closed for i in r.ids}
    left = sorted({f"{f.name}: {i}" for f in after.findings for i in f.ids if (f.name, i) in targets})
    if new or left:
        return "fail", "; ".join(
            [*(f"new: {each}" for each in new), *(f"still there: {each}" for each in left)]
        )
    if after.unanswered:
        names = sorted({f"{each.name} {each.version}" for each in after.unanswered})
        listed = f"{', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
        return "unknown", f"not audited: {listed} ({after.unanswered[0].why})"
    return "pass", f"{len(closed)} finding{'s' * (len(closed) != 1)} closed, none new"


def closed_besides(
    before: AuditReport, after: AuditReport, aimed: Sequence[Remediation]
) -> Mapping[str, Sequence[Finding]]:
    """By name the findings that are gone though nobody aimed at them; a name without an answer has none."""
    known = {(remedy.name, i) for remedy in aimed for i in remedy.ids}
    left = {(f.name, i) for f in after.findings for i in f.ids}
    unanswered = {each.name for each in after.unanswered}
    gone = [
        f
        for f in before.findings
        if f.name not in unanswered and not any((f.name, i) in known | left for i in f.ids)
    ]
    return by_name(gone)


def _is_new(finding: Finding, known: set[tuple[str, str]]) -> bool:
    return finding.kind in ("vulnerable", "malicious") and not any(
        (finding.name, i) in known for i in finding.ids
    )
