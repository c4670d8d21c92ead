"""Threads that rebuild (`ports.Executor`), ended at once by Ctrl-C: pending calls dropped, running builds killed."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class RebuildPool(ThreadPoolExecutor):
    """`jobs` threads. Left by an exception, it waits for no build: every child process of ours is killed first."""

    def __init__(self, jobs: int) -> None:
        super().__init__(max_workers=jobs, thread_name_prefix="rebuild")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for the threads; after an exception their builds are dead, so that they end at once."""
        if kind is not None:
            self.shutdown(wait=False, cancel_futures=True)
            _kill_children()
        self.shutdown(wait=True)


def _kill_children() -> None:
    """Sandboxes die with their first process (`bwrap --die-with-parent`, `unshare --kill-child`)."""
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                for pid in file.read().split():
                    with suppress(ProcessLookupError, PermissionError):
                        os.kill(int(pid), signal.SIGKILL)
