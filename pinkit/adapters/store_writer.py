"""Writes to the store from a thread of its own, many in one transaction."""

from __future__ import annotations

import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING

from pinkit.adapters.store_file import MEMORY, connect

if TYPE_CHECKING:
    from collections.abc import Callable

GATHERED_S = 0.1
"""So long statements are gathered for one transaction: a thread that wakes for each takes time from all others."""

Statement = tuple[str, tuple[object, ...], "Callable[[], object] | None"]


class Writer:
    """Keeps statements in order; the thread starts with the first one and ends with `close`.

    Where the file cannot be written, `note` hears it once, and the rest is dropped: the cache is no answer.
    """

    def __init__(self, path: str, note: Callable[[str], None]) -> None:
        self._path = path
        self._note = note
        self._waiting: deque[Statement] = deque()
        self._wake = threading.Condition()
        self._closed = threading.Event()
        self._closing = path == MEMORY
        self._under_way = 0
        self._thread: threading.Thread | None = None

    def put(
        self, sql: str, parameters: tuple[object, ...], written: Callable[[], object] | None = None
    ) -> None:
        """Run the statement soon, and `written` when it is on disk. Ignored after `close`."""
        with self._wake:
            if self._closing:
                return
            self._waiting.append((sql, parameters, written))
            self._under_way += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
                self._thread.start()
            elif len(self._waiting) == 1:
                self._wake.notify_all()

    def settle(self) -> None:
        """Return when everything that was put so far is on disk, or cannot get there."""
        with self._wake:
            self._wake.wait_for(lambda: not self._under_way or self._closing)

    def close(self) -> None:
        """Return when everything is on disk."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
        self._closed.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            connection = connect(self._path)
            try:
                while batch := self._batch():
                    _write(connection, batch)
                    with self._wake:
                        self._under_way -= len(batch)
                        self._wake.notify_all()
            finally:
                connection.close()
        except sqlite3.Error as error:
            with self._wake:
                self._closing = True
                self._waiting.clear()
                self._wake.notify_all()
            self._note(f"the cache cannot be written ({error}); answers of this run are not kept")

    def _batch(self) -> list[Statement]:
        with self._wake:
            while not self._waiting and not self._closing:
                self._wake.wait()
        self._closed.wait(GATHERED_S)
        with self._wake:
            batch = list(self._waiting)
            self._waiting.clear()
            return batch


def _write(connection: sqlite3.Connection, batch: list[Statement]) -> None:
    connection.execute("begin immediate")
    for sql, parameters, _ in batch:
        connection.execute(sql, parameters)
    connection.execute("commit")
    for _, _, written in batch:
        if written is not None:
            written()
