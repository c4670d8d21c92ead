"""How much disk a build uses, told at little cost: large trees are walked seldom, and at once when room goes fast."""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_usage import BLOCK_BYTES, nameless_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinkit.adapters.sandbox_usage import Limits

_MIB = 1024 * 1024
_LEFT_FOR_OTHERS_BYTES = 256 * _MIB
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.4, 5.0
_PAUSE_PER_WALK = 20
"""A walk is followed by a pause that many times as long, so that walking takes at most a twentieth of the time."""


class DiskWatch:
    """Asked again and again which limit of disk is passed in `directories`.

    Files without a name are counted every 0.4 s, the trees when the pause after the last walk is over, or when
    their file systems have lost half of what was still allowed since then. `clock` gives seconds, `room` the free
    bytes and entries of a directory's file system.
    """

    def __init__(
        self,
        directories: Sequence[Path],
        limits: Limits,
        *,
        clock: Callable[[], float] = time.monotonic,
        room: Callable[[Path], tuple[int, int]] | None = None,
    ) -> None:
        self._directories, self._limits, self._clock = directories, limits, clock
        self._room_of = room or _room
        self._used = self._files = 0
        self._room = tuple(map(self._room_of, directories))
        self._named = self._walked = clock()
        self._pause = _SHORTEST_PAUSE_S

    def excess(self, root: int) -> str:
        """Which limit the process tree under `root` passes; "" for none. Directories that hide what is in them do."""
        room = tuple(map(self._room_of, self._directories))
        if any(free < _LEFT_FOR_OTHERS_BYTES for free, _ in room):
            return "the disk is full but for a rest"
        now = self._clock()
        hurry = self._lost(room)
        if not hurry and now - self._named < _SHORTEST_PAUSE_S:
            return ""
        self._named = now
        nameless = nameless_bytes(root, self._limits)
        due = now - self._walked >= self._pause
        # What the last walk found may have lost its name since: a sum that is too large is looked at again.
        if hurry or due or self._told(self._used + nameless, self._files):
            reason = self._walk(self._limits.disk_bytes - nameless)
            self._walked, self._room = self._clock(), room
            took = self._walked - now
            self._pause = min(max(_SHORTEST_PAUSE_S, _PAUSE_PER_WALK * took), _LONGEST_PAUSE_S)
            if reason:
                return reason
        return self._told(self._used + nameless, self._files)

    def _lost(self, room: Sequence[tuple[int, int]]) -> bool:
        allowed = self._limits.disk_bytes - self._used, self._limits.files - self._files
        return any(
            (was - free) * 2 > left
            for before, after in zip(self._room, room, strict=True)
            for was, free, left in zip(before, after, allowed, strict=True)
        )

    def _walk(self, enough_bytes: int) -> str:
        self._files = self._used = 0
        todo = [os.fspath(path) for path in self._directories]
        while todo:
            try:
                count, size, below = _listed(todo.pop())
            except OSError as error:
                if error.errno in (errno.ENAMETOOLONG, errno.EACCES):
                    return "directories that hide what is in them"
                continue  # it was removed meanwhile
            self._files, self._used, todo = self._files + count, self._used + size, todo + below
            if self._used > enough_bytes or self._files > self._limits.files:
                break
        return ""

    def _told(self, used: int, files: int) -> str:
        if used > self._limits.disk_bytes:
            return f"more than {self._limits.disk_bytes // _MIB} MiB on disk"
        return f"more than {self._limits.files} files" if files > self._limits.files else ""


def _listed(directory: str) -> tuple[int, int, list[str]]:
    """(number of entries, their bytes, the directories among them)."""
    files = used = 0
    below = []
    with os.scandir(directory) as entries:
        for entry in entries:
            files += 1
            try:
                used += entry.stat(follow_symlinks=False).st_blocks * BLOCK_BYTES
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
            except FileNotFoundError:
                continue
    return files, used, below


def _room(directory: Path) -> tuple[int, int]:
    """Free bytes and free entries of the file system; plenty where it cannot say."""
    with suppress(OSError):
        found = os.statvfs(directory)
        return found.f_bavail * found.f_frsize, found.f_favail
    return 1 << 62, 1 << 62
