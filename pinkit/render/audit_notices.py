"""The audit report as notices, for SARIF and annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.advisory import Severity
from pinkit.model.notice import Notice, Rule

if TYPE_CHECKING:
    from pinkit.model.audit import AuditReport, Finding, Unanswered
    from pinkit.model.notice import Level

_TITLES = {
    "yanked": "The pinned release was yanked",
    "quarantined": "The project is quarantined by the index",
    "archived": "The project is archived",
    "deprecated": "The project is deprecated",
    "hash-gone": "A locked hash is gone from the index",
    "ignore-expired": "An ignore of the audit has expired",
    "ignore-unused": "An ignore of the audit suppresses nothing",
    "ignore-endless": "An ignore of the audit has no end",
}
_SCORES = {Severity.LOW: 3.9, Severity.MEDIUM: 6.9, Severity.HIGH: 8.9, Severity.CRITICAL: 10.0}
_UNANSWERED = Rule(
    id="not-audited", title="The pin could not be audited, so it is not clean", tags=("security",)
)


def notices(report: AuditReport) -> tuple[Notice, ...]:
    """Findings, suppressed ones and unanswered pins; in the order of the report."""
    failing = {id(finding) for finding in report.failing}
    found = [_notice(f, "error" if id(f) in failing else _mild(f)) for f in report.findings]
    found += (_notice(s.finding, "note", s.ignore.reason) for s in report.suppressed)
    found += (_unanswered(each) for each in report.unanswered)
    return tuple(found)


def said_unanswered(report: AuditReport) -> tuple[str, ...]:
    """One text for each unanswered pin."""
    return tuple(f"{each.name} {each.version}: {each.why}" for each in report.unanswered)


def _mild(finding: Finding) -> Level:
    return "note" if finding.kind in ("archived", "deprecated", "ignore-endless") else "warning"


def _notice(finding: Finding, level: Level, suppressed: str = "") -> Notice:
    return Notice(
        rule=_rule(finding),
        level=level,
        message=_message(finding),
        file=finding.lock,
        line=finding.line,
        subject=f"{finding.name} {finding.id}",
        suppressed=suppressed,
        baseline={"new": "new", "same": "unchanged"}.get(finding.status, ""),  # type: ignore[arg-type]
    )


def _rule(finding: Finding) -> Rule:
    if not finding.advisories:
        return Rule(
            id=finding.kind, title=_TITLES.get(finding.kind, finding.kind), tags=("security", "dependencies")
        )
    first = finding.advisories[0]
    details = next((a.details for a in finding.advisories if a.details), "")
    return Rule(
        id=finding.id,
        title=f"{finding.id}: {finding.summary}" if finding.summary else finding.id,
        help=details or finding.summary or finding.id,
        url=f"https://osv.dev/vulnerability/{first.id}",
        score=finding.score or _SCORES.get(finding.severity),
        tags=("security", "dependencies", *sorted({cwe for a in finding.advisories for cwe in a.cwes})),
    )


def _message(finding: Finding) -> str:
    if not finding.advisories:
        about = f"{finding.name} {finding.version}".strip() or finding.id
        return f"{about}: {finding.summary}"
    fix = f"fixed in {', '.join(finding.fixed_in)}" if finding.fixed_in else "no fixed version is known"
    kind = "is malicious" if finding.kind == "malicious" else f"has a {finding.severity.word} vulnerability"
    if finding.severity is Severity.UNKNOWN:
        kind = "has a vulnerability of unknown severity"
    text = f"{finding.name} {finding.version} {kind}, {finding.id}: {finding.summary} ({fix})"
    if len(finding.via) > 1:
        text += f"; it comes by {' > '.join(finding.via)}"
    return "; ".join((text, *finding.notes))


def _unanswered(each: Unanswered) -> Notice:
    return Notice(
        rule=_UNANSWERED,
        level="error",
        message=f"{each.name} {each.version} is {each.verdict}: {each.why}",
        file=each.lock,
        line=each.line,
        subject=f"{each.name} {each.version}",
    )
