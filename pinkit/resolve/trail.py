"""The trail: every narrowing of a variable in the order it happened, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.resolve.clauses import Clause, Parts, Variable

Step = tuple["Variable", "Parts", "Parts", "Clause | None", int]
"""(variable, state before, state after, clause that forced it or None for a decision, level)."""

BEFORE_ALL = -1
"""The trail position of what a variable's domain says already."""


def merged(parts: list[tuple[int, int]]) -> Parts:
    """`parts` with the lanes of equal value sets joined, in order of first appearance."""
    if len(parts) == 1:
        return (parts[0],)
    lanes_of: dict[int, int] = {}
    for lanes, bits in parts:
        lanes_of[bits] = lanes_of.get(bits, 0) | lanes
    return tuple([(lanes, bits) for bits, lanes in lanes_of.items()])


class Trail:
    """All narrowings so far; `level` counts the decisions among them. `touched` are variables to look at again."""

    __slots__ = ("level", "steps", "touched")

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.level = 0
        self.touched: dict[Variable, None] = {}

    def remove(self, variable: Variable, lanes: int, removed: int, cause: Clause) -> None:
        """Take the values `removed` from `variable` in `lanes`, because of `cause`."""
        parts: list[tuple[int, int]] = []
        for part_lanes, bits in variable.state:
            hit = part_lanes & lanes
            if hit and bits & removed:
                if hit != part_lanes:
                    parts.append((part_lanes & ~hit, bits))
                parts.append((hit, bits & ~removed))
            else:
                parts.append((part_lanes, bits))
        self.write(variable, merged(parts), cause)

    def write(self, variable: Variable, after: Parts, cause: Clause | None) -> None:
        """Note that `variable` is now `after`."""
        variable.history.append(len(self.steps))
        self.steps.append((variable, variable.state, after, cause, self.level))
        variable.state = after
        self.touched[variable] = None

    def undo(self, level: int) -> list[Variable]:
        """Forget everything above `level`; the variables that got values back, latest first."""
        back: list[Variable] = []
        steps = self.steps
        while steps and steps[-1][4] > level:
            variable, before, _, _, _ = steps.pop()
            variable.state = before
            variable.history.pop()
            back.append(variable)
        self.level = level
        self.touched.clear()
        return back

    def settled_at(self, variable: Variable, bits: int, lane: int) -> int:
        """The position of the first step after which `variable` has only values of `bits` in `lane`.

        BEFORE_ALL when its domain says so. States only shrink along the trail, so this is a binary search. It must
        hold now.
        """
        if not _values(variable.domain, lane) & ~bits:
            return BEFORE_ALL
        history, steps = variable.history, self.steps
        low, high = 0, len(history) - 1
        while low < high:
            middle = (low + high) // 2
            if _values(steps[history[middle]][2], lane) & ~bits:
                low = middle + 1
            else:
                high = middle
        return history[low]


def _values(parts: Parts, lane: int) -> int:
    for lanes, bits in parts:
        if lanes & lane:
            return bits
    raise AssertionError(f"no part covers lane {lane}")
