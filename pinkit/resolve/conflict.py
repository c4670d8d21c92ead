"""What a violated clause teaches: the search goes back, with one clause more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.resolve.clauses import Clause, Learned
from pinkit.resolve.trail import BEFORE_ALL, Trail

if TYPE_CHECKING:
    from pinkit.resolve.clauses import Variable


class Contradiction(Exception):
    """No answer exists: in `lane`, the clauses under `premises` (and what they were learned from) contradict."""

    def __init__(self, lane: int, premises: tuple[Clause, ...]) -> None:
        super().__init__(f"no answer in lane {lane:#x}")
        self.lane, self.premises = lane, premises


def learn(trail: Trail, clause: Clause, violated: int) -> tuple[Learned, int]:
    """A clause that follows from those in force and forbids the present mistake, and the level to go back to.

    `violated` are the lanes where `clause` is violated. One of them is analysed: each variable's latest narrowing is
    replaced by the clause that forced it, until one decision alone is to blame (the first unique implication point).
    Every step only uses clauses, so the result holds wherever all of them do: in the AND of their lanes. At the
    level that is returned the new clause forces a value, so the search cannot come back here.
    Raises Contradiction when no decision is to blame.
    """
    lane = violated & -violated
    lanes = clause.lanes
    premises = [clause]
    terms = dict(clause.terms)
    settled = {variable: trail.settled_at(variable, bits, lane) for variable, bits in terms.items()}
    while True:
        latest = max(settled, key=settled.__getitem__, default=None)
        if latest is None or settled[latest] == BEFORE_ALL:
            raise Contradiction(lane, tuple(premises))
        position = settled[latest]
        _, _, _, cause, level = trail.steps[position]
        if level:
            before = _level_without(trail, settled, latest)
            if cause is None or before < level:
                return Learned(tuple(terms.items()), lanes, tuple(premises)), before
        if cause is None:
            raise AssertionError("a decision at level 0")
        lanes &= cause.lanes
        premises.append(cause)
        _replace(terms, latest, cause)
        for variable, _ in cause.terms:
            if variable in terms:
                settled[variable] = trail.settled_at(variable, terms[variable], lane)
        if latest not in terms:
            del settled[latest]


def _replace(terms: dict[Variable, int], variable: Variable, cause: Clause) -> None:
    """Say `terms` with the other terms of `cause` in place of its work on `variable`."""
    for each, bits in cause.terms:
        if each is not variable:
            terms[each] = terms.get(each, each.full) & bits
        elif terms[each] | bits == each.full:
            del terms[each]
        else:
            terms[each] |= bits


def _level_without(trail: Trail, settled: dict[Variable, int], left_out: Variable) -> int:
    """The level of the latest narrowing among `settled`, `left_out` not counted."""
    latest = max((at for variable, at in settled.items() if variable is not left_out), default=BEFORE_ALL)
    return trail.steps[latest][4] if latest != BEFORE_ALL else 0
