"""A git remote over smart HTTP on loopback: the real `git http-backend`, behind a check of the token.

Made for `ForgeServer`, whose repositories it serves; a bare repository can be made with `bare_repository`.
"""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING

from tests.support.repositories import git

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path


def bare_repository(folder: Path, files: dict[str, str]) -> Path:
    """A bare repository whose branch `main` has one commit with `files`."""
    work = folder.with_name(folder.name + ".work")
    work.mkdir(parents=True)
    git(work, "init", "--quiet")
    commit_files(work, files, "Start")
    git(work, "clone", "--quiet", "--bare", str(work), str(folder))
    git(folder, "config", "http.receivepack", "true")
    git(folder, "config", "receive.advertisePushOptions", "true")
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "false")
    return folder


def commit_files(work: Path, files: dict[str, str], message: str) -> str:
    """The id of a commit that sets `files` in a work tree."""
    for name, text in files.items():
        path = work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    git(work, "add", "--all")
    git(work, "commit", "--quiet", "--message", message)
    return git(work, "rev-parse", "HEAD")


def basic_password(header: str) -> str:
    """The password of an Authorization header; "" where there is none."""
    scheme, _, pair = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    return base64.b64decode(pair).decode().partition(":")[2]


def answer_git(handler: BaseHTTPRequestHandler, root: Path) -> None:
    """Let `git http-backend` answer a request for a repository below `root`."""
    path, _, query = handler.path.partition("?")
    length = int(handler.headers.get("Content-Length") or 0)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(root),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_PROJECT_ROOT": str(root),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "REQUEST_METHOD": handler.command,
        "REMOTE_USER": "pusher",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": handler.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": handler.headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": handler.headers.get("Git-Protocol", ""),
    }
    done = subprocess.run(
        ["git", "http-backend"],
        input=handler.rfile.read(length),
        env=environment,
        capture_output=True,
        check=True,
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    headers = [line.partition(": ")[::2] for line in head.decode().split("\r\n")]
    status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
    handler.send_response(status)
    for name, value in headers:
        if name != "Status":
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
