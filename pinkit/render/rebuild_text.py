"""A verify run for people: a table, then every discrepancy of what did not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.rebuild import STANDINGS, Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport

_COLORS = {
    Standing.PASS: "\x1b[32m",
    Standing.WARN: "\x1b[33m",
    Standing.INCONCLUSIVE: "\x1b[36m",
    Standing.FAIL: "\x1b[31m",
}
_MAX_SHOWN = 20


def rebuild_text(
    report: VerifyReport, *, clean: Callable[[str], str] = str, color: bool = False, verbose: bool = False
) -> str:
    """The table and the details; `verbose` shows every discrepancy and the plan of every artifact.

    `clean` makes texts of others fit for a terminal.
    """
    rows = [
        (o.verdict.value, clean(f"{o.name} {o.version}"), clean(o.file) or "-", str(o.builds))
        for o in report.outcomes
    ]
    header = ("VERDICT", "RELEASE", "FILE", "BUILDS")
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(4)]
    lines = [_line(header, widths)]
    for outcome, row in zip(report.outcomes, rows, strict=True):
        plain = _line(row, widths)
        lines.append(f"{_COLORS[STANDINGS[outcome.verdict]]}{plain}\x1b[0m" if color else plain)
    for outcome in report.outcomes:
        lines += map(clean, _details(outcome, report, verbose=verbose))
    for found in report.regressions:
        told = f"{found.name}: {found.before} was reproduced, {found.version} is {found.verdict.value}"
        lines += ["", clean(f"regression: {told}")]
    return "\n".join([*lines, "", report.summary(), ""])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _details(outcome: Outcome, report: VerifyReport, *, verbose: bool) -> Iterator[str]:
    passes = STANDINGS[outcome.verdict] is Standing.PASS
    if passes and not verbose and not outcome.reason:
        return
    yield ""
    yield f"{outcome.name} {outcome.version}: {outcome.verdict.value}" + (
        f" ({outcome.file})" if outcome.file else ""
    )
    yield from (f"  {line}" for line in outcome.reason.splitlines())
    shown = outcome.discrepancies if verbose else outcome.discrepancies[:_MAX_SHOWN]
    yield from (f"  {d.kind}: {d.member or '(archive)'}: {d.detail}" for d in shown)
    if len(shown) < len(outcome.discrepancies):
        yield f"  and {len(outcome.discrepancies) - len(shown)} more; -v shows all"
    if outcome.best and outcome.best.plan.because:
        python = f", Python {outcome.best.python}" if outcome.best.python else ""
        yield f"  plan: {outcome.best.plan.because}{python}"
    if report.evidence_of(outcome):
        yield f"  evidence: {report.evidence_of(outcome)}"
