"""A bound on how long the head of an answer may take: a server that drips header bytes never times out by itself."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3.response import HTTPResponse


class Deadlines:
    """Closes the sockets that are under watch for longer than `limit_s` seconds, from one daemon thread."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._watched: dict[socket.socket, float] = {}
        self._guard = threading.Lock()
        self._begun = False

    @contextmanager
    def watch(self, watched: socket.socket) -> Iterator[None]:
        """Bound the time of the block; past it the socket is closed and TimeoutError raised."""
        with self._guard:
            self._watched[watched] = time.monotonic() + self._limit_s
            if not self._begun:
                self._begun = True
                threading.Thread(target=self._run, name="http-deadlines", daemon=True).start()
        try:
            yield
        finally:
            with self._guard:
                in_time = self._watched.pop(watched, None) is not None
        # A connection that ends within the head looks like a short head to http.client.
        if not in_time:
            raise TimeoutError(f"the head of the answer took more than {self._limit_s:g} s")

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(min(1.0, self._limit_s / 4)):
            now = time.monotonic()
            with self._guard:
                late = [each for each, deadline in self._watched.items() if deadline < now]
                for each in late:
                    del self._watched[each]
            for each in late:
                try:
                    each.shutdown(socket.SHUT_RDWR)
                except OSError:
                    # It was closed meanwhile.
                    continue


def watch_heads(manager: PoolManager, deadlines: Deadlines) -> None:
    """Make all connections of `manager` wait for the head of an answer no longer than the deadline."""

    class Plain(HTTPConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            with deadlines.watch(self.sock):
                return super().getresponse()

    class Secure(HTTPSConnection):
        def getresponse(self) -> HTTPResponse:  # type: ignore[override]
            with deadlines.watch(self.sock):
                return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
