"""One solve: requirements over lanes to nodes, split again where a marker tells patch levels apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING

from pinkit.model.value import frozen_value
from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.graph import graph
from pinkit.resolve.lanes import Lanes, LaneSplit
from pinkit.resolve.overrides import overridden_roots
from pinkit.resolve.solver import solve
from pinkit.resolve.universe import Problem
from pinkit.resolve.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.model.requirement import Requirement
    from pinkit.model.target import Target
    from pinkit.ports import Catalog
    from pinkit.resolve.direct import Direct
    from pinkit.resolve.graph import Node
    from pinkit.resolve.policy import Policy
    from pinkit.resolve.world import Kept, Undated, Unfitting

_MOST_SPLITS = 40


@frozen_value(frozen=True, slots=True, kw_only=True)
class Question:
    """What one lock asks the solver: everything that decides the answer besides the index.

    `keep` has the pins of the lock as it is, by name, without those that may move. `spans` says that a target
    stands for all patch releases of its minor (universal locks).
    """

    targets: tuple[Target, ...]
    spans: bool
    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    excludes: frozenset[str] = frozenset()
    policy: Policy
    resolution: str = "highest"
    fork_strategy: str = "requires-python"
    lowest: frozenset[str] = frozenset()
    keep: Mapping[str, Kept] = field(default_factory=dict)
    direct: Mapping[str, tuple[Direct, ...]] = field(default_factory=dict)


@frozen_value(frozen=True, slots=True, kw_only=True)
class Solved:
    """The answer with the lanes that it was found over, and what to warn of."""

    nodes: tuple[Node, ...]
    lanes: Lanes
    world: World
    problem: Problem
    warnings: tuple[Unfitting | Undated, ...]


Guide = Callable[["Catalog", World, Lanes], None]
"""Tells a catalog, before the solve, what will probably be asked for; costs nothing to ignore."""


def solved(question: Question, catalog: Catalog, guide: Guide) -> Solved:
    """The answer to `question`. Raises Unsolvable with the derivation in sentences."""
    lanes = Lanes(question.targets, spans=question.spans)
    for _ in range(_MOST_SPLITS):
        try:
            return _over(lanes, question, catalog, guide)
        except LaneSplit as split:
            lanes = lanes.split(split.cuts)
    raise AssertionError("lanes were split without end")


def _over(lanes: Lanes, question: Question, catalog: Catalog, guide: Guide) -> Solved:
    roots = overridden_roots(question.requirements, question.overrides)
    roots = tuple(root for root in roots if root.name not in question.excludes)
    world = World(
        catalog,
        lanes,
        policy=question.policy,
        roots=roots,
        constraints=question.constraints,
        overrides=question.overrides,
        excludes=question.excludes,
        keep=question.keep,
        direct=question.direct,
    )
    problem = Problem(
        requirements=roots,
        constraints=question.constraints,
        resolution=question.resolution,
        fork_strategy=question.fork_strategy,
        lowest=question.lowest,
    )
    guide(catalog, world, lanes)
    world.prefetch([(root.name, root.specifier) for root in roots if not root.url])
    world.prefetch([(name, "") for name in question.keep])
    try:
        resolution = solve(world, problem)
    except Contradiction as contradiction:
        from pinkit.resolve.derivation import derive
        from pinkit.resolve.explain import explain

        found = derive(world, contradiction)
        remembered = any(map(catalog.remembers_absence, found.unpublished))
        raise explain(
            found,
            all_lanes=lanes.all,
            name_lanes=lanes.describe,
            remembered=remembered,
            unusable=world.unusable,
        ) from None
    nodes = graph(world, problem, resolution)
    world.keep_notes()
    return Solved(
        nodes=nodes,
        lanes=lanes,
        world=world,
        problem=problem,
        warnings=world.warnings(resolution),
    )
