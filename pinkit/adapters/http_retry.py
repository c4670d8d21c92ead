"""When and how long to wait before a request is tried again."""

from __future__ import annotations

RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 8.0


def backoff_s(attempt: int, chance: float) -> float:
    """Seconds to wait after failed attempt `attempt` (0-based): doubling, with `chance` in [0, 1) as jitter."""
    return min(FIRST_WAIT_S * 2.0**attempt, LONGEST_WAIT_S) * (0.5 + chance / 2)


def retry_after_s(header: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), None where it says nothing usable."""
    text = header.strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    if not text:
        return None
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
