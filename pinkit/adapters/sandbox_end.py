"""The end of a process tree: killed, and waited for until the last of it is dead."""

from __future__ import annotations

import json
import os
import select
import signal
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

_LONGEST_S = 10.0  # to die; a process that a broken disk holds back takes longer


class Namespace:
    """The namespace of processes that a tool makes and then waits in front of.

    It lives exactly as long as its first process. A tool that ends before that tells its number to the descriptor
    that `option` names; without one, what the tool has as a child is the first.
    """

    def __init__(self, option: str = "") -> None:
        self._told, self._given = os.pipe() if option else (-1, -1)
        self.arguments = (option, str(self._given)) if option else ()
        self.descriptors = (self._given,) if option else ()

    def begun(self) -> None:
        """To be called when the tool runs, or could not be run."""
        if self._given >= 0:
            os.close(self._given)

    def first(self, tool: int) -> list[int]:
        """Numbers of first processes of the namespace that the process `tool` made, as far as it came."""
        found = children(tool)
        if self._told >= 0:
            with suppress(OSError, ValueError, KeyError, TypeError):
                os.set_blocking(self._told, False)
                found.append(int(json.loads(os.read(self._told, 4096))["child-pid"]))
        return found

    def close(self) -> None:
        """Let go of what it holds."""
        if self._told >= 0:
            os.close(self._told)


def end_tree(process: subprocess.Popen[bytes], namespace: Namespace | None) -> None:
    """Kill the process and its session; with a namespace, return when all in it is dead too.

    Without one, the session is all that is known of the tree.
    """
    with ExitStack() as stack:
        inside = []
        for pid in namespace.first(process.pid) if namespace else ():
            with suppress(OSError):  # it is dead already, or the kernel is one before 5.3
                inside.append(os.pidfd_open(pid))
                stack.callback(os.close, inside[-1])
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for descriptor in inside:
            waiting = select.poll()
            waiting.register(descriptor, select.POLLIN)
            waiting.poll(_LONGEST_S * 1000)


def children(pid: int) -> list[int]:
    """Processes that the process has started and that are still its own; none of one that ended."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found.extend(map(int, file.read().split()))
    return found
