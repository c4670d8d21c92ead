"""Runs one process tree under limits: wall time, memory, number of processes, disk; its output capped.

rlimits bound each process; what they cannot bound (the sum over the tree, and everything for root, whom
RLIMIT_NPROC does not bind) is measured while it runs, and the whole tree is killed when it is exceeded.
"""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from pinkit.adapters.sandbox_disk import DiskWatch
from pinkit.adapters.sandbox_end import end_tree
from pinkit.adapters.sandbox_usage import Limits, tree_excess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pinkit.adapters.sandbox_end import Namespace

__all__ = ["Ended", "Limits", "cleaned", "limited", "watched"]

OUTPUT_BYTES = 64 * 1024
_LOOK_EVERY_S = 0.05
# How long the rest of the output is waited for: where a process may hold the pipe open, where none can.
_ESCAPED_S, _DEAD_S = 2.0, 60.0
_PRLIMIT = shutil.which("prlimit", path="/usr/bin:/bin")  # where a sandboxed command finds it too


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
    namespace: Namespace | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Ended:
    """How `command` ended; its tree is dead when this returns, also by Ctrl-C: the whole of it with a `namespace`.

    `clock` gives seconds.
    """
    with _begun(command, env, cwd, namespace) as process:
        assert process.stdout is not None
        tail = _Tail(process.stdout)
        stopped = _wait(process, disk, limits, clock, timeout_s)
    timed_out = stopped == "time"
    return Ended(
        returncode=process.returncode,
        output=cleaned(tail.text(_ESCAPED_S if namespace is None else _DEAD_S)),
        stopped=f"longer than {timeout_s:g} s" if timed_out else stopped,
        timed_out=timed_out,
    )


@contextmanager
def _begun(
    command: Sequence[str], env: Mapping[str, str], cwd: Path | None, namespace: Namespace | None
) -> Iterator[subprocess.Popen[bytes]]:
    tool, *arguments = command
    try:
        process = subprocess.Popen(
            [tool, *(namespace.arguments if namespace else ()), *arguments],
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=namespace.descriptors if namespace else (),
        )
    finally:
        if namespace:
            namespace.begun()
    try:
        yield process
    finally:
        end_tree(process, namespace)


def cleaned(output: bytes) -> str:
    """Text of `output` in which control characters but newline and tab are shown as escapes."""
    text = output.decode("utf-8", "replace").replace("\r\n", "\n")
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


def _wait(
    process: subprocess.Popen[bytes],
    disk: Sequence[Path],
    limits: Limits,
    clock: Callable[[], float],
    timeout_s: float,
) -> str:
    """Which limit was passed, "" when the process ended first. It is not reaped: its group is still its own."""
    deadline = clock() + timeout_s
    watch = DiskWatch(disk, limits)
    with _ending(process.pid) as ended_within:
        while not ended_within(_LOOK_EVERY_S):
            reason = tree_excess(process.pid, limits) or watch.excess(process.pid)
            if clock() >= deadline:
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

    def text(self, timeout_s: float) -> bytes:
        """What was kept, read to its end if that comes in time."""
        self._reader.join(timeout_s)
        if not self._reader.is_alive():
            self._pipe.close()
        return bytes(self._kept[-OUTPUT_BYTES:])
