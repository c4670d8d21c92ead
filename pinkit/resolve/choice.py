"""Which versions to try for one project: what existing pins say, else the best version its lanes have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.resolve.clauses import Parts

Choice = dict[int, int]
"""version bit -> lanes."""


def choose(
    parts: Parts, groups: Parts, preferred: Parts, *, lowest: bool, first: Parts = (), last_resort: int = 0
) -> Choice:
    """One version for every lane of `parts` (the lanes that need the project, with what is still possible).

    1. A preferred version where it is possible, in its own lanes.
    2. Else one of the lane's `first` while one of them is possible, else any but `last_resort`, else any. Among
       these a preferred version of other lanes.
    3. Lanes of one of the `groups` (usually those with the same candidates: same Requires-Python, same usable files)
       share the newest version that all of them can have (the oldest if `lowest`).
    4. Only where they have none in common the project forks, into as few versions as come from sharing greedily.
    """
    choice: Choice = {}
    rest = _narrowed(_keep(parts, preferred, choice), first, last_resort)
    rest = _keep(rest, tuple([(-1, bit) for _, bit in preferred]), choice)
    for group in _grouped(rest, groups):
        _share(group, choice, lowest=lowest)
    return choice


def _keep(parts: Parts, preferred: Parts, choice: Choice) -> Parts:
    """Move what existing pins decide from `parts` into `choice`; what is left."""
    for wanted_lanes, bit in preferred:
        rest: list[tuple[int, int]] = []
        for lanes, bits in parts:
            kept = lanes & wanted_lanes if bits & bit else 0
            if kept:
                choice[bit] = choice.get(bit, 0) | kept
            if lanes & ~kept:
                rest.append((lanes & ~kept, bits))
        parts = tuple(rest)
    return parts


def _narrowed(parts: Parts, first: Parts, last_resort: int) -> Parts:
    """What comes into question now of what is possible."""
    return tuple(
        [
            (lanes & of, bits & best or bits & ~last_resort or bits)
            for lanes, bits in parts
            for of, best in first or ((-1, -1),)
            if lanes & of
        ]
    )


def _grouped(parts: Parts, groups: Parts) -> list[Parts]:
    if len(groups) == 1:
        return [parts] if parts else []
    found = [tuple([(lanes & of, bits) for lanes, bits in parts if lanes & of]) for of, _ in groups]
    return [group for group in found if group]


def _share(parts: Parts, choice: Choice, *, lowest: bool) -> None:
    common = -1
    for _, bits in parts:
        common &= bits
    while parts:
        taken = parts
        if not common:
            taken, common = _greedy(parts, lowest=lowest)
        bit = common & -common if lowest else 1 << (common.bit_length() - 1)
        for lanes, _ in taken:
            choice[bit] = choice.get(bit, 0) | lanes
        parts = tuple([part for part in parts if part not in taken])
        common = 0


def _greedy(parts: Parts, *, lowest: bool) -> tuple[Parts, int]:
    """The part with the best version and all that can follow it, with the versions that they share."""
    if lowest:
        ranked = sorted(parts, key=lambda part: (part[1] & -part[1], part))
    else:
        ranked = sorted(parts, key=lambda part: (-part[1], part))
    common = ranked[0][1]
    taken: list[tuple[int, int]] = []
    for lanes, bits in ranked:
        if common & bits:
            common &= bits
            taken.append((lanes, bits))
    return tuple(taken), common
