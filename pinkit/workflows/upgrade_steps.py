"""The smallest change of all locks that brings what is wanted: the named pin alone, else with what it must move."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from pinkit.errors import Unsolvable
from pinkit.formats.pep440 import kind_of_move, sort_key
from pinkit.model.change import changes_between
from pinkit.upgrade.bounds import floors, held, too_young, wanted
from pinkit.upgrade.policy import DEFAULT_COOLDOWN
from pinkit.workflows.lock import LockRun, LockWishes
from pinkit.workflows.upgrade_limits import limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock
    from pinkit.model.requirement import Requirement
    from pinkit.model.upgrade_policy import Cooldown, IgnoreRule
    from pinkit.workflows.lock import LockOutcome, LockTools

    Bounding: TypeAlias = Callable[[LockSettings, Lock], tuple[Requirement, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One accepted move of the locks: the outcomes, and for each moved name why it moved.

    `waived` are names that the cooldown did not hold back.
    """

    outcomes: Mapping[str, LockOutcome]
    because: Mapping[str, str]
    waived: frozenset[str] = frozenset()


@dataclass(slots=True)
class Locks:
    """All locks of a project as they would be after the steps so far; `adopt` takes one more.

    `settings` are in layer order. `stand_in` lets later reads of a lock's path see its new text. `command` is what
    the header of a lock says made it.
    """

    settings: Sequence[LockSettings]
    tools: LockTools
    stand_in: Callable[[str, bytes], None]
    command: Callable[[LockSettings], str] = lambda _: "pinkit lock"
    cooldown: Cooldown = DEFAULT_COOLDOWN
    rules: Callable[[str], tuple[IgnoreRule, ...]] = lambda _: ()
    """What is left out of every step, by name."""
    now: dict[str, LockOutcome] = field(default_factory=dict)
    left_out: bool = False
    """Whether a release was too young for any lock so far; callers set it back."""

    def start(self) -> None:
        """Lock as it is. Raises what `make_locks` raises."""
        self.now.update(self.again())

    def again(self) -> dict[str, LockOutcome]:
        """Every lock made once more, nothing freed."""
        run = LockRun(self.tools)
        return {s.output: run.make(s, LockWishes(command=self.command)) for s in self.settings}

    def pinned(self, name: str) -> dict[str, tuple[str, ...]]:
        """The versions of `name` in each lock that pins it, by path."""
        found = {
            path: tuple(pin.version for pin in outcome.lock.pins if pin.name == name)
            for path, outcome in self.now.items()
        }
        return {path: versions for path, versions in found.items() if versions}

    def relocked(
        self,
        freed: frozenset[str],
        bounds: Bounding,
        *,
        young: bool = False,
        lowest: frozenset[str] = frozenset(),
        spared: frozenset[str] = frozenset(),
        asked: frozenset[str] = frozenset(),
    ) -> dict[str, LockOutcome]:
        """Every lock that pins one of `freed` or of what moved below it, made again within `bounds`; the others as
        they are. `asked` are names that stay if they can, but whose locks are made again.

        What `rules` leave out does not count, nor do releases younger than the cooldown, but for `spared` or where all
        may be `young`. Raises Unsolvable when one of them has no answer.
        """
        run = LockRun(self.tools)
        made: dict[str, LockOutcome] = {}
        moved: set[str] = set()
        for settings in self.settings:
            known = self.now[settings.output]
            touched = freed | moved
            if not any(pin.name in touched or pin.name in asked for pin in known.lock.pins):
                run.layer(settings, known.lock)
                made[settings.output] = known
                continue
            ruled = limits(known.lock, settings.output, known.catalog, self.rules)
            wishes = LockWishes(
                upgrade_names=touched,
                bounds=(*bounds(settings, known.lock), *ruled),
                lowest=lowest,
                command=self.command,
            )
            outcome = self._old_enough(run, settings, wishes, young, spared)
            if same := _same_versions(known.lock, outcome.lock) & touched:
                # What did not move keeps the hashes that it had, whatever files have come since.
                staying = held(outcome.lock, settings.output, ())
                wishes = replace(wishes, upgrade_names=touched - same, bounds=(*wishes.bounds, *staying))
                outcome = run.make(settings, wishes)
            made[settings.output] = outcome
            moved |= {change.name for change in changes_between(known.lock, outcome.lock)}
        return made

    def age_s(self, name: str, versions: Iterable[str], version: str) -> int:
        """How old a release of `name` has to be, in seconds, by its move from the lowest of `versions`."""
        lowest = min(versions, key=lambda each: sort_key(each) or (), default="")
        return self.cooldown.age_s(name, kind_of_move(lowest, version) if lowest else None)

    def adopt(self, outcomes: Mapping[str, LockOutcome]) -> None:
        """Let these be the locks from now on."""
        for path, outcome in outcomes.items():
            self.now[path] = outcome
            self.stand_in(path, outcome.text.encode())

    def _old_enough(
        self, run: LockRun, settings: LockSettings, wishes: LockWishes, young: bool, spared: frozenset[str]
    ) -> LockOutcome:
        """The lock without releases that are too young: what turns out to be is left out, and asked again."""
        kept = {(pin.name, pin.version) for outcome in self.now.values() for pin in outcome.lock.pins}
        left_out: set[str] = set(spared)
        while True:
            outcome = run.make(settings, wishes)
            moved = {
                p.name for p in outcome.lock.pins if p.source is None and (p.name, p.version) not in kept
            }
            late = [
                bound
                for name in sorted(moved - left_out)
                for bound in too_young(
                    outcome.catalog.project(name), self.tools.now, kept, self._ages(name, settings, young)
                )
            ]
            if not late:
                return outcome
            left_out |= moved
            self.left_out = True
            wishes = replace(wishes, bounds=(*wishes.bounds, *late))

    def _ages(self, name: str, settings: LockSettings, young: bool) -> Callable[[str], int]:
        pins = self.now[settings.output].lock.pins
        pinned = [pin.version for pin in pins if pin.name == name]
        return lambda version: 0 if young else self.age_s(name, pinned, version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """One name to bring to `version`, because of `why`.

    `replaced` are the versions that go; where a lock has others of the name for other targets, those stay. None
    replaces all. With `young` the cooldown holds back nothing that moves along.
    """

    name: str
    version: str
    why: str
    young: bool = False
    replaced: frozenset[str] | None = None

    def bounds(self, lock: Lock, path: str) -> tuple[Requirement, ...]:
        """What the goal asks of one lock."""
        mine = [pin for pin in lock.pins if pin.name == self.name]
        staying = [p for p in mine if self.replaced is not None and p.version not in self.replaced]
        if not staying:
            return wanted({self.name: self.version}, self.why)
        going = tuple(
            replace(w, marker=p.marker)
            for p in mine
            if p not in staying
            for w in wanted({self.name: self.version}, self.why)
        )
        return (*going, *held(replace(lock, pins=tuple(staying)), path, ()))


def smallest_step(locks: Locks, goal: Goal) -> Step:
    """The smallest change of all locks that brings the goal: first its name alone, then with what cannot stay, each
    of those as little as possible and never down.

    Raises Unsolvable with the derivation when no change brings it.
    """
    names = frozenset({goal.name})
    try:
        alone = locks.relocked(names, _holding(goal, names), young=goal.young, spared=names)
    except Unsolvable as capped:
        outputs = {posixpath.normpath(settings.output) for settings in locks.settings}
        if capped.asked and outputs.isdisjoint(posixpath.normpath(file) for file, _ in capped.asked):
            raise  # no pin has a part in it, so none could make room
        return _with_others(locks, goal, capped)
    return Step(outcomes=alone, because={goal.name: goal.why})


def _with_others(locks: Locks, goal: Goal, capped: Unsolvable) -> Step:
    """As little as possible beside the goal. What must move is found by holding each mover once on trial."""
    names = frozenset({goal.name})

    def relocked(
        free: frozenset[str], bounds: Bounding, lowest: frozenset[str] = frozenset()
    ) -> dict[str, LockOutcome]:
        return locks.relocked(names | free, bounds, young=goal.young, lowest=lowest, spared=names)

    def rising(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
        return (*goal.bounds(lock, settings.output), *floors(lock, settings.output, names))

    def only(free: frozenset[str]) -> Bounding:
        def bounds(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            mine = tuple(bound for bound in floors(lock, settings.output) if bound.name in free)
            return (*_holding(goal, names | free)(settings, lock), *mine)

        return bounds

    movers = moved_names(locks, relocked(frozenset(), rising)) - names
    because = {goal.name: goal.why}
    free = frozenset(movers)
    for name in sorted(movers):
        try:
            relocked(free - {name}, only(free - {name}))
        except Unsolvable as error:
            because[name] = f"{goal.name} {goal.version} needs it: {_in_short(error, name)}"
        else:
            free -= {name}
    made = relocked(free, only(free), free)
    staying = {pin.name for outcome in made.values() for pin in outcome.lock.pins}
    said = {
        n: f"{goal.name} {goal.version} needs it: {_in_short(capped, n)}"
        for n in moved_names(locks, made) & staying
    }
    return Step(outcomes=made, because={n: because.get(n, why) for n, why in said.items()})


def _in_short(error: Unsolvable, name: str) -> str:
    """The sentence of a derivation that says what `name` needs, else one about it, else the first."""
    lines = [line.strip() for line in error.why.splitlines() if line.strip()]
    about = [line for line in lines if re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", line)]
    own = [line for line in about if line.startswith(name)]
    return next(iter(own or about or lines), error.what)


def _holding(goal: Goal, free: frozenset[str]) -> Bounding:
    def bounds(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
        return (*goal.bounds(lock, settings.output), *held(lock, settings.output, free))

    return bounds


def _same_versions(before: Lock, after: Lock) -> frozenset[str]:
    """Names that have other hashes afterwards, though none of their versions is another."""
    known = {(pin.name, pin.version): frozenset(pin.hashes) for pin in before.pins}
    other = {
        p.name
        for p in after.pins
        if known.get((p.name, p.version), frozenset(p.hashes)) != frozenset(p.hashes)
    }
    return frozenset(other - {c.name for c in changes_between(before, after) if c.kind == "moved"})


def moved_names(locks: Locks, outcomes: Mapping[str, LockOutcome]) -> set[str]:
    """Names whose pins are others than now in some lock; added ones are not among them."""
    return {
        change.name
        for path, outcome in outcomes.items()
        for change in changes_between(locks.now[path].lock, outcome.lock)
        if change.kind in ("moved", "removed", "targets")
    }
