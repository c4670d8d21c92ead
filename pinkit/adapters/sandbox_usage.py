"""What a running process tree uses: processes, memory, disk. Written against trees that hide what they use."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MIB = 1024 * 1024
_BLOCK_BYTES = 512
_LEFT_FOR_OTHERS_BYTES = 256 * _MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sandboxed command may use. `memory_bytes` and `processes` bound the sum of its whole tree."""

    memory_bytes: int = 4096 * _MIB
    address_bytes: int = 16384 * _MIB
    processes: int = 512
    file_bytes: int = 1024 * _MIB
    disk_bytes: int = 2048 * _MIB
    files: int = 200_000
    cpu_s: int = 3600


def tree_excess(root: int, limits: Limits) -> str:
    """Which limit of processes or memory the tree under the process `root` passes; "" for none."""
    pids = _descendants(root, limits.processes + 16)
    if len(pids) > limits.processes + 8:
        return f"more than {limits.processes} processes"
    if sum(map(_memory_bytes, pids)) > limits.memory_bytes:
        return f"more than {limits.memory_bytes // _MIB} MiB of memory"
    return ""


def disk_excess(root: int, directories: Sequence[Path], limits: Limits) -> str:
    """Which limit of disk the tree under `root` passes in `directories`, or in files without a name; "" for none.

    A directory that hides what is in it is a reason too.
    """
    used = sum(map(_nameless_bytes, _descendants(root, limits.processes)))
    files = 0
    todo = [os.fspath(path) for path in directories]
    while todo:
        try:
            count, size, below = _listed(todo.pop())
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.EACCES):
                return "directories that hide what is in them"
            continue  # it was removed meanwhile
        files, used, todo = files + count, used + size, todo + below
        if used > limits.disk_bytes:
            return f"more than {limits.disk_bytes // _MIB} MiB on disk"
        if files > limits.files:
            return f"more than {limits.files} files"
    return "" if all(map(_has_room, directories)) else "the disk is full but for a rest"


def _listed(directory: str) -> tuple[int, int, list[str]]:
    """(number of entries, their bytes, the directories among them)."""
    files = used = 0
    below = []
    with os.scandir(directory) as entries:
        for entry in entries:
            files += 1
            try:
                used += entry.stat(follow_symlinks=False).st_blocks * _BLOCK_BYTES
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
            except FileNotFoundError:
                continue
    return files, used, below


def _has_room(directory: Path) -> bool:
    with suppress(OSError):
        found = os.statvfs(directory)
        return found.f_bavail * found.f_frsize > _LEFT_FOR_OTHERS_BYTES
    return True


def _descendants(root: int, enough: int) -> list[int]:
    """Pids of the tree under `root`; inside a PID namespace nothing can leave it. Stops at `enough`."""
    found: list[int] = []
    todo = [root]
    while todo and len(found) < enough:
        pid = todo.pop()
        found.append(pid)
        with suppress(OSError):  # it ended meanwhile
            for thread in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                    todo.extend(map(int, file.read().split()))
    return found


def _memory_bytes(pid: int) -> int:
    """Anonymous and shared memory that the process holds; pages that it shares are counted for each who does."""
    held = 0
    with suppress(OSError), open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith(("RssAnon:", "RssShmem:")):
                held += int(line.split()[1]) * 1024
    return held


def _nameless_bytes(pid: int) -> int:
    """Bytes of files that the process has open though they were removed, or never had a name (memfd)."""
    used = 0
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for entry in descriptors:
            with suppress(OSError):
                if os.readlink(entry.path).endswith(" (deleted)"):
                    used += os.stat(entry.path).st_blocks * _BLOCK_BYTES
    return used
