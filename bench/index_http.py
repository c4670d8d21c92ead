"""1,000 GETs over loopback: our HTTP side against urllib3 alone and http.client alone, in one run.

    python bench/index_http.py [--requests 1000] [--threads 24] [--url URL]

Without --url a small server in another process answers.
"""

from __future__ import annotations

import argparse
import http.client
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3

from pinkit.adapters.credentials import CredentialBook
from pinkit.adapters.http import Http
from pinkit.adapters.http_network import Network
from pinkit.adapters.workers import Job, Workers

if TYPE_CHECKING:
    from collections.abc import Callable

BODY = b"x" * 11_000


class Handler(BaseHTTPRequestHandler):
    """Answers every GET with BODY."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer."""
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(BODY)}\r\n\r\n"
        self.wfile.write(head.encode() + BODY)


def per_second(get: Callable[[], object], requests: int, threads: int) -> float:
    """Answers a second."""
    workers = Workers(threads)
    jobs = [Job(get) for _ in range(requests)]
    start = time.perf_counter()
    for job in jobs:
        workers.start(job)
    while not jobs[-1].wait(60.0):
        pass
    for job in jobs:
        job.result()
    spent = time.perf_counter() - start
    workers.close()
    return requests / spent


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--requests", type=int, default=1000)
    arguments.add_argument("--threads", type=int, default=24)
    arguments.add_argument("--url", default="")
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.serve:
        ThreadingHTTPServer.request_queue_size = 128
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
    served = None
    url = asked.url
    if not url:
        served = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
        assert served.stdout is not None
        url = f"http://127.0.0.1:{served.stdout.readline().strip()}/x"
    ours = Http(Network(), CredentialBook([], {"NETRC": "/nonexistent"}))
    pool = urllib3.PoolManager(maxsize=asked.threads)
    kept = threading.local()
    place = urlsplit(url)

    def plain() -> bytes:
        if not hasattr(kept, "connection"):
            kept.connection = http.client.HTTPConnection(place.netloc)
        kept.connection.request("GET", place.path)
        return bytes(kept.connection.getresponse().read())

    ways: dict[str, Callable[[], object]] = {
        "pinkit": lambda: ours.get(url, {}, limit=1 << 20),
        "urllib3": lambda: pool.request("GET", url).data,
        "http.client": plain,
    }
    rates: dict[str, list[float]] = {label: [] for label in ways}
    for _ in range(3):
        for label, get in ways.items():
            rates[label].append(per_second(get, asked.requests, asked.threads))
    if served is not None:
        served.terminate()
    for label, found in rates.items():
        best = max(found)
        print(f"{label:12} {best:7.0f} a second  {best / max(rates['urllib3']):5.2f} x urllib3")


if __name__ == "__main__":
    main()
