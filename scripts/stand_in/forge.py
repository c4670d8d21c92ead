"""A stand-in for GitHub, GitLab or Forgejo on loopback, and no forge: one repository, its proposals, its git remote.

From a test:

    with ForgeServer("github", root) as forge:  # root has owner/project.git, a bare repository
        forge.api_url, forge.remote, forge.token
        forge.fail("POST", "/pulls", Status(500))      # the next such request fails, later ones do not
        ...  forge.proposals, forge.log

From the demo: `python -m scripts.stand_in.forge github ROOT OWNER/NAME` prints its address and runs until it is
ended; its token is that of PINKIT_FORGE_TOKEN. A proposal's address shows its text.

State is real: branches are those of a bare git repository, and a proposal needs its branch. What a forge would refuse
(unknown branch, second proposal for a branch, a body past the limit, a wrong token) is refused as it does.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from scripts.stand_in.forge_routes import ROUTES
from scripts.stand_in.forge_state import Refused, State
from scripts.stand_in.git_remote import answer_git, basic_password

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = {"github": "/api/v3", "gitlab": "/api/v4", "forgejo": "/api/v1"}
SLUG = "owner/project"


@dataclass
class Status:
    """Answer with this; `lost`: do what was asked first, so that only the answer gets lost."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    lost: bool = False


class ForgeServer(State):
    """The server; `log` has (method, path, Authorization) of each request, `sent` what the API was told."""

    def __init__(self, kind: str, root: Path, slug: str = SLUG, token: str = "secret-token-4711") -> None:
        super().__init__(kind, root, slug)
        self.token = token
        self.faults: list[tuple[str, str, Status]] = []
        self.log: list[tuple[str, str, str]] = []
        self.sent: list[tuple[str, str, Any]] = []
        self.page = 100
        self.lock = threading.Lock()

    def __enter__(self) -> Self:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def answer(self) -> None:
                server.answer(self)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer  # noqa: N815

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.api_url = self.url + PREFIX[self.kind]
        self.remote = f"{self.url}/{self.slug}.git"
        return self

    def __exit__(self, *args: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def fail(self, method: str, part: str, status: Status, times: int = 1) -> None:
        """Let the next requests of `method` whose path has `part` end with `status`."""
        self.faults += [(method, part, status)] * times

    def calls(self, method: str) -> list[str]:
        """Paths below the API that were asked with `method`."""
        return [path for m, path, _ in self.log if m == method and path.startswith(PREFIX[self.kind])]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, one at a time."""
        with self.lock:
            self.log.append((handler.command, handler.path, handler.headers.get("Authorization", "")))
            fault = self._fault(handler)
            if f"/{self.slug}.git/" in handler.path:
                self._git(handler, fault)
            elif handler.path.startswith(PREFIX[self.kind]):
                self._api(handler, fault)
            else:
                self._show(handler)

    def _git(self, handler: BaseHTTPRequestHandler, fault: Status | None) -> None:
        if fault is not None:
            _write(handler, fault.code, {}, fault.headers)
        elif basic_password(handler.headers.get("Authorization", "")) != self.token:
            _write(handler, 401, {}, {"WWW-Authenticate": 'Basic realm="forge"'})
        else:
            answer_git(handler, self.root)

    def _api(self, handler: BaseHTTPRequestHandler, fault: Status | None) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        content = json.loads(body) if body else {}
        if fault is not None and not fault.lost:
            _write(handler, fault.code, fault.body or {"message": "injected"}, fault.headers)
            return
        code, answered, headers = self._answered(handler, content)
        if fault is not None:
            code, answered, headers = fault.code, {"message": "lost"}, dict(fault.headers)
        _write(handler, code, answered, headers)

    def _show(self, handler: BaseHTTPRequestHandler) -> None:
        """A proposal as text, for people."""
        try:
            kept = self.proposal(handler.path.rpartition("/")[2])
        except Refused as refused:
            _write(handler, refused.code, refused.content, {})
            return
        head = f"{kept.title}\n{kept.branch} -> {kept.base} ({kept.state}) {' '.join(kept.labels)}".rstrip()
        _write(handler, 200, f"{head}\n\n{kept.body}\n".encode(), {})

    def _fault(self, handler: BaseHTTPRequestHandler) -> Status | None:
        for at, (method, part, status) in enumerate(self.faults):
            if method == handler.command and part in handler.path:
                del self.faults[at]
                return status
        return None

    def _answered(self, handler: BaseHTTPRequestHandler, content: Any) -> tuple[int, Any, Mapping[str, str]]:
        try:
            self._check_token(handler)
            parts = urlsplit(handler.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            path = parts.path.removeprefix(PREFIX[self.kind])
            self.sent.append((handler.command, path, content))
            answered = ROUTES[self.kind](self).answer(handler.command, path, query, content)
        except Refused as refused:
            return refused.code, refused.content, {}
        if isinstance(answered, list):
            return self._paged(answered, query)
        code = 201 if handler.command == "POST" else 200
        return (204, None, {}) if answered is None else (code, answered, {})

    def _paged(self, answered: list[Any], query: Mapping[str, str]) -> tuple[int, Any, Mapping[str, str]]:
        page = int(query.get("page", "1"))
        part = answered[(page - 1) * self.page : page * self.page]
        more = len(answered) > page * self.page
        return 200, part, {"Link": f'<{self.url}/next>; rel="next"'} if more else {}

    def _check_token(self, handler: BaseHTTPRequestHandler) -> None:
        expected = {
            "github": ("Authorization", f"Bearer {self.token}"),
            "gitlab": ("PRIVATE-TOKEN", self.token),
            "forgejo": ("Authorization", f"token {self.token}"),
        }
        name, value = expected[self.kind]
        if handler.headers.get(name) != value:
            raise Refused(401, "Bad credentials")


def _write(handler: BaseHTTPRequestHandler, code: int, answered: Any, headers: Mapping[str, str]) -> None:
    is_text = isinstance(answered, bytes)
    body = answered if is_text else b"" if answered is None else json.dumps(answered).encode()
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Type", "text/plain; charset=utf-8" if is_text else "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def main(kind: str, root: str, slug: str) -> None:
    """Serve until the process is ended."""
    with ForgeServer(kind, Path(root), slug, os.environ["PINKIT_FORGE_TOKEN"]) as forge:
        print(forge.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
