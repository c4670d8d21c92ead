"""Copies of the user's project to build from: the build never writes the original, nor sees what is ignored."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

_NOT_SOURCES = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".pytest_cache"}
    | {".ruff_cache", ".hypothesis", "node_modules", ".pinkit"}
)
_PRODUCTS = frozenset({"build", "dist"})  # of builds, where they stand at the top
_GIT_TIMEOUT_S = 60


def copy_project(project: Path, destination: Path) -> Path:
    """`destination`, filled with the project's sources: modes and times kept, links as links.

    In a git working tree: the tracked files and those that are neither tracked nor ignored nor left by builds at the
    top. Elsewhere all files but caches, environments, version control and what builds leave at the top.
    """
    if not project.is_dir():
        raise UsageError(f"{project}: no such directory")
    names = git_files(project)
    return _copied(project, destination, _sources(project) if names is None else names)


def copy_tree(tree: Path, destination: Path, *, backwards: bool = False) -> Path:
    """`destination`, filled with everything in `tree`; `backwards` makes the files in the opposite order."""
    names = list(_walked(tree))
    return _copied(tree, destination, reversed(names) if backwards else names)


def _copied(tree: Path, destination: Path, names: Iterable[str]) -> Path:
    destination.mkdir(parents=True)
    try:
        for name in names:
            _copy(tree / name, destination / name)
        _copy_directory_times(tree, destination)
    except FileNotFoundError as error:
        raise Unavailable(
            f"{tree.name} changed while it was copied", f"{error.filename} is gone", "run it again"
        ) from error
    return destination


def git_files(project: Path) -> tuple[str, ...] | None:
    """Relative names of the project's files that are sources to git, sorted; None outside a working tree."""
    tracked = _git(project, "ls-files", "-z", "--cached")
    if tracked is None:
        return None
    names = {*_names(tracked), *_new_files(project)}
    return tuple(sorted(name for name in names if os.path.lexists(project / name)))


def _new_files(project: Path) -> list[str]:
    """Neither tracked nor ignored; without what an earlier build left: the next one shall be the same."""
    listed = _git(project, "ls-files", "-z", "--others", "--exclude-standard") or b""
    return [name for name in _names(listed) if name.partition("/")[0] not in _PRODUCTS]


def _names(listed: bytes) -> list[str]:
    return [os.fsdecode(name) for name in listed.split(b"\0") if name]


def git_moment(project: Path) -> int | None:
    """When the last commit was made, seconds since the epoch; None outside a working tree or without commits."""
    told = _git(project, "log", "-1", "--format=%ct")
    return int(told) if told and told.strip().isdigit() else None


def is_modified(project: Path) -> bool:
    """Whether tracked or new files differ from the last commit; False outside a working tree."""
    return bool(_git(project, "status", "--porcelain", "--untracked-files=no") or _new_files(project))


def _git(project: Path, *arguments: str) -> bytes | None:
    """What git answers about the working tree of `project`; None where there is no git or no working tree."""
    settings = ("-c", "core.fsmonitor=false", "-c", "safe.directory=*")
    try:
        done = subprocess.run(
            ["git", *settings, "-C", str(project), *arguments],
            capture_output=True,
            timeout=_GIT_TIMEOUT_S,
            check=False,
            env=_git_environment(),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None  # no git here: then the tree is copied by what its names say
    return done.stdout if done.returncode == 0 else None


GIT_INSIDE = (
    ("GIT_CONFIG_COUNT", "1"),
    ("GIT_CONFIG_KEY_0", "safe.directory"),
    ("GIT_CONFIG_VALUE_0", "*"),
    ("GIT_OPTIONAL_LOCKS", "0"),
)
"""What makes git inside a sandbox read a history that it must not write and does not own."""


def shown_history(project: Path, tree: Path, scratch: Path, level: str) -> tuple[tuple[Path, str], ...]:
    """What a build of `tree`, a copy of `project`, must see of its git history to tell the version from it.

    Pairs of a path here and its place in the tree, read-only; git's settings are left out but for the form of
    the repository, because they may hold credentials. Empty where there is no history; without a sandbox it
    is copied into the tree instead.
    """
    history = project / ".git"
    if history.is_file():  # a linked worktree or a submodule: its history lies elsewhere
        history = _gathered_history(project, scratch / "history")
    if not history.is_dir():
        return ()
    settings = scratch / "git-config"
    settings.write_text(_form_only((history / "config").read_text("utf-8", "replace")), encoding="utf-8")
    if level == "none":
        shutil.copytree(history, tree / ".git", symlinks=True)
        shutil.copyfile(settings, tree / ".git" / "config")
        return ()
    (tree / ".git").mkdir(exist_ok=True)
    return ((history, ".git"), (settings, ".git/config"))


def _gathered_history(project: Path, clone: Path) -> Path:
    """The .git directory of a clone that stands where the working tree stands; missing where git fails."""
    _git(project, "clone", "--quiet", "--no-checkout", "--local", "--", ".", str(clone))
    _git(clone, "read-tree", "HEAD")
    return clone / ".git"


def _form_only(settings: str) -> str:
    kept, keeping = [], False
    for line in settings.splitlines():
        if line.startswith("["):
            keeping = line.strip() in ("[core]", "[extensions]")
        if keeping and not re.match(r"\s*(worktree|hookspath|fsmonitor|sshcommand|askpass)\s*=", line, re.I):
            kept.append(line)
    return "\n".join([*kept, ""])


def _git_environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}


def _sources(project: Path) -> Iterator[str]:
    for name in _walked(project, _NOT_SOURCES):
        if name.partition("/")[0] not in _PRODUCTS or "/" not in name:
            yield name


def _walked(tree: Path, skipped: Container[str] = ()) -> Iterator[str]:
    """Relative names of all files and links below `tree`, but for directories of these names."""
    for folder, directories, files in os.walk(tree):
        directories[:] = sorted(name for name in directories if name not in skipped)
        links = [name for name in directories if Path(folder, name).is_symlink()]
        for name in sorted([*files, *links]):
            yield os.path.relpath(os.path.join(folder, name), tree)


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
