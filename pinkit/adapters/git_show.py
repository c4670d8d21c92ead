"""A file as it was at a git revision."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pinkit.errors import Unavailable, UsageError

_TIMEOUT_S = 60
_MAX_BYTES = 64 << 20


def file_at(revision: str, path: str, *, asked: str = "", why: str = "") -> bytes | None:
    """The bytes of `path` (relative to the working directory) at `revision`; None when it was not there.

    UsageError when `revision` names no commit here: it says what was `asked` (the revision, where nothing is said)
    and `why` that is all it can be. Unavailable when git cannot be run.
    """
    folder = Path(path).parent
    commit = _git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], folder)
    if commit.returncode:
        raise UsageError(
            f"{asked or revision}: no git revision here",
            why,
            hint="fetch the branch first; a shallow clone may not have it",
        )
    name = commit.stdout.decode().strip()
    found = _git(["cat-file", "blob", f"{name}:./{Path(path).name}"], folder)
    if found.returncode:
        return None
    if len(found.stdout) > _MAX_BYTES:
        raise UsageError(f"{path} at {revision} is larger than {_MAX_BYTES >> 20} MiB")
    return found.stdout


def _git(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("git could not be run", why=str(error)) from error
