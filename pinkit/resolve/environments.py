"""The environments that a lock stands for, as absolute markers (PEP 751, `environments`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.resolve.lanes import Lanes


def environments(lanes: Lanes) -> tuple[str, ...]:
    """One marker for each platform (and run of Python minors) that the lanes stand for.

    These are absolute: unlike the texts of masks they hold nowhere else. Sorted by text.
    """
    minors: dict[str, list[int]] = {}
    for lane, values in enumerate(lanes.environments):
        where = (
            f"implementation_name == '{values['implementation_name']}'"
            f" and platform_machine == '{values['platform_machine']}'"
            f" and sys_platform == '{values['sys_platform']}'"
        )
        minors.setdefault(where, []).append(lane)
    return tuple(
        sorted(f"{bounds} and {where}" for where, found in minors.items() for bounds in _runs(lanes, found))
    )


def _runs(lanes: Lanes, found: list[int]) -> list[str]:
    """Comparisons for the Pythons of some lanes of one platform: one text for each gapless run."""
    spans = sorted(
        {
            (_minor(lanes, lane), _patch(lanes, lane) if lanes.spans else 0, _below(lanes, lane))
            for lane in found
        }
    )
    texts: list[str] = []
    start = 0
    for index in range(1, len(spans) + 1):
        if index < len(spans) and spans[index][:2] == spans[index - 1][2]:
            continue
        (minor, patch, _), (_, _, end) = spans[start], spans[index - 1]
        if (minor + 1, 0) == end and not patch:
            texts.append(f"python_full_version == '3.{minor}.*'")
        else:
            lower, upper = _release(minor, patch), _release(*end)
            texts.append(f"python_full_version >= '{lower}' and python_full_version < '{upper}'")
        start = index
    return texts


def _below(lanes: Lanes, lane: int) -> tuple[int, int]:
    """(minor, patch) of the first release that the lane does not stand for."""
    below = lanes.targets[lane][0].python_below if lanes.spans else ""
    if not below:
        return (_minor(lanes, lane) + 1, 0)
    _, minor, patch = below.split(".")
    return (int(minor), int(patch))


def _minor(lanes: Lanes, lane: int) -> int:
    return int(lanes.targets[lane][0].python.split(".")[1])


def _patch(lanes: Lanes, lane: int) -> int:
    return int(lanes.targets[lane][0].python_full.split(".")[2])


def _release(minor: int, patch: int) -> str:
    return f"3.{minor}.{patch}" if patch else f"3.{minor}"
