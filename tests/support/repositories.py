"""Small git repositories made on the fly, the same on every machine."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MOMENT = "2001-09-09T01:46:40+00:00"
PYPROJECT = """\
[build-system]
requires = []
build-backend = "own"
backend-path = ["."]
[project]
name = "demo"
version = "{version}"
dependencies = ["other>=2"]
"""


def git(folder: Path, *arguments: str) -> str:
    """What git says; its identity and times are fixed."""
    fixed = ["-c", "user.name=A", "-c", "user.email=a@example.invalid", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *fixed, "-c", "protocol.file.allow=always", "-C", str(folder), *arguments],
        env={
            "PATH": "/usr/bin:/bin",
            "GIT_AUTHOR_DATE": MOMENT,
            "GIT_COMMITTER_DATE": MOMENT,
            "HOME": str(folder),
        },
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def commit(folder: Path, version: str = "1") -> str:
    """The id of a commit in which the project `demo` has this version."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet")
    (folder / "pyproject.toml").write_text(PYPROJECT.format(version=version), encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", f"version {version}")
    return git(folder, "rev-parse", "HEAD")


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
