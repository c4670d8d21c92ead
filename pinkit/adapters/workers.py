"""Threads that fetch ahead. A job that nobody has begun is done by whoever needs it, so waiting never queues."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Generic, TypeVar

from pinkit.errors import PinkitError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Job(Generic[T]):
    """Work that is done once, by the first thread that runs it."""

    __slots__ = ("_claim", "_done", "_error", "_result", "_work")

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._claim = threading.Lock()
        self._done = threading.Event()
        self._result: list[T] = []
        self._error: PinkitError | None = None

    @property
    def done(self) -> bool:
        """Whether `result` returns at once."""
        return self._done.is_set()

    def run(self) -> None:
        """Do the work unless another thread has begun it."""
        if self._work is None or not self._claim.acquire(blocking=False):
            return
        try:
            self._result.append(self._work())
        except PinkitError as error:
            self._error = error
        finally:
            # The closure holds pages and connections.
            self._work = None
            self._done.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether the work is done after at most `timeout_s` seconds."""
        return self._done.wait(timeout_s)

    def result(self) -> T:
        """What the work gave, or its PinkitError; done here when nobody has begun.

        RuntimeError where another error has ended the thread that did it.
        """
        self.run()
        self._done.wait()
        if self._error is not None:
            raise self._error
        if not self._result:
            # A bug of ours: Python has shown it where the thread ended.
            raise RuntimeError("a thread that fetches ahead has failed")
        return self._result[0]


class Workers:
    """Up to `limit` daemon threads, started as jobs come: an interrupted process never waits for them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._queue: queue.SimpleQueue[Job[object] | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._threads = 0
        self._busy = 0

    def start(self, job: Job[T]) -> None:
        """Run `job` soon."""
        with self._guard:
            self._busy += 1
            grow = self._threads < min(self._limit, self._busy)
            self._threads += grow
        self._queue.put(job)  # type: ignore[arg-type]
        if grow:
            threading.Thread(target=self._loop, name="index-worker", daemon=True).start()

    def close(self) -> None:
        """Let the threads end after the jobs that they are at; what is queued is dropped."""
        with self._guard:
            count, self._limit = self._threads, 0
        while not self._queue.empty():
            try:
                self._queue.get_nowait()
            except queue.Empty:
                break
        for _ in range(count):
            self._queue.put(None)

    def _loop(self) -> None:
        while (job := self._queue.get()) is not None:
            try:
                job.run()
            finally:
                with self._guard:
                    self._busy -= 1
