"""GETs through urllib3: proxies, and the hosts and paths whose spelling only a full client understands."""

from __future__ import annotations

from ssl import SSLCertVerificationError
from ssl import SSLError as SystemSSLError
from typing import TYPE_CHECKING

from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    IncompleteRead,
    LocationValueError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from pinkit.adapters.http_pools import Pools
from pinkit.adapters.http_reason import Broken, reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse

    from pinkit.adapters.http_network import Network


class Through:
    """Asks with urllib3's connections. Raises Broken."""

    def __init__(self, network: Network) -> None:
        self._pools = Pools(network)

    def ask(self, url: str, headers: Mapping[str, str]) -> Borrowed:
        """The head of the answer to a GET; no redirect is followed."""
        try:
            response = self._pools.pool(url).request(
                "GET",
                url,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
            )
        except (HTTPError, OSError) as error:
            raise broken(error) from error
        return Borrowed(response)

    def close(self) -> None:
        """Close all connections."""
        self._pools.close()


class Borrowed:
    """urllib3's answer in the shape of `http_connection.Reply`."""

    def __init__(self, response: BaseHTTPResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers = {key.lower(): text for key, text in response.headers.items()}

    def read(self, most: int) -> bytes:
        """The next piece of the body as it was sent; b"" at its end."""
        try:
            return self._response.read1(most, decode_content=False)
        except (HTTPError, OSError) as error:
            raise broken(error) from error

    def finish(self) -> None:
        """Give the connection back when the body was read to its end, close it else."""
        if self._response.closed:
            self._response.release_conn()
        else:
            self._response.close()


def broken(error: BaseException) -> Broken:
    """The same failure without urllib3's names."""
    final = isinstance(error, LocationValueError) or any(
        isinstance(cause, SSLCertVerificationError) for cause in error.args
    )
    return Broken(_phrase(error), final=final)


def _phrase(error: BaseException) -> str:
    match error:
        case LocationValueError():
            return "this is no URL of a server"
        case ProxyError():
            return f"the proxy: {_phrase(error.original_error)}"
        case SSLError():
            cause = next((each for each in error.args if isinstance(each, SystemSSLError)), None)
            return f"TLS: {str(error).lower()}" if cause is None else reason(cause)
        case NameResolutionError():
            return "the host name is not known"
        case NewConnectionError() if error.__cause__ is not None:
            return _phrase(error.__cause__)
        case ConnectTimeoutError():
            return "no connection was made in time"
        case ReadTimeoutError():
            return "the server said nothing in time"
        case IncompleteRead():
            return f"the connection ended {error.expected} bytes before the end of the answer"
        case ProtocolError(args=(_, BaseException() as cause, *_)):
            return _phrase(cause)
    return reason(error)
