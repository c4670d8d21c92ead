"""One solve for all lanes: which version of which project, where.

`solve` is the search itself: propagate, pick a project, look at what its best version needs, decide, and learn from
every conflict. docs/resolver.md tells it with an example.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

from pinkit.resolve.choice import Choice, choose
from pinkit.resolve.clauses import ABSENT, ACTIVE
from pinkit.resolve.conflict import learn
from pinkit.resolve.expansion import Expansion, candidates_of, specifier_of, version_of
from pinkit.resolve.propagation import Clauses
from pinkit.resolve.trail import merged
from pinkit.resolve.universe import Chosen, Resolution

if TYPE_CHECKING:
    from pinkit.model.requirement import Requirement
    from pinkit.resolve.clauses import Clause, Parts, Variable
    from pinkit.resolve.universe import Problem, Universe

_TROUBLED = 5
"""Conflicts after which a project is decided before all others."""
_LOOK_AHEAD_MOST = 50


def solve(universe: Universe, problem: Problem) -> Resolution:
    """The versions that answer `problem` in every lane of `universe`; the same for any order of its requirements.

    Raises Contradiction, which carries the clauses to blame, when there is none.
    """
    return _Search(universe, problem).run()


class _Search:
    __slots__ = (
        "_always_lowest",
        "_clauses",
        "_conflicts",
        "_decisions",
        "_expansion",
        "_fewest",
        "_heap",
        "_lowest",
        "_open",
        "_roots",
        "_universe",
    )

    def __init__(self, universe: Universe, problem: Problem) -> None:
        self._universe = universe
        self._clauses = Clauses()
        self._roots = sorted(problem.requirements, key=_canonical)
        self._expansion = Expansion(
            universe, self._clauses, tuple(sorted(problem.constraints, key=_canonical))
        )
        direct = {requirement.name for requirement in self._roots}
        self._lowest = {"highest": set(), "lowest": None, "lowest-direct": direct}[problem.resolution]
        self._always_lowest = problem.lowest
        self._fewest = {"requires-python": False, "fewest": True}[problem.fork_strategy]
        self._open: dict[Variable, None] = {}
        self._heap: list[tuple[int, int, str]] = []
        self._decisions = self._conflicts = 0

    def run(self) -> Resolution:
        self._universe.prefetch([(each.name, specifier_of(each)) for each in self._roots])
        for requirement in self._roots:
            self._expansion.ask(requirement)
        while True:
            self._propagate()
            project = self._pick()
            if project is None:
                return self._answer()
            self._decide(project)

    def _propagate(self) -> None:
        """Draw every consequence, going back at each conflict, until nothing follows any more."""
        clauses, touched = self._clauses, self._clauses.trail.touched
        while True:
            conflict = clauses.run_queue()
            if conflict is None and touched:
                variable, _ = touched.popitem()
                self._note(variable)
                conflict = clauses.run_touched(variable)
            if conflict is not None:
                self._go_back(*conflict)
            elif not touched and not clauses.queue:
                return

    def _note(self, variable: Variable) -> None:
        """See whether `variable` now needs a decision, or has a version whose dependencies count."""
        project = self._expansion.projects[variable.name] if variable.extra else variable
        for lanes, values in project.state:
            if not values & ABSENT:
                if values & (values - 1):
                    self._open[project] = None
                    if not project.hinted:
                        self._hint(project)
                else:
                    self._expansion.expand(project, values, lanes)

    def _hint(self, project: Variable) -> None:
        """Say which version of `project` will probably be looked at, while others are still in turn."""
        project.hinted = True
        bits = [bit for bit in self._choice(project) if bit not in project.waiting]
        self._universe.prefetch_dependencies([(project.name, version_of(project, bit)) for bit in bits])

    def _go_back(self, violated: Clause, lanes: int) -> None:
        self._conflicts += 1
        learned, level = learn(self._clauses.trail, violated, lanes)
        for variable, _ in learned.terms:
            self._expansion.projects[variable.name].conflicts += 1
        for variable in self._clauses.back_to(level):
            if not variable.extra:
                self._open[variable] = None
        self._clauses.add(learned)

    def _pick(self) -> Variable | None:
        """The project to decide next: troubled ones first, else the one seen first (breadth first)."""
        heap, projects = self._heap, self._expansion.projects
        for project in self._open:
            heappush(heap, (0 if project.conflicts >= _TROUBLED else 1, project.order, project.name))
        self._open.clear()
        while heap:
            project = projects[heap[0][2]]
            for _, values in project.state:
                if not values & ABSENT and values & (values - 1):
                    return project
            heappop(heap)
        return None

    def _decide(self, project: Variable) -> None:
        """Decide `project`, or only look at what its best versions need if that is not known yet.

        Dependencies first: a version that they rule out is then never decided.
        """
        choice = self._choice(project)
        unseen = [bit for bit in choice if bit not in project.waiting]
        if unseen:
            self._look_ahead(project, choice)
            for bit in unseen:
                self._expansion.expand(project, bit, choice[bit])
            self._open[project] = None
            return
        self._decisions += 1
        self._clauses.start_level()
        self._clauses.trail.write(project, _with(project.state, choice), None)

    def _choice(self, project: Variable) -> Choice:
        """What to choose now; not to be changed. Nothing but the state decides, and a new state is a new tuple."""
        if project.choice is None or project.choice[0] is not project.state:
            project.choice = (project.state, self._chosen(project))
        return project.choice[1]

    def _chosen(self, project: Variable) -> Choice:
        required = tuple([part for part in project.state if not part[1] & ABSENT])
        candidates = candidates_of(project)
        return choose(
            required,
            ((self._universe.lanes, project.full),) if self._fewest else candidates.first,
            self._universe.preferred(project.name),
            lowest=self._wants_lowest(project),
            first=candidates.first,
            last_resort=candidates.last_resort,
        )

    def _wants_lowest(self, project: Variable) -> bool:
        return self._lowest is None or project.name in self._lowest or project.name in self._always_lowest

    def _look_ahead(self, project: Variable, choice: Choice) -> None:
        """After repeated tries ask for the metadata of the next versions together, more each time.

        The next batch is asked for when half of the last one is used up, so that there is always one on its way.
        """
        project.tries += 1
        if project.tries < project.look_ahead_at:
            return
        batch = min(2 * project.tries, _LOOK_AHEAD_MOST)
        project.look_ahead_at = project.tries + batch // 2
        lowest = self._wants_lowest(project)
        values = ~ABSENT & ~candidates_of(project).last_resort
        values &= -2 * max(choice) if lowest else min(choice) - 1
        possible = 0
        for _, bits in project.state:
            possible |= bits
        ahead = _next_bits(values & possible, batch, lowest=lowest)
        self._universe.prefetch_dependencies([(project.name, version_of(project, bit)) for bit in ahead])

    def _answer(self) -> Resolution:
        chosen: list[Chosen] = []
        extras: list[tuple[str, str, int]] = []
        for name, project in sorted(self._expansion.projects.items()):
            for lanes, values in sorted(merged(list(project.state)), key=lambda part: part[1]):
                if not values & ABSENT:
                    chosen.append(Chosen(name=name, version=version_of(project, values), lanes=lanes))
            for extra, variable in sorted(project.extras.items()):
                extras += [(name, extra, lanes) for lanes, values in variable.state if values == ACTIVE]
        return Resolution(
            chosen=tuple(chosen), extras=tuple(extras), decisions=self._decisions, conflicts=self._conflicts
        )


def _with(state: Parts, choice: Choice) -> Parts:
    """`state` with `choice` made."""
    parts: list[tuple[int, int]] = []
    for lanes, values in state:
        left = lanes
        for bit, chosen_lanes in choice.items():
            if left & chosen_lanes:
                parts.append((left & chosen_lanes, bit))
                left &= ~chosen_lanes
        if left:
            parts.append((left, values))
    return merged(parts)


def _next_bits(values: int, count: int, *, lowest: bool) -> list[int]:
    """The first `count` of the bits in `values`, from the top (from the bottom if `lowest`)."""
    bits: list[int] = []
    while values and len(bits) < count:
        bits.append(values & -values if lowest else 1 << (values.bit_length() - 1))
        values ^= bits[-1]
    return bits


def _canonical(requirement: Requirement) -> tuple[str, ...]:
    origin = requirement.origin
    return (
        requirement.name,
        requirement.specifier,
        *requirement.extras,
        requirement.marker,
        requirement.url,
        origin.file,
        f"{origin.line:09}",
    )
