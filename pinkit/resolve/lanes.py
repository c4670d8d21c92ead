"""Targets as bits: environments that markers can tell apart are lanes, and a set of lanes is an int."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.formats.pep440 import Key, sort_key
from pinkit.model.target import Target
from pinkit.resolve.markers import Columns, Masks, holds
from pinkit.resolve.specifiers import InvalidSpecifier, lower_bound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_IMPLEMENTATIONS = {"cpython": "CPython", "pypy": "PyPy", "graalpy": "GraalVM"}
_PATCHED = ("python_full_version", "implementation_version")
_RELEASE = re.compile(r"(?<![0-9.])([0-9]+)\.([0-9]+)(?:\.([0-9]+))?")


class LaneSplit(Exception):
    """A marker tells patch levels of one lane apart: solve again over lanes split at `cuts` ("3.11.4", …)."""

    def __init__(self, cuts: tuple[str, ...]) -> None:
        super().__init__(f"lanes must be split at {', '.join(cuts)}")
        self.cuts = cuts


class Lanes:
    """The lanes of some targets: lane i is the i-th distinct marker environment, in the order of the targets.

    Targets that no marker can tell apart (glibc and musl, free-threaded or not) share a lane. With `spans`,
    a target stands for all patch releases from its `python_full` up to its `python_below`, and a marker that
    tells them apart raises LaneSplit; without, it is exactly `python_full`. `platform_release` and
    `platform_version` are unknown and empty: no version comparison holds for them.
    """

    def __init__(self, targets: tuple[Target, ...], *, spans: bool) -> None:
        if not targets:
            raise ValueError("a lock needs a target")
        by_environment: dict[tuple[tuple[str, str], ...], list[Target]] = {}
        for target in targets:
            by_environment.setdefault(tuple(environment(target).items()), []).append(target)
        self.targets: tuple[tuple[Target, ...], ...] = tuple(
            tuple(group) for group in by_environment.values()
        )
        """Targets of each lane."""
        self.environments = tuple(dict(items) for items in by_environment)
        """Marker variables of each lane."""
        self.spans = spans
        self.all = (1 << len(self.targets)) - 1
        masks = Masks(_columns(self.environments), self.all, self._examine if spans else None)
        self.marker: Callable[[str], Mapping[str, int]] = masks.of
        """Lanes where a marker holds: key "" with no extra asked, and one for each extra that it mentions.

        Raises InvalidMarker, and LaneSplit when it tells patch levels of one lane apart.
        """
        self._requires: dict[str, int] = {"": self.all}
        self._firsts = tuple(_key(group[0].python_full) for group in self.targets)

    def requires_python(self, text: str) -> int:
        """Lanes whose first release reaches the lower bound of Requires-Python.

        Upper bounds and holes do not exclude, as in uv. A clause that is no specifier is ignored, as in pip.
        """
        mask = self._requires.get(text)
        if mask is None:
            bound = _lenient_bound(text)
            mask = sum(
                1 << lane for lane, first in enumerate(self._firsts) if bound is None or first >= bound
            )
            self._requires[text] = mask
        return mask

    def names(self, mask: int) -> tuple[str, ...]:
        """Names of the targets in `mask`."""
        return tuple(target.name for lane in bits(mask) for target in self.targets[lane])

    def describe(self, mask: int) -> str:
        """The lanes in words: "linux-x86_64 on Python 3.12, 3.13"; "every target" for all."""
        if mask == self.all:
            return "every target"
        pythons: dict[str, list[str]] = {}
        for lane in bits(mask):
            for target in self.targets[lane]:
                pythons.setdefault(target.platform.name, []).append(_python_name(target))
        platforms: dict[tuple[str, ...], list[str]] = {}
        for platform, versions in pythons.items():
            platforms.setdefault(tuple(dict.fromkeys(versions)), []).append(platform)
        return "; ".join(f"{', '.join(names)} on Python {', '.join(v)}" for v, names in platforms.items())

    def split(self, cuts: tuple[str, ...]) -> Lanes:
        """The same targets with every lane cut at those patch releases that lie inside it."""
        targets = [part for group in self.targets for target in group for part in _parts(target, cuts)]
        return Lanes(tuple(targets), spans=self.spans)

    def _examine(self, variable: str, op: str, left: str, right: str) -> None:
        if variable not in _PATCHED:
            return
        cuts: set[str] = set()
        for first, below in {(group[0].python_full, group[0].python_below) for group in self.targets}:
            points = [first, *_inside(first, below, _consulted(left + " " + right))]
            answers = [holds(variable, op, left, right, point) for point in points]
            cuts.update(
                points[index] for index in range(1, len(points)) if answers[index] != answers[index - 1]
            )
        if cuts:
            raise LaneSplit(tuple(sorted(cuts, key=_key)))


def environment(target: Target) -> dict[str, str]:
    """The marker variables of a target, at its first patch level."""
    where = target.platform
    return {
        "implementation_name": target.implementation,
        "implementation_version": target.python_full,
        "os_name": where.os_name,
        "platform_machine": where.platform_machine,
        "platform_python_implementation": _IMPLEMENTATIONS.get(target.implementation, target.implementation),
        "platform_release": "",
        "platform_system": where.platform_system,
        "platform_version": "",
        "python_full_version": target.python_full,
        "python_version": target.python,
        "sys_platform": where.sys_platform,
    }


def bits(mask: int) -> tuple[int, ...]:
    """Indexes of the set bits, ascending."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return tuple(found)


def _columns(environments: tuple[dict[str, str], ...]) -> Columns:
    columns: dict[str, dict[str, int]] = {}
    for lane, values in enumerate(environments):
        for variable, value in values.items():
            column = columns.setdefault(variable, {})
            column[value] = column.get(value, 0) | 1 << lane
    return {variable: tuple(column.items()) for variable, column in columns.items()}


def _consulted(text: str) -> list[tuple[str, int]]:
    """(minor, patch) where the answer of a comparison with `text` can change: what it names and the next."""
    return [
        (f"{int(major)}.{int(minor)}", int(patch or 0) + step)
        for major, minor, patch in _RELEASE.findall(text)
        for step in (0, 1)
    ]


def _inside(first: str, below: str, consulted: list[tuple[str, int]]) -> list[str]:
    minor, _, start = first.rpartition(".")
    end = int(below.rpartition(".")[2]) if below else None
    patches = {
        patch
        for name, patch in consulted
        if name == minor and patch > int(start) and (not end or patch < end)
    }
    return [f"{minor}.{patch}" for patch in sorted(patches)]


def _parts(target: Target, cuts: tuple[str, ...]) -> list[Target]:
    consulted = [(cut.rpartition(".")[0], int(cut.rpartition(".")[2])) for cut in cuts]
    edges = [target.python_full, *_inside(target.python_full, target.python_below, consulted)]
    return [
        Target(
            python=target.python,
            python_full=edge,
            platform=target.platform,
            implementation=target.implementation,
            free_threaded=target.free_threaded,
            python_below=below,
        )
        for edge, below in zip(edges, [*edges[1:], target.python_below], strict=True)
    ]


def _lenient_bound(text: str) -> Key | None:
    bounds: list[Key] = []
    for clause in text.split(","):
        try:
            bound = lower_bound(clause)
        except InvalidSpecifier:
            # Old releases write ">=3.6.*"; what is still no specifier does not exclude.
            match = re.match(r"\s*(>=|~=|>)\s*([0-9]+(?:\.[0-9]+)*)", clause)
            bound = lower_bound(f">={match[2]}") if match else None
        if bound is not None:
            bounds.append(bound)
    return max(bounds, default=None)


def _python_name(target: Target) -> str:
    name = target.python if target.python_full == f"{target.python}.0" else target.python_full
    return f"{name}t" if target.free_threaded else name


def _key(version: str) -> Key:
    key = sort_key(version)
    if key is None:
        raise ValueError(f"{version!r} is no version")
    return key
