"""What a running process tree uses: processes, memory, files without a name. Written against trees that hide it."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

from pinkit.adapters.sandbox_end import children

_MIB = 1024 * 1024
BLOCK_BYTES = 512


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


def nameless_bytes(root: int, limits: Limits) -> int:
    """Bytes of files that the tree under `root` has open though they were removed, or never had a name (memfd)."""
    return sum(map(_nameless_bytes, _descendants(root, limits.processes)))


def _descendants(root: int, enough: int) -> list[int]:
    """Pids of the tree under `root`; inside a PID namespace nothing can leave it. Stops at `enough`."""
    found: list[int] = []
    todo = [root]
    while todo and len(found) < enough:
        pid = todo.pop()
        found.append(pid)
        todo.extend(children(pid))
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
    used = 0
    with suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        for entry in descriptors:
            with suppress(OSError):
                if os.readlink(entry.path).endswith(" (deleted)"):
                    used += os.stat(entry.path).st_blocks * BLOCK_BYTES
    return used
