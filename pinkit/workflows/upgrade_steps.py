"""The smallest change of all locks that brings what is wanted: the named pin alone, else with what it must move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pinkit.errors import Unsolvable
from pinkit.model.change import changes_between
from pinkit.upgrade.bounds import floors, held, wanted
from pinkit.workflows.lock import LockRun, LockWishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock
    from pinkit.model.requirement import Requirement
    from pinkit.workflows.lock import LockOutcome, LockTools

    Bounding: TypeAlias = Callable[[LockSettings, Lock], tuple[Requirement, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One accepted move of the locks: the outcomes, and for each moved name why it moved."""

    outcomes: Mapping[str, LockOutcome]
    because: Mapping[str, str]


@dataclass(slots=True)
class Locks:
    """All locks of a project as they would be after the steps so far; `adopt` takes one more.

    `stand_in` lets later reads of a lock's path see its new text.
    """

    settings: Sequence[LockSettings]
    tools: LockTools
    stand_in: Callable[[str, bytes], None]
    now: dict[str, LockOutcome] = field(default_factory=dict)

    def start(self) -> None:
        """Lock as it is. Raises what `make_locks` raises."""
        run = LockRun(self.tools)
        for settings in self.settings:
            self.now[settings.output] = run.make(settings, LockWishes())

    def pinned(self, name: str) -> tuple[str, ...]:
        """Paths of the locks that pin `name`."""
        return tuple(
            path for path, outcome in self.now.items() if any(p.name == name for p in outcome.lock.pins)
        )

    def relocked(
        self,
        freed: frozenset[str],
        bounds: Bounding,
        lowest: frozenset[str] = frozenset(),
    ) -> dict[str, LockOutcome]:
        """Every lock that pins one of `freed`, made again within `bounds`; the others as they are.

        Raises Unsolvable when one of them has no answer.
        """
        run = LockRun(self.tools)
        made: dict[str, LockOutcome] = {}
        for settings in self.settings:
            known = self.now[settings.output]
            if not any(pin.name in freed for pin in known.lock.pins):
                run.layer(settings, known.lock)
                made[settings.output] = known
                continue
            wishes = LockWishes(upgrade_names=freed, bounds=bounds(settings, known.lock), lowest=lowest)
            made[settings.output] = run.make(settings, wishes)
        return made

    def adopt(self, outcomes: Mapping[str, LockOutcome]) -> None:
        """Let these be the locks from now on."""
        for path, outcome in outcomes.items():
            self.now[path] = outcome
            self.stand_in(path, outcome.text.encode())


def smallest_step(locks: Locks, targets: Mapping[str, str], why: str) -> Step:
    """The smallest change of all locks with `targets` (name -> version) pinned: first they alone, then with what
    cannot stay, each of those as little as possible and never down.

    Raises Unsolvable with the derivation when no change brings them.
    """
    names = frozenset(targets)
    goal = wanted(targets, why)
    try:
        alone = locks.relocked(names, _holding(goal, names))
    except Unsolvable:
        return _with_others(locks, names, goal, why)
    return Step(outcomes=alone, because=dict.fromkeys(targets, why))


def _with_others(locks: Locks, names: frozenset[str], goal: tuple[Requirement, ...], why: str) -> Step:
    first = locks.relocked(names, lambda s, lock: (*goal, *floors(lock, s.output, names)))
    movers = _moved(locks, first) - names
    because = dict.fromkeys(names, why)
    # Each mover is held once on trial: what can stay, stays; what cannot says why.
    staying: set[str] = set()
    for name in sorted(movers):
        rest = frozenset(movers - staying - {name})
        try:
            locks.relocked(names | rest, _holding(goal, names | rest))
        except Unsolvable as error:
            because[name] = (
                f"{error.what}: {'; '.join(error.why.splitlines()[:3])}" if error.why else error.what
            )
        else:
            staying.add(name)
    free = frozenset(movers - staying)

    def bounds(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
        return (*_holding(goal, names | free)(settings, lock), *_floors_of(lock, settings.output, free))

    lowest = locks.relocked(names | free, bounds, lowest=free)
    return Step(outcomes=lowest, because={n: because.get(n, why) for n in _moved(locks, lowest)})


def _holding(goal: tuple[Requirement, ...], free: frozenset[str]) -> Bounding:
    def bounds(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
        return (*goal, *held(lock, settings.output, free))

    return bounds


def _floors_of(lock: Lock, path: str, names: frozenset[str]) -> tuple[Requirement, ...]:
    return tuple(bound for bound in floors(lock, path) if bound.name in names)


def _moved(locks: Locks, outcomes: Mapping[str, LockOutcome]) -> set[str]:
    return {
        change.name
        for path, outcome in outcomes.items()
        for change in changes_between(locks.now[path].lock, outcome.lock)
        if change.kind in ("moved", "removed", "targets")
    }
