"""Pins by URL, commit or path: known by where they come from, and held against what the inputs find there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.check.findings import on_pin
from pinkit.formats.sources import source_line
from pinkit.model.lock import ArchiveSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinkit.model.finding import Finding
    from pinkit.model.lock import Lock, Pin


def named(actual: Lock, expected: Lock) -> Lock:
    """The lock with names and versions where it does not tell them, from `expected`, which its inputs give.

    A requirements.txt has no version of such a pin, and of a path no name.
    """
    known = _by_place(expected)
    pins = []
    for pin in actual.pins:
        found = known.get(_place(pin)) if not pin.version else None
        pins.append(pin if found is None else replace(pin, name=found.name, version=found.version))
    return replace(actual, pins=tuple(pins))


def archive_findings(path: str, actual: Lock, expected: Lock) -> tuple[Finding, ...]:
    """Hashes of archives that are not those of the bytes that were read for `expected`, or that are missing."""
    return tuple(_archive_findings(path, actual, _by_place(expected)))


def _archive_findings(path: str, actual: Lock, known: Mapping[str, Pin]) -> Iterator[Finding]:
    for pin in actual.pins:
        found = known.get(_place(pin))
        if found is None or not isinstance(pin.source, ArchiveSource):
            continue
        if not pin.hashes and found.hashes:
            yield on_pin("missing-hash", "error", path, pin, "no hash at all", "run `pinkit lock`")
        for digest, line in zip(pin.hashes, pin.hash_lines or [pin.line] * len(pin.hashes), strict=False):
            if digest not in found.hashes:
                message = f"{digest[:19]}… is not the hash of the archive that is there"
                hint = "find out why its content changed: do not install from this lock"
                yield on_pin("unknown-hash", "error", path, pin, message, hint, line=line)


def _by_place(lock: Lock) -> dict[str, Pin]:
    return {_place(pin): pin for pin in lock.pins if pin.source is not None}


def _place(pin: Pin) -> str:
    """Where a pin comes from, as a lock writes it; "" for one of an index."""
    return source_line(pin, pin.source, "") if pin.source is not None else ""
