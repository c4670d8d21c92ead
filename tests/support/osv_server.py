"""The advisory service and its dump on loopback, over records given as objects or raw bytes; fails when told to.

    with OsvServer([record("TEST-1", events=before("2"))]) as osv:
        osv.page = 1                                    # one result a page
        osv.fail("/v1/querybatch", 503, times=2)        # the next two requests, later ones work
        ...  osv.url, osv.dump_url, osv.paths()

Which records a query names is decided by the plain rule of `osv_oracle`, not by the code under test.
"""

from __future__ import annotations

import base64
import io
import json
import threading
import zipfile
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from packaging.utils import canonicalize_name

from tests.support.osv_oracle import affects

if TYPE_CHECKING:
    from collections.abc import Iterable

CUT = -1
"""A fault: half the body, then the connection closes."""
HANG = -2
"""A fault: no answer until the server is closed."""


def crc32c(content: bytes) -> str:
    """CRC-32C bit by bit, base64 as the storage service writes it."""
    register = 0xFFFFFFFF
    for byte in content:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ (0x82F63B78 if register & 1 else 0)
    return base64.b64encode((register ^ 0xFFFFFFFF).to_bytes(4, "big")).decode()


def dump(records: Iterable[dict[str, Any]], raw: dict[str, bytes] | None = None) -> bytes:
    """A dump zip, the same bytes whenever it is made; `raw` are members whose bytes are given."""
    members = {f"{content['id']}.json": json.dumps(content).encode() for content in records}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in [*members.items(), *(raw or {}).items()]:
            archive.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


class OsvServer:
    def __init__(self, records: Iterable[dict[str, Any]] = ()) -> None:
        self.records = {content["id"]: content for content in records}
        self.raw: dict[str, bytes] = {}
        """Bodies served as they are, by path."""
        self.page = 0
        self.crc: str | None = None
        self.requests: list[tuple[str, str]] = []
        self._faults: dict[str, list[int]] = defaultdict(list)
        self._guard = threading.Lock()
        self.closing = threading.Event()
        self.hanging = threading.Event()
        """Set once somebody waits for an answer that does not come."""

    def __enter__(self) -> Self:
        server = self

        class Handler(_Handler):
            osv = server

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def dump_url(self) -> str:
        return f"{self.url}/PyPI/"

    def fail(self, path: str, status: int, times: int = 1) -> None:
        self._faults[path] += [status] * times

    def paths(self) -> list[str]:
        return [path for _, path in self.requests]

    def fault(self, method: str, path: str) -> int:
        with self._guard:
            self.requests.append((method, path))
            fault = self._faults[path].pop(0) if self._faults[path] else 0
        if fault == HANG:
            self.hanging.set()
            self.closing.wait()
        return fault

    def query(self, query: dict[str, Any]) -> dict[str, Any]:
        name, version = canonicalize_name(query["package"]["name"]), query["version"]
        named = [r for i, r in sorted(self.records.items()) if affects(r, name, version)]
        start = int(query.get("page_token", "0"))
        part = named[start : start + self.page] if self.page else named
        answer: dict[str, Any] = {}
        if part:
            answer["vulns"] = [{"id": r["id"], "modified": r["modified"]} for r in part]
        if self.page and start + self.page < len(named):
            answer["next_page_token"] = str(start + self.page)
        return answer

    def modified_list(self) -> bytes:
        times = sorted(((r["modified"], i) for i, r in self.records.items()), reverse=True)
        return "".join(f"{time},{identity}\n" for time, identity in times).encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # As many as are asked side by side: a queue that is full makes connections wait for seconds.
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    osv: OsvServer

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        fault = self.osv.fault(self.command, self.path)
        if fault > 0:
            return self._send(fault, b"{}", {"Retry-After": "0"})
        if self.path in self.osv.raw:
            return self._send(200, self.osv.raw[self.path], cut=fault == CUT)
        name = self.path.rpartition("/")[2]
        if self.path == "/PyPI/all.zip":
            body = dump(self.osv.records.values())
            crc = crc32c(body) if self.osv.crc is None else self.osv.crc
            return self._send(
                200, body, {"x-goog-hash": f"crc32c={crc}, md5=AA=="} if crc else {}, cut=fault == CUT
            )
        if self.path == "/PyPI/modified_id.csv":
            return self._send(200, self.osv.modified_list(), cut=fault == CUT)
        known = self.osv.records.get(name.removesuffix(".json"))
        if known is None:
            return self._send(404, b'{"code":5,"message":"Vulnerability not found"}')
        return self._send(200, json.dumps(known).encode(), cut=fault == CUT)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = self.osv.fault("POST", self.path)
        if fault > 0:
            return self._send(fault, b'{"code":8,"message":"later"}', {"Retry-After": "0"})
        if self.path in self.osv.raw:
            return self._send(200, self.osv.raw[self.path])
        queries = question["queries"]
        if len(queries) > 1000:
            return self._send(400, b'{"code":3,"message":"Too many queries."}')
        results = [self.osv.query(query) for query in queries]
        return self._send(200, json.dumps({"results": results}).encode(), cut=fault == CUT)

    def _send(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True
