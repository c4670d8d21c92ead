"""One pin before and after: the difference of two locks."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.lock import Lock, Pin

Kind = Literal["added", "removed", "moved", "hashes", "targets"]


@frozen_value(frozen=True, slots=True, kw_only=True)
class Change:
    """What happened to one name: versions before and after ("" = not there), each with its marker.

    A name may have several versions, for different targets: `before` and `after` are then several
    (version, marker) pairs, sorted. `kind` is "moved" when a version differs, "targets" when only markers
    do, "hashes" when only hashes do.
    """

    name: str
    kind: Kind
    before: tuple[tuple[str, str], ...]
    after: tuple[tuple[str, str], ...]


def changes_between(before: Lock, after: Lock) -> tuple[Change, ...]:
    """Every pin that differs between two locks, sorted by name; empty when they say the same."""
    old, new = _by_name(before.pins), _by_name(after.pins)
    found = (_change(name, old.get(name, ()), new.get(name, ())) for name in sorted({*old, *new}))
    return tuple(change for change in found if change is not None)


def _by_name(pins: Iterable[Pin]) -> dict[str, tuple[Pin, ...]]:
    grouped: dict[str, list[Pin]] = defaultdict(list)
    for pin in pins:
        grouped[pin.name].append(pin)
    return {name: tuple(sorted(group, key=_shown)) for name, group in grouped.items()}


def _shown(pin: Pin) -> tuple[str, str]:
    return (pin.version or str(pin.source or ""), pin.marker)


def _change(name: str, old: tuple[Pin, ...], new: tuple[Pin, ...]) -> Change | None:
    before, after = tuple(map(_shown, old)), tuple(map(_shown, new))
    kind: Kind
    if not old:
        kind = "added"
    elif not new:
        kind = "removed"
    elif {v for v, _ in before} != {v for v, _ in after}:
        kind = "moved"
    elif before != after:
        kind = "targets"
    elif [frozenset(p.hashes) for p in old] != [frozenset(p.hashes) for p in new]:
        kind = "hashes"
    else:
        return None
    return Change(name=name, kind=kind, before=before, after=after)
