"""The smallest part of a contradiction, and what happens when the effort ends."""

from __future__ import annotations

from itertools import combinations

import pytest

from pinkit.resolve.clauses import Clause, Variable
from pinkit.resolve.core import smallest

HERE = 1


def variable(name: str, order: int, versions: int) -> Variable:
    full = (2 << versions) - 1
    return Variable(name, "", order, ((HERE, full),), full)


A, B, C = (variable(name, order, 2) for order, name in enumerate("abc"))
ABSENT, ONE, TWO = 1, 2, 4
GROUPS = {
    "a is asked for": [Clause(((A, ABSENT),), HERE)],
    "every a needs b 2": [Clause(((A, ONE | TWO), (B, ABSENT | ONE)), HERE)],
    "b 2 needs c 2": [Clause(((B, TWO), (C, ABSENT | ONE)), HERE)],
    "c is 1": [Clause(((C, ABSENT | TWO),), HERE)],
    "c is asked for": [Clause(((C, ABSENT),), HERE)],
    "b 1 needs c 1": [Clause(((B, ONE), (C, ABSENT | TWO)), HERE)],
}
NEEDED = ["a is asked for", "every a needs b 2", "b 2 needs c 2", "c is 1"]
PIGEONS = 5


@pytest.mark.parametrize("order", [list(GROUPS), list(GROUPS)[::-1]], ids=["as is", "reversed"])
def test_what_has_no_part_in_it_is_left_out(order: list[str]) -> None:
    assert sorted(smallest({name: GROUPS[name] for name in order})) == sorted(NEEDED)


def pigeonhole() -> dict[str, list[Clause]]:
    """Five pigeons want four holes, one each: no propagation shows that it cannot be."""
    holes = PIGEONS - 1
    pigeons = [variable(f"p{at}", at, holes) for at in range(PIGEONS)]
    groups = {f"{each!r} wants a hole": [Clause(((each, ABSENT),), HERE)] for each in pigeons}
    for one, other in combinations(pigeons, 2):
        clauses = [Clause(((one, 2 << hole), (other, 2 << hole)), HERE) for hole in range(holes)]
        groups[f"{one!r} and {other!r} do not share"] = clauses
    return groups


def test_a_knot_that_needs_search() -> None:
    groups = pigeonhole() | {"beside": [Clause(((variable("x", 99, 1), ABSENT),), HERE)]}
    assert sorted(smallest(groups)) == sorted(pigeonhole())


def test_everything_remains_when_the_effort_is_used_up() -> None:
    groups = pigeonhole() | {"beside": [Clause(((variable("x", 99, 1), ABSENT),), HERE)]}
    assert smallest(groups, most_conflicts=1) == list(groups)
