"""Specifiers are packaging's: every operator, on every kind of version."""

from __future__ import annotations

import os
import random

import pytest
from packaging.specifiers import InvalidSpecifier as TheirInvalid
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pinkit.resolve.specifiers import (
    InvalidSpecifier,
    contains,
    exact_version,
    lower_bound,
    matching,
    names_prerelease,
    prereleases,
)

CHECKS = int(os.environ.get("PINKIT_TEST_SPECIFIER_CHECKS", "50000"))
OPERATORS = ("==", "!=", "<=", ">=", "<", ">", "~=", "===", "== ", " >=")


def random_version(rng: random.Random, *, local: bool = True) -> str:
    text = rng.choice(["", "", "", "1!", "v"])
    text += ".".join(str(rng.randint(0, 3)) for _ in range(rng.randint(1, 4)))
    if rng.random() < 0.35:
        text += rng.choice(["a", "b", "rc", "-alpha", "_pre", "c", ".beta."]) + rng.choice(
            ["", "0", "1", "2"]
        )
    if rng.random() < 0.3:
        text += rng.choice([".post", "-", "post", "-r", "rev"]) + rng.choice(["0", "1", "2"])
    if rng.random() < 0.25:
        text += rng.choice([".dev", "dev"]) + rng.choice(["", "0", "1"])
    if local and rng.random() < 0.2:
        text += "+" + rng.choice(["a", "1", "a.1", "1.a", "ubuntu-1"])
    return text


def random_specifier(rng: random.Random, versions: tuple[str, ...]) -> str:
    clauses = []
    for _ in range(rng.choice([1, 1, 1, 2, 3])):
        known = rng.random() < 0.2
        version = rng.choice(versions) if known else random_version(rng, local=rng.random() < 0.3)
        clauses.append(rng.choice(OPERATORS) + version + (".*" if rng.random() < 0.15 else ""))
    return ",".join(clauses)


def test_equal_to_packaging_on_random_specifiers() -> None:
    rng = random.Random(20260101)
    checks = 0
    while checks < CHECKS:
        texts = {random_version(rng) for _ in range(rng.randint(1, 60))}
        versions = tuple(sorted(texts, key=lambda text: (Version(text), text)))
        for _ in range(6):
            specifier = random_specifier(rng, versions)
            try:
                theirs = SpecifierSet(specifier)
            except TheirInvalid:
                with pytest.raises(InvalidSpecifier):
                    matching(specifier, versions)
                continue
            expected = [theirs.contains(version, prereleases=True) for version in versions]
            found = matching(specifier, versions)
            assert [bool(found >> index + 1 & 1) for index in range(len(versions))] == expected, specifier
            assert [contains(specifier, version) for version in versions] == expected, specifier
            assert not found & 1
            checks += len(versions)
    assert checks >= CHECKS


@pytest.mark.parametrize(
    "text",
    [
        "1.0",
        "=1.0",
        ">=",
        "~=1",
        ">=1.*",
        "==1.0.post1.*",
        "<1.0+local",
        "==a",
        "===",
        "=== a b",
        ">=1,x",
        "==1..2",
    ],
)
def test_what_is_no_specifier_is_said(text: str) -> None:
    with pytest.raises(TheirInvalid):
        SpecifierSet(text)
    with pytest.raises(InvalidSpecifier, match="is no version specifier"):
        contains(text, "1.0")


def test_what_is_no_version_satisfies_only_its_own_text() -> None:
    assert contains("===Wheely", "wheely")
    assert not contains(">=0", "wheely")
    assert not contains("!=1", "wheely")
    assert matching("===1.0", ("1.0", "1.0.0")) == 0b010


@pytest.mark.parametrize(
    ("text", "version"),
    [("==1.0", "1.0"), ("===1.0-x", "1.0-x"), ("==1.*", ""), ("==1.0,<2", ""), (">=1", ""), ("", "")],
)
def test_exact_version(text: str, version: str) -> None:
    assert exact_version(text) == version


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", False),
        (">=1.0", False),
        (">=1.0a1", True),
        ("<2.dev0,>1", True),
        ("===1rc1", True),
        ("!=1rc1", False),
        ("!=1rc1,>=1", False),
        ("==1.*", False),
    ],
)
def test_names_prerelease(text: str, named: bool) -> None:
    assert names_prerelease(text) is named


@pytest.mark.parametrize(
    ("text", "equal"),
    [
        (">=3.8", ">=3.8"),
        (">=3.6,!=3.9.*,<4", ">=3.6"),
        ("~=3.9", ">=3.9"),
        ("==3.11.*,>=3.8", ">=3.11.dev0"),
    ],
)
def test_lower_bound(text: str, equal: str) -> None:
    assert lower_bound(text) == lower_bound(equal)


def test_no_lower_bound() -> None:
    assert lower_bound("<4,!=3.9") is None


def test_prereleases_are_packagings() -> None:
    rng = random.Random(11)
    for _ in range(200):
        versions = tuple({random_version(rng) for _ in range(rng.randint(0, 30))})
        expected = sum(2 << at for at, version in enumerate(versions) if Version(version).is_prerelease)
        assert prereleases(versions) == expected
