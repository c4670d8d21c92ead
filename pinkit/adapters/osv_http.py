"""HTTP for the advisory service and its dumps: retries with backoff, limits, and no half answers."""

from __future__ import annotations

import os
import random
import threading
import time
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import IO, TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import urllib3

from pinkit import __version__
from pinkit.adapters.http_network import Network
from pinkit.adapters.http_pools import Pools
from pinkit.adapters.http_retry import RETRY_STATUSES, backoff_s, retry_after_s
from pinkit.adapters.workers import Job, Workers
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

A = TypeVar("A")
T = TypeVar("T")

ATTEMPTS = 5
CONNECTIONS = 128
"""So many threads may ask at once."""

_POOLS = 4
MAX_ANSWER_BYTES = 256 << 20
_MAX_WAIT_S = 30.0
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One complete answer; header names are lower case. Statuses that mean "try again" never get here."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OsvHttp:
    """Requests to one service, from many threads. Every failure is `Unavailable` with the URL in it."""

    def __init__(self, *, sleep: Callable[[float], None] = time.sleep, attempts: int = ATTEMPTS) -> None:
        self._sleep, self._attempts = sleep, attempts
        network = Network(certificates=_certificates(), read_s=60.0)
        # Each keeps 32 connections; a service that takes 0.3 s for a record needs more of them at once.
        self._pools = tuple(Pools(network) for _ in range(_POOLS))
        self._turns = count()
        self._own = threading.local()

    def get(self, url: str, *, limit: int = MAX_ANSWER_BYTES) -> Answer:
        """The answer to a GET, 404 included."""
        return self._retried("GET", url, None, lambda response: _read(response, limit))

    def head(self, url: str) -> Answer:
        """Status and headers alone."""
        return self._retried("HEAD", url, None, lambda _: b"")

    def post(self, url: str, body: bytes) -> Answer:
        """The answer to a JSON question."""
        return self._retried("POST", url, body, lambda response: _read(response, MAX_ANSWER_BYTES))

    def download(self, url: str, into: IO[bytes], limit: int, step: Callable[[int, int], None]) -> Answer:
        """Like `get`, the body written to `into`; `step` hears of bytes done and expected."""

        def keep(response: urllib3.BaseHTTPResponse) -> bytes:
            into.seek(0)
            into.truncate()
            expected = int(response.headers.get("Content-Length") or 0)
            done = 0
            for chunk in response.stream(_CHUNK, decode_content=True):
                done += len(chunk)
                if done > limit:
                    raise Unavailable(f"{url}: larger than {limit >> 20} MiB")
                into.write(chunk)
                step(done, expected)
            return b""

        return self._retried("GET", url, None, keep)

    def _retried(
        self, method: str, url: str, body: bytes | None, read: Callable[[urllib3.BaseHTTPResponse], bytes]
    ) -> Answer:
        why, wait = "", 0.0
        for attempt in range(self._attempts):
            if attempt:
                self._sleep(wait)
            wait = backoff_s(attempt, random.random())  # noqa: S311
            try:
                answer = self._once(method, url, body, read)
            except (urllib3.exceptions.HTTPError, OSError) as error:
                why = _reason(error)
                continue
            if answer.status not in RETRY_STATUSES:
                return answer
            why = f"HTTP {answer.status}"
            asked = retry_after_s(answer.headers.get("retry-after", ""), time.time())
            wait = max(wait, min(asked or 0.0, _MAX_WAIT_S))
        raise Unavailable(
            f"{shown(url)} did not answer",
            why=f"{why}, {self._attempts} times",
            hint="try again later; a database from an earlier `pinkit db sync` is kept",
        )

    def _once(
        self, method: str, url: str, body: bytes | None, read: Callable[[urllib3.BaseHTTPResponse], bytes]
    ) -> Answer:
        headers = {"User-Agent": f"pinkit/{__version__}", "Accept-Encoding": "gzip"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = (
            self._pool()
            .pool(url)
            .request(method, url, body=body, headers=headers, preload_content=False, retries=_REDIRECTS)
        )
        try:
            content = b"" if response.status in RETRY_STATUSES else read(response)
            lowered = {name.lower(): value for name, value in response.headers.items()}
            if response.status in RETRY_STATUSES:
                response.drain_conn()
            return Answer(status=response.status, headers=lowered, body=content)
        except BaseException:
            # A connection with an unread rest must not be used again.
            response.close()
            raise
        finally:
            response.release_conn()

    def _pool(self) -> Pools:
        """The calling thread's pools; threads take turns, so that they are spread evenly."""
        found: Pools | None = getattr(self._own, "pools", None)
        if found is None:
            found = self._own.pools = self._pools[next(self._turns) % len(self._pools)]
        return found


def side_by_side(work: Callable[[A], T], asked: Iterable[A]) -> Iterator[T]:
    """`work` done for all of `asked` in threads, the results in their order; its first PinkitError is raised.

    The threads are daemons: an interrupted process does not wait for answers.
    """
    workers = Workers(CONNECTIONS)
    jobs = [Job(partial(work, each)) for each in asked]
    try:
        for job in jobs:
            workers.start(job)
        for job in jobs:
            yield job.result()
    finally:
        workers.close()


_REDIRECTS = urllib3.Retry(
    total=None, connect=0, read=0, status=0, other=0, redirect=5, raise_on_status=False
)


def shown(url: str) -> str:
    """A URL for messages: without credentials and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _certificates() -> str:
    return os.environ.get("SSL_CERT_FILE") or os.environ.get("REQUESTS_CA_BUNDLE") or ""


def _read(response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in response.stream(_CHUNK, decode_content=True):
        size += len(chunk)
        if size > limit:
            raise Unavailable(f"an answer of more than {limit >> 20} MiB")
        parts.append(chunk)
    return b"".join(parts)


def _reason(error: Exception) -> str:
    text = str(getattr(error, "reason", "") or error)
    return " ".join(text.split())[:200] or type(error).__name__
