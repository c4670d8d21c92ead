"""Which versions are tried, as tables; and whole solves where a choice shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import ALL, marker_lanes, problem, world

from pinkit.resolve.choice import choose
from pinkit.resolve.solver import solve

ONE, TWO, THREE = 2, 4, 8

CHOICES = [
    pytest.param(((7, 14),), ((7, 15),), (), False, {THREE: 7}, id="newest"),
    pytest.param(((7, 14),), ((7, 15),), (), True, {ONE: 7}, id="lowest"),
    pytest.param(((3, 14), (4, 6)), ((7, 15),), (), False, {TWO: 7}, id="newest in common"),
    pytest.param(((3, 14), (4, 12)), ((7, 15),), (), True, {TWO: 7}, id="lowest in common"),
    pytest.param(((1, 8), (2, 6), (4, 4)), ((7, 15),), (), False, {THREE: 1, TWO: 6}, id="forks for lack of one"),
    pytest.param(((1, 2), (2, 12), (4, 8)), ((7, 15),), (), True, {ONE: 1, THREE: 6}, id="lowest fork, shared"),
    pytest.param(((3, 14), (4, 6)), ((3, 15), (4, 7)), (), False, {THREE: 3, TWO: 4}, id="newest of each"),
    pytest.param(((7, 14),), ((7, 15),), ((7, TWO),), False, {TWO: 7}, id="existing pin"),
    pytest.param(((7, 10),), ((7, 15),), ((7, TWO),), False, {THREE: 7}, id="existing pin impossible"),
    pytest.param(((7, 14),), ((7, 15),), ((1, TWO),), False, {TWO: 7}, id="existing pin goes to new lanes"),
    pytest.param(((7, 14),), ((7, 15),), ((1, ONE), (6, TWO)), False, {ONE: 1, TWO: 6}, id="existing fork"),
    pytest.param(((1, 14), (6, 8)), ((7, 15),), ((7, ONE),), False, {ONE: 1, THREE: 6}, id="kept where possible"),
    pytest.param(((7, 14),), ((7, 15),), ((7, TWO),), True, {TWO: 7}, id="existing pin before lowest"),
]  # fmt: skip


FIRST = [
    pytest.param(((7, 14),), ((7, 6),), (), 8, {TWO: 7}, id="of the first ones"),
    pytest.param(((7, 12),), ((7, 2),), (), 8, {TWO: 7}, id="else no last resort"),
    pytest.param(((7, 8),), ((7, 6),), (), 8, {THREE: 7}, id="else anything"),
    pytest.param(((7, 14),), ((3, 14), (4, 2)), (), 0, {THREE: 3, ONE: 4}, id="the first ones of each lane"),
    pytest.param(((7, 14),), ((7, 6),), ((7, THREE),), 8, {THREE: 7}, id="an existing pin before the first ones"),
    pytest.param(((7, 14),), ((7, 6),), ((1, THREE),), 8, {THREE: 1, TWO: 6}, id="but not for other lanes"),
]  # fmt: skip


@pytest.mark.parametrize(("parts", "first", "preferred", "last_resort", "expected"), FIRST)
def test_choose_the_first_ones(parts, first, preferred, last_resort: int, expected: dict[int, int]) -> None:
    choice = choose(parts, first, preferred, lowest=False, first=first, last_resort=last_resort)
    assert choice == expected


@pytest.mark.parametrize(("parts", "domain", "preferred", "lowest", "expected"), CHOICES)
def test_choose(parts, domain, preferred, lowest: bool, expected: dict[int, int]) -> None:
    assert choose(parts, domain, preferred, lowest=lowest) == expected


parts_of_lanes = st.lists(st.integers(1, 255), min_size=1, max_size=6).map(
    lambda sets: tuple((1 << at, bits << 1) for at, bits in enumerate(sets))
)


@given(
    parts=parts_of_lanes,
    pins=st.lists(st.tuples(st.integers(0, 63), st.integers(1, 8)), max_size=3),
    lowest=st.booleans(),
)
def test_every_lane_gets_one_version_that_it_can_have(parts, pins, lowest: bool) -> None:
    preferred = tuple((lanes, 1 << at) for lanes, at in pins)
    choice = choose(parts, ((63, 511),), preferred, lowest=lowest)
    for lanes, bits in parts:
        assert [bit for bit, chosen in choice.items() if chosen & lanes] in [
            [bit] for bit in choice if bit & bits
        ]
    common = -1
    for _, bits in parts:
        common &= bits
    if common and not pins:
        assert len(choice) == 1


def pins(resolution) -> set[tuple[str, str, int]]:
    return {(each.name, each.version, each.lanes) for each in resolution.chosen}


WINDOWS = marker_lanes("sys_platform == 'win32'")[""]
OLD = marker_lanes("python_version < '3.12'")[""]
WEB = {"web 1": ["wire"], "web 2": ["wire>=2"], "wire 1": [], "wire 2": [], "wire 3": []}

LOOP = {
    "loop 1": ["loop[x]", "loop[x]<2 ; extra == 'x'", "end ; extra == 'x'"],
    "loop 2": ["loop<2"],
    "end 1": [],
}

SOLVES = [
    pytest.param(world(WEB), problem("web"), {("web", "2", ALL), ("wire", "3", ALL)}, id="highest"),
    pytest.param(
        world(WEB), problem("web", resolution="lowest"), {("web", "1", ALL), ("wire", "1", ALL)}, id="lowest"
    ),
    pytest.param(
        world(WEB),
        problem("web", resolution="lowest-direct"),
        {("web", "1", ALL), ("wire", "3", ALL)},
        id="lowest-direct",
    ),
    pytest.param(
        world(WEB, pins={"wire": ((ALL, "2"),), "web": ((ALL, "1"),)}),
        problem("web"),
        {("web", "1", ALL), ("wire", "2", ALL)},
        id="existing pins are kept",
    ),
    pytest.param(
        world(WEB, pins={"wire": ((ALL, "1"),), "web": ((ALL, "1"),)}),
        problem("web>=2"),
        {("web", "2", ALL), ("wire", "3", ALL)},
        id="only what must move moves",
    ),
    pytest.param(
        world(WEB),
        problem("web", constraints=["wire<3", "nothing<1"]),
        {("web", "2", ALL), ("wire", "2", ALL)},
        id="a constraint bounds and brings nothing in",
    ),
    pytest.param(
        world(WEB),
        problem("wire", "wire<2 ; sys_platform == 'win32'", "wire>2 ; sys_platform != 'win32'"),
        {("wire", "1", WINDOWS), ("wire", "3", ALL & ~WINDOWS)},
        id="one project forks",
    ),
    pytest.param(
        world(WEB),
        problem("wire", "wire<3 ; sys_platform == 'win32'"),
        {("wire", "2", ALL)},
        id="no fork where a version is common",
    ),
    pytest.param(
        world(WEB, only={("wire", "3"): ALL & ~OLD}),
        problem("wire"),
        {("wire", "2", OLD), ("wire", "3", ALL & ~OLD)},
        id="newest for each Python",
    ),
    pytest.param(
        world(WEB, only={("wire", "3"): ALL & ~OLD}),
        problem("wire", fork_strategy="fewest"),
        {("wire", "2", ALL)},
        id="fewest versions",
    ),
    pytest.param(
        world(WEB, second={("wire", "3"): WINDOWS}),
        problem("wire"),
        {("wire", "2", WINDOWS), ("wire", "3", ALL & ~WINDOWS)},
        id="what comes first for each lane",
    ),
    pytest.param(
        world(WEB, second={("wire", "3"): WINDOWS}),
        problem("wire>=3"),
        {("wire", "3", ALL)},
        id="what comes second where it must be",
    ),
    pytest.param(world(WEB, odd=frozenset("3")), problem("wire"), {("wire", "2", ALL)}, id="no last resort"),
    pytest.param(
        world(WEB, odd=frozenset("3")), problem("wire>2"), {("wire", "3", ALL)}, id="the last resort"
    ),
    pytest.param(
        world(WEB, only={("wire", "3"): ALL & ~OLD, ("wire", "1"): OLD, ("wire", "2"): OLD}),
        problem("wire", fork_strategy="fewest"),
        {("wire", "2", OLD), ("wire", "3", ALL & ~OLD)},
        id="fewest versions that are possible",
    ),
    pytest.param(
        world({"all 1": ["all[a,b] ; extra == 'all'", "x ; extra == 'a'", "y ; extra == 'b'"], "x 1": [], "y 1": []}),
        problem("all[all]"),
        {("all", "1", ALL), ("x", "1", ALL), ("y", "1", ALL)},
        id="self-referential extras",
    ),
    pytest.param(
        world({"a 1": ["b ; sys_platform == 'win32'"], "b 1": ["c ; sys_platform != 'win32'"], "c 1": []}),
        problem("a"),
        {("a", "1", ALL), ("b", "1", WINDOWS)},
        id="a marker that is never alive brings nothing in",
    ),
    pytest.param(
        world({"a 1": [], "b 1": ["c", "c>5 ; extra == 'c'"], "c 1": []}),
        problem("a[none]", "b[none]"),
        {("a", "1", ALL), ("b", "1", ALL), ("c", "1", ALL)},
        id="an extra that nobody provides",
    ),
    pytest.param(world(WEB), problem("web ; python_version < '3'"), set(), id="nothing to do here"),
    pytest.param(
        world(LOOP),
        problem("loop"),
        {("loop", "1", ALL), ("end", "1", ALL)},
        id="a project that needs itself",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("universe", "task", "expected"), SOLVES)
def test_solve(universe, task, expected) -> None:
    assert pins(solve(universe, task)) == expected


def test_projects_that_no_live_lane_needs_are_not_asked_for() -> None:
    table = {"a 1": ["b ; sys_platform == 'win32'"], "b 1": ["c ; sys_platform != 'win32'"], "c 1": []}
    universe = world(table)
    solve(universe, problem("a"))
    assert universe.asked == ["a", "b"]


def test_dependencies_come_late_when_their_lanes_do() -> None:
    """`b` is first needed on Windows only, later everywhere: what it needs elsewhere follows."""
    table = {
        "a 1": ["b ; sys_platform == 'win32'", "z"],
        "b 1": ["c ; sys_platform != 'win32'"],
        "c 1": [],
        "z 1": ["y"],
        "y 1": ["b"],
    }
    assert ("c", "1", ALL & ~WINDOWS) in pins(solve(world(table), problem("a")))


def asked_ahead(universe, task) -> list[str]:
    ahead: list[tuple[str, str]] = []
    universe.prefetch_dependencies = lambda releases: ahead.extend(releases)
    solve(universe, task)
    return [version for name, version in ahead if name == "app"]


LADDER = {"app 0": []} | {f"app {n}": ["wire>=2"] for n in range(1, 41)} | {"app 41": []}


def test_looks_ahead_after_repeated_tries() -> None:
    universe = world(LADDER | {"wire 1": [], "wire 2": []}, odd=frozenset(("33", "41")))
    ahead = asked_ahead(universe, problem("app", "wire<2"))
    assert ahead[:4] == ["40", "37", "36", "35"]
    assert set(ahead) == {str(n) for n in range(41)} - {"39", "38", "33"}


def test_looks_ahead_upwards_for_the_lowest() -> None:
    universe = world(LADDER | {"wire 1": [], "wire 2": []})
    ahead = asked_ahead(universe, problem("app>0", "wire<2", resolution="lowest"))
    assert ahead[:4] == ["1", "4", "5", "6"]
    assert set(ahead) >= {str(n) for n in range(4, 42)}


@pytest.mark.parametrize("length", [100, 400])
def test_long_backtracking_takes_one_conflict_for_each_version(length: int) -> None:
    """Each `app` pins a `driver` of its own, each driver needs what is not allowed; only the oldest will do."""
    table = {"app 0": [], "driver 0": [], "wire 1": [], "wire 2": []}
    table |= {f"app {n}": [f"driver=={n}"] for n in range(1, length)}
    table |= {f"driver {n}": ["wire>=2"] for n in range(1, length)}
    resolution = solve(world(table), problem("app", "wire<2"))
    assert pins(resolution) == {("app", "0", ALL), ("wire", "1", ALL)}
    assert resolution.conflicts <= length
    assert resolution.decisions <= length + 2
