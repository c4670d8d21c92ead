"""Versions in OSV records: one comparable text for equal versions, and events compiled into intervals.

OSV schema 1.7, "affected[].ranges[].events" and "Evaluation". Legacy texts that are no PEP 440 version are
equal to themselves alone, whatever their case.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pinkit.formats.pep440 import FINAL, Key, sort_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Event = tuple[str, str]
"""(kind, version text); kind is introduced, fixed, last_affected or limit."""

KINDS = ("introduced", "fixed", "last_affected", "limit")
"""The kinds of events, in the order in which they count at one and the same version.

A version that is both fixed and last affected (which the schema forbids) is fixed: "Evaluation" asks every event of
a range, and none but introduced turns it back on.
"""

_RANK = {kind: rank for rank, kind in enumerate(KINDS)}
_LOWEST: Key = (-1, (), FINAL, ())

key_of = lru_cache(maxsize=65536)(sort_key)
"""`formats.pep440.sort_key`, remembered: a few thousand texts bound all ranges of all records."""


def comparable(version: str) -> str:
    """A text that is the same for equal versions (PEP 440), and for a legacy text in any case; no newline."""
    if version.isascii() and version.replace(".", "").isdigit() and not _needs_trimming(version):
        return version
    return _comparable(version)


def listed(versions: Iterable[str]) -> str:
    """`versions` as `model.advisory.Affected.versions` holds them."""
    texts = sorted({comparable(version) for version in versions})
    return "\n" + "\n".join(texts) + "\n" if texts else ""


def spans(events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    """The intervals of one range's readable events (START, END as in `Affected.spans`), ascending, disjoint.

    Every version text must have a key (`key_of`), except introduced "0" and limit "*".
    """
    limit = _limit(events)
    found: list[tuple[str, str]] = []
    start: str | None = None
    for kind, text in sorted((e for e in events if e[0] != "limit"), key=_order):
        if kind == "introduced":
            start = ("" if text == "0" else text) if start is None else start
        elif start is not None:
            found.append((start, ("<" if kind == "fixed" else "=") + text))
            start = None
    if start is not None:
        found.append((start, ""))
    return tuple(_clipped(found, limit) if limit else found)


def _needs_trimming(version: str) -> bool:
    if version.endswith((".0", ".")) or version.startswith(("0", ".")) or ".." in version:
        return True
    return ".0" in version and any(part[0] == "0" and len(part) > 1 for part in version.split("."))


@lru_cache(maxsize=65536)
def _comparable(version: str) -> str:
    key = sort_key(version)
    if key is None:
        return "~" + " ".join(version.casefold().split())
    epoch, release, phase, local = key
    text = ".".join(map(str, release))
    if phase == FINAL and not epoch and not local:
        return text
    extra = ".".join(map(str, phase))
    return f"{epoch}!{text}|{extra}|{'.'.join(word or str(number) for number, word in local)}"


def _order(event: Event) -> tuple[Key, int]:
    kind, text = event
    if kind == "introduced" and text == "0":
        return (_LOWEST, 0)
    return (_key(text), _RANK[kind])


def _key(text: str) -> Key:
    key = key_of(text)
    if key is None:
        raise ValueError(text)
    return key


def _limit(events: Sequence[Event]) -> str:
    # A version counts when it is before *some* limit, so the highest one decides; "*" is infinity.
    limits = [text for kind, text in events if kind == "limit"]
    if not limits or "*" in limits:
        return ""
    return max(limits, key=_key)


def _clipped(found: list[tuple[str, str]], limit: str) -> list[tuple[str, str]]:
    bound = _key(limit)
    kept = []
    for start, end in found:
        if start and _key(start) >= bound:
            continue
        inside = bool(end) and (_key(end[1:]) < bound or (end[0] == "<" and _key(end[1:]) == bound))
        kept.append((start, end if inside else "^" + limit))
    return kept
