"""What foresight says will be brought in, in whichever order metadata arrive."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from pinkit.model.requirement import Origin, Requirement
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.targets import target
from pinkit.workflows.foresight import Foresight

if TYPE_CHECKING:
    from pinkit.model.requirement import Dependency

LANES = Lanes((target("linux-x86_64-py312"),), spans=True)

ROWS: dict[str, tuple[Dependency, ...]] = {
    "top": (("lib", ("fast",), "", ""), ("other", (), "", "")),
    "lib": (
        ("plain", (), ">=1", ""),
        ("quick", ("deep",), "", "extra == 'fast'"),
        ("slow", (), "", "extra == 'slow'"),
        ("windows", (), "", "sys_platform == 'win32'"),
    ),
    "quick": (("deepest", (), "", "extra == 'deep'"), ("lib", ("slow",), "", "extra == 'back'")),
    "other": (("lib", (), "", ""),),
}


def root(name: str, *extras: str) -> Requirement:
    return Requirement(name=name, origin=Origin(file="in"), extras=extras)


@pytest.mark.parametrize("order", list(itertools.permutations(ROWS)), ids="-".join)
def test_extras_are_followed_in_any_order(order: tuple[str, ...]) -> None:
    foresight = Foresight(LANES, [root("top")])
    found = {name for each in order for name in foresight.follow(each, ROWS[each])}
    assert found == {"lib", "other", "plain", "quick", "deepest"}


def test_extras_of_the_input_are_known_from_the_start() -> None:
    foresight = Foresight(LANES, [root("lib", "slow"), root("lib", "fast")])
    assert foresight.follow("lib", ROWS["lib"]) == ("plain", "quick", "slow")


def test_extras_that_ask_for_each_other_end() -> None:
    foresight = Foresight(LANES, [root("a", "x")])
    assert foresight.follow("a", (("b", ("y",), "", "extra == 'x'"),)) == ("b",)
    assert foresight.follow("b", (("a", ("x", "z"), "", "extra == 'y'"),)) == ("a",)


@pytest.mark.parametrize("marker", ["nonsense", "python_full_version < '3.12.4'"], ids=["invalid", "split"])
def test_a_marker_that_cannot_be_told_hides_only_its_own_row(marker: str) -> None:
    foresight = Foresight(LANES, [])
    assert foresight.follow("a", (("b", (), "", marker), ("c", (), "", ""))) == ("c",)
