"""The example of docs/resolver.md is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from worlds import ALL, marker_lanes, problem, world

from pinkit.resolve.conflict import Contradiction
from pinkit.resolve.derivation import derive
from pinkit.resolve.explain import explain
from pinkit.resolve.solver import solve

PAGE = (Path(__file__).parents[2] / "docs" / "resolver.md").read_text(encoding="utf-8")
WINDOWS = marker_lanes("sys_platform == 'win32'")[""]
TABLE = {
    "app 1": ["web>=1"],
    "app 2": ["web>=3"],
    "web 1": [],
    "web 2": [],
    "web 3": ["wire>=2"],
    "wire 1": [],
    "wire 2": [],
}
ASKED = ("app", "wire<2 ; sys_platform == 'win32'")


def test_answer() -> None:
    resolution = solve(world(TABLE), problem(*ASKED))
    lines = [
        f"{each.name}=={each.version}" + ("" if each.lanes == ALL else " ; sys_platform == 'win32'")
        for each in resolution.chosen
    ]
    assert {each.lanes for each in resolution.chosen} == {ALL, WINDOWS}
    assert "```\n" + "\n".join(lines) + "\n```" in PAGE
    assert resolution.conflicts == 1


def test_contradiction() -> None:
    universe = world(TABLE)
    with pytest.raises(Contradiction) as caught:
        solve(universe, problem(*ASKED, "app>=2"))
    derivation = derive(universe, caught.value)
    assert derivation.lanes == WINDOWS
    error = explain(derivation, all_lanes=ALL, name_lanes=lambda _: "windows")
    told = [f"error: {error.what}", *[f"  {line}" for line in error.why.splitlines()], f"hint: {error.hint}"]
    assert "\n".join(told) in PAGE
