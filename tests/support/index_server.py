"""A package index on loopback: a real HTTP server that speaks PEP 503, 691, 658 and 714, and fails when told to.

    with IndexServer() as index:
        index.add("demo", wheel("demo", "1.0", ("other>=2",)))
        index.fail("/simple/demo/", Status(500))          # the next request for it fails, later ones do not
        ...  index.url, index.requests, index.paths()

Nothing in it sleeps: what must take time waits for an event that closing the server sets.
"""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from tests.support.distributions import Built

JSON = "application/vnd.pypi.simple.v1+json"
HTML = "text/html; charset=utf-8"


@dataclass
class Status:
    """Answer with this status, these headers and this body."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"no"


@dataclass
class Body:
    """Answer 200 with exactly this body."""

    content: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Truncated:
    """Announce the whole body, send `sent` bytes of it, and close."""

    sent: int = 10


@dataclass
class Dropped:
    """Close the connection without an answer."""


@dataclass
class Drip:
    """Send the body byte by byte, `pause_s` apart, for as long as somebody reads."""

    pause_s: float = 0.02


@dataclass
class HeadDrip:
    """Begin a head and never end it, a byte every `pause_s`."""

    pause_s: float = 0.02


@dataclass
class Silent:
    """Take the request and say nothing until the server closes."""


@dataclass
class Held:
    """Answer with the whole body, but not before the gate is open."""

    gate: threading.Event = field(default_factory=threading.Event)


@dataclass
class Endless:
    """Announce nothing and send `chunk` again and again, `times` times."""

    chunk: bytes
    times: int
    content_type: str = JSON
    encoding: str = ""


Fault = Status | Body | Truncated | Dropped | Drip | HeadDrip | Silent | Held | Endless


@dataclass
class Seen:
    """A request that came in; header names are lower case."""

    path: str
    headers: dict[str, str]


@dataclass
class Offer:
    """A file as the index offers it; `extra` are further keys of its JSON entry."""

    built: Built
    extra: dict[str, Any]


class IndexServer:
    """The server. Attributes may be changed at any time:

    `html_only` serves PEP 503 to everybody; `ranges` answers Range requests; `page_headers` are sent with
    every page; `login` is "user:password" that every request must carry; `hashes` claims sha256.
    """

    def __init__(self, port: int = 0) -> None:
        self.html_only = False
        self.ranges = True
        self.hashes = True
        self.login = ""
        self.page_headers: dict[str, str] = {"Cache-Control": "max-age=600"}
        self.requests: list[Seen] = []
        self.meta: dict[str, Any] = {"api-version": "1.1"}
        self.statuses: dict[str, str] = {}
        self.closing = threading.Event()
        self._scheme = "http"
        self._offers: dict[str, list[Offer]] = {}
        self._files: dict[str, bytes] = {}
        self._faults: dict[str, deque[Fault]] = {}
        self._always: dict[str, Fault] = {}
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """The root of the index."""
        return f"{self.origin}/simple/"

    def add(self, name: str, *built: Built, sidecar: bool | str = True, **extra: Any) -> None:
        """Offer files of the project `name` (normalised).

        `sidecar` serves and claims the metadata file of those that have one; "claimed" only claims it,
        "wrong" serves another one. Keywords are JSON keys with "_" for "-": `upload_time="2024-…Z"`,
        `yanked=True`, `requires_python=">=3.8"`, `hashes={…}`, `size=…`, `url=…`.
        """
        for each in built:
            keys = {key.replace("_", "-"): value for key, value in extra.items()}
            if each.metadata and sidecar and each.filename.endswith(".whl"):
                digest = hashlib.sha256(each.metadata).hexdigest()
                keys.setdefault("core-metadata", {"sha256": digest})
                if sidecar != "claimed":
                    text = each.metadata + (b"\n" if sidecar == "wrong" else b"")
                    self._files[f"/files/{each.filename}.metadata"] = text
            self._files.setdefault(f"/files/{each.filename}", each.content)
            self._offers.setdefault(name, []).append(Offer(each, keys))

    def remove(self, name: str) -> None:
        """Forget a project."""
        self._offers.pop(name, None)

    def put(self, path: str, content: bytes) -> None:
        """Serve any file at any path."""
        self._files[path] = content

    def fail(self, path: str, *faults: Fault) -> None:
        """Answer the next requests for `path` with `faults`, one each."""
        self._faults.setdefault(path, deque()).extend(faults)

    def always(self, path: str, fault: Fault) -> None:
        """Answer every request for `path` with `fault`."""
        self._always[path] = fault

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [seen.path for seen in self.requests]

    def fault(self, path: str) -> Fault | None:
        """What to do wrong now; consumed."""
        waiting = self._faults.get(path)
        return waiting.popleft() if waiting else self._always.get(path)

    def answer(self, path: str, accept: str) -> tuple[bytes, str] | None:
        """(body, content type) of what is at `path`; None for nothing."""
        if path in self._files:
            return self._files[path], "application/octet-stream"
        name = path.removeprefix("/simple/").rstrip("/")
        if not path.startswith("/simple/") or not path.endswith("/") or name not in self._offers:
            return None
        if JSON in accept and not self.html_only:
            return self._json(name), JSON
        return self._html(name), HTML

    def _json(self, name: str) -> bytes:
        files = [self._entry(offer) for offer in self._offers[name]]
        page: dict[str, Any] = {"meta": self.meta, "name": name, "files": files}
        if name in self.statuses:
            page["project-status"] = {"status": self.statuses[name]}
        return json.dumps(page).encode()

    def _entry(self, offer: Offer) -> dict[str, Any]:
        filename, content, _ = offer.built
        hashes = {"sha256": hashlib.sha256(content).hexdigest()} if self.hashes else {}
        entry = {
            "filename": filename,
            "url": f"../../files/{filename}",
            "hashes": hashes,
            "size": len(content),
        }
        return entry | offer.extra

    def _html(self, name: str) -> bytes:
        lines = []
        for offer in self._offers[name]:
            entry = self._entry(offer)
            fragment = "".join(f"#{key}={digest}" for key, digest in entry["hashes"].items())
            attributes = ""
            if entry.get("requires-python"):
                attributes += f' data-requires-python="{html.escape(entry["requires-python"])}"'
            if entry.get("yanked"):
                reason = entry["yanked"] if isinstance(entry["yanked"], str) else ""
                attributes += f' data-yanked="{html.escape(reason)}"'
            if "core-metadata" in entry:
                attributes += f' data-core-metadata="sha256={entry["core-metadata"]["sha256"]}"'
            lines.append(f'<a href="{entry["url"]}{fragment}"{attributes}>{entry["filename"]}</a><br>')
        title = f"<title>Links for {name}</title>"
        return f"<!DOCTYPE html><html><head>{title}</head><body>{''.join(lines)}</body></html>".encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, index: IndexServer, port: int) -> None:
        self.index = index
        super().__init__(("127.0.0.1", port), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.index.requests.append(
            Seen(self.path, {key.lower(): text for key, text in self.headers.items()})
        )
        path = self.path.partition("?")[0]
        if self.server.index.login and not self._is_welcome():
            self._send(401, b"who are you?", {"WWW-Authenticate": "Basic"})
            return
        found = self.server.index.answer(path, self.headers.get("Accept", ""))
        fault = self.server.index.fault(path)
        if fault is not None:
            self._misbehave(fault, found[0] if found else b"x" * 1000)
        elif found is None:
            self._send(404, b"not found", {})
        elif path.startswith("/simple/"):
            self._page(*found)
        else:
            self._file(found[0])

    def _is_welcome(self) -> bool:
        import base64

        expected = base64.b64encode(self.server.index.login.encode()).decode()
        return self.headers.get("Authorization") == f"Basic {expected}"

    def _page(self, body: bytes, content_type: str) -> None:
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {
            "ETag": etag,
            "Content-Type": content_type,
            "Vary": "Accept",
            **self.server.index.page_headers,
        }
        headers = {key: text for key, text in headers.items() if text}
        if headers.get("ETag") and self.headers.get("If-None-Match") == etag:
            self._send(304, b"", headers)
            return
        if "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers["Content-Encoding"] = gzip.compress(body, mtime=0), "gzip"
        self._send(200, body, headers)

    def _file(self, content: bytes) -> None:
        asked = self.headers.get("Range", "").removeprefix("bytes=")
        if not asked or not self.server.index.ranges:
            self._send(200, content, {})
            return
        first, _, last = asked.partition("-")
        start = int(first) if first else max(0, len(content) - int(last))
        stop = min(int(last) + 1, len(content)) if first and last else len(content)
        place = f"bytes {start}-{stop - 1}/{len(content)}"
        self._send(206, content[start:stop], {"Content-Range": place})

    def _misbehave(self, fault: Fault, body: bytes) -> None:
        match fault:
            case Status(code, headers, content):
                self._send(code, content, headers)
            case Body(content, content_type, headers):
                self._send(200, content, {"Content-Type": content_type, **headers})
            case Truncated(sent):
                self._head(200, {"Content-Type": JSON, "Content-Length": str(len(body))})
                self.wfile.write(body[:sent])
                self.close_connection = True
            case Dropped():
                self.close_connection = True
            case HeadDrip(pause_s):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not self.server.index.closing.wait(pause_s):
                    self.wfile.write(b"z")
                self.close_connection = True
            case Silent():
                self.server.index.closing.wait()
                self.close_connection = True
            case Drip(pause_s):
                self._head(200, {"Content-Type": JSON, "Content-Length": str(len(body))})
                for byte in body:
                    if self.server.index.closing.wait(pause_s):
                        break
                    self.wfile.write(bytes([byte]))
                self.close_connection = True
            case Held(gate):
                gate.wait()
                self._send(200, body, {"Content-Type": JSON})
            case Endless(chunk, times, content_type, encoding):
                extra = {"Content-Encoding": encoding} if encoding else {}
                self._head(200, {"Content-Type": content_type, "Connection": "close", **extra})
                for _ in range(times):
                    self.wfile.write(chunk)
                self.close_connection = True

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self._head(status, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def _head(self, status: int, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for key, text in headers.items():
            self.send_header(key, text)
        self.end_headers()
