"""Who brings whom in a lock, from its annotations or edges: paths for `why`, a tree for `tree`."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.formats.pep508 import is_name, normalized_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pinkit.model.lock import Lock, Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonds:
    """The graph of one lock by names: `asked` has the annotations of requirements ("-r x.in") of each name.

    `children` and `parents` are sorted. `pins` has every pin of a name (several where targets differ).
    """

    pins: Mapping[str, tuple[Pin, ...]]
    asked: Mapping[str, tuple[str, ...]]
    parents: Mapping[str, tuple[str, ...]]
    children: Mapping[str, tuple[str, ...]]

    @property
    def silent(self) -> bool:
        """Whether the lock says nothing at all of who asks for its pins."""
        return bool(self.pins) and not any(self.asked.values()) and not any(self.parents.values())


def bonds(lock: Lock) -> Bonds:
    """The graph that a lock tells of itself; empty relations where it has neither annotations nor edges."""
    pins: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        pins.setdefault(pin.name, []).append(pin)
    asked: dict[str, set[str]] = {name: set() for name in pins}
    parents: dict[str, set[str]] = {name: set() for name in pins}
    for pin in lock.pins:
        for entry in pin.via:
            name = normalized_name(entry) if is_name(entry) else ""
            if name in pins and name != pin.name:
                parents[pin.name].add(name)
            elif not entry.startswith("-c "):
                asked[pin.name].add(entry)
        for edge in pin.dependencies:
            if edge.name in pins and edge.name != pin.name:
                parents[edge.name].add(pin.name)
    children: dict[str, set[str]] = {name: set() for name in pins}
    for name, above in parents.items():
        for parent in above:
            children[parent].add(name)
    return Bonds(
        pins={name: tuple(group) for name, group in pins.items()},
        asked=_settled(asked),
        parents=_settled(parents),
        children=_settled(children),
    )


def paths_to(graph: Bonds, name: str) -> tuple[tuple[str, ...], ...]:
    """For each requirement of the inputs that brings `name`, a shortest path: annotation, names down to `name`.

    Shortest first. Just (name,) where the lock does not say who asks for it; empty where it is not pinned.
    """
    if name not in graph.pins:
        return ()
    waiting: deque[tuple[str, ...]] = deque([(name,)])
    seen = {name}
    found: list[tuple[str, ...]] = []
    while waiting:
        path = waiting.popleft()
        found += [(entry, *path) for entry in graph.asked[path[0]]]
        for parent in graph.parents[path[0]]:
            if parent not in seen:
                seen.add(parent)
                waiting.append((parent, *path))
    return tuple(found) or ((name,),)


def tree_lines(graph: Bonds, *, depth: int = 0, roots: Sequence[str] = ()) -> Iterator[str]:
    """The lock as an indented tree from `roots` (those that the inputs ask for), names sorted.

    A name whose branch was shown before ends in "(*)". `depth` > 0 cuts off below that many levels.
    """
    tops = list(roots) or [name for name in graph.pins if graph.asked[name] or not graph.parents[name]]
    shown: set[str] = set()
    # A lock's graph may have circles and be deep: the walk keeps its own stack.
    stack: list[tuple[int, str]] = [(0, name) for name in sorted(tops, reverse=True)]
    while stack:
        level, name = stack.pop()
        again = name in shown and bool(graph.children[name])
        yield f"{'  ' * level}{described(graph, name)}{' (*)' if again else ''}"
        shown.add(name)
        if not again and (not depth or level + 1 < depth):
            stack += [(level + 1, child) for child in sorted(graph.children[name], reverse=True)]


def described(graph: Bonds, name: str) -> str:
    """A name with its versions, each with the targets it is for where they differ: "numpy 2.1.3 [marker]"."""
    versions = [
        f"{pin.version or 'from source'}{f' [{pin.marker}]' if pin.marker else ''}"
        for pin in graph.pins[name]
    ]
    return f"{name} {', '.join(versions)}"


def _settled(groups: Mapping[str, set[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(sorted(group)) for name, group in groups.items()}
