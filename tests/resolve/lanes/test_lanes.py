"""Targets as bits: which share one, and when one is too coarse."""

from __future__ import annotations

import pytest

from pinkit.resolve.lanes import Lanes, LaneSplit, bits
from pinkit.resolve.platforms import platform
from pinkit.resolve.targets import single_target, target, universal_targets

SPANNING = Lanes(universal_targets("3.10"), spans=True)


def test_targets_that_no_marker_tells_apart_share_a_lane() -> None:
    names = ("linux-x86_64-py312", "musllinux-x86_64-py312", "linux-x86_64-py313", "linux-x86_64-py313t")
    lanes = Lanes(tuple(target(name) for name in names), spans=False)
    assert lanes.all == 0b11
    assert lanes.names(0b01) == names[:2]
    assert lanes.names(0b10) == names[2:]


def test_no_target_is_no_lock() -> None:
    with pytest.raises(ValueError, match="needs a target"):
        Lanes((), spans=True)


@pytest.mark.parametrize(
    ("text", "pythons"),
    [
        ("", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]),
        (">=3.8", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]),
        (">=3.14", ["3.14", "3.15"]),
        (">=3.8,<3.12", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]),
        (">=3.13.1", ["3.14", "3.15"]),
        ("~=3.14", ["3.14", "3.15"]),
        ("==3.14.*", ["3.14", "3.15"]),
        (">3.13", ["3.14", "3.15"]),
        ("!=3.12.*", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]),
        (">=3.14.*", ["3.14", "3.15"]),
        (">=3.14,!=3.14.*.*", ["3.14", "3.15"]),
        ("nonsense", ["3.10", "3.11", "3.12", "3.13", "3.14", "3.15"]),
        (">=4", []),
    ],
)
def test_requires_python_excludes_by_its_lower_bound_only(text: str, pythons: list[str]) -> None:
    mask = SPANNING.requires_python(text)
    found = {SPANNING.targets[lane][0].python for lane in bits(mask)}
    assert found == set(pythons)
    assert SPANNING.requires_python(text) == mask


@pytest.mark.parametrize(
    ("text", "cuts"),
    [
        ('python_full_version < "3.11.4"', ("3.11.4",)),
        ('python_full_version >= "3.11.4"', ("3.11.4",)),
        ('python_full_version == "3.11.4"', ("3.11.4", "3.11.5")),
        ('python_full_version != "3.11.4"', ("3.11.4", "3.11.5")),
        ('"3.11.4" <= python_full_version', ("3.11.4",)),
        ('python_full_version <= "3.11"', ("3.11.1",)),
        ('python_full_version > "3.11"', ("3.11.1",)),
        ('implementation_version >= "3.12.1"', ("3.12.1",)),
        ('python_full_version not in "3.11.0, 3.11.1"', ("3.11.2",)),
        ('python_full_version ~= "3.11.4"', ("3.11.4",)),
    ],
)
def test_a_marker_that_tells_patch_levels_apart_asks_for_a_split(text: str, cuts: tuple[str, ...]) -> None:
    with pytest.raises(LaneSplit) as caught:
        SPANNING.marker(text)
    assert caught.value.cuts == cuts
    split = SPANNING.split(cuts)
    assert len(split.targets) == len(SPANNING.targets) + 6 * len(cuts)
    assert 0 < split.marker(text)[""] < split.all


@pytest.mark.parametrize(
    "text",
    [
        'python_full_version < "3.11"',
        'python_full_version >= "3.11.0"',
        'python_full_version <= "3.11.0a6"',
        'python_full_version < "3.9.4"',
        'python_version <= "3.11"',
        'python_full_version == "3.11.*"',
    ],
)
def test_a_marker_that_does_not_is_answered(text: str) -> None:
    assert SPANNING.marker(text)[""] in range(SPANNING.all + 1)


def test_an_exact_target_is_never_split() -> None:
    lanes = Lanes((single_target("3.11", platform("linux")),), spans=False)
    assert lanes.marker('python_full_version < "3.11.4"')[""] == 1
    patched = Lanes((single_target("3.11.4", platform("linux")),), spans=False)
    assert patched.marker('python_full_version < "3.11.4"')[""] == 0


def test_a_split_lane_says_its_patch_levels() -> None:
    lanes = Lanes(universal_targets("3.15", ["linux-x86_64"]), spans=True).split(("3.15.2", "3.14.1"))
    assert [(group[0].python_full, group[0].python_below) for group in lanes.targets] == [
        ("3.15.0", "3.15.2"),
        ("3.15.2", ""),
    ]
    with pytest.raises(LaneSplit):
        lanes.marker('python_full_version < "3.15.1"')
    assert lanes.marker('python_full_version < "3.15.2"')[""] == 0b01


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("", "every target"),
        (
            'sys_platform == "darwin" and python_version < "3.12"',
            "macos-x86_64, macos-arm64 on Python 3.10, 3.11",
        ),
        (
            'sys_platform == "darwin" and (platform_machine == "arm64" or python_version == "3.10")',
            "macos-x86_64 on Python 3.10; macos-arm64 on Python 3.10, 3.11, 3.12, 3.13, 3.14, 3.15",
        ),
    ],
)
def test_lanes_in_words(marker: str, words: str) -> None:
    assert SPANNING.describe(SPANNING.marker(marker)[""]) == words


def test_a_free_threaded_target_in_words() -> None:
    lanes = Lanes((target("linux-x86_64-py313t"), target("linux-aarch64-py3.11.4")), spans=False)
    assert lanes.describe(0b01) == "linux-x86_64 on Python 3.13t"
    assert lanes.describe(0b10) == "linux-aarch64 on Python 3.11.4"
