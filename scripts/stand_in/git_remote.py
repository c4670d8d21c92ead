"""A git remote over smart HTTP: the real `git http-backend`, answering for the bare repositories below a folder."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler
    from pathlib import Path

WHO = ("-c", "user.name=forge", "-c", "user.email=forge@example.invalid")


def git(at: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """What git says in a repository; `CalledProcessError` where it fails."""
    done = subprocess.run(
        ["git", *WHO, "-C", str(at), *arguments],
        input=stdin,
        env=environment(at),
        capture_output=True,
        check=True,
    )
    return done.stdout


def told(at: Path, *arguments: str, stdin: bytes = b"") -> str:
    """What git says, as text without white space around it."""
    return git(at, *arguments, stdin=stdin).decode().strip()


def environment(home: Path) -> dict[str, str]:
    """What git is run with: nothing of this machine's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
    }


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
    asked = {
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
        env=environment(root) | asked,
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
