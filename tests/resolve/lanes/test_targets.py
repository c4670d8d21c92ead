"""Names of platforms and targets, and the sets that a lock is made for."""

from __future__ import annotations

import pytest
from packaging.tags import mac_platforms

from pinkit.errors import UsageError
from pinkit.resolve.platforms import (
    UNIVERSAL,
    macos_tags,
    manylinux_tags,
    musllinux_tags,
    platform,
    platform_names,
)
from pinkit.resolve.targets import MINORS, single_target, target, universal_targets


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("linux", "linux-x86_64"),
        ("macos", "macos-arm64"),
        ("windows", "windows-amd64"),
        ("x86_64-unknown-linux-gnu", "linux-x86_64"),
        ("aarch64-unknown-linux-gnu", "linux-aarch64"),
        ("aarch64-unknown-linux-musl", "musllinux-aarch64"),
        ("riscv64-unknown-linux", "linux-riscv64"),
        ("x86_64-linux", "linux-x86_64"),
        ("linux-arm64", "linux-aarch64"),
        ("Linux-X86_64", "linux-x86_64"),
        ("aarch64-apple-darwin", "macos-arm64"),
        ("macos-aarch64", "macos-arm64"),
        ("x86_64-pc-windows-msvc", "windows-amd64"),
        ("i686-pc-windows-msvc", "windows-x86"),
        ("aarch64-pc-windows-msvc", "windows-arm64"),
        ("win-amd64", "windows-amd64"),
        ("musl-x86_64", "musllinux-x86_64"),
        ("x86_64-manylinux2014", "manylinux_2_17-x86_64"),
        ("aarch64-manylinux_2_31", "manylinux_2_31-aarch64"),
        ("manylinux_2_31-aarch64", "manylinux_2_31-aarch64"),
    ],
)
def test_platform_names(name: str, canonical: str) -> None:
    found = platform(name)
    assert found.name == canonical
    assert platform(found.name) == found


@pytest.mark.parametrize(
    "name", ["", "amiga", "linux-amd65", "macos-riscv64", "manylinux_2_28", "x-manylinux2014-x"]
)
def test_unknown_platform(name: str) -> None:
    with pytest.raises(UsageError, match="unknown platform") as caught:
        platform(name)
    assert "linux-x86_64" in caught.value.hint


def test_every_known_name_is_a_platform() -> None:
    assert [platform(name).name for name in platform_names()] == list(platform_names())
    assert set(UNIVERSAL) <= set(platform_names())


@pytest.mark.parametrize(
    ("machine", "version"), [("x86_64", 13), ("arm64", 13), ("arm64", 26), ("x86_64", 11)]
)
def test_macos_tags_are_packagings(machine: str, version: int) -> None:
    assert list(macos_tags(machine, version)) == list(mac_platforms((version, 0), machine))


def test_linux_tags() -> None:
    assert manylinux_tags("aarch64", (2, 18)) == (
        "linux_aarch64",
        "manylinux_2_18_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
    )
    assert manylinux_tags("x86_64", (2, 6))[-2:] == ("manylinux_2_5_x86_64", "manylinux1_x86_64")
    assert musllinux_tags("x86_64", (1, 1)) == (
        "linux_x86_64",
        "musllinux_1_1_x86_64",
        "musllinux_1_0_x86_64",
    )


def test_a_universal_lock_takes_newer_systems_for_granted() -> None:
    assert "manylinux_2_39_x86_64" in platform("linux", generous=True).tags
    assert "manylinux_2_39_x86_64" not in platform("linux").tags
    assert "manylinux_2_28_x86_64" in platform("linux").tags
    assert "macosx_14_0_arm64" not in platform("macos").tags


@pytest.mark.parametrize(
    ("text", "python", "full", "free"),
    [
        ("linux-x86_64-py312", "3.12", "3.12.0", False),
        ("macos-arm64-py313t", "3.13", "3.13.0", True),
        ("x86_64-manylinux_2_17-py3.9", "3.9", "3.9.0", False),
        ("windows-amd64-py3.11.4", "3.11", "3.11.4", False),
    ],
)
def test_target(text: str, python: str, full: str, *, free: bool) -> None:
    found = target(text)
    assert (found.python, found.python_full, found.free_threaded) == (python, full, free)
    assert target(found.name).name == found.name


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("linux-x86_64", "is no target"),
        ("linux-x86_64-py27", "is no target"),
        ("linux-x86_64-py37", "not supported"),
        ("linux-x86_64-py399", "not supported"),
        ("linux-x86_64-py312t", "does not exist"),
        ("amiga-py312", "unknown platform"),
    ],
)
def test_no_target(text: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        target(text)


@pytest.mark.parametrize(
    ("text", "python", "full"),
    [("3.12", "3.12", "3.12.0"), ("3.12.4", "3.12", "3.12.4"), ("3.8", "3.8", "3.8.0")],
)
def test_single_target(text: str, python: str, full: str) -> None:
    found = single_target(text, platform("linux"))
    assert (found.python, found.python_full) == (python, full)


@pytest.mark.parametrize("text", ["", "3", "2.7", "3.12rc1", ">=3.12"])
def test_no_python_version(text: str) -> None:
    with pytest.raises(UsageError, match="is no Python version"):
        single_target(text, platform("linux"))


@pytest.mark.parametrize(
    ("requires", "first"),
    [
        ("", "3.8.0"),
        ("3.11", "3.11.0"),
        ("3.11.4", "3.11.4"),
        (">=3.9.2", "3.9.2"),
        (">3.9.2", "3.9.3"),
        (">3.9", "3.9.1"),
        (">=3.8,<3.9", "3.8.0"),
        ("~=3.10", "3.10.0"),
        ("==3.12.*", "3.12.0"),
        (">=2.7", "3.8.0"),
        (">=3.13.0rc1", "3.13.0"),
    ],
)
def test_universal_targets_begin_at_the_lower_bound(requires: str, first: str) -> None:
    found = universal_targets(requires)
    assert found[0].python_full == first
    assert found[-1].python == MINORS[-1]
    assert len(found) == len(UNIVERSAL) * len({each.python for each in found})


@pytest.mark.parametrize(
    ("requires", "what"), [(">=4", "no supported Python"), ("banana", "is no Python version")]
)
def test_no_universal_targets(requires: str, what: str) -> None:
    with pytest.raises(UsageError, match=what):
        universal_targets(requires)
