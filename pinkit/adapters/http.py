"""GET over HTTP that survives the network: retries, limits of size and time, redirects, credentials by host."""

from __future__ import annotations

import random
import time
from ssl import SSLCertVerificationError
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationValueError, SSLError

from pinkit import __version__
from pinkit.adapters.http_pools import Network, Pools
from pinkit.adapters.http_reason import reason
from pinkit.adapters.http_retry import RETRY_STATUSES, backoff_s, retry_after_s
from pinkit.errors import Unavailable
from pinkit.formats.urls import origin, printable_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.adapters.credentials import CredentialBook
    from pinkit.formats.urls import Credentials

MAX_REDIRECTS = 10
SLOWEST_BYTES_PER_S = 20_000
_USER_AGENT = f"pinkit/{__version__}"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16


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
        self._pools = Pools(network)

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
            except SSLError as error:
                if any(isinstance(cause, SSLCertVerificationError) for cause in error.args):
                    raise _unavailable(url, reason(error)) from error
                why, wait = reason(error), backoff_s(attempt, random.random())  # noqa: S311
                continue
            except LocationValueError as error:
                raise _unavailable(url, "this is no URL of a server") from error
            except (HTTPError, OSError) as error:
                why, wait = reason(error), backoff_s(attempt, random.random())  # noqa: S311
                continue
            if answer[0] not in RETRY_STATUSES:
                return answer
            why = f"the server answered {answer[0]}"
            wait = backoff_s(attempt, random.random())  # noqa: S311
            asked = retry_after_s(answer[1].get("retry-after", ""), time.time())
            if asked is not None:
                if asked > self._network.retry_after_cap_s:
                    raise _unavailable(url, f"{why} and asks to come back in {asked:.0f} s")
                wait = max(wait, asked)
        raise _unavailable(url, f"{why}; tried {self._network.attempts} times")

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()

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
                    return response.status, {key.lower(): text for key, text in response.headers.items()}, url
                response.drain_conn()
            finally:
                # Gives the connection back when the body was read to its end, closes it else.
                _finish(response)
            url = _redirected(url, location)
        raise _unavailable(url, f"more than {MAX_REDIRECTS} redirects")

    def _authorised(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        response = self._request(url, headers, self._book.credentials(url))
        if response.status in {401, 403}:
            better = self._book.refused(url)
            if better is not None:
                response.close()
                return self._request(url, headers, better)
        return response

    def _request(
        self, url: str, headers: Mapping[str, str], credentials: Credentials | None
    ) -> urllib3.BaseHTTPResponse:
        sent = {"User-Agent": _USER_AGENT, **headers}
        if credentials is not None:
            pair = f"{credentials.username}:{credentials.password}"
            sent.update(urllib3.make_headers(basic_auth=pair))
        return self._pools.pool(url).request(
            "GET",
            url,
            headers=sent,
            redirect=False,
            retries=False,
            preload_content=False,
            decode_content=False,
        )

    def _read(self, response: urllib3.BaseHTTPResponse, sink: Sink, started: float, url: str) -> None:
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length) > sink.limit:
            raise _too_large(url, sink.limit)
        taken = 0
        while chunk := response.read1(_CHUNK, decode_content=False):
            taken += len(chunk)
            if taken > sink.limit:
                raise _too_large(url, sink.limit)
            # A big file may take long, a server that drips bytes may not.
            if time.monotonic() - started > self._network.total_s + taken / SLOWEST_BYTES_PER_S:
                raise _unavailable(url, f"the answer was not complete after {self._network.total_s:g} s")
            sink.write(chunk)


def _finish(response: urllib3.BaseHTTPResponse) -> None:
    if response.closed:
        response.release_conn()
    else:
        response.close()


def _redirected(url: str, location: str) -> str:
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
