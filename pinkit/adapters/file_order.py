"""A tree whose directories list in the opposite order, by disorderfs: a file system over the tree, in user space."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_view import BASE_PYTHON, interpreter_paths
from pinkit.adapters.sandbox_watch import cleaned
from pinkit.adapters.scratch import scratch
from pinkit.errors import BuildFailed, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.ports import Sandbox

_PATHS = "/usr/bin:/bin:/usr/local/bin:/usr/sbin:/sbin"
_TIMEOUT_S = 60
_TOOL = "disorderfs"
_LIST_AND_WRITE = "import os;print(os.listdir('.'));open('written','w').close()"
_UNMOUNTS = (
    ("fusermount3", "-u"),
    ("fusermount", "-u"),
    ("umount",),
    ("fusermount", "-uz"),
    ("umount", "-l"),
)


@contextmanager
def opposite_order(tree: Path, tool: str = _TOOL) -> Iterator[None]:
    """As long as this lasts, directories of `tree` list the other way round. BuildFailed where it cannot be mounted."""
    aside = tree.with_name(f"{tree.name}.plain")
    tree.rename(aside)
    tree.mkdir()
    try:
        failure = _mount(tool, aside, tree)
        if failure:
            raise BuildFailed("disorderfs cannot be mounted", failure)
        try:
            yield
        finally:
            _unmount(tree)
    finally:
        tree.rmdir()
        aside.rename(tree)


def why_no_disorderfs(sandbox: Sandbox, tool: str = _TOOL) -> str:
    """Why it cannot be used for builds in this sandbox, tried out there; "" where it can."""
    if shutil.which(tool, path=_PATHS) is None:
        return "disorderfs is not installed"
    try:
        with scratch("order") as place:
            tree = place / "tree"
            tree.mkdir()
            for number in range(32):
                (tree / f"file{number}").touch()
            plain = os.listdir(tree)
            with opposite_order(tree, tool):
                told = _listed(sandbox, tree)
            return "" if told == str(plain[::-1]) else "disorderfs does not change what a build sees"
    except (OSError, BuildFailed, Unavailable) as error:
        return f"disorderfs does not work here: {error}"


def _listed(sandbox: Sandbox, tree: Path) -> str:
    """What a process in the sandbox lists; "" where it cannot write there."""
    ended = sandbox.run(
        [str(BASE_PYTHON), "-I", "-S", "-c", _LIST_AND_WRITE],
        cwd=tree,
        writable=[tree],
        readable=interpreter_paths(BASE_PYTHON),
        timeout_s=_TIMEOUT_S,
    )
    return ended.output.strip() if ended.returncode == 0 else ""


def _mount(tool: str, source: Path, target: Path) -> str:
    """Why the mount failed; "" when it stands."""
    command = [
        shutil.which(tool, path=_PATHS) or tool,
        "--quiet",
        "--reverse-dirents=yes",
        "--pad-blocks=0",
        str(source),
        str(target),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the daemon that stays would hold a pipe open
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return cleaned(str(error).encode())
    return "" if done.returncode == 0 and target.is_mount() else f"exit status {done.returncode}"


def _unmount(target: Path) -> None:
    for command, *options in _UNMOUNTS:
        tool = shutil.which(command, path=_PATHS)
        if tool and target.is_mount():
            with suppress(subprocess.TimeoutExpired):  # the next one is less patient
                subprocess.run(
                    [tool, *options, str(target)], capture_output=True, timeout=_TIMEOUT_S, check=False
                )
