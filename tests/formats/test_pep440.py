"""Our order of versions is packaging's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.version import InvalidVersion, Version

from pinkit.formats.pep440 import is_postrelease, is_prerelease, normal_form, sort_key

numbers = st.integers(0, 12) | st.integers(0, 20260101)
separators = st.sampled_from(["", ".", "-", "_"])


@st.composite
def parts(draw: st.DrawFn, words: tuple[str, ...]) -> str:
    if draw(st.integers(0, 2)):
        return ""
    number = draw(st.sampled_from(["", "0", "1", "2", "007", "20240101"]))
    return draw(separators) + draw(st.sampled_from(words)) + draw(separators) + number


@st.composite
def versions(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(["", "", "", "v", "V", " "]))
    text += draw(st.sampled_from(["", "", "", "0!", "1!", "2!"]))
    text += ".".join(str(number) for number in draw(st.lists(numbers, min_size=1, max_size=4)))
    text += draw(parts(("a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "RC", "Alpha")))
    text += draw(parts(("post", "rev", "r", "POST")) | st.sampled_from(["", "-1", "-0"]))
    text += draw(parts(("dev", "DEV")))
    if not draw(st.integers(0, 3)):
        segment = st.text("ab09Z", min_size=1, max_size=4)
        text += "+" + draw(st.sampled_from([".", "-", "_"])).join(
            draw(st.lists(segment, min_size=1, max_size=3))
        )
    return text + draw(st.sampled_from(["", "", " ", "\n"]))


def reference(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


@settings(max_examples=1500, deadline=None)
@given(versions(), versions())
def test_order_is_that_of_packaging(left: str, right: str) -> None:
    a, b = sort_key(left), sort_key(right)
    va, vb = reference(left), reference(right)
    assert (a is None) == (va is None)
    assert (b is None) == (vb is None)
    if a is not None and b is not None and va is not None and vb is not None:
        assert (a < b, a == b, a > b) == (va < vb, va == vb, va > vb)
        assert is_prerelease(a) == va.is_prerelease
        assert is_postrelease(a) == va.is_postrelease


@settings(max_examples=600, deadline=None)
@given(versions())
def test_normal_form_is_that_of_packaging(text: str) -> None:
    expected = reference(text)
    assert normal_form(text) == (text if expected is None else str(expected))


@settings(max_examples=600, deadline=None)
@given(st.text("0123.!+-_ abrcdevpost1٣²ſK", max_size=14))
def test_what_is_a_version_is_what_packaging_says(text: str) -> None:
    assert (sort_key(text) is None) == (reference(text) is None)


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
