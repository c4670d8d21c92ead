"""Why a pin is there: the shortest path from a requirement of the project down to it."""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from pinkit.formats.pep508 import normalized_name

if TYPE_CHECKING:
    from pinkit.model.lock import Lock, Pin


class ViaGraph:
    """Who asks for whom in one lock, from annotations (`Pin.via`) or edges (`Pin.dependencies`)."""

    def __init__(self, lock: Lock) -> None:
        names = {pin.name for pin in lock.pins}
        self._parents: dict[str, list[str]] = defaultdict(list)
        self._roots: dict[str, str] = {}
        for pin in lock.pins:
            self._add(pin, names)

    def path(self, name: str) -> tuple[str, ...]:
        """The requirement's annotation ("-r x.in"), then pinned names down to `name`.

        Just (name,) where the lock does not say; without the annotation where only edges are known.
        The shortest path wins, then the one written first.
        """
        seen = {name}
        waiting: deque[tuple[str, ...]] = deque([(name,)])
        longest: tuple[str, ...] = (name,)
        while waiting:
            path = waiting.popleft()
            if path[0] in self._roots:
                return (self._roots[path[0]], *path)
            if not self._parents[path[0]]:
                longest = longest if len(longest) > 1 else path
            for parent in self._parents[path[0]]:
                if parent not in seen:
                    seen.add(parent)
                    waiting.append((parent, *path))
        return longest

    def direct(self, name: str) -> str:
        """The pinned project that the project's own requirements name and that brings `name`; "" if unknown."""
        path = self.path(name)
        if path[0] == name:
            return ""
        return path[1] if path[0] == self._roots.get(path[1]) else path[0]

    def _add(self, pin: Pin, names: set[str]) -> None:
        for entry in pin.via:
            parent = _project(entry)
            if parent in names and parent != pin.name:
                self._parents[pin.name].append(parent)
            elif not entry.startswith("-c ") and parent != pin.name:
                self._roots.setdefault(pin.name, entry)
        for edge in pin.dependencies:
            if edge.name in names and pin.name != edge.name:
                self._parents[edge.name].append(pin.name)


def _project(entry: str) -> str:
    """The normalised project an annotation entry names ("celery[redis]" is celery); "" for files."""
    if entry.startswith("-") or " " in entry:
        return ""
    return normalized_name(entry.partition("[")[0])
