"""Why there is no answer: from the clauses of a contradiction to the few facts that already contradict.

The search leaves behind everything it used. `core` finds what is enough; here that becomes values, in the order in
which a reader can follow them. `explain` makes sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.resolve.clauses import Asked, Bounded, Clause, Needed, Variable
from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.core import leaves_of, smallest
from pinkit.resolve.expansion import specifier_of
from pinkit.resolve.facts import Asks, Bounds, Derivation, Needs, Rejects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.resolve.clauses import Variable
    from pinkit.resolve.conflict import Contradiction
    from pinkit.resolve.facts import Fact
    from pinkit.resolve.universe import Candidates, Universe


def derive(universe: Universe, contradiction: Contradiction) -> Derivation:
    """The facts to show for a contradiction that the solver found over `universe`."""
    leaves = leaves_of(contradiction.premises)
    groups = _groups(universe, leaves, contradiction.lane)
    core = smallest(groups)
    lanes = universe.lanes
    for group in core:
        for clause in groups[group]:
            lanes &= clause.lanes
    names = {group.name for group in core}
    return Derivation(
        lane=contradiction.lane,
        lanes=lanes,
        facts=tuple(_facts(universe, groups, core, contradiction.lane)),
        unpublished=tuple(sorted(name for name in names if not universe.candidates(name).versions)),
    )


class _Rejected(Clause):
    """Versions that are no candidates in the lane examined."""

    __slots__ = ("reason",)

    def __init__(self, variable: Variable, bits: int, lanes: int, reason: str) -> None:
        super().__init__(((variable, bits),), lanes)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class _Group:
    """What is kept or left out together; `name` is the project it speaks of."""

    kind: str
    name: str
    detail: tuple[str, ...]


_Groups = dict[_Group, list[Clause]]


def _groups(universe: Universe, leaves: list[Clause], lane: int) -> _Groups:
    groups: _Groups = {}
    projects: dict[str, Variable] = {}
    for clause in leaves:
        groups.setdefault(_group(clause), []).append(clause)
        for variable, _ in clause.terms:
            if not variable.extra:
                projects[variable.name] = variable
    for name, variable in projects.items():
        for reason, bits, lanes in _rejections(universe.candidates(name), lane):
            rejected = _Rejected(variable, bits, lanes, reason)
            groups.setdefault(_Group("rejects", name, (reason,)), []).append(rejected)
    return dict(sorted(groups.items(), key=lambda item: (item[0].kind, item[0].name, item[0].detail)))


def _group(clause: Clause) -> _Group:
    match clause:
        case Asked(requirement=asked):
            return _Group("asks", asked.name, (str(asked), str(asked.origin)))
        case Bounded(requirement=bound):
            return _Group("bounds", bound.name, (str(bound), str(bound.origin)))
        case Needed(extra=extra, row=(name, _, _, _), terms=((parent, _), *_)):
            return _Group("needs", name, (parent.name, extra))
        case _:
            raise AssertionError(f"unexpected {clause!r}")


def _rejections(candidates: Candidates, lane: int) -> Iterator[tuple[str, int, int]]:
    """(reason, versions, lanes where none of them fits): what is no candidate in `lane`, each version once."""
    out = _all(candidates)
    for lanes, bits in candidates.domain:
        if lanes & lane:
            out &= ~bits
    for reason, bits in candidates.rejected(lane):
        here = bits & out
        if here:
            out &= ~here
            yield reason, here, _lanes_without(candidates, here)
    if out:
        yield "", out, _lanes_without(candidates, out)


def _lanes_without(candidates: Candidates, versions: int) -> int:
    lanes = 0
    for part_lanes, bits in candidates.domain:
        if not bits & versions:
            lanes |= part_lanes
    return lanes


def _all(candidates: Candidates) -> int:
    return (2 << len(candidates.versions)) - 2


def _facts(universe: Universe, groups: _Groups, core: list[_Group], lane: int) -> Iterator[Fact]:
    """The groups of `core` as facts, in the order in which a reader can follow them."""
    for group in _in_reading_order(core):
        first = groups[group][0]
        match first:
            case Asked(requirement=requirement):
                candidates = universe.candidates(requirement.name)
                matching = candidates.matching(specifier_of(requirement))
                yield Asks(
                    requirement=requirement,
                    published=candidates.versions,
                    matching=_versions(candidates, matching),
                )
            case Bounded(requirement=requirement):
                yield Bounds(requirement=requirement)
            case Needed():
                yield _needs(
                    universe, [clause for clause in groups[group] if isinstance(clause, Needed)], lane
                )
            case _Rejected(reason=reason, terms=((_, bits),)):
                counting = bits & _allowed(groups, core, group.name)
                versions = _versions(universe.candidates(group.name), counting or bits)
                yield Rejects(name=group.name, reason=reason, versions=versions)
            case _:
                raise AssertionError(f"unexpected {first!r}")


def _allowed(groups: _Groups, core: list[_Group], name: str) -> int:
    """Versions of `name` that could have been the answer but for rejections.

    What is asked and constraints bind always; of dependencies at least one must be there if nobody asks.
    """
    always, by_need = -1, 0
    asked = False
    for group in core:
        if group.name == name and group.kind != "rejects":
            for clause in groups[group]:
                variable, outside = clause.terms[-1]
                if variable.extra:
                    continue
                if group.kind == "needs":
                    by_need |= ~outside
                else:
                    always &= ~outside
                    asked |= group.kind == "asks"
    return always if asked else always & by_need


def _in_reading_order(core: list[_Group]) -> list[_Group]:
    """What is asked of projects that need others, what those need, breadth first; then what it clashes with."""
    parents = {group.detail[0] for group in core if group.kind == "needs"}
    ordered = [group for group in core if group.kind == "asks" and group.name in parents]
    reached = list(dict.fromkeys(group.name for group in ordered))
    for name in reached:
        for group in core:
            if group.kind == "needs" and group.detail[0] == name and group not in ordered:
                ordered.append(group)
                if group.name not in reached:
                    reached.append(group.name)
    return ordered + [group for group in core if group not in ordered]


def _needs(universe: Universe, clauses: list[Needed], lane: int) -> Needs:
    """One fact for all versions of a parent; what each says is read again, as a clause may stand for several."""
    parent, extra, name = clauses[0].terms[0][0].name, clauses[0].extra, clauses[0].row[0]
    candidates = universe.candidates(name)
    bits = allowed = 0
    for clause in clauses:
        bits |= clause.terms[0][1]
        allowed |= candidates.matching(clause.row[2])
    versions = _versions(universe.candidates(parent), bits)
    specifiers: set[str] = set()
    extras: set[str] = set()
    for version in versions:
        for needed, wanted, specifier, marker in universe.dependencies(parent, version):
            if needed == name and universe.marker(marker).get(extra, 0) & lane:
                specifiers.add(specifier)
                extras.update(wanted)
    return Needs(
        parent=parent,
        versions=versions,
        extra=extra,
        name=name,
        extras=tuple(sorted(extras)),
        specifiers=tuple(sorted(specifiers)),
        allowed=_versions(candidates, allowed),
    )


def _versions(candidates: Candidates, bits: int) -> tuple[str, ...]:
    return tuple([version for at, version in enumerate(candidates.versions) if bits & (2 << at)])
