"""The solver against exhaustive search, on worlds made from seeds (PINKIT_TEST_WORLDS raises their number)."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from worlds import LANES, faults, random_world, satisfiable

from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.solver import solve

if TYPE_CHECKING:
    from worlds import MemoryUniverse

    from pinkit.resolve.universe import Problem, Resolution

WORLDS = int(os.environ.get("PINKIT_TEST_WORLDS", "1500"))
BATCHES = 10
HERE = Path(__file__).parent


def attempt(universe: MemoryUniverse, problem: Problem) -> Resolution | Contradiction:
    try:
        return solve(universe, problem)
    except Contradiction as contradiction:
        return contradiction


@pytest.mark.parametrize("batch", range(BATCHES))
def test_agrees_with_exhaustive_search(batch: int) -> None:
    """Satisfiable or not; every answer valid in every lane, with nothing superfluous."""
    outcomes = {True: 0, False: 0}
    for seed in range(batch, WORLDS, BATCHES):
        universe, problem = random_world(Random(seed))
        possible = [satisfiable(universe, problem, lane) for lane in range(len(LANES))]
        answer = attempt(universe, problem)
        if isinstance(answer, Contradiction):
            outcomes[False] += 1
            assert not possible[answer.lane.bit_length() - 1], f"seed {seed}: an answer exists"
        else:
            outcomes[True] += 1
            assert all(possible), f"seed {seed}: there is no answer"
            assert not faults(universe, problem, answer), f"seed {seed}"
    assert min(outcomes.values()) > WORLDS / BATCHES / 5, "worlds of both kinds are needed"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_order_of_requirements_does_not_matter(batch: int) -> None:
    for seed in range(batch, WORLDS // 5, BATCHES):
        universe, problem = random_world(Random(seed))
        turned = replace(
            problem, requirements=problem.requirements[::-1], constraints=problem.constraints[::-1]
        )
        expected, answer = attempt(universe, problem), attempt(universe, turned)
        if isinstance(expected, Contradiction):
            assert isinstance(answer, Contradiction), f"seed {seed}"
        else:
            assert answer == expected, f"seed {seed}"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_its_own_answer_is_a_fixed_point(batch: int) -> None:
    """Given as existing pins, an answer comes back as it is, without one conflict."""
    for seed in range(batch, WORLDS // 2, BATCHES):
        universe, problem = random_world(Random(seed))
        first = attempt(universe, problem)
        if isinstance(first, Contradiction):
            continue
        pins: dict[str, tuple[tuple[int, str], ...]] = {}
        for chosen in first.chosen:
            pins[chosen.name] = (*pins.get(chosen.name, ()), (chosen.lanes, chosen.version))
        again = solve(replace(universe, pins=pins), problem)
        assert (again.chosen, again.extras) == (first.chosen, first.extras), f"seed {seed}"


ANSWERS = """
from random import Random
from worlds import random_world
from test_solver_oracle import attempt
for seed in range(150):
    answer = attempt(*random_world(Random(seed)))
    print(seed, getattr(answer, "chosen", answer), getattr(answer, "extras", ""))
"""


def test_hash_seed_does_not_matter() -> None:
    """Answers and lanes of contradictions are the same in processes that hash texts differently."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", ANSWERS],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(HERE), *sys.path])},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(printed) == 1
    assert printed.pop().count(b"\n") == 150
