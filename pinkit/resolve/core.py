"""The smallest part of a contradiction that still contradicts.

The same propagation and learning as in the search, as if there were one lane and over the clauses at hand alone, is
asked again and again whether a group of them can be left out. The universe is not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pinkit.resolve.clauses import ABSENT, Clause, Learned, Variable
from pinkit.resolve.conflict import Contradiction, learn
from pinkit.resolve.propagation import Clauses

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

G = TypeVar("G", bound="Hashable")

_MOST_CONFLICTS = 4000
"""Of one contradiction, all questions together; groups that were not questioned before it is used up remain."""


def leaves_of(premises: Iterable[Clause]) -> list[Clause]:
    """The clauses that were not learned, under `premises`, each once."""
    seen: dict[Clause, None] = {}
    agenda = list(premises)
    while agenda:
        clause = agenda.pop()
        if clause not in seen:
            seen[clause] = None
            if isinstance(clause, Learned):
                agenda += clause.premises
    return [clause for clause in seen if not isinstance(clause, Learned)]


def smallest(groups: Mapping[G, Sequence[Clause]], most_conflicts: int = _MOST_CONFLICTS) -> list[G]:
    """Of `groups`, whose clauses contradict in one lane, some that still do and none of which can be left out.

    The smaller of two tries, in the order of `groups`. Where the effort is used up some may be there too many.
    """
    effort = _Effort(most_conflicts)
    start = _needed(groups, list(groups), effort) or list(groups)
    best = min(_reduced(groups, start, effort), _reduced(groups, start[::-1], effort), key=len)
    return [group for group in groups if group in best]


def _reduced(groups: Mapping[G, Sequence[Clause]], core: list[G], effort: _Effort) -> list[G]:
    for group in reversed(core):
        if group in core:
            without = _needed(groups, [each for each in core if each != group], effort)
            if without is not None:
                core = [each for each in core if each in without]
    return core


class _Effort:
    """How many conflicts may still be spent."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left


def _needed(groups: Mapping[G, Sequence[Clause]], core: list[G], effort: _Effort) -> list[G] | None:
    """Those of `core` that were used to show that it contradicts; None when it does not (or effort is used up)."""
    copies: dict[Clause, G] = {}
    clauses = Clauses()
    variables: dict[Variable, Variable] = {}
    for group in core:
        for clause in groups[group]:
            copy = Clause(tuple([(_twin(variable, variables), bits) for variable, bits in clause.terms]), 1)
            copies[copy] = group
            clauses.add(copy)
    used = _search(clauses, list(variables.values()), effort)
    if used is None:
        return None
    groups_used = {copies[clause] for clause in used}
    return [group for group in core if group in groups_used]


def _twin(variable: Variable, variables: dict[Variable, Variable]) -> Variable:
    """The same variable in a world of one lane where nothing is rejected."""
    found = variables.get(variable)
    if found is None:
        order = len(variables)
        found = variables[variable] = Variable(
            variable.name, variable.extra, order, ((1, variable.full),), variable.full
        )
    return found


def _search(clauses: Clauses, variables: list[Variable], effort: _Effort) -> list[Clause] | None:
    """The clauses that a contradiction among `clauses` rests on; None when they can all hold."""
    touched = clauses.trail.touched
    while True:
        conflict = clauses.run_queue()
        if conflict is None and touched:
            variable, _ = touched.popitem()
            conflict = clauses.run_touched(variable)
        if conflict is not None:
            effort.left -= 1
            if effort.left < 0:
                return None
            try:
                learned, level = learn(clauses.trail, *conflict)
            except Contradiction as contradiction:
                return leaves_of(contradiction.premises)
            clauses.back_to(level)
            clauses.add(learned)
        elif not touched and not clauses.queue:
            undecided = next((each for each in variables if _is_open(each)), None)
            if undecided is None:
                return None
            values = undecided.state[0][1]
            clauses.start_level()
            clauses.trail.write(undecided, ((1, 1 << (values.bit_length() - 1)),), None)


def _is_open(variable: Variable) -> bool:
    values = variable.state[0][1]
    return not values & ABSENT and values & (values - 1) != 0
