"""The audit report for people: a table, then details, then what was not answered, then one line of result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinkit.model.audit import AuditReport, Finding, Suppressed, Unanswered

ATTRIBUTION = (
    "Advisories: OSV.dev and its sources (PyPA advisory database CC-BY 4.0, GitHub advisories CC-BY 4.0)."
)
"""The credit that the advisories' licences ask for."""

Line = tuple[str, str]
"""(colour, text)."""

_BLANK: Line = ("", "")
_RED, _YELLOW, _GREEN, _BOLD, _OFF = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[1m", "\x1b[0m"
_MAX_LISTED_LOCKS = 20


def audit_text(
    report: AuditReport,
    *,
    clean: Callable[[str], str] = str,
    color: bool = False,
    verbose: bool = False,
) -> str:
    """The report as text. Every line passes `clean`.

    After a comparison only what is new or fails is told one by one, with `verbose` everything.
    """
    failing = {id(finding) for finding in report.failing}
    groups = _grouped(f for f in report.findings if verbose or f.status != "same" or id(f) in failing)
    lines: list[Line] = []
    if groups:
        lines += [*_table(groups, failing), _BLANK]
        for group in groups:
            lines += [*_plain(_details(group)), _BLANK]
    if report.unanswered:
        lines += [*_plain(_unanswered(report.unanswered)), _BLANK]
    if report.suppressed:
        lines += [*_plain(_suppressed(report.suppressed, verbose=verbose)), _BLANK]
    if report.compared:
        lines += [*_plain(_compared(report)), _BLANK]
    lines += _result(report)
    shown = ((paint if color else "", clean(text)) for paint, text in lines)
    return "".join(f"{paint}{text}{_OFF}\n" if paint else f"{text}\n" for paint, text in shown)


def _plain(texts: Iterable[str]) -> Iterable[Line]:
    return (("", text) for text in texts)


def _grouped(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Findings of one pin and group over all locks together, worst first."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (finding.kind, finding.name, finding.version, finding.ids, finding.status)
        groups.setdefault(key, []).append(finding)
    ordered = sorted(groups.values(), key=lambda g: (-_weight(g[0]), g[0].name, g[0].version, g[0].ids))
    return [tuple(group) for group in ordered]


def _weight(finding: Finding) -> int:
    # Unknown is shown above low: nobody has looked yet.
    return 1 if finding.severity < 0 else int(finding.severity) * 2


def _table(groups: Sequence[Sequence[Finding]], failing: set[int]) -> Iterable[Line]:
    rows = [("NAME", "VERSION", "SEVERITY", "ID", "FIXED IN")]
    rows += [_row(group[0]) for group in groups]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    paints = [_BOLD, *(_RED if any(id(f) in failing for f in group) else _YELLOW for group in groups)]
    for paint, row in zip(paints, rows, strict=True):
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield (paint, "  ".join((*cells, row[4])).rstrip())


def _row(finding: Finding) -> tuple[str, str, str, str, str]:
    severity = finding.severity.word + (f" {finding.score:.1f}" if finding.score else "")
    if finding.kind != "vulnerable":
        severity = finding.kind
    fixes = ", ".join(finding.fixed_in) or ("-" if finding.advisories else "")
    marks = " (new)" if finding.status == "new" else ""
    return (finding.name or "-", finding.version or "-", severity, finding.id + marks, fixes)


def _details(group: Sequence[Finding]) -> list[str]:
    first = group[0]
    about = f"{first.name} {first.version}".strip() or "ignore"
    lines = [f"{about}: {', '.join(first.ids)}"]
    if first.summary:
        lines.append(f"  {first.summary}")
    if len(first.via) > 1 and {f.via for f in group} == {first.via}:
        lines.append(f"  why: {' > '.join(first.via)}")
    lines += [f"  {note}" for note in first.notes]
    places = [f"{f.lock}:{f.line}" if f.line else f.lock for f in group]
    lines += [f"  at {place}" for place in places[:_MAX_LISTED_LOCKS]]
    if len(places) > _MAX_LISTED_LOCKS:
        lines.append(f"  and {len(places) - _MAX_LISTED_LOCKS} more places")
    if len({f.via for f in group}) > 1:
        lines += [f"  why in {f.lock}: {' > '.join(f.via)}" for f in group if len(f.via) > 1]
    if first.advisories:
        lines.append(f"  see https://osv.dev/vulnerability/{first.advisories[0].id}")
    return lines


def _unanswered(open_questions: Sequence[Unanswered]) -> list[str]:
    lines = [f"Not answered ({len(open_questions)}), so not clean:"]
    reasons: dict[tuple[str, str], list[str]] = {}
    for pin in open_questions:
        place = f"{pin.lock}:{pin.line}" if pin.line else pin.lock
        reasons.setdefault((pin.verdict, pin.why), []).append(
            f"{pin.name} {pin.version}".rstrip() + f" ({place})"
        )
    for (verdict, why), pins in reasons.items():
        if len(pins) == 1:
            lines.append(f"  {pins[0]}: {verdict}: {why}")
        else:
            lines += [f"  {len(pins)} pins: {verdict}: {why}", *(f"    {pin}" for pin in pins)]
    return lines


def _suppressed(suppressed: Sequence[Suppressed], *, verbose: bool) -> list[str]:
    lines = [f"Ignored ({len(suppressed)}):"]
    seen = set()
    for each in suppressed:
        finding, ignore = each.finding, each.ignore
        place = (
            f" [{ignore.file}:{ignore.line}]" if ignore.line else f" [{ignore.file}]" if ignore.file else ""
        )
        end = f", until {ignore.until}" if ignore.until else ", until fixed" if ignore.until_fixed else ""
        line = f"  {finding.name} {finding.version} {finding.id}: {ignore.reason}{end}{place}"
        if verbose or line not in seen:
            seen.add(line)
            lines.append(line)
    return lines


def _compared(report: AuditReport) -> list[str]:
    new = sum(finding.status == "new" for finding in report.findings)
    same = sum(finding.status == "same" for finding in report.findings)
    lines = [f"Against {report.compared}: {new} new, {same} same, {len(report.fixed)} fixed"]
    return lines + [f"  fixed: {f.name} {f.version} {f.id} ({f.lock})" for f in report.fixed]


def _result(report: AuditReport) -> Iterable[Line]:
    facts = report.database
    unread = f", {facts.unreadable} unreadable" if facts.unreadable else ""
    yield (
        "",
        f"{facts.records} advisories of {facts.source}, as of {report.as_of or 'unknown'}{unread}, "
        f"{facts.digest or 'no digest'}",
    )
    if not report.index_asked:
        yield ("", "The index was not asked about yanked, archived or quarantined releases (--index asks).")
    yield ("", ATTRIBUTION)
    good = not report.failing and not report.unanswered
    yield (_GREEN if good else _RED, _verdict(report))


def _verdict(report: AuditReport) -> str:
    unanswered = len({(u.lock, u.line, u.name, u.version) for u in report.unanswered})
    count = f"{len(report.failing)} failing of {len(report.findings)} findings"
    parts = [count if report.findings else "no findings"]
    parts += [f"{len(report.suppressed)} ignored"] if report.suppressed else []
    parts += [f"{unanswered} unanswered"] if unanswered else []
    parts += [f"{report.internal} internal, not audited"] if report.internal else []
    answered = report.pins - unanswered - report.internal
    return f"Audited {answered} of {report.pins} pins in {_locks(len(report.locks))}: {', '.join(parts)}"


def _locks(count: int) -> str:
    return "1 lock" if count == 1 else f"{count} locks"
