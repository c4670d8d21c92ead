"""A verify run as versioned JSON: keys may be added, never renamed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pinkit.rebuild.attempt_json import discrepancy_object, plan_object

if TYPE_CHECKING:
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.report import VerifyReport


def rebuild_json(report: VerifyReport) -> str:
    """The whole report; the same report gives the same bytes."""
    content = {
        "version": 1,
        "results": [_result(outcome, report) for outcome in report.outcomes],
        "regressions": [
            {
                "name": r.name,
                "version": r.version,
                "file": r.file,
                "before": r.before,
                "verdict": r.verdict.value,
            }
            for r in report.regressions
        ],
        "summary": report.summary(),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _result(outcome: Outcome, report: VerifyReport) -> dict[str, Any]:
    best = outcome.best
    return {
        "name": outcome.name,
        "version": outcome.version,
        "file": outcome.file,
        "digest": outcome.digest,
        "verdict": outcome.verdict.value,
        "standing": report.standing(outcome).value,
        "reason": outcome.reason,
        "builds": outcome.builds,
        "plan": plan_object(best.plan) if best else {},
        "python": best.python if best else "",
        "sandbox": best.sandbox if best else "",
        "rebuilt": best.rebuilt if best else "",
        "source": outcome.source,
        "source_digest": outcome.source_digest,
        "discrepancies": [discrepancy_object(found) for found in outcome.discrepancies],
        "evidence": report.evidence_of(outcome),
    }
