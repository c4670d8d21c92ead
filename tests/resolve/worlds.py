"""Small worlds in memory: a Universe for tests, a generator of worlds, and an exhaustive search over them.

Everything is judged by `packaging`, one lane at a time: nothing here shares code with the solver.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from pinkit.model.requirement import Dependency, Origin, Requirement
from pinkit.resolve.universe import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from random import Random

    from pinkit.resolve.universe import Resolution, Rows

LANES: tuple[tuple[str, str], ...] = tuple(
    (python, system) for python in ("3.11", "3.12", "3.13") for system in ("linux", "win32")
)
ALL = (1 << len(LANES)) - 1


def environment(lane: int) -> dict[str, str]:
    python, system = LANES[lane]
    return {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "os_name": "nt" if system == "win32" else "posix",
        "platform_system": "Windows" if system == "win32" else "Linux",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
    }


@cache
def holds(marker: str, lane: int, extra: str = "") -> bool:
    return not marker or Marker(marker).evaluate(environment(lane) | {"extra": extra})


@cache
def allows(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier, prereleases=True).contains(version)
    except InvalidSpecifier:
        return False


@cache
def marker_lanes(text: str) -> dict[str, int]:
    extras = [part.strip("\"' ") for part in text.split("extra ==")[1:]]
    extras = [extra.split("'")[0].split('"')[0] for extra in extras]
    return {
        extra: sum(1 << lane for lane in range(len(LANES)) if holds(text, lane, extra))
        for extra in ("", *extras)
    }


@dataclass(kw_only=True)
class MemoryCandidates:
    name: str
    versions: tuple[str, ...]
    domain: tuple[tuple[int, int], ...]
    first: tuple[tuple[int, int], ...]
    last_resort: int
    universe: MemoryUniverse

    def matching(self, specifier: str) -> int:
        return sum(2 << at for at, version in enumerate(self.versions) if allows(specifier, version))

    def rejected(self, lanes: int) -> tuple[tuple[str, int], ...]:
        bits = sum(
            2 << at
            for at, version in enumerate(self.versions)
            if lanes & ~self.universe.only.get((self.name, version), ALL)
        )
        return ((self.universe.reason, bits),) if bits and self.universe.reason else ()


Releases = dict[str, dict[str, tuple[Dependency, ...]]]
"""name -> version (ascending) -> dependencies."""


@dataclass(kw_only=True)
class MemoryUniverse:
    releases: Releases
    only: dict[tuple[str, str], int] = field(default_factory=dict)
    """(name, version) -> lanes that may have it; all where it is not named."""
    second: dict[tuple[str, str], int] = field(default_factory=dict)
    """(name, version) -> lanes that should only have it if they must."""
    odd: frozenset[str] = frozenset()
    """Versions, of any project, for the last resort."""
    pins: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    reason: str = "not for this lane"
    lanes: int = ALL
    asked: list[str] = field(default_factory=list)

    def candidates(self, name: str) -> MemoryCandidates:
        self.asked.append(name)
        versions = tuple(self.releases.get(name, {}))
        odd = sum(2 << at for at, version in enumerate(versions) if version in self.odd)
        return MemoryCandidates(
            name=name,
            versions=versions,
            domain=self._partition(versions, lambda version, lane: self.fits(name, version, lane)),
            first=self._partition(versions, lambda version, lane: self.comes_first(name, version, lane)),
            last_resort=odd,
            universe=self,
        )

    def _partition(
        self, versions: tuple[str, ...], holds_for: Callable[[str, int], bool]
    ) -> tuple[tuple[int, int], ...]:
        by_bits: dict[int, int] = {}
        for lane in range(len(LANES)):
            bits = sum(2 << at for at, version in enumerate(versions) if holds_for(version, lane))
            by_bits[bits] = by_bits.get(bits, 0) | 1 << lane
        return tuple((lanes, bits) for bits, lanes in by_bits.items())

    def fits(self, name: str, version: str, lane: int) -> bool:
        return bool(self.only.get((name, version), self.lanes) >> lane & 1)

    def comes_first(self, name: str, version: str, lane: int) -> bool:
        second = self.second.get((name, version), 0) >> lane & 1
        return self.fits(name, version, lane) and version not in self.odd and not second

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        return self.releases[name][version]

    def needs(self, name: str, version: str) -> Rows:
        rows: Rows = {}
        for row in self.dependencies(name, version):
            by_extra = self.marker(row[3])
            for extra, lanes in by_extra.items():
                here = lanes & ~by_extra[""] if extra else lanes
                if here:
                    rows.setdefault(extra, []).append((row, here))
        return rows

    def marker(self, text: str) -> Mapping[str, int]:
        return marker_lanes(text)

    def preferred(self, name: str) -> tuple[tuple[int, int], ...]:
        versions = list(self.releases.get(name, {}))
        return tuple((lanes, 2 << versions.index(v)) for lanes, v in self.pins.get(name, ()) if v in versions)

    def prefetch(self, wanted: Iterable[tuple[str, str]]) -> None:
        assert all(isinstance(name, str) and isinstance(specifier, str) for name, specifier in wanted)

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        assert all(version in self.releases[name] for name, version in releases)


def dependency(text: str) -> Dependency:
    requirement = asked(text)
    return requirement.name, requirement.extras, requirement.specifier, requirement.marker


def asked(text: str, file: str = "requirements.in", line: int = 1) -> Requirement:
    head, _, marker = text.partition(";")
    name = head.strip()
    for at, character in enumerate(head):
        if character in "[<>=!~ ":
            name = head[:at]
            break
    rest = head[len(name) :].strip()
    extras: tuple[str, ...] = ()
    if rest.startswith("["):
        inner, _, rest = rest[1:].partition("]")
        extras = tuple(sorted(inner.split(",")))
    origin = Origin(file=file, line=line, via=f"-r {file}")
    return Requirement(name=name, origin=origin, extras=extras, specifier=rest.strip(), marker=marker.strip())


def world(table: dict[str, Iterable[str]], **rest: object) -> MemoryUniverse:
    """A universe from {"name version": [dependency lines]}, versions ascending."""
    releases: Releases = {}
    for release, rows in table.items():
        name, version = release.split()
        releases.setdefault(name, {})[version] = tuple(dependency(row) for row in rows)
    return MemoryUniverse(releases=releases, **rest)  # type: ignore[arg-type]


def problem(*lines: str, constraints: Iterable[str] = (), **rest: str) -> Problem:
    return Problem(
        requirements=tuple(asked(line, line=at + 1) for at, line in enumerate(lines)),
        constraints=tuple(asked(line, "constraints.txt", at + 1) for at, line in enumerate(constraints)),
        **rest,
    )


MARKERS = (
    *[""] * 5,
    "sys_platform == 'win32'",
    "sys_platform != 'win32'",
    "python_version < '3.12'",
    "python_version >= '3.12'",
    "python_version == '3.13' and sys_platform == 'linux'",
)
SPECIFIERS = (*[""] * 3, *[f"{op}{v}" for op in ("<", ">", "<=", ">=", "==", "!=") for v in "1234"], ">=2,<4")
EXTRAS = ("x", "y")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a world is made: numbers to draw from."""

    projects: tuple[int, ...]
    versions: tuple[int, ...]
    rows: tuple[int, ...]
    markers: tuple[str, ...]
    extra_share: float
    misfit_share: float


PLAIN = Recipe(
    projects=(2, 3, 4, 5, 6),
    versions=(1, 2, 3, 4),
    rows=(0, 0, 1, 1, 2, 3),
    markers=MARKERS,
    extra_share=0.25,
    misfit_share=0.2,
)
KNOTTED = Recipe(
    projects=(6, 7, 8),
    versions=(3, 4, 5),
    rows=(2, 2, 3),
    markers=("",) * 12 + MARKERS,
    extra_share=0.1,
    misfit_share=0.02,
)


def random_world(random: Random) -> tuple[MemoryUniverse, Problem]:
    """Every other world is plain: full of markers, extras and misfits. The others make the solver search."""
    recipe = random.choice((PLAIN, KNOTTED))
    names = [f"p{at}" for at in range(random.choice(recipe.projects))]
    universe = MemoryUniverse(releases={})
    tightness = random.random() if recipe is PLAIN else random.uniform(0.7, 1)
    for name in names:
        universe.releases[name] = {}
        for version in range(1, random.choice(recipe.versions) + 1):
            rows = [_random_row(random, names, tightness, recipe) for _ in range(random.choice(recipe.rows))]
            universe.releases[name][str(version)] = tuple(rows)
            if random.random() < recipe.misfit_share:
                universe.only[name, str(version)] = random.choice((0b111100, 0b110000, 0b010101, 0b000011, 0))
            elif random.random() < recipe.misfit_share:
                universe.second[name, str(version)] = random.choice((0b111100, 0b010101, 0b000011, ALL))
    if random.random() < 0.1:
        universe.odd = frozenset(random.sample("12345", 2))
    loose = tightness if recipe is PLAIN else 0.2
    roots = tuple(_random_root(random, names, loose) for _ in range(random.randint(1, 3)))
    bounds = tuple(_random_root(random, names, loose) for _ in range(random.choice((0, 0, 1, 2))))
    if random.random() < 0.3:
        for name in random.sample(names, 2):
            universe.pins[name] = ((random.choice((ALL, 0b000111)), str(random.randint(1, 4))),)
    resolution = random.choice(("highest", "highest", "lowest", "lowest-direct"))
    strategy = random.choice(("requires-python", "requires-python", "fewest"))
    return universe, Problem(
        requirements=roots, constraints=bounds, resolution=resolution, fork_strategy=strategy
    )


def _random_row(random: Random, names: list[str], tightness: float, recipe: Recipe) -> Dependency:
    marker = random.choice(recipe.markers)
    if random.random() < recipe.extra_share:
        extra = f"extra == '{random.choice(EXTRAS)}'"
        marker = f"({marker}) and {extra}" if marker else extra
    return random.choice(names), _random_extras(random), _random_specifier(random, tightness), marker


def _random_root(random: Random, names: list[str], tightness: float) -> Requirement:
    return Requirement(
        name=random.choice(names),
        origin=Origin(file="requirements.in", line=random.randint(1, 9), via="-r requirements.in"),
        extras=_random_extras(random),
        specifier=_random_specifier(random, tightness),
        marker=random.choice(MARKERS),
    )


def _random_extras(random: Random) -> tuple[str, ...]:
    return tuple(sorted(random.sample(EXTRAS, random.choice((0, 0, 0, 1, 1, 2)))))


def _random_specifier(random: Random, tightness: float) -> str:
    return random.choice(SPECIFIERS) if random.random() < tightness else ""


State = dict[str, str]
"""name -> version, in one lane."""
Extras = dict[str, set[str]]


def closure(
    universe: MemoryUniverse, task: Problem, state: State, lane: int
) -> tuple[Extras, list[tuple[str, str]]]:
    """What `state` must hold in one lane: name -> extras asked for; and every (name, specifier) that applies."""
    reached: Extras = {}
    applying: list[tuple[str, str]] = []
    agenda = [
        (root.name, root.extras, root.specifier) for root in task.requirements if holds(root.marker, lane)
    ]
    seen: set[tuple[str, tuple[str, ...], str]] = set()
    while agenda:
        name, extras, specifier = item = agenda.pop()
        if item in seen:
            continue
        seen.add(item)
        applying.append((name, specifier))
        reached.setdefault(name, set()).update(extras)
        if name in state:
            agenda += _rows(universe, name, state[name], reached[name], lane)
    applying += [
        (bound.name, bound.specifier)
        for bound in task.constraints
        if bound.name in reached and holds(bound.marker, lane)
    ]
    return reached, applying


def _rows(
    universe: MemoryUniverse, name: str, version: str, extras: set[str], lane: int
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    for needed, wanted, specifier, marker in universe.releases[name][version]:
        if any(holds(marker, lane, extra) for extra in ("", *extras)):
            yield needed, wanted, specifier


def edges_of(
    universe: MemoryUniverse, task: Problem, resolution: Resolution, lane: int
) -> set[tuple[str, str]]:
    """(parent, child) of every dependency that applies in one lane; a project's own extras do not count."""
    state = {chosen.name: chosen.version for chosen in resolution.chosen if chosen.lanes >> lane & 1}
    reached, _ = closure(universe, task, state, lane)
    return {
        (name, needed)
        for name, version in state.items()
        for needed, _, _ in _rows(universe, name, version, reached[name], lane)
        if needed != name
    }


def satisfiable(universe: MemoryUniverse, task: Problem, lane: int) -> bool:
    """Exhaustive search in one lane."""
    return _search(universe, task, lane, {})


def _search(universe: MemoryUniverse, task: Problem, lane: int, state: State) -> bool:
    reached, applying = closure(universe, task, state, lane)
    if any(name in state and not allows(specifier, state[name]) for name, specifier in applying):
        return False
    missing = sorted(set(reached) - set(state))
    if not missing:
        return True
    name = missing[0]
    return any(
        _search(universe, task, lane, {**state, name: version})
        for version in universe.releases.get(name, {})
        if universe.fits(name, version, lane)
    )


def faults(universe: MemoryUniverse, task: Problem, resolution: Resolution) -> list[str]:
    """Everything wrong with an answer, lane by lane: broken, missing or superfluous pins and extras."""
    found: list[str] = []
    for lane in range(len(LANES)):
        state: State = {}
        for chosen in resolution.chosen:
            if chosen.lanes >> lane & 1:
                if chosen.name in state:
                    found.append(f"lane {lane}: {chosen.name} twice")
                state[chosen.name] = chosen.version
        extras = {(name, extra) for name, extra, lanes in resolution.extras if lanes >> lane & 1}
        found += [f"lane {lane}: {fault}" for fault in _faults(universe, task, state, extras, lane)]
    return found


def _faults(
    universe: MemoryUniverse, task: Problem, state: State, extras: set[tuple[str, str]], lane: int
) -> Iterator[str]:
    reached, applying = closure(universe, task, state, lane)
    for name, specifier in applying:
        if name not in state:
            yield f"{name} missing"
        elif not allows(specifier, state[name]):
            yield f"{name} {state[name]} breaks {specifier}"
    for name, version in state.items():
        if name not in reached:
            yield f"{name} superfluous"
        if not universe.fits(name, version, lane):
            yield f"{name} {version} does not fit"
    expected = {(name, extra) for name, asked_extras in reached.items() for extra in asked_extras}
    if extras != expected:
        yield f"extras {sorted(extras ^ expected)}"
