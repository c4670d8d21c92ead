"""Upload-time bounds: dates, timestamps (RFC 3339) and durations -> seconds since the epoch, UTC.

A bound is inclusive: a file uploaded in that very second still counts. A date names its whole day in UTC, so
that the same text means the same bound on every machine (uv reads it in the machine's time zone).
"""

from __future__ import annotations

import re

from pinkit.errors import UsageError

DAY_S = 86_400
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": DAY_S, "w": 7 * DAY_S}
_WORDS = {"second": "s", "minute": "m", "hour": "h", "day": "d", "week": "w"}
_SHORT = re.compile(r"(\d+)\s*([smhdw])")
_LONG = re.compile(r"(\d+)\s*(second|minute|hour|day|week)s?(?:\s+ago)?")
_ISO = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_duration(text: str) -> bool:
    """Whether `text` is relative to now ("7d", "2 weeks", "P7D") and so moves from run to run."""
    return _duration_s(text) is not None


def duration_s(text: str) -> int:
    """The seconds of a duration: "90s", "24h", "7d", "2 weeks", ISO 8601 "P7D". UsageError otherwise."""
    seconds = _duration_s(text)
    if seconds is None:
        raise UsageError(f"{text!r} is not a duration", hint="write it as 24h, 7d, 2 weeks or P7D")
    return seconds


def parse_cutoff(text: str, *, now: int) -> int:
    """The last second (UTC, since the epoch) whose uploads count under `text`, durations reaching back from `now`.

    Raises UsageError when `text` is no date ("2026-11-01"), RFC 3339 timestamp or duration.
    """
    seconds = _duration_s(text)
    if seconds is not None:
        return now - seconds
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is neither a date, a timestamp nor a duration",
            hint="write it as 2026-11-01, 2026-11-01T12:00:00Z, 7d or P7D",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    bound = int(moment.timestamp())
    return bound + DAY_S - 1 if _DATE.fullmatch(text.strip()) else bound


def cutoff_text(cutoff: int) -> str:
    """A bound as RFC 3339 in UTC: "2026-11-01T23:59:59Z"; `parse_cutoff` reads it back."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(cutoff, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _duration_s(text: str) -> int | None:
    text = text.strip()
    if match := _SHORT.fullmatch(text.lower()):
        return int(match[1]) * _UNITS[match[2]]
    if match := _LONG.fullmatch(text.lower()):
        return int(match[1]) * _UNITS[_WORDS[match[2]]]
    match = _ISO.fullmatch(text.upper())
    if match is None or not any(match.groups()):
        return None
    return sum(int(n) * _UNITS[u] for n, u in zip(match.groups(), "wdhms", strict=True) if n)
