"""pinkit's own locks: true to their inputs, agreeing with each other, hashed; judged by the referee, offline."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from packaging.markers import Marker, default_environment

from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.pep508 import parse_dependency
from pinkit.model.requirement import Origin, Requirement
from pinkit.resolve.referee import Exhibit, judge

if TYPE_CHECKING:
    from pinkit.model.lock import Pin

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
BUILD_INPUTS = [
    line
    for line in (ROOT / "lockfiles/build.in").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
INPUTS = {
    "runtime": PYPROJECT["project"]["dependencies"],
    "dev": PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"],
    "build": BUILD_INPUTS,
}
SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def pins(layer: str) -> tuple[Pin, ...]:
    name = f"lockfiles/{layer}.txt"
    return read_lock_text((ROOT / name).read_bytes(), name).lock.pins


def requirement(text: str) -> Requirement:
    name, extras, specifier, marker = parse_dependency(text)
    return Requirement(
        name=name, extras=extras, specifier=specifier, marker=marker, origin=Origin(file="pyproject.toml")
    )


def applies_here(pin: Pin) -> bool:
    return not pin.marker or Marker(pin.marker).evaluate()


def exhibit(pin: Pin) -> Exhibit:
    """The pin with the metadata of the installed release, which has to be the pinned one."""
    dependencies = ()
    if applies_here(pin):
        try:
            installed = distribution(pin.name)
            found = installed.version
        except PackageNotFoundError:
            found = "nothing"
        if found != pin.version:
            unlocked(f"{pin.name} {pin.version} is locked, {found} is installed")
        dependencies = tuple(parse_dependency(text) for text in installed.requires or ())
    return Exhibit(name=pin.name, version=pin.version, marker=pin.marker, dependencies=dependencies)


def unlocked(why: str) -> None:
    """Fails where the environment was made from the locks, as scripts/test does; elsewhere nothing can be said."""
    if os.environ.get("PINKIT_TEST_LOCKED"):
        pytest.fail(why)
    pytest.skip(f"not an environment made from the locks: {why}")


@pytest.mark.parametrize("layer", INPUTS)
def test_the_referee_accepts(layer: str) -> None:
    exhibits = [exhibit(pin) for pin in pins(layer)]
    assert judge(default_environment(), exhibits, [requirement(text) for text in INPUTS[layer]]) == ()


@pytest.mark.parametrize("layer", INPUTS)
def test_every_pin_is_hashed(layer: str) -> None:
    weak = [pin.name for pin in pins(layer) if not pin.hashes or not all(map(SHA256.fullmatch, pin.hashes))]
    assert weak == []


def test_the_layers_agree() -> None:
    versions: dict[str, set[str]] = {}
    for layer in INPUTS:
        for pin in pins(layer):
            versions.setdefault(pin.name, set()).add(pin.version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_the_build_layer_has_what_the_build_system_requires() -> None:
    assert set(PYPROJECT["build-system"]["requires"]) <= set(BUILD_INPUTS)
