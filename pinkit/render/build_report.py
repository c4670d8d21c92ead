"""A `verify build` run for people and, versioned, for scripts. Callers make the text printable."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pinkit.rebuild.own_outcomes import release_of, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.model.variation import BuildReport, Series

_MAX_SHOWN = 8


def build_text(report: BuildReport, *, verbose: bool = False) -> str:
    """One line a series, then what changes it with the fix; then the factors that were not varied."""
    lines = [f"{report.backend}, Python {report.python}, sandbox: {report.sandbox}"]
    for series in report.series:
        epoch = "SOURCE_DATE_EPOCH set" if series.epoch is not None else "SOURCE_DATE_EPOCH unset"
        lines.append(
            f"{verdict_of(series).value:<12} {series.kind:<6} {epoch}; {series.builds} builds  {series.file}".rstrip()
        )
        lines += _because(series, verbose=verbose)
    varied = [f.factor + (f" ({f.reason})" if f.reason else "") for f in report.factors if f.applied]
    lines += ["", f"varied: {', '.join(varied)}"]
    lines += [f"not varied: {f.factor}: {f.reason}" for f in report.factors if not f.applied]
    return "\n".join([*lines, summary(report), ""])


def summary(report: BuildReport) -> str:
    """One sentence with every number; only series with SOURCE_DATE_EPOCH set decide."""
    counted = [series for series in report.series if series.epoch is not None]
    good = sum(series.reproducible for series in counted)
    told = f"{good} of {len(counted)} reproducible"
    failed = sum(bool(series.failure) for series in counted)
    told += f"; {failed} could not be built" if failed else ""
    sound = {series.kind for series in counted if series.reproducible}
    unset = [s for s in report.series if s.epoch is None and not s.reproducible and s.kind in sound]
    return told + (f"; {len(unset)} of these only with SOURCE_DATE_EPOCH set" if unset else "")


def build_json(report: BuildReport) -> str:
    """The whole report; the same report gives the same bytes."""
    content = {
        "version": 1,
        "backend": report.backend,
        "python": report.python,
        "sandbox": report.sandbox,
        "requirements": list(report.wheels),
        "results": [_result(series) for series in report.series],
        "factors": [
            {"factor": factor.factor, "applied": factor.applied, "reason": factor.reason}
            for factor in report.factors
        ],
        "reproducible": report.reproducible,
        "summary": summary(report),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _because(series: Series, *, verbose: bool) -> Iterator[str]:
    yield from (f"  {line}" for line in series.failure.splitlines())
    for blame in series.blames:
        yield f"  changed by {blame.factor}:"
        shown = blame.discrepancies if verbose else blame.discrepancies[:_MAX_SHOWN]
        yield from (f"    {found.kind}: {found.member or '(archive)'}: {found.detail}" for found in shown)
        if len(shown) < len(blame.discrepancies):
            yield f"    and {len(blame.discrepancies) - len(shown)} more; -v shows all"
        yield f"    fix: {blame.fix}"


def _result(series: Series) -> dict[str, Any]:
    name, version = release_of(series)
    return {
        "name": name,
        "version": version,
        "file": series.file,
        "kind": series.kind,
        "digest": series.digest,
        "verdict": verdict_of(series).value,
        "counts": series.epoch is not None,
        "reason": series.failure,
        "builds": series.builds,
        "plan": {"source_date_epoch": series.epoch},
        "discrepancies": [_discrepancy(found) for blame in series.blames for found in blame.discrepancies],
        "blames": [
            {
                "factor": blame.factor,
                "fix": blame.fix,
                "discrepancies": [_discrepancy(found) for found in blame.discrepancies],
            }
            for blame in series.blames
        ],
        "evidence": "",
    }


def _discrepancy(found: Any) -> dict[str, str]:
    return {"class": found.kind, "member": found.member, "detail": found.detail}
