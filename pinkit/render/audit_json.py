"""The audit report as versioned JSON: keys may be added, never renamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pinkit.model.advisory import DatabaseFacts
    from pinkit.model.audit import AuditReport, Finding, Suppressed, Unanswered


def audit_json(report: AuditReport) -> str:
    """The whole report; the same report gives the same bytes."""
    failing = {id(finding) for finding in report.failing}
    content: dict[str, Any] = {
        "version": 1,
        "database": _database(report.database, report.as_of),
        "locks": list(report.locks),
        "pins": report.pins,
        "clean": report.clean,
        "findings": [{**_finding(f), "fails": id(f) in failing} for f in report.findings],
        "suppressed": [_suppressed(each) for each in report.suppressed],
        "unanswered": [_unanswered(each) for each in report.unanswered],
        "index_asked": report.index_asked,
    }
    if report.internal:
        content["internal"] = report.internal
    if report.compared:
        content["baseline"] = report.compared
        content["fixed"] = [_finding(f) for f in report.fixed]
    return json.dumps(content, indent=2) + "\n"


def _database(facts: DatabaseFacts, as_of: str) -> dict[str, Any]:
    return {
        "source": facts.source,
        "records": facts.records,
        "as_of": as_of,
        "newest": facts.newest,
        "digest": facts.digest,
        "unreadable": facts.unreadable,
        "partly_unreadable": facts.defective,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    content: dict[str, Any] = {
        "kind": finding.kind,
        "name": finding.name,
        "version": finding.version,
        "lock": finding.lock,
        "line": finding.line,
        "ids": list(finding.ids),
        "severity": finding.severity.word,
        "score": finding.score,
        "summary": finding.summary,
        "fixed_in": list(finding.fixed_in),
        "via": list(finding.via),
        "direct": finding.direct,
        "notes": list(finding.notes),
    }
    if finding.status:
        content["status"] = finding.status
    return content


def _suppressed(each: Suppressed) -> dict[str, Any]:
    ignore = each.ignore
    content = {**_finding(each.finding), "reason": ignore.reason}
    if ignore.until:
        content["until"] = ignore.until
    if ignore.until_fixed:
        content["until_fixed"] = True
    if ignore.file:
        content["ignored_in"] = f"{ignore.file}:{ignore.line}" if ignore.line else ignore.file
    return content


def _unanswered(each: Unanswered) -> dict[str, Any]:
    return {
        "name": each.name,
        "version": each.version,
        "lock": each.lock,
        "line": each.line,
        "verdict": each.verdict,
        "why": each.why,
        "ids": list(each.ids),
    }
