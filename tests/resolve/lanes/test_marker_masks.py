"""Markers are packaging's, for every lane and extra."""

from __future__ import annotations

import random

import pytest
from packaging.markers import InvalidMarker as TheirInvalid
from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName

from pinkit.formats.markers import InvalidMarker
from pinkit.resolve.lanes import Lanes
from pinkit.resolve.targets import universal_targets

LANES = Lanes(universal_targets(">=3.8"), spans=False)
VARIABLES = [
    "python_version",
    "python_full_version",
    "sys_platform",
    "platform_machine",
    "os.name",
    "platform_system",
    "extra",
    "implementation_version",
    "platform_release",
    "platform_version",
    "python_implementation",
    "implementation_name",
]
VALUES = [
    "3.8",
    "3.9.*",
    "3.10",
    "3.11.2",
    "3.12",
    "win32",
    "linux",
    "posix",
    "AMD64",
    "foo",
    "Foo_Bar",
    "",
    "3.8, 3.9",
    "3.8 3.10 3.11",
    "CPython",
    "cpython",
    "3",
    "3.13.0a1",
    "2.7",
    "li",
    "3.1",
]
OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "~=", "===", "in", "not in")


def comparison(rng: random.Random) -> str:
    variable, quote = rng.choice(VARIABLES), rng.choice("'\"")
    value = rng.choice([value for value in VALUES if value or variable != "extra"])
    operator = rng.choice(OPERATORS if rng.random() < 0.6 else OPERATORS[:2])
    sides = [variable, f"{quote}{value}{quote}"]
    if rng.random() < 0.2:
        sides.reverse()
    return f"{sides[0]} {operator} {sides[1]}"


def expression(rng: random.Random, depth: int = 0) -> str:
    if depth > 2 or rng.random() < 0.4:
        return comparison(rng)
    parts = [expression(rng, depth + 1) for _ in range(rng.randint(2, 3))]
    text = f" {rng.choice(['and', 'or'])} ".join(parts)
    return f"({text})" if rng.random() < 0.5 else text


def assert_equal_to_packaging(lanes: Lanes, text: str) -> None:
    try:
        masks = lanes.marker(text)
    except InvalidMarker:
        with pytest.raises((TheirInvalid, UndefinedComparison, UndefinedEnvironmentName)):
            Marker(text).evaluate({**lanes.environments[0], "extra": ""})
        return
    marker = Marker(text)
    for extra, mask in masks.items():
        for lane, values in enumerate(lanes.environments):
            expected = marker.evaluate({**values, "extra": extra})
            assert bool(mask >> lane & 1) is expected, (text, extra, values)


def test_equal_to_packaging_on_random_markers() -> None:
    rng = random.Random(3)
    for _ in range(1200):
        assert_equal_to_packaging(LANES, expression(rng))


@pytest.mark.parametrize(
    "text",
    [
        'python_version < "3.11" or sys_platform == "win32" and extra == "a"',
        '(python_version < "3.11" or sys_platform == "win32") and extra == "A.b"',
        'extra == "x"',
        "extra != 'x'",
        'extra == "x" or extra == "y"',
        'extra == "x" and extra == "y"',
        "'x' == extra",
        'python_version in "3.8 3.9 3.10"',
        'python_version not in "3.8, 3.9"',
        '"3.10" <= python_version',
        '"3.10.*" == python_version',
        'python_version ~= "3.9"',
        'python_full_version === "3.9.0"',
        'platform_release >= "5"',
        'platform_release == ""',
        'platform_version != "x"',
        'platform_machine in "x86_64 AMD64"',
        "os.name=='nt'and sys.platform!='cygwin'",
        'python_version >= "3.8" and python_version<"4"',
        'sys_platform > "a"',
        "sys_platform == os_name",
        "python_version == 'x'",
    ],
)
def test_equal_to_packaging(text: str) -> None:
    assert_equal_to_packaging(LANES, text)


@pytest.mark.parametrize(
    ("text", "extras"),
    [
        ("", [""]),
        ('sys_platform == "linux"', [""]),
        ('extra == "Foo_Bar"', ["", "foo-bar"]),
        ('extra == "b" or "a" == extra', ["", "a", "b"]),
        ('python_version < "3.9" and extra == "x"', ["", "x"]),
        ('extra in "a b"', ["", "a", "b"]),
    ],
)
def test_one_mask_for_each_extra(text: str, extras: list[str]) -> None:
    assert list(LANES.marker(text)) == extras


@pytest.mark.parametrize(
    "text",
    [
        "python_version",
        "python_version <",
        "python_version < 3.8",
        "(os_name == 'nt'",
        "nonsense == 'x'",
        "sys_platform ~= 'win32'",
        "sys_platform === 'win32'",
        "'a' == 'b'",
        "'x' in extras",
        "'x' in dependency_groups",
        "(" * 5000 + "os_name == 'nt'" + ")" * 5000,
    ],
    ids=range(11),
)
def test_what_is_no_marker_is_said(text: str) -> None:
    with pytest.raises(InvalidMarker):
        LANES.marker(text)
