"""Where throw-away source trees live: in memory where there is plenty, since builds write thousands of small files."""

from __future__ import annotations

import os
import re
from pathlib import Path

_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - each tree gets a private directory below it
_MEMORY_FACTS = Path("/proc/meminfo")
_LARGEST_SOURCE_BYTES = 32 * 1024 * 1024
_SPARE_BYTES = 4 * 1024 * 1024 * 1024
_AVAILABLE = re.compile(rb"^MemAvailable:\s+(\d+) kB", re.M)


def scratch_folder(
    source_bytes: int, *, memory: str = _SHARED_MEMORY, facts: Path = _MEMORY_FACTS
) -> Path | None:
    """The folder to make temporary directories in for a source archive of that size; None means the usual one.

    Memory only for small sources, where at least 4 GiB are free and files there may be executed.
    """
    if source_bytes > _LARGEST_SOURCE_BYTES:
        return None
    try:
        room = os.statvfs(memory)
        available = _AVAILABLE.search(facts.read_bytes())
    except OSError:
        return None
    free = min(room.f_bavail * room.f_frsize, int(available[1]) * 1024 if available else 0)
    usable = not room.f_flag & (os.ST_NOEXEC | os.ST_RDONLY) and os.access(memory, os.W_OK)
    return Path(memory) if usable and free >= _SPARE_BYTES else None
