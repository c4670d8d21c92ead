"""A verify run as JUnit XML: a test case per artifact. What is inconclusive is skipped, never passed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from pinkit.model.rebuild import Standing

if TYPE_CHECKING:
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport


def rebuild_junit(report: VerifyReport) -> str:
    """One test suite; no times, so that equal runs give equal bytes."""
    standings = [report.standing(outcome) for outcome in report.outcomes]
    failures = standings.count(Standing.FAIL)
    skipped = standings.count(Standing.INCONCLUSIVE)
    counts = f'tests="{len(standings)}" failures="{failures}" errors="0" skipped="{skipped}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuite name="pinkit verify" {counts}>']
    for outcome, standing in zip(report.outcomes, standings, strict=True):
        lines += _case(outcome, standing)
    return "\n".join([*lines, "</testsuite>", ""])


def _case(outcome: Outcome, standing: Standing) -> list[str]:
    name = _attribute(outcome.file or outcome.version)
    opening = f"  <testcase classname={_attribute(outcome.name)} name={name}"
    told = [f"{d.kind}: {d.member or '(archive)'}: {d.detail}" for d in outcome.discrepancies]
    text = escape(_valid("\n".join([*outcome.reason.splitlines(), *told])))
    verdict = _attribute(outcome.verdict.value)
    if standing is Standing.FAIL:
        return [f"{opening}>", f"    <failure message={verdict}>{text}</failure>", "  </testcase>"]
    if standing is Standing.INCONCLUSIVE:
        return [f"{opening}>", f"    <skipped message={verdict}>{text}</skipped>", "  </testcase>"]
    if standing is Standing.WARN:
        return [
            f"{opening}>",
            f"    <system-out>{outcome.verdict.value}\n{text}</system-out>",
            "  </testcase>",
        ]
    return [f"{opening}/>"]


def _attribute(text: str) -> str:
    return quoteattr(_valid(text))


def _valid(text: str) -> str:
    """`text` without what XML 1.0 forbids (section 2.2): shown as escapes."""
    return "".join(c if c in "\n\t" or (c.isprintable() and c < "\ud800") else ascii(c)[1:-1] for c in text)
