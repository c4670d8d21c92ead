"""Which projects a solve will bring in, told from metadata as they arrive: only hints, so that they come early."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pinkit.resolve.lanes import LaneSplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.resolve.lanes import Lanes


class Foresight:
    """Follows requirements from project to project, extras included. Any thread may ask."""

    def __init__(self, lanes: Lanes, roots: Iterable[Requirement]) -> None:
        self._lanes = lanes
        self._rows: dict[str, tuple[Dependency, ...]] = {}
        self._extras: dict[str, set[str]] = {}
        self._guard = threading.Lock()
        for root in roots:
            self._extras.setdefault(root.name, set()).update(root.extras)

    def follow(self, name: str, rows: tuple[Dependency, ...]) -> tuple[str, ...]:
        """Names that `name` brings in by these dependencies, with the extras of it that were asked for so far.

        Where the rows ask for extras of projects that were followed before, also what these bring in.
        """
        found: dict[str, None] = {}
        with self._guard:
            self._rows[name] = rows
            waiting = [(name, {"", *self._extras.get(name, ())})]
            while waiting:
                waiting += self._brought(*waiting.pop(), found)
        return tuple(found)

    def _brought(self, name: str, extras: set[str], found: dict[str, None]) -> list[tuple[str, set[str]]]:
        """Adds what those extras of `name` ask for to `found`; what is now asked of projects followed before."""
        again: list[tuple[str, set[str]]] = []
        for other, asked, _, marker in self._rows[name]:
            if not self._may_hold(marker, extras):
                continue
            found[other] = None
            known = self._extras.setdefault(other, set())
            if not known.issuperset(asked):
                if other in self._rows:
                    again.append((other, set(asked) - known))
                known.update(asked)
        return again

    def _may_hold(self, marker: str, extras: set[str]) -> bool:
        try:
            lanes = self._lanes.marker(marker)
        except (LaneSplit, ValueError):
            # The solver will hear of it where it matters.
            return False
        return any(lanes.get(extra) for extra in extras)
