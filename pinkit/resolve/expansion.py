"""From what the universe says to clauses: projects, constraints, dependencies, extras; each once, when needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.resolve.clauses import ABSENT, ACTIVE, Asked, Bounded, Needed, Term, Variable

if TYPE_CHECKING:
    from pinkit.model.requirement import Requirement
    from pinkit.resolve.propagation import Clauses
    from pinkit.resolve.universe import Candidates, Row, Universe


class Expansion:
    """Makes variables and clauses out of a universe.

    A dependency becomes a clause when some lane that needs it is alive, and then for all lanes of its marker;
    until then it waits, so that no project is asked for that nobody needs.
    """

    __slots__ = ("_bounds", "_clauses", "_universe", "projects")

    def __init__(self, universe: Universe, clauses: Clauses, constraints: tuple[Requirement, ...]) -> None:
        self._universe, self._clauses = universe, clauses
        self.projects: dict[str, Variable] = {}
        self._bounds: dict[str, list[Requirement]] = {}
        for constraint in constraints:
            self._bounds.setdefault(constraint.name, []).append(constraint)

    def project(self, name: str) -> Variable:
        """The variable of a project; the first time with its constraints."""
        found = self.projects.get(name)
        if found is None:
            candidates = self._universe.candidates(name)
            domain = tuple([(lanes, bits | ABSENT) for lanes, bits in candidates.domain])
            full = (2 << len(candidates.versions)) - 1
            found = self.projects[name] = Variable(name, "", len(self.projects), domain, full)
            found.candidates = candidates
            for constraint in self._bounds.get(name, ()):
                self._bound(found, constraint)
        return found

    def extra_of(self, project: Variable, extra: str) -> Variable:
        """The variable of one extra of a project."""
        found = project.extras.get(extra)
        if found is None:
            domain = ((self._universe.lanes, ABSENT | ACTIVE),)
            found = project.extras[extra] = Variable(
                project.name, extra, project.order, domain, ABSENT | ACTIVE
            )
        return found

    def ask(self, requirement: Requirement) -> None:
        """Put a requirement of the input in force."""
        lanes = self._universe.marker(requirement.marker).get("", 0)
        if not lanes:
            return
        project = self.project(requirement.name)
        term = (project, _outside(project, specifier_of(requirement)))
        self._clauses.add(Asked((term,), lanes, requirement))
        for extra in requirement.extras:
            self._clauses.add(Asked(((self.extra_of(project, extra), ABSENT),), lanes, requirement))

    def expand(self, project: Variable, bit: int, live: int) -> bool:
        """Put the dependencies of a version that `live` lanes need in force; whether there were any new ones."""
        waiting = project.waiting.get(bit)
        if waiting is None:
            # A copy: rows go out of it one by one.
            waiting = project.waiting[bit] = dict(
                self._universe.needs(project.name, version_of(project, bit))
            )
        if not waiting:
            return False
        due: list[tuple[str, Row]] = []
        for extra in _relevant(waiting, project):
            lanes = live & _active(project.extras[extra]) if extra else live
            rows = waiting[extra]
            hit = [row for row in rows if row[1] & lanes]
            if hit:
                due += [(extra, row) for row in hit]
                rest = [row for row in rows if not row[1] & lanes]
                if rest:
                    waiting[extra] = rest
                else:
                    del waiting[extra]
        if due:
            self._universe.prefetch([(row[0][0], row[0][2]) for _, row in due])
        for extra, row in due:
            self._require(project, bit, extra, row)
        return bool(due)

    def _require(self, project: Variable, bit: int, extra: str, waiting: Row) -> None:
        row, lanes = waiting
        name, extras, specifier, _ = row
        needed = project if name == project.name else self.project(name)
        condition: tuple[Term, ...] = ((project, bit),)
        if extra:
            condition += ((project.extras[extra], ACTIVE),)
        if needed is not project:
            self._need(condition, (needed, _outside(needed, specifier)), lanes, extra, waiting)
        elif bit & _outside(project, specifier):
            self._clauses.add(Needed(condition, lanes, extra, row))
        for wanted in extras:
            if needed is not project or wanted != extra:
                self._need(condition, (self.extra_of(needed, wanted), ABSENT), lanes, extra, waiting)

    def _need(self, condition: tuple[Term, ...], missing: Term, lanes: int, extra: str, waiting: Row) -> None:
        """Never `condition` with `missing`; one clause for all versions that say the same."""
        project, bit = condition[0]
        key = (extra, missing[0], missing[1], lanes)
        clause = project.needed.get(key)
        if clause is None:
            clause = project.needed[key] = Needed((*condition, missing), lanes, extra, waiting[0])
            self._clauses.add(clause)
        else:
            self._clauses.widen(clause, bit)

    def _bound(self, project: Variable, constraint: Requirement) -> None:
        lanes = self._universe.marker(constraint.marker).get("", 0)
        outside = _outside(project, specifier_of(constraint)) & ~ABSENT
        if lanes and outside:
            self._clauses.add(Bounded(((project, outside),), lanes, constraint))


def specifier_of(requirement: Requirement) -> str:
    """What a requirement allows, in the words of `Candidates.matching`."""
    return f"@ {requirement.url}" if requirement.url else requirement.specifier


def candidates_of(project: Variable) -> Candidates:
    """The candidates of a project (an extra has none)."""
    if project.candidates is None:
        raise AssertionError(f"{project!r} is an extra")
    return project.candidates


def version_of(project: Variable, bit: int) -> str:
    """The version that `bit` stands for."""
    return candidates_of(project).versions[bit.bit_length() - 2]


def _outside(project: Variable, specifier: str) -> int:
    """Absent, and every version that `specifier` does not allow."""
    return project.full & ~candidates_of(project).matching(specifier)


def _active(extra: Variable) -> int:
    """Lanes where an extra is asked for."""
    lanes = 0
    for part_lanes, values in extra.state:
        if values == ACTIVE:
            lanes |= part_lanes
    return lanes


def _relevant(waiting: dict[str, list[Row]], project: Variable) -> list[str]:
    return [extra for extra in ("", *project.extras) if extra in waiting]
