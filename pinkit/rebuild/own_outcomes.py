"""A `verify build` run in the words of every other verify run, so that all formats can tell it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.pep508 import normalized_name
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.report import VerifyReport

if TYPE_CHECKING:
    from pinkit.model.variation import BuildReport, Series


def verdict_of(series: Series) -> Verdict:
    """UNBUILDABLE where there is no answer, REPRODUCED where every build agreed, else DIFFERS."""
    if series.failure:
        return Verdict.UNBUILDABLE
    return Verdict.REPRODUCED if series.reproducible else Verdict.DIFFERS


def release_of(series: Series) -> tuple[str, str]:
    """(normalised name, version) as in the filename of what was built; both "" where nothing was."""
    stem = series.file.removesuffix(".tar.gz").removesuffix(".whl")
    name, _, rest = stem.partition("-")
    return normalized_name(name), rest.partition("-")[0]


def verify_report(report: BuildReport) -> VerifyReport:
    """The series that decide (SOURCE_DATE_EPOCH set), one outcome each; found at pyproject.toml."""
    outcomes = tuple(_outcome(series, report) for series in report.series if series.epoch is not None)
    places = {(o.name, o.version): ("pyproject.toml", 1) for o in outcomes}
    return VerifyReport(outcomes=outcomes, places=tuple(places.items()))


def _outcome(series: Series, report: BuildReport) -> Outcome:
    name, version = release_of(series)
    blames = [f"changed by {blame.factor}: {blame.fix}" for blame in series.blames]
    found = tuple(found for blame in series.blames for found in blame.discrepancies)
    comparison = Comparison(level=Level.CLASSES if found else Level.BYTES, discrepancies=found)
    because = "control builds, then everything varied"
    return Outcome(
        name=name or "project",
        version=version,
        file=series.file or series.kind,
        digest=series.digest,
        verdict=verdict_of(series),
        best=Attempt(
            plan=Plan(because=because, source_date_epoch=series.epoch),
            python=report.python,
            sandbox=report.sandbox,
            rebuilt=series.digest,
            comparison=None if series.failure else comparison,
        ),
        builds=series.builds,
        reason=series.failure or "\n".join(blames),
    )
