"""Executors that rebuild (`ports.Executor`): threads, processes, or what the user names.

Threads and processes are ended at once by Ctrl-C: pending calls dropped, running builds killed.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from types import FrameType, TracebackType

    from pinkit.ports import Answer, Asked, Executor

THREADS, PROCESSES = "threads", "processes"
_GRACE_S = 20.0
_LOOK_EVERY_S = 0.05


def rebuild_pool(kind: str, jobs: int) -> AbstractContextManager[Executor]:
    """`jobs` "threads", "processes", or what MODULE:NAME returns when it is called with `jobs`. `UsageError`.

    What a module gives is a context manager of an executor, as every executor of `concurrent.futures` is of itself.
    """
    if kind == THREADS:
        return RebuildPool(jobs)
    if kind == PROCESSES:
        return RebuildProcesses(jobs)
    module, colon, name = kind.partition(":")
    if not (module and colon and name):
        hint = "say threads, processes, or MODULE:NAME of what makes an executor"
        raise UsageError(f"--executor {kind}: no such executor", hint=hint)
    try:
        make = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"--executor {kind}: it cannot be loaded", str(error)) from error
    return _entered(kind, make(jobs))


@contextmanager
def _entered(kind: str, made: AbstractContextManager[Executor]) -> Iterator[Executor]:
    what = f"--executor {kind}: what it makes is no executor"
    if not hasattr(made, "__enter__"):
        raise UsageError(what, "it is no context manager")
    with made as executor:
        if not hasattr(executor, "submit"):
            raise UsageError(what, "it has no submit")
        yield executor


class RebuildPool(ThreadPoolExecutor):
    """`jobs` threads. Left by an exception, it waits for no build: whatever sandbox runs or still begins is killed."""

    def __init__(self, jobs: int) -> None:
        super().__init__(max_workers=jobs, thread_name_prefix="rebuild")
        self._submitted: set[Future[Any]] = set()

    def submit(
        self, function: Callable[Asked, Answer], /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Future[Answer]:
        """See `concurrent.futures.Executor.submit`."""
        future = super().submit(function, *args, **kwargs)
        self._submitted.add(future)
        future.add_done_callback(self._submitted.discard)
        return future

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for the threads; after an exception their builds are killed, so that they end at once."""
        if kind is not None:
            self.shutdown(wait=False, cancel_futures=True)
            while not all(future.done() for future in tuple(self._submitted)):
                _kill_sandboxes()
                # Not by a timeout of a lock: under a shifted clock it never comes.
                select.select((), (), (), _LOOK_EVERY_S)
        self.shutdown(wait=True)


class RebuildProcesses(ProcessPoolExecutor):
    """`jobs` new processes that share nothing with this one. Left by an exception, it waits for no build."""

    def __init__(self, jobs: int) -> None:
        super().__init__(jobs, mp_context=multiprocessing.get_context("spawn"), initializer=_end_when_told)
        self._submitted: set[Future[Any]] = set()

    def submit(
        self, function: Callable[Asked, Answer], /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Future[Answer]:
        """See `concurrent.futures.Executor.submit`."""
        future = super().submit(_called, function, *args, **kwargs)
        self._submitted.add(future)
        future.add_done_callback(self._submitted.discard)
        return future

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait for the processes; after an exception each may clean up for a moment, then it is killed."""
        if kind is not None:
            workers = multiprocessing.active_children()
            self.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.join(_GRACE_S)
                worker.kill()
            # A second shutdown waits for nothing: it has let go of the thread that answers the futures.
            wait(tuple(self._submitted), timeout=_GRACE_S)
        self.shutdown(wait=True)


class _Worker:
    """What a worker process is at; the signal's handler has no other way to know."""

    busy = False
    ended = False


def _end_when_told() -> None:
    """Let a worker that is told to end, perhaps twice, remove what its build left."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    if _Worker.ended:
        return
    _Worker.ended = True
    if not _Worker.busy:
        os._exit(1)
    _kill_sandboxes()
    raise KeyboardInterrupt


def _called(function: Callable[Asked, Answer], /, *args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
    """The call in a worker; none begins in one that was told to end."""
    if _Worker.ended:
        raise KeyboardInterrupt
    _Worker.busy = True
    try:
        return function(*args, **kwargs)
    finally:
        _Worker.busy = False


def _kill_sandboxes() -> None:
    """Children that lead a session; sandboxes die with them (`bwrap --die-with-parent`, `unshare --kill-child`)."""
    with suppress(OSError):
        for thread in os.listdir("/proc/self/task"):
            with open(f"/proc/self/task/{thread}/children", encoding="ascii") as file:
                for pid in map(int, file.read().split()):
                    with suppress(ProcessLookupError, PermissionError):
                        if os.getsid(pid) == pid:
                            os.kill(pid, signal.SIGKILL)
