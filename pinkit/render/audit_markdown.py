"""The audit report as Markdown, for a job summary or a comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.forge_text import linked, shown
from pinkit.render.audit_text import ATTRIBUTION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.audit import AuditReport, Finding

_MAX_ROWS = 500


def audit_markdown(report: AuditReport) -> str:
    """A headline, a table of findings, what was not answered and what was ignored."""
    lines = [f"## pinkit audit: {_headline(report)}", ""]
    if report.findings:
        lines += [*_table(report.findings, {id(f) for f in report.failing}), ""]
    if report.unanswered:
        lines += [f"### Not answered ({len(report.unanswered)}), so not clean", ""]
        rows = [
            f"- **{shown(u.name)} {shown(u.version)}** ({u.verdict}): {shown(u.why)}"
            for u in report.unanswered
        ]
        lines += [*_cut(rows), ""]
    if report.suppressed:
        lines += [f"### Ignored ({len(report.suppressed)})", ""]
        rows = sorted(
            {
                f"- {shown(s.finding.name)} {shown(s.finding.id)}: {shown(s.ignore.reason)}"
                for s in report.suppressed
            }
        )
        lines += [*_cut(rows), ""]
    if report.compared:
        lines += [f"### Against {shown(report.compared)}: {len(report.fixed)} fixed", ""]
        lines += [*_cut([f"- {shown(f.name)} {shown(f.version)} {shown(f.id)}" for f in report.fixed]), ""]
    facts = report.database
    lines.append(
        f"{facts.records} advisories of {shown(facts.source)}, as of {shown(report.as_of or 'unknown')},"
        f" `{facts.digest or 'no digest'}`. {ATTRIBUTION}"
    )
    return "\n".join(lines) + "\n"


def _headline(report: AuditReport) -> str:
    parts = []
    if report.failing:
        parts.append(f"{len(report.failing)} failing findings")
    if report.unanswered:
        parts.append(f"{len(report.unanswered)} pins unanswered")
    if not parts:
        parts.append("clean")
    return f"{', '.join(parts)} ({report.pins} pins, {len(report.locks)} locks)"


def _table(findings: Sequence[Finding], failing: set[int]) -> list[str]:
    rows = []
    for finding in findings:
        severity = finding.severity.word if finding.advisories else finding.kind
        mark = "**" if id(finding) in failing else ""
        cells = (
            f"{mark}{shown(finding.name or '-')} {shown(finding.version)}{mark}",
            _linked(finding),
            severity + (f" {finding.score:.1f}" if finding.score else ""),
            shown(", ".join(finding.fixed_in) or "-"),
            shown(" > ".join(finding.via[:-1])),
            shown(f"{finding.lock}:{finding.line}" if finding.line else finding.lock),
        )
        rows.append(f"| {' | '.join(cells)} |")
    head = ["| Pin | Advisory | Severity | Fixed in | Comes by | Where |", "|---|---|---|---|---|---|"]
    return head + _cut(rows)


def _linked(finding: Finding) -> str:
    if not finding.advisories:
        return shown(finding.summary)
    status = " (new)" if finding.status == "new" else ""
    page = f"https://osv.dev/vulnerability/{finding.advisories[0].id}"
    return f"{linked(finding.id, page)}{status}"


def _cut(rows: Sequence[str]) -> list[str]:
    rest = len(rows) - _MAX_ROWS
    return [*rows[:_MAX_ROWS], *([f"\nand {rest} more"] if rest > 0 else [])]
