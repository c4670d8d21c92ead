"""A lock beside what another locker makes of the same inputs: every difference, and why it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.check.findings import on_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.model.finding import Finding
    from pinkit.model.lock import Lock, Pin


def opinion_findings(path: str, ours: Lock, theirs: Lock, tool: str) -> tuple[Finding, ...]:
    """What differs between `ours` (the lock at `path`) and the lock that `tool` makes; empty when they agree."""
    return tuple(_differences(path, _pins(ours), _pins(theirs), tool))


def _differences(path: str, ours: dict[str, Pin], theirs: dict[str, Pin], tool: str) -> Iterator[Finding]:
    for name in sorted({*ours, *theirs}):
        here, there = ours.get(name), theirs.get(name)
        if here is None and there is not None:
            asked = ", ".join(there.via) or "it does not say by whom"
            yield on_pin(
                "referee", "warning", path, there, f"{tool} pins it too (asked for by {asked})", line=0
            )
        elif there is None and here is not None:
            asked = ", ".join(here.via) or "nobody that the lock names"
            yield on_pin(
                "referee", "warning", path, here, f"{tool} does not pin it; here it is asked for by {asked}"
            )
        elif here is not None and there is not None and not _same(here.version, there.version):
            newer = _key(there.version) > _key(here.version)
            why = "a newer one, which the kept pin does not need" if newer else "an older one"
            yield on_pin("referee", "warning", path, here, f"{tool} has {there.version}, {why}")


def _pins(lock: Lock) -> dict[str, Pin]:
    return {pin.name: pin for pin in lock.pins if pin.source is None}


def _same(left: str, right: str) -> bool:
    return left == right or _key(left) == _key(right)


def _key(version: str) -> tuple[object, ...]:
    from pinkit.formats.pep440 import sort_key

    return sort_key(version) or ()
