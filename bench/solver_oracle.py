"""The solver against exhaustive search and the referee, on many small worlds made from seeds.

    python bench/solver_oracle.py --worlds 20000

Prints how often they agree; ends with 1 at the first disagreement, naming the seed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "resolve")]

from worlds import LANES, environment, faults, random_world, satisfiable  # noqa: E402

from pinkit.resolve.conflict import Contradiction  # noqa: E402
from pinkit.resolve.derivation import derive  # noqa: E402
from pinkit.resolve.graph import graph  # noqa: E402
from pinkit.resolve.referee import Exhibit, judge  # noqa: E402
from pinkit.resolve.solver import solve  # noqa: E402


class Disagreement(Exception):
    """Two ways to the same answer do not meet."""


def examine(seed: int, counts: dict[str, int]) -> float:
    """Check one world; seconds that the solver took."""
    universe, problem = random_world(Random(seed))
    possible = [satisfiable(universe, problem, lane) for lane in range(len(LANES))]
    start = time.process_time()
    try:
        resolution = solve(universe, problem)
    except Contradiction as contradiction:
        taken = time.process_time() - start
        if possible[contradiction.lane.bit_length() - 1]:
            raise Disagreement(f"seed {seed}: an answer exists") from None
        counts["without an answer, as the exhaustive search says"] += 1
        counts["statements in explanations"] += len(derive(universe, contradiction).facts)
        return taken
    taken = time.process_time() - start
    wrong = faults(universe, problem, resolution)
    if not all(possible) or wrong:
        raise Disagreement(f"seed {seed}: {wrong or 'there is no answer'}")
    counts["with an answer, valid in every lane, nothing superfluous"] += 1
    counts["pins"] += len(graph(universe, problem, resolution))
    counts["conflicts"] += resolution.conflicts
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
        objections = judge(environment(lane), pins, problem.requirements, problem.constraints)
        if objections:
            raise Disagreement(f"seed {seed}, lane {lane}: the referee objects: {objections}")
        counts["lanes accepted by the referee"] += 1
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=20000)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    counts = dict.fromkeys(
        (
            "with an answer, valid in every lane, nothing superfluous",
            "without an answer, as the exhaustive search says",
            "pins",
            "conflicts",
            "lanes accepted by the referee",
            "statements in explanations",
        ),
        0,
    )
    solving = 0.0
    try:
        for seed in range(options.first_seed, options.first_seed + options.worlds):
            solving += examine(seed, counts)
    except Disagreement as disagreement:
        print(disagreement)
        return 1
    print(f"{options.worlds} worlds of {len(LANES)} lanes, 0 disagreements")
    for label, count in counts.items():
        print(f"{count:9}  {label}")
    print(f"{solving * 1e3 / options.worlds:9.2f}  ms of CPU a solve")
    return 0


if __name__ == "__main__":
    sys.exit(main())
