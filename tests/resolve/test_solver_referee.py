"""The referee accepts what the solver answers, and names every mutation of it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from worlds import LANES, asked, dependency, environment, random_world

from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.referee import Exhibit, Objection, judge, judge_all
from pinkit.resolve.solver import solve

LINUX = environment(0)
PINS = {
    "app 1": ["web[fast]>=1", "tool ; sys_platform == 'win32'"],
    "web 1.5": ["wire<2", "speed ; extra == 'fast'"],
    "wire 1": [],
    "speed 1": [],
}


def exhibits(table=PINS, **changes) -> list[Exhibit]:
    found = []
    for release, rows in table.items():
        name, version = release.split()
        exhibit = Exhibit(name=name, version=version, dependencies=tuple(dependency(row) for row in rows))
        found.append(replace(exhibit, **changes.get(name, {})))
    return found


def said(objections: tuple[Objection, ...]) -> list[tuple[str, str, str, str, tuple[str, str] | None]]:
    return [(each.kind, each.name, each.version, each.asked, each.parent) for each in objections]


def without(*names: str) -> list[Exhibit]:
    return [each for each in exhibits() if each.name not in names]


APP = ("app", "1")
WEB = ("web", "1.5")
CASES = [
    pytest.param(exhibits(), ["app"], [], [], id="accepted"),
    pytest.param(
        without("wire"), ["app"], [], [("missing", "wire", "", "wire<2", WEB)], id="a pin is missing"
    ),
    pytest.param(
        without("speed", "wire"),
        ["app", "wire>0", "lost"],
        [],
        [
            ("missing", "lost", "", "lost", None),
            ("missing", "speed", "", "speed", WEB),
            ("missing", "wire", "", "wire<2", WEB),
            ("missing", "wire", "", "wire>0", None),
        ],
        id="all that is missing is named",
    ),
    pytest.param(
        exhibits(wire={"version": "2"}),
        ["app"],
        [],
        [("unsatisfied", "wire", "2", "wire<2", WEB)],
        id="a pin is off by one",
    ),
    pytest.param(
        exhibits(),
        ["web"],
        [],
        [("superfluous", "app", "1", "", None), ("superfluous", "speed", "1", "", None)],
        id="nothing needs a pin",
    ),
    pytest.param(
        without("web"), ["app"], [],
        [
            ("missing", "web", "", "web>=1", APP),
            ("missing", "web", "", "web[fast]>=1", APP),
            ("superfluous", "speed", "1", "", None),
            ("superfluous", "wire", "1", "", None),
        ],
        id="a parent is missing",
    ),
    pytest.param(
        exhibits(), ["app"], ["wire>5", "web<2", "absent<1", "app<0 ; sys_platform == 'win32'"],
        [("unsatisfied", "wire", "1", "wire>5", None)], id="a constraint is broken",
    ),
    pytest.param(
        exhibits(wire={"marker": "sys_platform == 'win32'"}), ["app"], [],
        [("missing", "wire", "", "wire<2", WEB)], id="a marker leaves a target out",
    ),
    pytest.param(
        [*exhibits(), *exhibits({"wire 1": []})], ["app"], [],
        [("ambiguous", "wire", "1", "", None)], id="two pins for one target",
    ),
    pytest.param(
        exhibits(wire={"marker": "sys_platform = 1"}), ["app"], [],
        [("missing", "wire", "", "wire<2", WEB), ("unreadable", "wire", "", "sys_platform = 1", None)],
        id="a marker that is none",
    ),
    pytest.param(
        exhibits(web={"version": "one"}), ["app"], [],
        [("unsatisfied", "web", "one", "web>=1", APP), ("unsatisfied", "web", "one", "web[fast]>=1", APP)],
        id="a version that is none",
    ),
    pytest.param(exhibits(web={"version": ""}), ["app"], [], [], id="a dynamic version"),
    pytest.param(
        exhibits({"app 1a1": []}), ["app>=1a0"], [], [], id="a pinned pre-release counts"
    ),
]  # fmt: skip


@pytest.mark.parametrize(("pins", "requirements", "constraints", "expected"), CASES)
def test_judge(pins, requirements, constraints, expected) -> None:
    objections = judge(
        LINUX, pins, [asked(line) for line in requirements], [asked(line) for line in constraints]
    )
    assert said(objections) == sorted(expected, key=lambda each: (each[0], each[1], each[3]))


def test_judging_all_targets_says_the_same_as_one_by_one() -> None:
    pins = exhibits(wire={"marker": "python_version < '3.13'"}, speed={"marker": "sys_platform != 'win32'"})
    asked_for = [asked("app"), asked("wire ; extra == 'no'")]
    environments = [environment(lane) for lane in range(len(LANES))]
    said_of_all = judge_all(environments, pins, asked_for, [asked("web>1 ; python_version >= '3.12'")])
    assert said_of_all == tuple(
        judge(each, pins, asked_for, [asked("web>1 ; python_version >= '3.12'")]) for each in environments
    )
    assert len(set(said_of_all)) == 4


def test_direct_references() -> None:
    here = replace(asked("app"), url="https://files.example/app-1.zip")
    pin = Exhibit(name="app", version="1", dependencies=(), url=here.url)
    assert judge(LINUX, [pin], [here]) == ()
    assert judge(LINUX, [pin], [here, asked("app<2")]) == ()
    other = replace(pin, url="https://files.example/other.zip")
    (objection,) = judge(LINUX, [other], [asked("app")], [here])
    assert (objection.kind, objection.asked, objection.requirement) == (
        "unsatisfied",
        "app @ https://files.example/app-1.zip",
        here,
    )


@pytest.mark.parametrize("batch", range(5))
def test_accepts_what_the_solver_answers_and_no_mutation_of_it(batch: int) -> None:
    mutated = 0
    for seed in range(batch, 250, 5):
        universe, task = random_world(Random(seed))
        try:
            resolution = solve(universe, task)
        except Contradiction:
            continue
        for lane in range(len(LANES)):
            pins = [
                Exhibit(
                    name=each.name,
                    version=each.version,
                    dependencies=universe.dependencies(each.name, each.version),
                )
                for each in resolution.chosen
                if each.lanes >> lane & 1
            ]
            values = environment(lane)
            assert judge(values, pins, task.requirements, task.constraints) == (), f"seed {seed} lane {lane}"
            stranger = Exhibit(name="stranger", version="1", dependencies=())
            (objection,) = judge(values, [*pins, stranger], task.requirements, task.constraints)
            assert objection.kind == "superfluous"
            for pin in pins:
                rest = [each for each in pins if each is not pin]
                found = judge(values, rest, task.requirements, task.constraints)
                assert ("missing", pin.name) in {(each.kind, each.name) for each in found}
                mutated += 1
    assert mutated > 100
