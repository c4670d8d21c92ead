"""Who needs whom: from an answer to parents and edges, for annotations and pylock.

Only what is alive counts: an edge exists in the lanes where its parent is chosen, its marker holds and, for a row of
an extra, the extra is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.requirement import Requirement
    from pinkit.resolve.universe import Chosen, Problem, Resolution, Universe

Release = tuple[str, str]
"""(name, version)."""


class LaneEdge(NamedTuple):
    """A dependency on a chosen release, with all `extras` that are asked of it, and the lanes where it is alive."""

    name: str
    version: str
    extras: tuple[str, ...]
    lanes: int


@frozen_value(frozen=True, slots=True, kw_only=True)
class Node:
    """A chosen release and why it is there.

    `asked` are requirements of the input on it, `bounded` constraints on it, in input order. `parents` are
    (name, lanes) of the projects that depend on it, sorted; never itself. `edges` are what it depends on, sorted.
    `extras` are those asked of it in any of its lanes, sorted.
    """

    name: str
    version: str
    lanes: int
    extras: tuple[str, ...]
    asked: tuple[Requirement, ...]
    bounded: tuple[Requirement, ...]
    parents: tuple[tuple[str, int], ...]
    edges: tuple[LaneEdge, ...]


def graph(universe: Universe, problem: Problem, resolution: Resolution) -> tuple[Node, ...]:
    """A node for each chosen release, in the order of the answer (by name, then version)."""
    chosen: dict[str, list[Chosen]] = {}
    for each in resolution.chosen:
        chosen.setdefault(each.name, []).append(each)
    extras: dict[str, list[tuple[str, int]]] = {}
    for name, extra, lanes in resolution.extras:
        extras.setdefault(name, []).append((extra, lanes))
    edges = {
        (each.name, each.version): _edges(universe, each, extras.get(each.name, []), chosen)
        for each in resolution.chosen
    }
    parents: dict[Release, dict[str, int]] = {}
    for (parent, _), found in edges.items():
        for edge in found:
            of = parents.setdefault((edge.name, edge.version), {})
            of[parent] = of.get(parent, 0) | edge.lanes
    asked, bounded = _by_name(problem.requirements), _by_name(problem.constraints)
    return tuple(
        [
            Node(
                name=each.name,
                version=each.version,
                lanes=each.lanes,
                extras=tuple(
                    dict.fromkeys([extra for extra, lanes in extras.get(each.name, []) if lanes & each.lanes])
                ),
                asked=_alive(universe, asked.get(each.name, []), each.lanes),
                bounded=_alive(universe, bounded.get(each.name, []), each.lanes),
                parents=tuple(sorted(parents.get((each.name, each.version), {}).items())),
                edges=edges[each.name, each.version],
            )
            for each in resolution.chosen
        ]
    )


def _edges(
    universe: Universe, parent: Chosen, extras: list[tuple[str, int]], chosen: dict[str, list[Chosen]]
) -> tuple[LaneEdge, ...]:
    alive: dict[Release, int] = {}
    wanted: dict[Release, set[str]] = {}
    rows = universe.needs(parent.name, parent.version)
    for extra, active in (("", parent.lanes), *extras):
        asked_in = active & parent.lanes
        for (name, asked_extras, _, _), lanes in rows.get(extra, ()):
            if name == parent.name or not lanes & asked_in:
                continue
            for release in chosen.get(name, ()):
                here = lanes & asked_in & release.lanes
                if here:
                    key = (name, release.version)
                    alive[key] = alive.get(key, 0) | here
                    wanted.setdefault(key, set()).update(asked_extras)
    return tuple(
        [
            LaneEdge(name=name, version=version, extras=tuple(sorted(wanted[name, version])), lanes=lanes)
            for (name, version), lanes in sorted(alive.items())
        ]
    )


def _by_name(requirements: tuple[Requirement, ...]) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for each in requirements:
        found.setdefault(each.name, []).append(each)
    return found


def _alive(universe: Universe, requirements: Iterable[Requirement], lanes: int) -> tuple[Requirement, ...]:
    return tuple([each for each in requirements if universe.marker(each.marker).get("", 0) & lanes])
