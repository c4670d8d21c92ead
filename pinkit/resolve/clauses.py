"""What the solver reasons with: variables, clauses, and where each clause came from.

A **variable** is a project, or one extra of a project. In each lane it has one value: bit 0 is "absent", bit i+1 is
the i-th version (for an extra: bit 1 is "asked for"). A **clause** names values that must not meet: "never all of
these together, in any of these lanes". Nothing here decides or searches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.resolve.universe import Candidates, Row

ABSENT = 1
ACTIVE = 2
"""The value of an extra that is asked for."""

LOOK_AHEAD_FROM = 3
"""Versions of a project that are tried one by one before others are asked for ahead."""

Parts = tuple[tuple[int, int], ...]
"""A partition of all lanes: (lanes, values still possible there)."""

Term = tuple["Variable", int]


class Variable:
    """A project (`extra` is "") or one extra of it, with what is known of it in each lane.

    `state` only shrinks between two backjumps; `history` holds the trail positions at which it did. `clauses` finds
    the clauses by the value set of their term on this variable. `waiting` holds, for each version that was looked
    at, the dependency rows (by extra; "" for none) that no lane has needed yet. `needed` are the dependency clauses
    that another version may share. `choice` is the state it was last chosen for, with what was chosen.
    """

    __slots__ = (
        "candidates",
        "choice",
        "clauses",
        "conflicts",
        "domain",
        "extra",
        "extras",
        "full",
        "hinted",
        "history",
        "look_ahead_at",
        "name",
        "needed",
        "order",
        "state",
        "tries",
        "waiting",
    )

    def __init__(self, name: str, extra: str, order: int, domain: Parts, full: int) -> None:
        self.name, self.extra, self.order = name, extra, order
        self.domain = self.state = domain
        self.full = full
        self.history: list[int] = []
        self.clauses: dict[int, list[Clause]] = {}
        self.extras: dict[str, Variable] = {}
        self.waiting: dict[int, dict[str, list[Row]]] = {}
        self.needed: dict[tuple[str, Variable, int, int], Needed] = {}
        self.conflicts = self.tries = 0
        self.look_ahead_at = LOOK_AHEAD_FROM
        self.hinted = False
        self.candidates: Candidates | None = None
        self.choice: tuple[Parts, dict[int, int]] | None = None

    def __repr__(self) -> str:
        return f"{self.name}[{self.extra}]" if self.extra else self.name


class Clause:
    """Never all of `terms` together, in any lane of `lanes`.

    `asleep` clauses cannot bite before the search goes back: some term is already impossible in every lane.
    """

    __slots__ = ("asleep", "lanes", "terms")

    def __init__(self, terms: tuple[Term, ...], lanes: int) -> None:
        self.terms, self.lanes, self.asleep = terms, lanes, False


class Asked(Clause):
    """A requirement of the input: its project may not be absent, nor at a version it does not allow."""

    __slots__ = ("requirement",)

    def __init__(self, terms: tuple[Term, ...], lanes: int, requirement: Requirement) -> None:
        super().__init__(terms, lanes)
        self.requirement = requirement


class Bounded(Clause):
    """A constraint of the input: its project is absent or at a version it allows."""

    __slots__ = ("requirement",)

    def __init__(self, terms: tuple[Term, ...], lanes: int, requirement: Requirement) -> None:
        super().__init__(terms, lanes)
        self.requirement = requirement


class Needed(Clause):
    """A dependency: the versions in the first term (with `extra` asked for) need what the last term leaves out."""

    __slots__ = ("extra", "row")

    def __init__(self, terms: tuple[Term, ...], lanes: int, extra: str, row: Dependency) -> None:
        super().__init__(terms, lanes)
        self.extra, self.row = extra, row


class Learned(Clause):
    """What a conflict taught: it follows from `premises`, in all of its lanes."""

    __slots__ = ("premises",)

    def __init__(self, terms: tuple[Term, ...], lanes: int, premises: tuple[Clause, ...]) -> None:
        super().__init__(terms, lanes)
        self.premises = premises
