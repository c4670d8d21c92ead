"""Wheels fit a target exactly when packaging lists one of their tags for it."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING

import pytest
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

from pinkit.resolve.platforms import platform_names
from pinkit.resolve.tags import Wheels
from pinkit.resolve.targets import target

if TYPE_CHECKING:
    from pinkit.model.target import Target

PYTHONS = ("38", "39", "311", "312", "313", "313t", "314", "315", "315t")
TARGETS = [target(f"{name}-py{python}") for name in platform_names() for python in PYTHONS]
PYTHON_TAGS = [
    *("py3", "py2", "py2.py3", "py", "py30", "py38", "py312", "py313", "py316", "py03"),
    *("cp3", "cp31", "cp36", "cp37", "cp38", "cp39", "cp310", "cp311", "cp312", "cp313", "cp314", "cp315"),
    *("cp313.cp312", "pp39"),
]
ABI_TAGS = [
    "none",
    "abi3",
    "cp38",
    "cp39",
    "cp311",
    "cp312",
    "cp313",
    "cp313t",
    "cp314t",
    "cp315t",
    "abi3t",
    "cp38m",
    "abi3.none",
    "abi3.abi3t",
]
PLATFORM_TAGS = ["any", "win32", *sorted({tag for each in TARGETS for tag in each.platform.tags})]


@cache
def theirs(each: Target) -> frozenset[str]:
    version = tuple(int(part) for part in each.python.split("."))
    interpreter = f"cp{version[0]}{version[1]}"
    abi = interpreter + ("t" if each.free_threaded else "")
    tags = [
        *cpython_tags(version, [abi], each.platform.tags),
        *compatible_tags(version, interpreter, each.platform.tags),
    ]
    return frozenset(map(str, tags))


def test_equal_to_packaging() -> None:
    rng = random.Random(7)
    wheels = Wheels(TARGETS)
    for _ in range(1500):
        platforms = (
            ".".join(rng.sample(PLATFORM_TAGS, rng.choice([1, 1, 2]))) if rng.random() < 0.7 else "any"
        )
        tags = f"{rng.choice(PYTHON_TAGS)}-{rng.choice(ABI_TAGS)}-{platforms}"
        expanded = {str(tag) for tag in parse_wheel_filename(f"x-1-{tags}.whl")[3]}
        mask = wheels.accepting(tags)
        for index, each in enumerate(TARGETS):
            assert bool(mask >> index & 1) is not expanded.isdisjoint(theirs(each)), (tags, each.name)


@pytest.mark.parametrize("tags", ["", "py3", "py3-none", "py3-none-any-any", "--"])
def test_what_is_no_tag_set_fits_nothing(tags: str) -> None:
    assert Wheels(TARGETS).accepting(tags) == 0


def test_tags_of_other_implementations() -> None:
    pypy = TARGETS[0].__class__(
        python="3.11", python_full="3.11.9", platform=TARGETS[0].platform, implementation="pypy"
    )
    wheels = Wheels([pypy])
    assert wheels.accepting("py3-none-any")
    assert wheels.accepting("pp311-none-any")
    assert not wheels.accepting("cp311-cp311-manylinux_2_17_x86_64")
    assert not wheels.accepting("cp38-abi3-manylinux_2_17_x86_64")
