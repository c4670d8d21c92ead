"""How much disk a build uses is told at little cost, and still in time."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.sandbox_disk import DiskWatch
from pinkit.adapters.sandbox_usage import Limits

if TYPE_CHECKING:
    from pathlib import Path

LIMITS = Limits(disk_bytes=1 << 20, files=50)


class Clock:
    """Time that passes when told, and by `step_s` whenever it is asked for: that long a walk takes."""

    def __init__(self, step_s: float = 0.0) -> None:
        self.now, self.step_s, self.asked, self.looks = 100.0, step_s, 0, 0

    def __call__(self) -> float:
        self.asked += 1
        self.now += self.step_s
        return self.now

    @property
    def walks(self) -> int:
        """The watch asks once when it begins, once a look, and once more after a walk."""
        return self.asked - self.looks - 1


def room(_: Path) -> tuple[int, int]:
    return 1 << 40, 1 << 40


def fill(folder: Path, size: int, name: str = "file") -> None:
    with (folder / name).open("wb") as file:
        file.write(b"x" * size)
        file.flush()
        os.fsync(file.fileno())


def looked(watch: DiskWatch, clock: Clock, seconds: float) -> str:
    end = clock.now + seconds
    while clock.now < end:
        clock.now += 0.05
        clock.looks += 1
        told = watch.excess(os.getpid())
        if told:
            return told
    return ""


@pytest.mark.parametrize(
    ("walk_s", "walks"), [(0.0, 22), (0.1, 4), (4.0, 1)], ids=["quick", "slow", "slower"]
)
def test_a_tree_that_is_slow_to_walk_is_walked_seldom(tmp_path: Path, walk_s: float, walks: int) -> None:
    clock = Clock(walk_s)
    assert looked(DiskWatch([tmp_path], LIMITS, clock=clock, room=room), clock, 10) == ""
    assert walks <= clock.walks <= walks + 3


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([("big", 2 << 20)], "more than 1 MiB on disk"),
        ([(f"f{number}", 0) for number in range(60)], "more than 50 files"),
        ([("small", 1000)], ""),
    ],
    ids=["bytes", "files", "within"],
)
def test_what_passes_a_limit_is_told_within_the_pause(
    tmp_path: Path, made: list[tuple[str, int]], told: str
) -> None:
    clock = Clock(0.1)
    watch = DiskWatch([tmp_path], LIMITS, clock=clock, room=room)
    assert looked(watch, clock, 1) == ""
    for name, size in made:
        fill(tmp_path, size, name)
    assert looked(watch, clock, 5.5) == told


def test_room_that_goes_fast_is_looked_at_at_once(tmp_path: Path) -> None:
    clock = Clock(0.2)
    free = [100 << 30]
    watch = DiskWatch([tmp_path], LIMITS, clock=clock, room=lambda _: (free[0], 1 << 40))
    assert looked(watch, clock, 1) == ""
    fill(tmp_path, 2 << 20)
    free[0] -= 600 << 10
    assert looked(watch, clock, 0.01) == "more than 1 MiB on disk"


def test_a_full_disk_ends_a_build(tmp_path: Path) -> None:
    clock = Clock()
    watch = DiskWatch([tmp_path], LIMITS, clock=clock, room=lambda _: (1 << 20, 1 << 40))
    assert looked(watch, clock, 0.05) == "the disk is full but for a rest"


def test_a_file_that_lost_its_name_is_not_counted_twice(tmp_path: Path) -> None:
    clock = Clock(0.2)
    watch = DiskWatch([tmp_path], replace(LIMITS, disk_bytes=3 << 20), clock=clock, room=room)
    fill(tmp_path, 2 << 20)
    assert looked(watch, clock, 0.5) == ""
    with (tmp_path / "file").open("rb"):
        (tmp_path / "file").unlink()
        assert looked(watch, clock, 5) == ""
    with (tmp_path / "open").open("wb") as file:
        (tmp_path / "open").unlink()
        file.write(b"x" * (4 << 20))
        file.flush()
        os.fsync(file.fileno())
        assert looked(watch, clock, 5) == "more than 3 MiB on disk"


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    clock = Clock()
    assert looked(DiskWatch([tmp_path / "absent"], LIMITS, clock=clock), clock, 2) == ""
