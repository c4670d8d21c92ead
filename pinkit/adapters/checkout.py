"""Trees of a commit to build from, out of a local clone that nothing of them may change."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from pinkit.adapters.archives import give_time
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinkit.model.checkout import Checkout

_TIMEOUT_S = 600
_SETTINGS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "safe.directory=*"),
    *("-c", "protocol.file.allow=always"),
    *("-c", "advice.detachedHead=false"),
)


def cloned(source: Checkout, clone: Path, *, on_branch: bool = False) -> Path:
    """`clone`, a repository without a working tree that has all history and tags of the source's, HEAD at the commit.

    `on_branch` makes it the tip of the branch that the source is on. Nothing of anyone's git settings holds in it: no
    hook, no filter. Raises `Unavailable`.
    """
    _git("clone", "--quiet", "--no-checkout", "--local", "--template=", "--", source.path, str(clone))
    detached = () if on_branch else ("--no-deref",)
    _git("-C", str(clone), "update-ref", *detached, "HEAD", source.commit)
    return clone


def checked_out(clone: Path, tree: Path) -> Path:
    """`tree`, filled with the files of the clone's HEAD as a fresh checkout has them; submodules stay empty."""
    tree.mkdir(parents=True)
    _git(f"--git-dir={clone / '.git'}", f"--work-tree={tree}", "reset", "--quiet", "--hard")
    return tree


def give_times(tree: Path, times: Mapping[str, float]) -> None:
    """Let the files of `tree` that `times` (by path, in seconds) names have these."""
    for folder, _, files in os.walk(tree):
        for name in files:
            path = os.path.join(folder, name)
            moment = times.get(os.path.relpath(path, tree))
            if moment is not None and not os.path.islink(path):
                give_time(path, moment)


def _git(*arguments: str) -> None:
    environment = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
    }
    try:
        done = subprocess.run(
            ["git", *_SETTINGS, *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("git cannot check the commit out", str(error)) from error
    if done.returncode != 0:
        told = done.stderr[-2000:].decode("utf-8", "replace").strip()
        raise Unavailable("git cannot check the commit out", told, "give a local clone with its tags")
