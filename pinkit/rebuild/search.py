"""Tries plans in order until the bytes are the published ones; knows when another plan can add nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.rebuild import Attempt, Level
from pinkit.rebuild.plan import worth_after_build, worth_after_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinkit.model.rebuild_plan import Plan

_LEVELS = tuple(Level)


def search(plans: Iterable[Plan], attempt: Callable[[Plan], Attempt]) -> tuple[Attempt | None, int]:
    """The attempt that agrees most with the published wheel (the first of equals), and how many builds ran.

    Stops at the first byte-exact one. Once only times differ, plans that change more than the clock are left out; once
    named tools built it, plans without them. None without plans; an attempt with `failure` when none could be built.
    """
    best: Attempt | None = None
    asked: Plan | None = None  # what led to the best; carrying it out may have changed it
    builds = 0
    for plan in plans:
        level = best.comparison.level if best and best.comparison else None
        if level is Level.BYTES:
            break
        if asked and level is not None and not worth_after_build(asked, plan):
            continue
        if asked and level is Level.MODULO_TIME and not worth_after_time(asked, plan):
            continue
        made = attempt(plan)
        builds += bool(made.rebuilt)
        if best is None or _rank(made) < _rank(best):
            best, asked = made, plan
    return best, builds


def _rank(attempt: Attempt) -> tuple[int, int, int]:
    """Less is better: level first, then the heaviest discrepancy, then how many there are."""
    comparison = attempt.comparison
    if comparison is None:
        return len(_LEVELS), 0, 0
    heaviest = max((d.weight for d in comparison.discrepancies), default=0)
    return _LEVELS.index(comparison.level), heaviest, len(comparison.discrepancies)
