"""From the files that a project published to the versions that each lane can install.

Sets of versions are ints (bit i+1 is `versions[i]`), sets of lanes and of targets too. A partition is a tuple
of (lanes, versions) in which every lane stands once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.resolve.lanes import bits
from pinkit.resolve.tags import Wheels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.distribution import FileClass
    from pinkit.resolve.lanes import Lanes

Partition = tuple[tuple[int, int], ...]
Classes = tuple[tuple["FileClass", int], ...]

_PURE = ("py3-none-any", "py2.py3-none-any")


class Fit:
    """What fits which lane. Knows targets (a lane has several where markers cannot tell them apart)."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._wheels = Wheels(target for group in lanes.targets for target in group)
        self._groups: tuple[int, ...] | None = None
        if any(len(group) > 1 for group in lanes.targets):
            self._groups = _groups(len(group) for group in lanes.targets)
        self._all = (1 << sum(len(group) for group in lanes.targets)) - 1
        self._expanded: dict[int, int] = {}

    def installable(self, classes: Classes, versions: int, *, sdists: bool, wheels: bool) -> Partition:
        """For each lane the `versions` with a file for every one of its targets.

        Files that need no particular platform come first: where they cover a version, no other tag is parsed.
        """
        covered: dict[str, int] = {}
        found: dict[int, int] = {}
        platform_wheels: list[tuple[FileClass, int]] = []
        for file, members in classes:
            requires, kind, _ = file
            if not (sdists if kind == "sdist" else wheels) or not members & versions:
                continue
            if kind == "sdist" or kind in _PURE:
                covered[requires] = covered.get(requires, 0) | members & versions
            else:
                platform_wheels.append((file, members & versions))
        for requires, members in covered.items():
            _add(found, self._targets(self._lanes.requires_python(requires)), members)
        if found == {self._all: versions}:
            return ((self._lanes.all, versions),)
        for (requires, kind, _), members in platform_wheels:
            members &= ~covered.get(requires, 0)
            if members:
                accepting = self._wheels.accepting(kind) & self._targets(
                    self._lanes.requires_python(requires)
                )
                if accepting:
                    _add(found, accepting, members)
        return self._folded(partition(found.items(), self._all))

    def supported(self, classes: Classes, versions: int, *, sdists: bool, wheels: bool) -> Partition:
        """For each lane the `versions` whose Requires-Python takes it, whatever the tags of their files are."""
        found: dict[int, int] = {}
        for (requires, kind, _), members in classes:
            if members & versions and (sdists if kind == "sdist" else wheels):
                _add(found, self._lanes.requires_python(requires), members & versions)
        return partition(found.items(), self._lanes.all)

    def pythons(self, requires: str) -> int:
        """Lanes that a Requires-Python takes."""
        return self._lanes.requires_python(requires)

    def _targets(self, lanes: int) -> int:
        if self._groups is None:
            return lanes
        if lanes not in self._expanded:
            self._expanded[lanes] = sum(self._groups[lane] for lane in bits(lanes))
        return self._expanded[lanes]

    def _folded(self, parts: Partition) -> Partition:
        """A partition of targets as one of lanes: a lane has what all its targets have."""
        if self._groups is None:
            return parts
        by_versions: dict[int, int] = {}
        for lane, targets in enumerate(self._groups):
            members = -1
            for part, versions in parts:
                if part & targets:
                    members &= versions
            _add(by_versions, members, 1 << lane)
        return tuple((lanes, versions) for versions, lanes in by_versions.items())


def partition(found: Iterable[tuple[int, int]], everything: int) -> Partition:
    """(lanes, versions) pairs that may overlap as a partition of `everything`; equal sets in one part."""
    parts: dict[int, int] = {0: everything}
    for lanes, versions in found:
        refined: dict[int, int] = {}
        for had, part in parts.items():
            if part & lanes:
                _add(refined, had | versions, part & lanes)
            if part & ~lanes:
                _add(refined, had, part & ~lanes)
        parts = refined
    return tuple((lanes, versions) for versions, lanes in parts.items())


def _add(sets: dict[int, int], key: int, members: int) -> None:
    sets[key] = sets.get(key, 0) | members


def _groups(sizes: Iterable[int]) -> tuple[int, ...]:
    masks, start = [], 0
    for size in sizes:
        masks.append(((1 << size) - 1) << start)
        start += size
    return tuple(masks)
