"""Who needs whom among the pins of a lock: from its edges (pylock.toml), else from annotations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.formats.pep508 import normalized_name
from pinkit.model.lock import Edge

if TYPE_CHECKING:
    from pinkit.model.lock import Lock, Pin


def with_edges(lock: Lock) -> Lock:
    """The lock with `dependencies` on each pin; annotations that name pinned projects stand in for missing ones.

    An annotation names a parent without its version: where several versions are pinned, each has the edge.
    """
    if any(pin.dependencies for pin in lock.pins):
        return lock
    names = {pin.name for pin in lock.pins}
    children: dict[str, list[Edge]] = {}
    for pin in lock.pins:
        for parent in dict.fromkeys(_parent(entry) for entry in pin.via):
            if parent in names and parent != pin.name:
                children.setdefault(parent, []).append(Edge(name=pin.name, version=pin.version))
    return replace(
        lock, pins=tuple(replace(pin, dependencies=tuple(children.get(pin.name, ()))) for pin in lock.pins)
    )


def with_annotations(lock: Lock) -> Lock:
    """The lock with parents in each pin's `via`, from edges; entries that are there stay."""
    parents: dict[str, set[str]] = {}
    for pin in lock.pins:
        for edge in pin.dependencies:
            if edge.name != pin.name:
                parents.setdefault(edge.name, set()).add(pin.name)
    return replace(
        lock,
        pins=tuple(
            replace(pin, via=tuple(sorted({*pin.via, *parents.get(pin.name, ())}))) for pin in lock.pins
        ),
    )


def children(lock: Lock, pin: Pin) -> tuple[Pin, ...]:
    """The pins that `pin` needs, in the lock's order; all versions of a name where the edge has none."""
    wanted = {(edge.name, edge.version) for edge in pin.dependencies}
    return tuple(
        other for other in lock.pins if (other.name, other.version) in wanted or (other.name, "") in wanted
    )


def roots(lock: Lock) -> tuple[Pin, ...]:
    """The pins that something outside the lock asks for: by annotation, else those that no pin needs."""
    asked = tuple(
        pin for pin in lock.pins if any(entry.startswith(("-r ", "(")) or " (" in entry for entry in pin.via)
    )
    if asked:
        return asked
    needed = {edge.name for pin in lock.pins for edge in pin.dependencies if edge.name != pin.name}
    return tuple(pin for pin in lock.pins if pin.name not in needed)


def _parent(entry: str) -> str:
    return "" if entry.startswith(("-", "(")) or " " in entry else normalized_name(entry.partition("[")[0])
