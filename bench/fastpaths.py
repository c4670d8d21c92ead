"""How much quicker the fast paths are than packaging: `python bench/fastpaths.py`.

Versions of one project, specifiers over them, markers over the lanes of a universal lock: what a lock of hundreds of
projects asks thousands of times. User CPU time, medians of RUNS; every answer is compared before it is timed.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from functools import partial
from typing import TYPE_CHECKING

from packaging.markers import Marker
from packaging.specifiers import SpecifierSet
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename
from packaging.version import Version

from pinkit.formats.pep440 import sort_key
from pinkit.resolve import specifiers
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.tags import Wheels
from pinkit.resolve.targets import universal_targets

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 7
VERSIONS = tuple(
    f"{major}.{minor}.{patch}{suffix}"
    for major in range(3)
    for minor in range(30)
    for patch in range(8)
    for suffix in (("a1", "rc2", "") if patch == 0 else ("",))
)
SPECIFIERS = [
    f"{operator}{major}.{minor}{more}"
    for major in range(3)
    for minor in range(30)
    for operator, more in ((">=", ""), ("~=", ".3"), ("==", ".*"), ("!=", ".5"), (">=", f",<{major + 1}"))
]
MARKERS = [
    f'python_version {operator} "3.{minor}"{more}'
    for operator in ("<", ">=", "==")
    for minor in range(9, 16)
    for more in ("", ' and extra == "all"', ' or sys_platform == "win32"', ' and platform_machine != "arm64"')
]
TAGS = [
    f"cp3{minor}-{abi}-{platform}"
    for minor in range(8, 16)
    for abi in (f"cp3{minor}", "abi3", "none")
    for platform in ("manylinux_2_17_x86_64.manylinux2014_x86_64", "win_amd64", "macosx_11_0_arm64", "any")
]
TARGETS = universal_targets("3.12")
LANES = Lanes(TARGETS, spans=False)


def fresh_keys() -> list[object]:
    return [sort_key(version) for version in VERSIONS]


def our_specifiers() -> list[int]:
    specifiers.clauses.cache_clear()
    return [specifiers.matching(text, VERSIONS) for text in SPECIFIERS]


def their_specifiers(parsed: list[Version]) -> list[int]:
    found = []
    for text in SPECIFIERS:
        theirs = SpecifierSet(text)
        found.append(sum(2 << at for at, v in enumerate(parsed) if theirs.contains(v, prereleases=True)))
    return found


def our_markers() -> list[int]:
    lanes = Lanes(TARGETS, spans=False)
    return [mask for text in MARKERS for mask in lanes.marker(text).values()]


def their_markers() -> list[int]:
    found = []
    for text in MARKERS:
        marker = Marker(text)
        for extra in ("", "all") if "extra" in text else ("",):
            holds = [marker.evaluate({**values, "extra": extra}) for values in LANES.environments]
            found.append(sum(1 << lane for lane, held in enumerate(holds) if held))
    return found


def our_tags() -> list[int]:
    wheels = Wheels(TARGETS)
    return [wheels.accepting(tags) for tags in TAGS]


def their_tags() -> list[int]:
    accepted = []
    for target in TARGETS:
        python = tuple(map(int, target.python.split(".")))
        name = f"cp{python[0]}{python[1]}"
        tags = cpython_tags(python, [name], target.platform.tags)
        accepted.append({*tags, *compatible_tags(python, name, target.platform.tags)})
    expanded = [parse_wheel_filename(f"x-1-{tags}.whl")[3] for tags in TAGS]
    return [sum(1 << at for at, known in enumerate(accepted) if known & tags) for tags in expanded]


def cpu_ms(act: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.process_time()
        act()
        times.append(time.process_time() - start)
    return statistics.median(times) * 1000


def import_ms(module: str) -> float:
    """The import's own time, in fresh interpreters, bare start subtracted."""

    def run(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    def wall(code: str) -> float:
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            run(code)
            times.append(time.perf_counter() - start)
        return statistics.median(times) * 1000

    return wall(f"import {module}") - wall("pass")


def main() -> None:
    parsed = [Version(version) for version in VERSIONS]
    if (
        our_specifiers() != their_specifiers(parsed)
        or our_markers() != their_markers()
        or our_tags() != their_tags()
    ):
        sys.exit("the fast paths differ from packaging")
    rows: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        (f"{len(VERSIONS)} version keys", fresh_keys, lambda: [Version(v)._key for v in VERSIONS]),
        (
            f"{len(SPECIFIERS)} specifiers x {len(VERSIONS)}",
            our_specifiers,
            partial(their_specifiers, parsed),
        ),
        (f"{len(MARKERS)} markers x {len(TARGETS)} lanes", our_markers, their_markers),
        (f"{len(TAGS)} tag sets x {len(TARGETS)} targets", our_tags, their_tags),
    ]
    print(f"{'':34}{'pinkit ms':>10}{'packaging ms':>14}{'ratio':>8}")
    for name, ours, theirs in rows:
        mine, other = cpu_ms(ours), cpu_ms(theirs)
        print(f"{name:34}{mine:10.2f}{other:14.2f}{other / mine:7.1f}x")
    mine, other = import_ms("pinkit.resolve.world"), import_ms("packaging.requirements, packaging.tags")
    print(f"{'import (wall)':34}{mine:10.1f}{other:14.1f}{other / mine:7.1f}x")


if __name__ == "__main__":
    main()
