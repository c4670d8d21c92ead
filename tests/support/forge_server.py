"""GitHub, GitLab or Forgejo on loopback: one repository with its proposals, and its git remote on the same address.

    with ForgeServer("github", tmp_path, seed) as forge:  # seed has owner/project.git, a bare repository
        forge.api_url, forge.remote, forge.token
        forge.fail("POST", "/pulls", Status(500))      # the next such request fails, later ones do not
        ...  forge.proposals, forge.log

State is real: branches are those of a bare git repository, and a proposal needs its branch. What a forge would refuse
(unknown branch, second proposal for a branch, a body past the limit, a wrong token) is refused as it does.
"""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.git_server import answer_git, basic_password
from tests.support.repositories import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PREFIX = {"github": "/api/v3", "gitlab": "/api/v4", "forgejo": "/api/v1"}
LIMIT = {"github": 65_536, "gitlab": 1_048_576, "forgejo": 65_536}
SLUG = "owner/project"


@dataclass
class Status:
    """Answer with this; `lost`: do what was asked first, so that only the answer gets lost."""

    code: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    lost: bool = False


@dataclass
class Kept:
    """A proposal as the server has it."""

    number: int
    branch: str
    base: str
    title: str
    body: str
    labels: list[str]
    state: str = "open"
    fork: bool = False
    comments: list[str] = field(default_factory=list)


class Refused(Exception):
    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code, self.content = code, {"message": message, **more}


class ForgeServer:
    token = "secret-token-4711"

    def __init__(self, kind: str, folder: Path, seed: Path) -> None:
        self.kind, self.root = kind, folder / "served"
        shutil.copytree(seed, self.root)
        self.repository = self.root / f"{SLUG}.git"
        self.work = self.repository.with_name(self.repository.name + ".work")
        self.proposals: list[Kept] = []
        self.labels = ["dependencies", "bug"]
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

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.api_url = self.url + PREFIX[self.kind]
        self.remote = f"{self.url}/{SLUG}.git"
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

    def tip(self, branch: str) -> str:
        """The commit of a branch; "" where there is none."""
        found = subprocess.run(
            ["git", "-C", str(self.repository), "rev-parse", "-q", "--verify", f"refs/heads/{branch}"],
            capture_output=True,
            text=True,
            check=False,
        )
        return found.stdout.strip()

    def at(self, branch: str, path: str) -> str:
        """A file's text at a branch."""
        return git(self.repository, "show", f"{branch}:{path}") + "\n"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        with self.lock:
            self.log.append((handler.command, handler.path, handler.headers.get("Authorization", "")))
            if f"/{SLUG}.git/" in handler.path:
                self._git(handler)
                return
            length = int(handler.headers.get("Content-Length") or 0)
            body = handler.rfile.read(length)
            content = json.loads(body) if body else {}
            fault = self._fault(handler)
            if fault is not None and not fault.lost:
                self._write(handler, fault.code, fault.body or {"message": "injected"}, fault.headers)
                return
            code, told, headers = self._told(handler, content)
            if fault is not None:
                code, told, headers = fault.code, {"message": "lost"}, dict(fault.headers)
            self._write(handler, code, told, headers)

    def _git(self, handler: BaseHTTPRequestHandler) -> None:
        fault = self._fault(handler)
        if fault is not None:
            self._write(handler, fault.code, {}, fault.headers)
        elif basic_password(handler.headers.get("Authorization", "")) != self.token:
            self._write(handler, 401, {}, {"WWW-Authenticate": 'Basic realm="forge"'})
        else:
            answer_git(handler, self.root)

    def _fault(self, handler: BaseHTTPRequestHandler) -> Status | None:
        for at, (method, part, status) in enumerate(self.faults):
            if method == handler.command and part in handler.path:
                del self.faults[at]
                return status
        return None

    def _told(self, handler: BaseHTTPRequestHandler, content: Any) -> tuple[int, Any, Mapping[str, str]]:
        try:
            self._check_token(handler)
            parts = urlsplit(handler.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            path = parts.path.removeprefix(PREFIX[self.kind])
            self.sent.append((handler.command, path, content))
            told = {"github": GitHub, "gitlab": GitLab, "forgejo": Forgejo}[self.kind](self).answer(
                handler.command, path, query, content
            )
        except Refused as refused:
            return refused.code, refused.content, {}
        if isinstance(told, list):
            return self._paged(told, query, handler)
        code = 201 if handler.command == "POST" else 200
        return (204, None, {}) if told is None else (code, told, {})

    def _paged(
        self, told: list[Any], query: Mapping[str, str], handler: BaseHTTPRequestHandler
    ) -> tuple[int, Any, Mapping[str, str]]:
        page = int(query.get("page", "1"))
        part = told[(page - 1) * self.page : page * self.page]
        more = len(told) > page * self.page
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

    def _write(
        self, handler: BaseHTTPRequestHandler, code: int, told: Any, headers: Mapping[str, str]
    ) -> None:
        body = b"" if told is None else told if isinstance(told, bytes) else json.dumps(told).encode()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def opened(self, branch: str, base: str, title: str, body: str, labels: list[str]) -> Kept:
        if not self.tip(branch) or not self.tip(base):
            raise Refused(422, "Validation Failed", errors=[{"field": "head", "message": "head is invalid"}])
        if any(
            p.state == "open" and not p.fork and (p.branch, p.base) == (branch, base) for p in self.proposals
        ):
            raise Refused(
                409 if self.kind != "github" else 422,
                "Validation Failed",
                errors=[{"message": "already exists"}],
            )
        self.check_text(title, body)
        kept = Kept(
            number=len(self.proposals) + 1,
            branch=branch,
            base=base,
            title=title,
            body=body,
            labels=list(labels),
        )
        self.proposals.append(kept)
        return kept

    def check_text(self, title: str, body: str) -> None:
        if not title or len(title) > 255 or len(body) > LIMIT[self.kind]:
            raise Refused(422, "Validation Failed", errors=[{"message": "body is too long"}])

    def proposal(self, number: str) -> Kept:
        found = next((p for p in self.proposals if str(p.number) == number), None)
        if found is None:
            raise Refused(404, "Not Found")
        return found

    def chosen(self, state: str, branch: str = "", base: str = "") -> list[Kept]:
        """Newest first."""
        return [
            p
            for p in reversed(self.proposals)
            if (state == "all" or p.state == state)
            and (not branch or p.branch == branch)
            and (not base or p.base == base)
        ]


class Routes:
    def __init__(self, server: ForgeServer) -> None:
        self.server = server

    def change(self, kept: Kept, title: str | None, body: str | None, state: str | None) -> None:
        self.server.check_text(title or kept.title, kept.body if body is None else body)
        kept.title = title or kept.title
        kept.body = kept.body if body is None else body
        kept.state = state or kept.state


class Forgejo(Routes):
    def answer(self, method: str, path: str, query: dict[str, str], content: Any) -> Any:
        tail = path.removeprefix(f"/repos/{SLUG}")
        if tail == path:
            raise Refused(404, "Not Found")
        match method, tail.split("/")[1:]:
            case "GET", []:
                return {"default_branch": "main", "full_name": SLUG}
            case "GET", ["labels"]:
                return [{"id": n, "name": name} for n, name in enumerate(self.server.labels, 1)]
            case "GET", ["pulls"]:
                return [self.shown(p) for p in self.listed(query)]
            case "POST", ["pulls"]:
                return self.shown(self.create(content))
            case "PATCH", ["pulls", number]:
                kept = self.server.proposal(number)
                self.change(kept, content.get("title"), content.get("body"), content.get("state"))
                return self.shown(kept)
            case "POST", ["issues", number, "comments"]:
                self.server.proposal(number).comments.append(content["body"])
                return {"id": 1}
            case "POST", ["issues", number, "labels"]:
                kept = self.server.proposal(number)
                kept.labels = sorted({*kept.labels, *self.names(content["labels"])})
                return [{"name": name} for name in kept.labels]
        return self.other(method, tail, query, content)

    def other(self, method: str, tail: str, query: dict[str, str], content: Any) -> Any:
        raise Refused(404, "Not Found")

    def listed(self, query: dict[str, str]) -> list[Kept]:
        return self.server.chosen(query.get("state", "open"))

    def create(self, content: Any) -> Kept:
        labels = self.names(content.get("labels", []))
        return self.server.opened(content["head"], content["base"], content["title"], content["body"], labels)

    def names(self, labels: list[Any]) -> list[str]:
        if not all(isinstance(each, int) for each in labels):
            raise Refused(422, "labels are ids")
        return [self.server.labels[each - 1] for each in labels]

    def shown(self, kept: Kept) -> dict[str, Any]:
        repository = {"full_name": "someone/project" if kept.fork else SLUG}
        return {
            "number": kept.number,
            "state": "open" if kept.state == "open" else "closed",
            "merged": kept.state == "merged",
            "merged_at": "2026-01-01T00:00:00Z" if kept.state == "merged" else None,
            "title": kept.title,
            "body": kept.body,
            "html_url": f"{self.server.url}/{SLUG}/pulls/{kept.number}",
            "head": {"ref": kept.branch, "repo": repository},
            "base": {"ref": kept.base, "repo": {"full_name": SLUG}},
            "labels": [{"name": name} for name in kept.labels],
        }


class GitHub(Forgejo):
    def listed(self, query: dict[str, str]) -> list[Kept]:
        branch = query.get("head", "").partition(":")[2]
        return self.server.chosen(query.get("state", "open"), branch, query.get("base", ""))

    def names(self, labels: list[Any]) -> list[str]:
        return [str(each) for each in labels]

    def other(self, method: str, tail: str, query: dict[str, str], content: Any) -> Any:
        at = self.server.repository
        match method, tail.split("/")[1:]:
            case "GET", ["git", "ref", name]:
                return self.ref(unquote(name))
            case "GET", ["git", "commits", sha]:
                return self.commit(at, sha)
            case "GET", ["git", "trees", sha]:
                lines = git(at, "ls-tree", "-z", sha).split("\0")
                entries = [re.fullmatch(r"(\d+) (\w+) (\w+)\t(.*)", line) for line in lines]
                return {
                    "tree": [{"mode": e[1], "type": e[2], "sha": e[3], "path": e[4]} for e in entries if e]
                }
            case "GET", ["git", "blobs", sha]:
                found = subprocess.run(
                    ["git", "-C", str(at), "cat-file", "blob", sha], capture_output=True, check=True
                )
                return {"content": base64.encodebytes(found.stdout).decode(), "encoding": "base64"}
            case "POST", ["git", "blobs"]:
                return {
                    "sha": written(at, ["hash-object", "-w", "--stdin"], base64.b64decode(content["content"]))
                }
            case "POST", ["git", "trees"]:
                return {"sha": self.tree(at, content)}
            case "POST", ["git", "commits"]:
                parents = [word for parent in content["parents"] for word in ("-p", parent)]
                return {
                    "sha": written(
                        at, ["commit-tree", content["tree"], *parents], content["message"].encode()
                    )
                }
            case "POST", ["git", "refs"]:
                if self.server.tip(content["ref"].removeprefix("refs/heads/")):
                    raise Refused(422, "Reference already exists")
                git(at, "update-ref", content["ref"], content["sha"])
                return {"ref": content["ref"]}
            case "PATCH", ["git", "refs", name]:
                self.ref(unquote(name))
                git(at, "update-ref", f"refs/{unquote(name)}", content["sha"])
                return {"ref": name}
            case "DELETE", ["git", "refs", name]:
                git(at, "update-ref", "-d", f"refs/{unquote(name)}")
                return None
        raise Refused(404, "Not Found")

    def ref(self, name: str) -> dict[str, Any]:
        tip = self.server.tip(name.removeprefix("heads/"))
        if not tip:
            raise Refused(404, "Not Found")
        return {"ref": f"refs/{name}", "object": {"sha": tip, "type": "commit"}}

    def commit(self, at: Path, sha: str) -> dict[str, Any]:
        tree, parents, name, message = git(at, "log", "-1", "--format=%T%x00%P%x00%an%x00%B", sha).split("\0")
        return {
            "sha": sha,
            "tree": {"sha": tree},
            "parents": [{"sha": each} for each in parents.split()],
            "author": {"name": name},
            "message": message,
        }

    def tree(self, at: Path, content: Any) -> str:
        lines = git(at, "ls-tree", "-r", "-z", content["base_tree"]).split("\0")
        entries = {line.partition("\t")[2]: line.partition("\t")[0].split() for line in lines if line}
        for each in content["tree"]:
            entries.pop(each["path"], None)
            if each["sha"] is not None:
                entries[each["path"]] = [each["mode"], each["type"], each["sha"]]
        if any("/" in path for path in entries):
            raise Refused(422, "this server makes flat trees only")
        text = "".join(f"{' '.join(entry)}\t{path}\0" for path, entry in sorted(entries.items()))
        return written(at, ["mktree", "-z"], text.encode())


class GitLab(Routes):
    def answer(self, method: str, path: str, query: dict[str, str], content: Any) -> Any:
        tail = path.removeprefix(f"/projects/{SLUG.replace('/', '%2F')}")
        if tail == path:
            raise Refused(404, "404 Project Not Found")
        match method, tail.split("/")[1:]:
            case "GET", []:
                return {"default_branch": "main"}
            case "GET", ["merge_requests"]:
                states = {"opened": "open", "all": "all"}
                branch, base = query.get("source_branch", ""), query.get("target_branch", "")
                return [self.shown(p) for p in self.server.chosen(states[query["state"]], branch, base)]
            case "POST", ["merge_requests"]:
                labels = [each for each in content["labels"].split(",") if each]
                texts = (content["title"], content["description"])
                return self.shown(
                    self.server.opened(content["source_branch"], content["target_branch"], *texts, labels)
                )
            case "PUT", ["merge_requests", number]:
                kept = self.server.proposal(number)
                state = {"close": "closed"}.get(content.get("state_event", ""))
                self.change(kept, content.get("title"), content.get("description"), state)
                added = [each for each in content.get("add_labels", "").split(",") if each]
                kept.labels = sorted({*kept.labels, *added})
                return self.shown(kept)
            case "POST", ["merge_requests", number, "notes"]:
                self.server.proposal(number).comments.append(content["body"])
                return {"id": 1}
        raise Refused(404, "404 Not Found")

    def shown(self, kept: Kept) -> dict[str, Any]:
        return {
            "iid": kept.number,
            "id": kept.number + 1000,
            "state": {"open": "opened"}.get(kept.state, kept.state),
            "title": kept.title,
            "description": kept.body,
            "web_url": f"{self.server.url}/{SLUG}/-/merge_requests/{kept.number}",
            "source_branch": kept.branch,
            "target_branch": kept.base,
            "source_project_id": 8 if kept.fork else 7,
            "target_project_id": 7,
        }


def written(at: Path, arguments: list[str], content: bytes) -> str:
    """The id of the object that git writes."""
    who = ["-c", "user.name=forge", "-c", "user.email=forge@example.invalid"]
    done = subprocess.run(
        ["git", *who, "-C", str(at), *arguments], input=content, capture_output=True, check=True
    )
    return done.stdout.decode().strip()
