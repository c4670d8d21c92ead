"""What the other side of a running git merge says: for a merge driver, which git runs before files are merged."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from pathlib import Path

from pinkit.errors import UsageError

_TIMEOUT_S = 60
_HEAD = re.compile(r"GITHEAD_([0-9a-f]{40,64})")
_REFS = ("CHERRY_PICK_HEAD", "REBASE_HEAD", "MERGE_HEAD")
_MOST_FILES = 500


def merged_inputs(kinds: tuple[str, ...], skip: frozenset[str]) -> dict[str, bytes]:
    """Path -> content of files that the other side changed, merged with ours as git will merge them.

    Only files whose name ends in one of `kinds`, and none in `skip`. UsageError where the other side is not known
    (no merge, rebase or cherry-pick runs) or a file has a conflict of its own.
    """
    theirs = _theirs()
    base = _git("merge-base", "HEAD", theirs)
    changed = _git("diff", "--name-only", "-z", "--diff-filter=AM", base, theirs).split("\0")
    paths = [path for path in changed if path.endswith(kinds) and path not in skip]
    if len(paths) > _MOST_FILES:
        raise UsageError("too many files changed to merge the lock", why=f"the limit is {_MOST_FILES}")
    return {path: _merged(path, base, theirs) for path in paths}


def _theirs() -> str:
    for name in sorted(os.environ):
        match = _HEAD.fullmatch(name)
        if match is not None:
            return match[1]
    for ref in _REFS:
        found = _git("rev-parse", "-q", "--verify", ref, check=False)
        if found:
            return found
    raise UsageError(
        "the other side of the merge is not known",
        why="no merge, rebase or cherry-pick of git is running",
        hint="resolve the inputs by hand, then run `pinkit lock`",
    )


def _merged(path: str, base: str, theirs: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="pinkit-merge-") as scratch:
        names = []
        for side, revision in (("ours", "HEAD"), ("base", base), ("theirs", theirs)):
            file = Path(scratch, side)
            file.write_bytes(_show(revision, path))
            names.append(str(file))
        done = subprocess.run(
            ["git", "merge-file", "-p", "--quiet", *names],
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode != 0:
        raise UsageError(f"{path} has a conflict of its own", hint="resolve it, then run `pinkit lock`")
    return done.stdout


def _show(revision: str, path: str) -> bytes:
    done = subprocess.run(
        ["git", "show", f"{revision}:{path}"], capture_output=True, timeout=_TIMEOUT_S, check=False
    )
    return done.stdout if done.returncode == 0 else b""


def _git(*arguments: str, check: bool = True) -> str:
    done = subprocess.run(
        ["git", *arguments], capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if check and done.returncode != 0:
        raise UsageError(f"git {arguments[0]} failed", why=done.stderr.strip()[-300:])
    return done.stdout.strip() if done.returncode == 0 else ""
