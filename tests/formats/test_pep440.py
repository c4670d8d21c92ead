"""Our order of versions is packaging's."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pinkit.formats.pep440 import is_prerelease, kind_of_move, normal_form, prerelease_places, sort_key

EPOCHS = ("", "v", "0!", "V1!")
RELEASES = ("0", "1", "1.0", "1.0.1", "1.9", "1.10", "20240101", "01.00")
PRES = ("", "a", "a0", ".ALPHA-2", "b1", "_beta_1", "c1", "rc1", "-preview.10", "pre")
POSTS = ("", "-0", "-1", ".post", "post0", "-r-2", "_REV3", ".post10")
DEVS = ("", ".dev", "dev0", "-DEV_1", ".dev10")
LOCALS = ("", "+1", "+abc", "+ABC.1", "+1.abc", "+2_0-x")

SPELLINGS = ["".join(parts) for parts in product(EPOCHS, RELEASES, PRES, POSTS, DEVS)]
WITH_LOCALS = [
    "".join(parts) for parts in product(("", "2!"), RELEASES[:4], PRES[:4], POSTS[:3], DEVS[:3], LOCALS)
]


def reference(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@pytest.mark.parametrize("spellings", [SPELLINGS, WITH_LOCALS], ids=["public", "local"])
def test_order_is_that_of_packaging(spellings: list[str]) -> None:
    both = sorted(((sort_key(text), Version(text)) for text in spellings), key=lambda pair: pair[1])
    for (left, smaller), (right, larger) in pairwise(both):
        assert left is not None
        assert right is not None
        assert (left < right, left == right) == (smaller < larger, smaller == larger), (smaller, larger)


@pytest.mark.parametrize("spellings", [SPELLINGS, WITH_LOCALS], ids=["public", "local"])
def test_kind_and_normal_form_are_those_of_packaging(spellings: list[str]) -> None:
    for text in spellings:
        key, version = sort_key(text), Version(text)
        assert key is not None
        assert is_prerelease(key) == version.is_prerelease, text


@settings(max_examples=300, deadline=None)
@given(st.text("0123.!+-_ abrcdevpost1٣²ſK\n", max_size=14))
def test_what_is_a_version_is_what_packaging_says(text: str) -> None:
    version = reference(text)
    assert (sort_key(text) is None) == (version is None)
    assert normal_form(text) == (text if version is None else str(version))


@pytest.mark.parametrize(
    "ascending",
    [
        pytest.param(["1.dev0", "1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12", "1.0b2"], id="pre"),
        pytest.param(["1.0b2.post345.dev456", "1.0b2.post345", "1.0rc1.dev456", "1.0rc1", "1.0"], id="rc"),
        pytest.param(
            ["1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456"], id="local"
        ),
        pytest.param(["2030.1", "1!0.1", "1!1.0", "2!0"], id="epoch"),
        pytest.param(["1.9", "1.10", "1.10.1", "1.100"], id="numeric"),
    ],
)
def test_ascending(ascending: list[str]) -> None:
    shuffled = ascending[1::2] + ascending[0::2]
    assert sorted(shuffled, key=lambda text: sort_key(text) or ()) == ascending


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1.0", "1"),
        ("1.0.0+a.1", "1+A-1"),
        ("v1.0c1", "1.0.rc-1"),
        ("1-1", "1.post1"),
        ("0", "0.0.0"),
        ("1a", "1a0"),
    ],
)
def test_equal(left: str, right: str) -> None:
    assert sort_key(left) == sort_key(right) is not None


@pytest.mark.parametrize(
    "text", ["", ".", "1.", ".1", "1..2", "1.0-", "latest", "1.0+", "1.0+a..b", "٣.1", "1" * 2000]
)
def test_no_version(text: str) -> None:
    assert sort_key(text) is None
    assert normal_form(text) == text


@pytest.mark.parametrize("spellings", [SPELLINGS, WITH_LOCALS], ids=["public", "local"])
def test_places_of_pre_releases_are_those_of_packaging(spellings: list[str]) -> None:
    expected = [place for place, text in enumerate(spellings) if Version(text).is_prerelease]
    assert prerelease_places(spellings) == expected
    assert prerelease_places([]) == prerelease_places(["1.0", "no version", "1.0.post1", "2.0+abc"]) == []


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("1.2.3", "1.2.4", "patch"),
        ("1.2", "1.2.0.1", "patch"),
        ("1.2.3.4", "1.2.3.5", "patch"),
        ("1.2", "1.3", "minor"),
        ("1", "1.1", "minor"),
        ("1", "1.0.1", "patch"),
        ("1.9", "2.0", "major"),
        ("1.9", "1!1.9", "major"),
        ("0", "0.1", "minor"),
        ("0.1", "0.2", "minor"),
        ("0.9", "1.0", "major"),
        ("2025.4", "2025.10.1", "minor"),
        ("2025.4", "2026.1", "major"),
        ("1.10rc1", "1.10", "patch"),
        ("1.9", "1.10rc1", "minor"),
        ("1.0", "1.0.post1", "patch"),
        ("1.0+cpu", "1.0+gpu", "patch"),
        ("v1.02", "1.2", "patch"),
    ],
)
def test_kinds_of_moves(before: str, after: str, kind: str) -> None:
    assert kind_of_move(before, after) == kind
