"""Attempts as JSON objects and back: what the cache keeps and evidence quotes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import Attempt, Comparison, Level
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.classes import discrepancy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.model.rebuild import Discrepancy

ENGINE = "2"
"""Raised whenever a comparison could come out differently: kept attempts then count no more."""


def plan_object(plan: Plan) -> dict[str, Any]:
    """The plan, key by key."""
    return {**asdict(plan), "pins": list(plan.pins), "umask": f"{plan.umask:03o}"}


def plan_from(told: Mapping[str, Any]) -> Plan:
    """The plan of such an object. Raises KeyError, ValueError, TypeError."""
    return Plan(**{**told, "pins": tuple(told["pins"]), "umask": int(told["umask"], 8)})


def discrepancy_object(found: Discrepancy) -> dict[str, str]:
    """A discrepancy as reports show it."""
    return {"class": found.kind, "member": found.member, "detail": found.detail}


def attempt_object(attempt: Attempt) -> dict[str, Any]:
    """The attempt without its plan."""
    comparison = attempt.comparison
    return {
        "requirements": [
            {"filename": d.filename, "url": d.url, "hashes": list(d.hashes)} for d in attempt.requirements
        ],
        "python": attempt.python,
        "sandbox": attempt.sandbox,
        "rebuilt": attempt.rebuilt,
        "level": comparison.level.value if comparison else "",
        "discrepancies": [discrepancy_object(d) for d in comparison.discrepancies] if comparison else [],
        "failure": attempt.failure,
    }


def attempt_from(told: Mapping[str, Any], plan: Plan) -> Attempt:
    """The attempt of such an object. Raises KeyError, ValueError, TypeError where it is none."""
    found = tuple(discrepancy(d["class"], d["member"], d["detail"]) for d in told["discrepancies"])
    comparison = Comparison(level=Level(told["level"]), discrepancies=found) if told["level"] else None
    return Attempt(
        plan=plan,
        requirements=tuple(
            Distribution(filename=d["filename"], url=d["url"], hashes=tuple(d["hashes"]))
            for d in told["requirements"]
        ),
        python=told["python"],
        sandbox=told["sandbox"],
        rebuilt=told["rebuilt"],
        comparison=comparison,
        failure=told["failure"],
    )
