"""Who needs whom, and the shortest way to a release."""

from __future__ import annotations

from random import Random

import pytest
from worlds import ALL, LANES, edges_of, marker_lanes, problem, random_world, world

from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.graph import graph
from pinkit.resolve.solver import solve

WINDOWS = marker_lanes("sys_platform == 'win32'")[""]

TABLE = {
    "app 1": ["web[fast]>=1", "tool ; sys_platform == 'win32'", "doc ; extra == 'doc'"],
    "web 1": ["wire", "speed ; extra == 'fast'", "never ; extra == 'slow'", "web[fast] ; extra == 'all'"],
    "tool 1": ["wire<2"],
    "doc 1": [],
    "wire 1": [],
    "wire 2": [],
    "speed 1": ["wire ; python_version < '3'"],
    "never 1": [],
}
TASK = problem(
    "app", "wire>1 ; sys_platform != 'win32'", constraints=["wire<9", "speed", "speed ; python_version < '3'"]
)


@pytest.fixture
def nodes():
    universe = world(TABLE)
    return {(node.name, node.version): node for node in graph(universe, TASK, solve(universe, TASK))}


def test_nodes_are_the_answer(nodes) -> None:
    assert list(nodes) == [
        ("app", "1"),
        ("speed", "1"),
        ("tool", "1"),
        ("web", "1"),
        ("wire", "1"),
        ("wire", "2"),
    ]
    assert nodes["wire", "1"].lanes == WINDOWS
    assert nodes["wire", "2"].lanes == ALL & ~WINDOWS


PARENTS = [
    pytest.param(("app", "1"), [], ["requirements.in:1"], [], id="asked only"),
    pytest.param(("web", "1"), [("app", ALL)], [], [], id="a parent"),
    pytest.param(("tool", "1"), [("app", WINDOWS)], [], [], id="a parent on some targets"),
    pytest.param(("speed", "1"), [("web", ALL)], [], ["constraints.txt:2"], id="by an extra, bounded where alive"),
    pytest.param(
        ("wire", "1"), [("tool", WINDOWS), ("web", WINDOWS)], [], ["constraints.txt:1"], id="one side of a fork"
    ),
    pytest.param(
        ("wire", "2"), [("web", ALL & ~WINDOWS)], ["requirements.in:2"], ["constraints.txt:1"], id="the other side"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("key", "parents", "asked", "bounded"), PARENTS)
def test_parents(nodes, key, parents, asked, bounded) -> None:
    node = nodes[key]
    assert list(node.parents) == parents
    assert [str(each.origin) for each in node.asked] == asked
    assert [str(each.origin) for each in node.bounded] == bounded


def test_edges_are_alive_and_name_extras(nodes) -> None:
    assert [(edge.name, edge.version, edge.extras, edge.lanes) for edge in nodes["app", "1"].edges] == [
        ("tool", "1", (), WINDOWS),
        ("web", "1", ("fast",), ALL),
    ]
    assert [edge.name for edge in nodes["speed", "1"].edges] == []
    assert [(edge.name, edge.version) for edge in nodes["web", "1"].edges] == [
        ("speed", "1"),
        ("wire", "1"),
        ("wire", "2"),
    ]


def test_extras_are_those_asked_for(nodes) -> None:
    assert nodes["web", "1"].extras == ("fast",)
    assert nodes["app", "1"].extras == ()


def test_edges_are_those_of_each_lane_by_itself() -> None:
    """On random worlds: edges and parents lane by lane, against what `packaging` says of each row."""
    seen = 0
    for seed in range(400):
        universe, task = random_world(Random(seed))
        try:
            resolution = solve(universe, task)
        except Contradiction:
            continue
        nodes = graph(universe, task, resolution)
        for lane in range(len(LANES)):
            alive = {
                (node.name, edge.name) for node in nodes for edge in node.edges if edge.lanes >> lane & 1
            }
            assert alive == edges_of(universe, task, resolution, lane), f"seed {seed} lane {lane}"
            assert alive == {
                (parent, node.name) for node in nodes for parent, lanes in node.parents if lanes >> lane & 1
            }
            seen += len(alive)
    assert seen > 1000
