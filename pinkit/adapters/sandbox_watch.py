"""Runs one process tree under limits: wall time, memory, number of processes, disk; its output capped.

rlimits bound each process; what they cannot bound (the sum over the tree, and everything for root, whom
RLIMIT_NPROC does not bind) is measured while it runs, and the whole tree is killed when it is exceeded.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

OUTPUT_BYTES = 64 * 1024
_LOOK_EVERY_S = 0.05
_MEASURE_DISK_EVERY = 8  # looks
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MIB = 1024 * 1024
_PRLIMIT = shutil.which("prlimit", path="/usr/bin:/bin")  # where a sandboxed command finds it too


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended (`ports.Completed`)."""

    returncode: int
    output: str
    stopped: str = ""
    timed_out: bool = False


def limited(limits: Limits, command: Sequence[str], prlimit: str | None = _PRLIMIT) -> list[str]:
    """`command` with its rlimits set first, by util-linux' `prlimit` or, where that is None, by Python."""
    values = {
        "as": limits.address_bytes,
        "nproc": limits.processes,
        "fsize": limits.file_bytes,
        "cpu": limits.cpu_s,
        "core": 0,
        "nofile": 4096,
    }
    if prlimit:
        return [prlimit, *(f"--{name}={value}" for name, value in values.items()), "--", *command]
    code = (
        "import os,resource as r,sys\n"
        f"for k,v in {values!r}.items(): r.setrlimit(getattr(r,'RLIMIT_'+k.upper()),(v,v))\n"
        "os.execvp(sys.argv[1],sys.argv[1:])"
    )
    return [os.path.realpath(sys.executable), "-I", "-S", "-c", code, *command]


def watched(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    disk: Sequence[Path],
    limits: Limits,
    timeout_s: float,
) -> Ended:
    """How `command` ended; its whole tree is dead when this returns, also by Ctrl-C."""
    process = subprocess.Popen(
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    tail = _Tail(process.stdout)
    try:
        stopped = _wait(process, disk, limits, time.monotonic() + timeout_s)
    finally:
        _kill_tree(process)
    timed_out = stopped == "time"
    return Ended(
        returncode=process.returncode,
        output=cleaned(tail.text()),
        stopped=f"longer than {timeout_s:g} s" if timed_out else stopped,
        timed_out=timed_out,
    )


def cleaned(output: bytes) -> str:
    """Text of `output` in which control characters but newline and tab are shown as escapes."""
    text = output.decode("utf-8", "replace").replace("\r\n", "\n")
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _wait(process: subprocess.Popen[bytes], disk: Sequence[Path], limits: Limits, deadline: float) -> str:
    """Which limit was passed, "" when the process ended first. It is not reaped: its group is still its own."""
    looks = 0
    with _ending(process.pid) as ended_within:
        while not ended_within(_LOOK_EVERY_S):
            looks += 1
            reason = _excess(process.pid, disk if looks % _MEASURE_DISK_EVERY == 0 else (), limits)
            if time.monotonic() >= deadline:
                return "time"
            if reason:
                return reason
    return ""


@contextmanager
def _ending(pid: int) -> Iterator[Callable[[float], bool]]:
    """Asks whether the child ended, waiting at most so many seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:  # a kernel before 5.3, or a sandbox around us that forbids it

        def ended_within(seconds: float) -> bool:
            time.sleep(seconds / 5)
            return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

        yield ended_within
        return
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    try:
        yield lambda seconds: bool(waiting.poll(seconds * 1000))
    finally:
        os.close(descriptor)


def _excess(root: int, disk: Sequence[Path], limits: Limits) -> str:
    return _tree_excess(root, limits) or _disk_excess(disk, limits)


def _tree_excess(root: int, limits: Limits) -> str:
    pids = _descendants(root, limits.processes + 16)
    if len(pids) > limits.processes + 8:
        return f"more than {limits.processes} processes"
    if sum(map(_resident_bytes, pids)) > limits.memory_bytes:
        return f"more than {limits.memory_bytes // _MIB} MiB of memory"
    return ""


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


def _resident_bytes(pid: int) -> int:
    with suppress(OSError, IndexError), open(f"/proc/{pid}/statm", encoding="ascii") as file:
        # Shared pages (third field) are counted once too often otherwise: a forked tree shares most.
        fields = file.read().split()
        return (int(fields[1]) - int(fields[2])) * _PAGE_BYTES
    return 0


def _disk_excess(disk: Sequence[Path], limits: Limits) -> str:
    used = files = 0
    todo = [os.fspath(path) for path in disk]
    while todo:
        with suppress(OSError), os.scandir(todo.pop()) as entries:
            for entry in entries:
                files += 1
                with suppress(OSError):
                    used += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
        if used > limits.disk_bytes:
            return f"more than {limits.disk_bytes // _MIB} MiB on disk"
        if files > limits.files:
            return f"more than {limits.files} files"
    return ""


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    # bubblewrap and `unshare --kill-child` end their namespace with them; without one, the session is all we know.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Tail:
    """The last `OUTPUT_BYTES` of a pipe, read by a thread so that the writer never blocks."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe, self._kept = pipe, bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        fd = self._pipe.fileno()
        with suppress(OSError):
            while chunk := os.read(fd, 65536):
                self._kept += chunk
                if len(self._kept) > 2 * OUTPUT_BYTES:
                    del self._kept[:-OUTPUT_BYTES]

    def text(self) -> bytes:
        """What was kept; does not wait for a process that escaped and holds the pipe open."""
        self._reader.join(2.0)
        if not self._reader.is_alive():
            self._pipe.close()
        return bytes(self._kept[-OUTPUT_BYTES:])
