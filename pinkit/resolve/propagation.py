"""Unit propagation in all lanes at once: where all terms of a clause but one hold, the last one must not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.resolve.trail import Trail

if TYPE_CHECKING:
    from pinkit.resolve.clauses import Clause, Needed, Variable


class Clauses:
    """Every clause in force, over one trail.

    `queue` are clauses to look at, `log` all clauses in the order in which they were added or grew, `marks` the
    length of `log` at the start of each level: what came later must be looked at again after a backjump, as it may
    bite at the lower level already.
    """

    __slots__ = ("_sleepers", "log", "marks", "queue", "trail")

    def __init__(self) -> None:
        self.trail = Trail()
        self.queue: list[Clause] = []
        self.log: list[Clause] = []
        self.marks = [0]
        self._sleepers: list[tuple[int, Clause]] = []

    def add(self, clause: Clause) -> None:
        """Put `clause` in force."""
        for variable, bits in clause.terms:
            variable.clauses.setdefault(bits, []).append(clause)
        self.queue.append(clause)
        self.log.append(clause)

    def widen(self, clause: Needed, bit: int) -> None:
        """Let the dependency `clause` also speak of the version `bit` of its first term."""
        (variable, bits), *rest = clause.terms
        if not bits & bit:
            _drop(clause)
            clause.terms = ((variable, bits | bit), *rest)
            for each, each_bits in clause.terms:
                each.clauses.setdefault(each_bits, []).append(clause)
            clause.asleep = False
        self.queue.append(clause)
        self.log.append(clause)

    def start_level(self) -> None:
        """Open the level of the next decision."""
        self.trail.level += 1
        self.marks.append(len(self.log))

    def back_to(self, level: int) -> list[Variable]:
        """Undo everything above `level`; the variables that got values back."""
        back = self.trail.undo(level)
        while self._sleepers and self._sleepers[-1][0] > level:
            self._sleepers.pop()[1].asleep = False
        self.queue = list(dict.fromkeys(self.log[self.marks[level + 1] :]))
        del self.marks[level + 1 :]
        return back

    def look(self, clause: Clause) -> int:
        """Draw what follows from `clause`; the lanes where it is violated (0: none)."""
        all_hold = alive = clause.lanes
        one_open = 0
        open_in: list[int] = []
        for variable, bits in clause.terms:
            holds = open_ = 0
            for lanes, values in variable.state:
                here = lanes & alive
                if here:
                    common = values & bits
                    if common:
                        if common == values:
                            holds |= here
                        else:
                            open_ |= here
            alive = holds | open_
            if not alive:
                self._sleep(clause)
                return 0
            one_open = (one_open & holds) | (all_hold & open_)
            all_hold &= holds
            open_in.append(open_)
        if all_hold:
            return all_hold
        if one_open:
            for (variable, bits), open_ in zip(clause.terms, open_in, strict=True):
                if open_ & one_open:
                    self.trail.remove(variable, open_ & one_open, bits, clause)
        return 0

    def _sleep(self, clause: Clause) -> None:
        if self.trail.level == 0:
            _drop(clause)
            clause.asleep = True
        elif not clause.asleep:
            clause.asleep = True
            self._sleepers.append((self.trail.level, clause))

    def run_queue(self) -> tuple[Clause, int] | None:
        """Look at every queued clause; (clause, lanes) of the first that is violated."""
        while self.queue:
            queue, self.queue = self.queue, []
            for clause in queue:
                violated = self.look(clause)
                if violated:
                    return clause, violated
        return None

    def run_touched(self, variable: Variable) -> tuple[Clause, int] | None:
        """Look at the clauses with a term that `variable` now fulfils; (clause, lanes) of the first violated."""
        state = variable.state
        if len(state) == 1:
            values = state[0][1]
            hit = [found for bits, found in variable.clauses.items() if values & bits == values]
        else:
            hit = []
            for bits, found in variable.clauses.items():
                for _, values in state:
                    if values & bits == values:
                        hit.append(found)
                        break
        for found in hit:
            for clause in tuple(found):
                if not clause.asleep:
                    violated = self.look(clause)
                    if violated:
                        return clause, violated
        return None


def _drop(clause: Clause) -> None:
    """Take `clause` out of its variables' indexes."""
    for variable, bits in clause.terms:
        found = variable.clauses.get(bits)
        if found is not None and clause in found:
            found.remove(clause)
            if not found:
                del variable.clauses[bits]
