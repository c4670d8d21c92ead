"""`modified_id.csv` of OSV's dump: the time of the last change of every record."""

from __future__ import annotations

import re
from functools import lru_cache

from pinkit.errors import IntegrityError

_LINE = re.compile(r"([0-9T:.Z+-]{20,40}),(?:[A-Za-z]+/)?([A-Za-z0-9][A-Za-z0-9._:-]{0,127})")
_FRACTION = re.compile(r"(.*?)(?:\.([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})")


def read_modified(content: bytes) -> dict[str, str]:
    """Id -> `modified`. IntegrityError when a line is no such pair: half a list must not remove records."""
    found: dict[str, str] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise IntegrityError(f"modified_id.csv, line {number}: not `time,id`", why=repr(line[:80]))
        found[match[2]] = match[1]
    if not found or not content.endswith(b"\n"):
        raise IntegrityError("modified_id.csv is cut short", hint="nothing was changed; try again later")
    return found


def newer(left: str, right: str) -> bool:
    """Whether the time `left` is after `right` (RFC 3339); texts do not order where one has a fraction."""
    return instant(left) > instant(right)


@lru_cache(maxsize=65536)
def instant(text: str) -> tuple[str, str]:
    """A key that orders UTC times of any precision; ("", "") for a text that is no time."""
    match = _FRACTION.fullmatch(text)
    return (match[1], (match[2] or "").rstrip("0")) if match else ("", "")
