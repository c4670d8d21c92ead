"""Copies of the user's project to build from: the build never writes the original, nor sees what is ignored."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

_NOT_SOURCES = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".pytest_cache"}
    | {".ruff_cache", ".hypothesis", "node_modules", ".pinkit"}
)
_GIT_TIMEOUT_S = 60


def copy_project(project: Path, destination: Path) -> Path:
    """`destination`, filled with the project's sources: modes and times kept, links as links.

    In a git working tree: the tracked files and those that are neither tracked nor ignored. Elsewhere all
    files but caches, environments and version control.
    """
    if not project.is_dir():
        raise UsageError(f"{project}: no such directory")
    names = git_files(project)
    destination.mkdir(parents=True)
    for name in _walked(project) if names is None else names:
        _copy(project / name, destination / name)
    _copy_directory_times(project, destination)
    return destination


def git_files(project: Path) -> tuple[str, ...] | None:
    """Relative names of the project's files that git does not ignore, sorted; None outside a working tree."""
    command = ["git", "-C", str(project), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=_GIT_TIMEOUT_S, check=False, env=_git_environment()
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # no git here: then the tree is copied by what its names say
    if done.returncode != 0:
        return None
    names = {os.fsdecode(name) for name in done.stdout.split(b"\0") if name}
    return tuple(sorted(name for name in names if os.path.lexists(project / name)))


def _git_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _walked(project: Path) -> Iterable[str]:
    for folder, directories, files in os.walk(project):
        directories[:] = sorted(name for name in directories if name not in _NOT_SOURCES)
        links = [name for name in directories if Path(folder, name).is_symlink()]
        for name in sorted([*files, *links]):
            yield os.path.relpath(os.path.join(folder, name), project)


def _copy(source: Path, target: Path) -> None:
    mode = source.lstat().st_mode
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISLNK(mode):
        target.symlink_to(os.readlink(source))
    elif stat.S_ISREG(mode):
        shutil.copy2(source, target)
    elif stat.S_ISDIR(mode) and not target.exists():  # a submodule: git lists it as one name
        copy_project(source, target)


def _copy_directory_times(project: Path, destination: Path) -> None:
    for folder, _, _ in os.walk(destination, topdown=False):
        shutil.copystat(project / os.path.relpath(folder, destination), folder)
