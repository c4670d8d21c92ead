"""Upload-time bounds: what each way of writing them means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.errors import UsageError
from pinkit.formats.cutoff import cutoff_text, duration_s, is_duration, parse_cutoff

NOW = 1_800_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2026-11-01", "2026-11-01T23:59:59Z", id="a date is its whole day"),
        pytest.param("2026-11-01T12:00:00Z", "2026-11-01T12:00:00Z", id="timestamp"),
        pytest.param("2026-11-01T12:00:00+02:00", "2026-11-01T10:00:00Z", id="offset"),
        pytest.param("2026-11-01T12:00:00", "2026-11-01T12:00:00Z", id="no zone is UTC"),
    ],
)
def test_absolute(text: str, expected: str) -> None:
    assert cutoff_text(parse_cutoff(text, now=NOW)) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("24h", 86_400),
        ("7d", 604_800),
        ("2 weeks", 1_209_600),
        ("P7D", 604_800),
        ("PT36H", 129_600),
    ],
)
def test_relative(text: str, seconds: int) -> None:
    assert is_duration(text)
    assert duration_s(text) == seconds
    assert parse_cutoff(text, now=NOW) == NOW - seconds


@pytest.mark.parametrize("text", ["", "soon", "P", "2026-13-01", "7 fortnights"])
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_cutoff(text, now=NOW)
    with pytest.raises(UsageError):
        duration_s(text)


@given(st.integers(0, 4_000_000_000))
def test_round_trip(cutoff: int) -> None:
    assert parse_cutoff(cutoff_text(cutoff), now=NOW) == cutoff
