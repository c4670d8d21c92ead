"""What a reader is told when there is no answer, whole texts."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from worlds import ALL, LANES, asked, problem, random_world, satisfiable, world

from pinkit.errors import ExitCode, Unsolvable
from pinkit.model.requirement import Origin
from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.derivation import derive
from pinkit.resolve.explain import explain
from pinkit.resolve.facts import Asks, Bounds, Derivation, Needs, Rejects
from pinkit.resolve.solver import solve
from pinkit.resolve.universe import Problem


def lane_names(lanes: int) -> str:
    return ", ".join(f"{system}-py{python}" for at, (python, system) in enumerate(LANES) if lanes >> at & 1)


def derivation_of(universe, problem) -> Derivation | None:
    try:
        solve(universe, problem)
    except Contradiction as contradiction:
        return derive(universe, contradiction)
    return None


def told(universe, problem) -> Unsolvable:
    derivation = derivation_of(universe, problem)
    assert derivation is not None
    return explain(derivation, all_lanes=ALL, name_lanes=lane_names)


LADDER = {f"app {n}": [f"driver=={n}.*"] for n in range(1, 9)}
LADDER |= {f"driver {n}.0": [f"wire>={n}"] for n in range(1, 9)}
LADDER |= {f"wire {n}": [] for n in range(9)}

CASES = [
    pytest.param(
        world({"web 1": ["wire>=2,<4"], "web 2": ["wire>=3,<4"], "wire 1": [], "wire 2": [], "wire 3": []}),
        problem("web>=2", "wire<2"),
        "requirements contradict: no version of wire fits all of them",
        """\
requirements.in:1 asks for web>=2
web 2 needs wire>=3,<4
requirements.in:2 asks for wire<2""",
        "loosen one of web>=2 (requirements.in:1), wire<2 (requirements.in:2)",
        id="a dependency against the input",
    ),
    pytest.param(
        world(LADDER | {"other 1": ["app"]}),
        problem("app", "other", constraints=["wire<1"]),
        "requirements contradict: no version of wire fits all of them",
        """\
requirements.in:1 asks for app
app 1 to 8 (8 versions) need driver, each in a range of its own, all within 1.0 to 8.0
driver 1.0 to 8.0 (8 versions) need wire, each in a range of its own, all within 1 to 8
constraints.txt:1 allows only wire<1""",
        "loosen one of app (requirements.in:1), wire<1 (constraints.txt:1)",
        id="every version of a chain, without what has no part in it",
    ),
    pytest.param(
        world({"web 1": [], "web 2": []}),
        problem("web>=3"),
        "no version of web satisfies >=3",
        "requirements.in:1 asks for web>=3\nweb has 1 and 2",
        "change web>=3 (requirements.in:1)",
        id="no such version",
    ),
    pytest.param(
        world({"web 1": ["wier"]}),
        problem("web"),
        "no index has a project named wier",
        "requirements.in:1 asks for web\nweb 1 needs wier, and there is no such version",
        "check the spelling, or name the index that has it with --index",
        id="no such project",
    ),
    pytest.param(
        world({"web 1": []}),
        problem("wbe"),
        "no index has a project named wbe",
        "requirements.in:1 asks for wbe",
        "check the spelling, or name the index that has it with --index",
        id="no such project in the input",
    ),
    pytest.param(
        world(
            {"web 1": [], "web 2": []},
            only={("web", "1"): 0b111100, ("web", "2"): 0b111100},
            reason="requires Python >=3.12",
        ),
        problem("web==2"),
        "no distribution of web==2 can be used on linux-py3.11, win32-py3.11",
        "requirements.in:1 asks for web==2\nweb 2 cannot be used: requires Python >=3.12",
        "raise the lowest Python (--python-version, requires-python), or allow an older web",
        id="nothing fits a target",
    ),
    pytest.param(
        world(
            {"app 1": ["web!=3,<4"], "web 1": [], "web 2": [], "web 3": [], "web 4": []},
            only={("web", version): 0 for version in "24"},
            reason="wrong tag",
        ),
        problem("app", "web>=2"),
        "requirements contradict: no version of web fits all of them",
        """\
requirements.in:1 asks for app
app 1 needs web!=3,<4
requirements.in:2 asks for web>=2
web 2 and 4 cannot be used: wrong tag""",
        "allow another version of web, or drop the target",
        id="only rejected versions that would do are named",
    ),
    pytest.param(
        world({"web 1": [], "web 2": []}, only={("web", "2"): 0b111100}, reason=""),
        problem("web==2"),
        "no distribution of web==2 can be used on linux-py3.11, win32-py3.11",
        "requirements.in:1 asks for web==2\nweb 2 cannot be used: it has nothing for the target",
        "change web==2 (requirements.in:1)",
        id="rejected without a reason",
    ),
    pytest.param(
        world(
            {"app 1": ["web>=2"], "web 1": [], "web 2": [], "web 3": [], "web 4": [], "web 5": []},
            only={("web", version): 0 for version in "2345"},
            reason="newer than the cutoff",
        ),
        problem("app"),
        "requirements contradict: no version of web fits all of them",
        """\
requirements.in:1 asks for app
app 1 needs web>=2
web 2 to 5 (4 versions) cannot be used: newer than the cutoff""",
        "move --exclude-newer, or let it through with --exclude-newer-package web=DATE",
        id="a dependency is too new",
    ),
    pytest.param(
        world(
            {
                "app 1": ["tls[fast]>=1 ; extra == 'net'"],
                "app 2": ["tls[fast]>=1 ; extra == 'net'"],
                "tls 1": ["speed<2 ; extra == 'fast'"],
                "speed 1": [],
                "speed 2": [],
            }
        ),
        problem("app[net]", "speed>=2"),
        "requirements contradict: no version of speed fits all of them",
        """\
requirements.in:1 asks for app[net]
app[net] 1 and 2 need tls[fast]>=1
tls[fast] 1 needs speed<2
requirements.in:2 asks for speed>=2""",
        "loosen one of app[net] (requirements.in:1), speed>=2 (requirements.in:2)",
        id="through extras",
    ),
    pytest.param(
        world({"web 1": ["wire<2 ; sys_platform == 'win32'"], "wire 1": [], "wire 2": []}),
        problem("web", "wire>=2"),
        "requirements contradict: no version of wire fits all of them"
        " on win32-py3.11, win32-py3.12, win32-py3.13",
        """\
requirements.in:1 asks for web
web 1 needs wire<2
requirements.in:2 asks for wire>=2""",
        "loosen one of web (requirements.in:1), wire>=2 (requirements.in:2)",
        id="only on some targets",
    ),
    pytest.param(
        world({"web 1": ["wire<2"], "web 2": ["wire<1"], "wire 3": []}),
        problem("web"),
        "requirements contradict: no version of wire fits all of them",
        """\
requirements.in:1 asks for web
web 1 and 2 need wire<1 or wire<2, and there is no such version""",
        "change web (requirements.in:1)",
        id="all versions need what does not exist",
    ),
]


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin(file="a.in", line=3), "a.in:3"),
        (Origin(file="pyproject.toml", section="extra:tls"), "pyproject.toml (extra:tls)"),
        (Origin(file="", via="the floor of the upgrade"), "the floor of the upgrade"),
        (Origin(file=""), "pinkit"),
    ],
    ids=["line", "section", "named", "none"],
)
def test_origins(origin: Origin, said: str) -> None:
    task = Problem(requirements=(replace(asked("web>1"), origin=origin),))
    error = told(world({"web 1": []}), task)
    assert error.why.splitlines()[0] == f"{said} asks for web>1"
    assert error.hint == f"change web>1 ({said})"


def test_words_of_the_universe_in_place_of_a_specifier() -> None:
    """A universe may say with a requirement that nothing satisfies why a version is no choice."""
    universe = world({"web 1": [], "web 2": [], "app 1": ["web"], "app 2": []})
    for version in ("1", "2"):
        universe.releases["web"][version] = (("web", (), "without usable metadata", ""),)
    universe.releases["app"]["2"] = (("web", (), "with a broken marker", ""),)
    assert (
        told(universe, problem("app")).why
        == """\
requirements.in:1 asks for app
app 1 and 2 need web or web with a broken marker
web 1 and 2 are without usable metadata"""
    )


def test_the_requirements_that_take_part_are_named_for_programs() -> None:
    universe = world(LADDER | {"other 1": ["app"]})
    error = told(universe, problem("app", "app<9", "other", constraints=["wire<1"]))
    assert error.asked == (("requirements.in", "app"), ("constraints.txt", "wire"))
    assert Unsolvable("a").asked == ()


def test_a_knot_of_many_statements_is_cut_short() -> None:
    """Forty projects, each of which stands for one more statement."""
    table = {f"link{n} 1": [f"link{n + 1}"] for n in range(40)} | {"link40 1": ["end<1"], "end 1": []}
    lines = told(world(table), problem("link0")).why.splitlines()
    assert lines[:2] == ["requirements.in:1 asks for link0", "link0 1 needs link1"]
    assert lines[30:] == ["and 12 more statements of this kind"]


@pytest.mark.parametrize(("universe", "task", "what", "why", "hint"), CASES)
def test_texts(universe, task, what: str, why: str, hint: str) -> None:
    error = told(universe, task)
    assert (error.what, error.why, error.hint) == (what, why, hint)
    assert error.exit_code is ExitCode.UNSOLVABLE


@pytest.mark.parametrize("batch", range(5))
def test_what_is_told_contradicts_by_itself(batch: int) -> None:
    """A world that has only the facts of a derivation has no answer in the lane that was examined."""
    seen = 0
    for seed in range(batch, 1000, 5):
        universe, task = random_world(Random(seed))
        derivation = derivation_of(universe, task)
        if derivation is None:
            continue
        seen += 1
        assert derivation.lane & derivation.lanes
        kept = {id(fact.requirement) for fact in derivation.facts if isinstance(fact, Asks | Bounds)}
        needs: dict[tuple[str, str], set[str]] = {}
        for fact in derivation.facts:
            if isinstance(fact, Needs):
                needs.setdefault((fact.parent, fact.name), set()).update(fact.versions)
        rejected = {
            (fact.name, version)
            for fact in derivation.facts
            if isinstance(fact, Rejects)
            for version in fact.versions
        }
        smaller = type(universe)(
            releases={
                name: {
                    version: tuple(row for row in rows if version in needs.get((name, row[0]), ()))
                    for version, rows in versions.items()
                }
                for name, versions in universe.releases.items()
            },
            only={key: lanes for key, lanes in universe.only.items() if key in rejected},
        )
        told_only = type(task)(
            requirements=tuple(each for each in task.requirements if id(each) in kept),
            constraints=tuple(each for each in task.constraints if id(each) in kept),
        )
        assert not satisfiable(smaller, told_only, derivation.lane.bit_length() - 1), f"seed {seed}"
    assert seen > 50


def test_long_backtracking_is_told_in_few_lines() -> None:
    """Hundreds of versions, each with a range of its own: still four statements."""
    table = {f"app {n}": [f"driver>={n},<{n + 1}"] for n in range(1, 301)}
    table |= {f"driver {n}": ["wire>=2"] for n in range(1, 301)}
    error = told(world(table | {"wire 1": [], "wire 2": []}), problem("app", "wire<2"))
    assert len(error.why.splitlines()) == 4
    assert "app 1 to 300 (300 versions) need driver" in error.why
