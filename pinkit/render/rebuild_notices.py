"""A verify run as notices (SARIF, annotations of forges): one for each artifact that does not pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.notice import Notice, Rule
from pinkit.model.rebuild import Standing, Verdict

if TYPE_CHECKING:
    from pinkit.model.notice import Level
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport

_TITLES = {
    Verdict.EQUIVALENT: "A rebuild differs in explained ways only",
    Verdict.PARTIAL: "A rebuild proves everything but machine code",
    Verdict.DIFFERS: "The source does not give the published artifact",
    Verdict.TAMPER_SUSPECT: "The published artifact has what no source gives",
    Verdict.UNBUILDABLE: "An artifact could not be rebuilt",
    Verdict.NO_SOURCE: "An artifact has no source to rebuild it from",
    Verdict.SKIPPED: "An artifact was not rebuilt",
}
_LEVELS: dict[Standing, Level] = {
    Standing.WARN: "warning",
    Standing.INCONCLUSIVE: "warning",
    Standing.FAIL: "error",
}
_MAX_SHOWN = 10


def rebuild_notices(report: VerifyReport, lock: str = "") -> tuple[Notice, ...]:
    """Notices at the lines of the lock, in the order of the outcomes, regressions last."""
    found = [
        _notice(outcome, report, lock) for outcome in report.outcomes if report.standing(outcome) in _LEVELS
    ]
    for each in report.regressions:
        file, line = report.place_of(each.name, each.version)
        rule = Rule(id="verify/regression", title="An earlier release was reproduced, this one is not")
        message = f"{each.name} {each.before} was reproduced; {each.version} is {each.verdict.value}"
        subject = f"{each.name} {each.version}"
        found.append(
            Notice(rule=rule, level="error", message=message, file=file or lock, line=line, subject=subject)
        )
    return tuple(found)


def _notice(outcome: Outcome, report: VerifyReport, lock: str) -> Notice:
    file, line = report.place_of(outcome.name, outcome.version)
    rule = Rule(
        id=f"verify/{outcome.verdict.value.lower().replace('_', '-')}", title=_TITLES[outcome.verdict]
    )
    told = [f"{d.kind}: {d.member or '(archive)'}: {d.detail}" for d in outcome.discrepancies[:_MAX_SHOWN]]
    what = f"{outcome.name} {outcome.version} {outcome.file}: {outcome.verdict.value}"
    return Notice(
        rule=rule,
        level=_LEVELS[report.standing(outcome)],
        message="\n".join([what, *outcome.reason.splitlines(), *told]),
        file=file or lock or outcome.file,
        line=line,
        subject=f"{outcome.name} {outcome.version} {outcome.file}",
    )
