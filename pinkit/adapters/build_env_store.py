"""Build environments on disk, bounded: those long unused go, the longest unused first, never one that is in use.

A lock on an environment's directory, shared by all who use it and gone with their processes, says that it is in use.
Its modification time says when it was last used.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.adapters.scratch import remove
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_DAY_S = 86_400
_SIZE = ".size"
_THERE = (errno.ENOTEMPTY, errno.EEXIST)
_ABANDONED_S = _DAY_S
"""How old what a killed process left half made is, at least, before it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepBounds:
    """How much is kept: bytes of all environments together, and days since one was last used."""

    total_bytes: int = 3 << 30
    unused_days: int = 90


class EnvironmentStore:
    """Directories below `root`; those that this object gave out are in use until it is gone. `now` is the clock."""

    def __init__(
        self, root: Path, bounds: KeepBounds | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        self._root, self._bounds, self._now = root, bounds or KeepBounds(), now
        self._held: dict[str, int] = {}
        weakref.finalize(self, _close, self._held)

    def place(self, name: str) -> Path:
        """Where the environment of that name is, if there is one."""
        return self._root / name

    def take(self, name: str) -> bool:
        """Whether the environment is there; then it is in use from now on."""
        if name in self._held:
            return True
        try:
            descriptor = _in_use(self.place(name))
        except FileNotFoundError:
            return False
        if not self._is(name, descriptor):  # it was removed while we waited
            os.close(descriptor)
            return False
        self._hold(name, descriptor)
        return True

    def add(self, name: str, made: Path) -> None:
        """Let `made`, a directory below the root, be the environment of that name unless there is one; tidy up."""
        size = _bytes(made)
        descriptor = _in_use(made)
        while True:
            try:
                made.rename(self.place(name))
            except OSError as error:
                if error.errno not in _THERE:
                    os.close(descriptor)
                    raise Unavailable("a build environment cannot be kept", str(error)) from error
            else:
                with suppress(OSError):  # then it is measured when it is asked for
                    self._sized(name).write_text(str(size), encoding="ascii")
                self._hold(name, descriptor)
                break
            if self.take(name):  # another thread or process was first: its copy is the same
                os.close(descriptor)
                break
        self.tidy()

    def _hold(self, name: str, descriptor: int) -> None:
        with suppress(OSError):  # of another user: then they say when it was used
            os.utime(descriptor, (self._now(),) * 2)
        if self._held.setdefault(name, descriptor) != descriptor:  # another thread was first
            os.close(descriptor)

    def tidy(self) -> None:
        """Remove what is past the bounds, and what killed processes left half made."""
        kept = sorted(self._entries())
        total = sum(size for _, _, size in kept)
        for used, name, size in kept:
            old = used < self._now() - self._bounds.unused_days * _DAY_S
            if not old and total <= self._bounds.total_bytes:
                break
            if self._remove(name):
                total -= size

    def _entries(self) -> Iterator[tuple[float, str, int]]:
        """(last used, name, bytes) of each environment; what was abandoned is removed on the way."""
        for name, used in _directories(self._root):
            if name.startswith("pinkit-"):
                if used < self._now() - _ABANDONED_S:
                    remove(self._root / name)
                continue
            try:
                size = int(self._sized(name).read_text(encoding="ascii"))
            except (OSError, ValueError):
                size = _bytes(self.place(name))
            yield used, name, size

    def _remove(self, name: str) -> bool:
        """Whether nobody used it, and it is gone."""
        place, grave = self.place(name), self._root / f"pinkit-removed-{name}"
        with suppress(OSError):
            descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                place.rename(grave)  # at once: whoever comes now makes a new one
            finally:
                os.close(descriptor)
            self._sized(name).unlink(missing_ok=True)
            remove(grave)
            return True
        return False

    def _is(self, name: str, descriptor: int) -> bool:
        with suppress(FileNotFoundError):
            return os.path.samestat(os.stat(self.place(name)), os.fstat(descriptor))
        return False

    def _sized(self, name: str) -> Path:
        return self._root / f"{name}{_SIZE}"


def _close(held: dict[str, int]) -> None:
    while held:
        os.close(held.popitem()[1])


def _in_use(directory: Path) -> int:
    """A descriptor that keeps the directory from being removed as long as it is open."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    with suppress(OSError):  # a file system without locks: there nothing is ever removed
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def _directories(root: Path) -> list[tuple[str, float]]:
    """(name, modification time) of those below `root`; others make and remove some while we look."""
    found = []
    with os.scandir(root) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if entry.is_dir():
                    found.append((entry.name, entry.stat(follow_symlinks=False).st_mtime))
    return found


def _bytes(tree: Path) -> int:
    used = 0
    for folder, directories, files in os.walk(tree):
        for name in (*files, *directories):
            with suppress(FileNotFoundError):
                used += os.lstat(os.path.join(folder, name)).st_blocks * 512
    return used
