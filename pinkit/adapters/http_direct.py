"""Kept connections of our own to plain hosts, with TLS where the URL says so; any thread may ask."""

from __future__ import annotations

import os
import re
import socket
import threading
from typing import TYPE_CHECKING, Any

from pinkit.adapters.http_connection import Connection
from pinkit.adapters.http_network import CONNECTIONS
from pinkit.adapters.http_reason import Broken, reason

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from pinkit.adapters.http_connection import Reply
    from pinkit.adapters.http_network import Network

_URL = re.compile(
    r"(https?)://([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*)(?::([0-9]{1,5}))?"
    r"(/(?:[A-Za-z0-9._~!$&'*+(),;=:@/-]|%[0-9A-Fa-f]{2})*)?(\?(?:[A-Za-z0-9._~!$&'*+(),;=:@/?-]|%[0-9A-Fa-f]{2})*)?"
    r"(?:#.*)?",
    re.DOTALL,
)
_LONGEST_HOST = 253
_UNKNOWN = "the host name is not known"

_Address = tuple[Any, Any, int, str, Any]
"""As socket.getaddrinfo gives it."""


def target_of(url: str) -> str:
    """What to ask the host of `url` for; "" for a URL whose spelling needs a full client.

    Such have escapes to be made, dots to be resolved, an address in brackets or letters beyond ASCII.
    """
    match = _URL.fullmatch(url)
    if match is None:
        return ""
    host, path, query = match[2], match[4] or "/", match[5] or ""
    return "" if len(host) > _LONGEST_HOST or "/." in path else f"{path}{query}"


class Direct:
    """Connections to one origin ("https://index.example:8080"). Raises Broken, and OSError as sockets do."""

    def __init__(self, place: str, network: Network) -> None:
        scheme, _, host = place.partition("://")
        self._name, _, port = host.partition(":")
        self._port = int(port) if port else {"http": 80, "https": 443}[scheme]
        self._host = host
        self._network = network
        self._context = _context(network, trusted=network.is_trusted(place)) if scheme == "https" else None
        self._addresses: list[_Address] = []
        self._kept: list[Connection] = []
        self._guard = threading.Lock()
        self._closed = False

    def ask(self, target: str, headers: Mapping[str, str]) -> Reply:
        """The head of the answer to a GET; no redirect is followed."""
        lines = [f"GET {target} HTTP/1.1\r\nHost: {self._host}\r\n"]
        for name, text in headers.items():
            if not text.isprintable():
                raise Broken(f"{name} has control characters", final=True)
            lines.append(f"{name}: {text}\r\n")
        request = "".join([*lines, "\r\n"]).encode("latin-1", "replace")
        connection = self._kept_one() or self._connected()
        try:
            return connection.ask(request, self._keep)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close all connections that nobody uses; the others when they are done."""
        with self._guard:
            self._closed = True
            kept, self._kept = self._kept, []
        for connection in kept:
            connection.close()

    def _kept_one(self) -> Connection | None:
        while True:
            with self._guard:
                if not self._kept:
                    return None
                connection = self._kept.pop()
            if connection.is_quiet():
                return connection
            # The server has ended it meanwhile.
            connection.close()

    def _keep(self, connection: Connection) -> None:
        with self._guard:
            if not self._closed and len(self._kept) < CONNECTIONS:
                self._kept.append(connection)
                return
        connection.close()

    def _connected(self) -> Connection:
        sock = self._reached()
        try:
            # A request is one small piece: nothing is gained by waiting for more of it.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self._network.read_s)
            if self._context is not None:
                sock = self._secured(sock, self._context)
        except BaseException:
            sock.close()
            raise
        return Connection(sock, self._network.read_s)

    def _reached(self) -> socket.socket:
        """A socket connected to the first address of the host that can be reached."""
        failure: OSError | None = None
        for family, kind, protocol, _, address in self._addresses or self._found():
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self._network.connect_s)
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        self._addresses = []
        if isinstance(failure, TimeoutError):
            raise Broken("no connection was made in time") from failure
        raise failure or Broken(_UNKNOWN)

    def _found(self) -> list[_Address]:
        try:
            # As bytes: a text would be made ready for letters beyond ASCII, with tables that take long to import.
            self._addresses = socket.getaddrinfo(self._name.encode(), self._port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise Broken(_UNKNOWN) from error
        return self._addresses

    def _secured(self, sock: socket.socket, context: ssl.SSLContext) -> socket.socket:
        from ssl import SSLCertVerificationError

        try:
            return context.wrap_socket(sock, server_hostname=self._name)
        except SSLCertVerificationError as error:
            raise Broken(reason(error), final=True) from error


def _context(network: Network, *, trusted: bool) -> ssl.SSLContext:
    import ssl

    path = network.certificates
    folder, file = (path, "") if path and os.path.isdir(path) else ("", path)
    try:
        context = ssl.create_default_context(cafile=file or None, capath=folder or None)
        if network.client_certificate:
            context.load_cert_chain(network.client_certificate)
    except OSError as error:
        why = reason(error)
        raise Broken(why if why.startswith("TLS") else f"TLS: {why}", final=True) from error
    context.set_alpn_protocols(["http/1.1"])
    if trusted:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
