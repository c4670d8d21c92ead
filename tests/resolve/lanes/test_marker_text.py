"""Masks as marker text: short, sound by packaging's own evaluation, stable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.markers import Marker

from pinkit.resolve.environments import environments
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.marker_text import MarkerTexts, marker_text
from pinkit.resolve.platforms import platform
from pinkit.resolve.targets import single_target, target, universal_targets

LANES = Lanes(universal_targets("3.11"), spans=True).split(("3.11.4",))


def held(text: str, lanes: Lanes) -> int:
    return sum(
        1 << lane
        for lane, values in enumerate(lanes.environments)
        if not text or Marker(text).evaluate({**values, "extra": ""})
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("", ""),
        ("sys_platform == 'win32'", "sys_platform == 'win32'"),
        ("os_name == 'nt'", "sys_platform == 'win32'"),
        ("platform_system != 'Windows'", "sys_platform != 'win32'"),
        ("python_version < '3.14'", "python_full_version < '3.14'"),
        ("python_version == '3.13'", "python_full_version == '3.13.*'"),
        ("python_version != '3.13'", "python_full_version != '3.13.*'"),
        ("python_version == '3.15'", "python_full_version >= '3.15'"),
        (
            "sys_platform == 'win32' and python_version < '3.14'",
            "python_full_version < '3.14' and sys_platform == 'win32'",
        ),
        (
            "sys_platform == 'linux' and platform_machine == 'x86_64'",
            "platform_machine == 'x86_64' and sys_platform == 'linux'",
        ),
        (
            "python_version > '3.11' and python_version < '3.14'",
            "python_full_version >= '3.12' and python_full_version < '3.14'",
        ),
        ("python_full_version < '3.11.4'", "python_full_version < '3.11.4'"),
        (
            "sys_platform == 'darwin' and platform_machine != 'arm64' and python_version < '3.13'",
            "python_full_version < '3.13' and platform_machine == 'x86_64' and sys_platform == 'darwin'",
        ),
        ("sys_platform == 'linux' or sys_platform == 'darwin'", "sys_platform != 'win32'"),
        (
            "python_version == '3.13' or sys_platform == 'darwin'",
            "python_full_version == '3.13.*' or sys_platform == 'darwin'",
        ),
        (
            "platform_machine == 'x86_64' and sys_platform == 'linux' or python_version >= '3.15'",
            "(platform_machine == 'x86_64' and sys_platform == 'linux') or python_full_version >= '3.15'",
        ),
    ],
)
def test_the_shortest_text(given: str, text: str) -> None:
    mask = LANES.marker(given)[""]
    assert marker_text(LANES, mask) == text
    assert held(text, LANES) == mask


@given(mask=st.integers(1, LANES.all))
@settings(max_examples=40, deadline=None)
def test_every_mask_has_a_sound_text(mask: int) -> None:
    text = MarkerTexts(LANES).text(mask)
    assert held(text, LANES) == mask
    assert MarkerTexts(LANES).text(mask, [text]) == text


@pytest.mark.parametrize(
    ("previous", "kept"),
    [
        ("os_name == 'nt'", True),
        ("platform_system=='Windows'", True),
        ("os_name == 'posix'", False),
        ("os_name == 'nt' and extra == 'x'", False),
        ("not a marker", False),
        ("python_full_version < '3.12.2'", False),
        ("", False),
    ],
)
def test_an_earlier_text_is_kept_while_it_says_the_same(previous: str, *, kept: bool) -> None:
    mask = LANES.marker("sys_platform == 'win32'")[""]
    assert marker_text(LANES, mask, previous) == (previous if kept else "sys_platform == 'win32'")


def test_an_earlier_text_that_holds_everywhere_is_kept() -> None:
    assert marker_text(LANES, LANES.all, "python_version >= '3.8'") == "python_version >= '3.8'"


@pytest.mark.parametrize("mask", [0, LANES.all + 1])
def test_no_lanes_have_no_text(mask: int) -> None:
    with pytest.raises(ValueError, match="no marker"):
        marker_text(LANES, mask)


@pytest.mark.parametrize(
    ("lanes", "expected"),
    [
        (
            Lanes((single_target("3.12", platform("linux")),), spans=False),
            ["python_full_version == '3.12.*' and {cpython} and {linux}"],
        ),
        (
            Lanes(universal_targets("3.13", ["linux-x86_64"]), spans=True),
            ["python_full_version >= '3.13' and python_full_version < '3.16' and {cpython} and {linux}"],
        ),
        (
            Lanes(universal_targets("3.14.2", ["linux-x86_64"]), spans=True).split(("3.15.1",)),
            ["python_full_version >= '3.14.2' and python_full_version < '3.16' and {cpython} and {linux}"],
        ),
        (
            Lanes((target("linux-x86_64-py311"), target("linux-x86_64-py313")), spans=True),
            [
                "python_full_version == '3.11.*' and {cpython} and {linux}",
                "python_full_version == '3.13.*' and {cpython} and {linux}",
            ],
        ),
    ],
    ids=["single", "universal", "from a patch level", "gap"],
)
def test_environments(lanes: Lanes, expected: list[str]) -> None:
    words = {
        "cpython": "implementation_name == 'cpython'",
        "linux": "platform_machine == 'x86_64' and sys_platform == 'linux'",
    }
    assert list(environments(lanes)) == [text.format(**words) for text in expected]


def test_environments_hold_for_every_lane_and_only_there() -> None:
    texts = environments(LANES)
    for values in LANES.environments:
        assert [Marker(text).evaluate({**values, "extra": ""}) for text in texts].count(True) == 1
    elsewhere = {**LANES.environments[0], "python_full_version": "3.10.4", "python_version": "3.10"}
    assert not any(Marker(text).evaluate({**elsewhere, "extra": ""}) for text in texts)
