"""GET over HTTP that survives the network: retries, limits of size and time, redirects, credentials by host."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinkit import __version__
from pinkit.adapters.http_direct import Direct, target_of
from pinkit.adapters.http_reason import Broken, reason
from pinkit.adapters.http_retry import RETRY_STATUSES, backoff_s, retry_after_s
from pinkit.errors import Unavailable
from pinkit.formats.urls import origin, printable_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.adapters.credentials import CredentialBook
    from pinkit.adapters.http_network import Network
    from pinkit.adapters.http_through import Through
    from pinkit.formats.urls import Credentials

MAX_REDIRECTS = 10
SLOWEST_BYTES_PER_S = 20_000
_USER_AGENT = f"pinkit/{__version__}"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16


class Response(Protocol):
    """The head of an answer, names in lower case, and its body as it comes."""

    @property
    def status(self) -> int:
        """The status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Fields by name."""
        ...

    def read(self, most: int) -> bytes:
        """The next piece of the body as it was sent; b"" at its end. Raises Broken, OSError."""
        ...

    def finish(self) -> None:
        """Give the connection back when the body was read to its end, close it else."""
        ...


class Answer(NamedTuple):
    """A whole answer. Header names are lower case. `url` is where it came from after redirects."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


def has_known_end(headers: Mapping[str, str]) -> bool:
    """Whether a cut-off body would have been noticed: it came with a length or in chunks (RFC 9112, 6.3)."""
    return "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()


class TooLarge(Unavailable):
    """The answer is larger than the asker allows."""


class Sink:
    """Where the body of an answer goes: in memory here; others may write and hash. `limit` is in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.chunks: list[bytes] = []

    def start(self) -> None:
        """Begin anew: the request is tried again."""
        self.chunks = []

    def write(self, chunk: bytes) -> None:
        """Take a piece of the body as it was sent (not decoded)."""
        self.chunks.append(chunk)


class Http:
    """Answers over kept connections; any thread may ask. `pause` sleeps for seconds."""

    def __init__(
        self, network: Network, book: CredentialBook, *, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._network = network
        self._book = book
        self._pause = pause
        self._direct: dict[str, Direct | None] = {}
        self._through: Through | None = None
        self._guard = threading.Lock()

    def get(self, url: str, headers: Mapping[str, str], *, limit: int) -> Answer:
        """The answer to a GET, whatever its status, with the body as it was sent (Content-Encoding kept).

        429, 5xx and broken connections are tried again. Raises Unavailable when no answer came, TooLarge
        past `limit` bytes.
        """
        sink = Sink(limit)
        status, found, where = self.stream(url, headers, sink)
        return Answer(status, found, b"".join(sink.chunks), where)

    def stream(self, url: str, headers: Mapping[str, str], sink: Sink) -> tuple[int, Mapping[str, str], str]:
        """As `get`, the body going to `sink`, which starts anew with every attempt."""
        wait, why = 0.0, ""
        for attempt in range(self._network.attempts):
            if attempt:
                self._pause(wait)
            sink.start()
            try:
                answer = self._followed(url, headers, sink)
            except (Broken, OSError) as error:
                why = reason(error)
                if isinstance(error, Broken) and error.final:
                    raise _unavailable(url, why) from error
                wait = _wait_s(attempt)
                continue
            if answer[0] not in RETRY_STATUSES:
                return answer
            why = f"the server answered {answer[0]}"
            wait = self._wait_as_asked(answer[1], url, why, attempt)
        raise _unavailable(url, f"{why}; tried {self._network.attempts} times")

    def close(self) -> None:
        """Close all connections."""
        for direct in filter(None, self._direct.values()):
            direct.close()
        if self._through is not None:
            self._through.close()

    def _wait_as_asked(self, headers: Mapping[str, str], url: str, why: str, attempt: int) -> float:
        asked = retry_after_s(headers.get("retry-after", ""), time.time())
        if asked is not None and asked > self._network.retry_after_cap_s:
            raise _unavailable(url, f"{why} and asks to come back in {asked:.0f} s")
        return max(_wait_s(attempt), asked or 0.0)

    def _followed(
        self, url: str, headers: Mapping[str, str], sink: Sink
    ) -> tuple[int, Mapping[str, str], str]:
        started = time.monotonic()
        for _ in range(MAX_REDIRECTS + 1):
            response = self._authorised(url, headers)
            try:
                location = response.headers.get("location")
                if response.status not in _REDIRECTS or not location:
                    self._read(response, sink, started, url)
                    return response.status, response.headers, url
                # Mostly a word or none: read, so that the connection can be kept.
                response.read(_CHUNK)
            finally:
                response.finish()
            url = _redirected(url, location)
        raise _unavailable(url, f"more than {MAX_REDIRECTS} redirects")

    def _authorised(self, url: str, headers: Mapping[str, str]) -> Response:
        response = self._request(url, headers, self._book.credentials(url))
        if response.status in {401, 403}:
            better = self._book.refused(url)
            if better is not None:
                response.finish()
                return self._request(url, headers, better)
        return response

    def _request(self, url: str, headers: Mapping[str, str], credentials: Credentials | None) -> Response:
        sent = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity", **headers}
        if credentials is not None:
            from base64 import b64encode

            pair = f"{credentials.username}:{credentials.password}"
            sent["Authorization"] = f"Basic {b64encode(pair.encode('latin-1', 'replace')).decode()}"
        target = target_of(url)
        direct = self._at(url) if target else None
        return self._by_urllib3().ask(url, sent) if direct is None else direct.ask(target, sent)

    def _at(self, url: str) -> Direct | None:
        """The connections to the host of `url`; None where a proxy stands between."""
        place = origin(url)
        if place not in self._direct:
            # Certificates take long to load: once, however many threads ask.
            with self._guard:
                if place not in self._direct:
                    made = None if self._network.proxy_of(url) else Direct(place, self._network)
                    self._direct[place] = made
        return self._direct[place]

    def _by_urllib3(self) -> Through:
        with self._guard:
            if self._through is None:
                from pinkit.adapters.http_through import Through

                self._through = Through(self._network)
        return self._through

    def _read(self, response: Response, sink: Sink, started: float, url: str) -> None:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > sink.limit:
            raise _too_large(url, sink.limit)
        taken = 0
        while chunk := response.read(_CHUNK):
            taken += len(chunk)
            if taken > sink.limit:
                raise _too_large(url, sink.limit)
            # A big file may take long, a server that drips bytes may not.
            if time.monotonic() - started > self._network.total_s + taken / SLOWEST_BYTES_PER_S:
                raise _unavailable(url, f"the answer was not complete after {self._network.total_s:g} s")
            sink.write(chunk)


def _wait_s(attempt: int) -> float:
    import random

    return backoff_s(attempt, random.random())  # noqa: S311


def _redirected(url: str, location: str) -> str:
    from urllib.parse import urljoin, urlsplit

    try:
        target = urljoin(url, location)
        scheme = urlsplit(target).scheme
    except ValueError as error:
        raise _unavailable(url, "it redirects to something that is no URL") from error
    if scheme not in {"http", "https"}:
        raise _unavailable(url, "it redirects to something that is not HTTP")
    if origin(url).startswith("https:") and not origin(target).startswith("https:"):
        raise _unavailable(url, f"it redirects from HTTPS to plain HTTP ({printable_url(target)})")
    return target


def _unavailable(url: str, why: str) -> Unavailable:
    hint = "check the network and the index URL, or use --offline to answer from the cache"
    return Unavailable(f"{printable_url(url)} could not be read", why=why, hint=hint)


def _too_large(url: str, limit: int) -> TooLarge:
    size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit} bytes"
    return TooLarge(f"{printable_url(url)} is too large", why=f"more than {size}, which is the limit here")
