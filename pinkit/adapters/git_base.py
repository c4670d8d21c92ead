"""Where a branch began."""

from __future__ import annotations

from pathlib import Path

from pinkit.adapters.git_run import environment_without, git
from pinkit.errors import UsageError
from pinkit.formats.plan_json import is_branch


def branch_point(base: str, folder: str) -> str:
    """The commit at which HEAD and `base` (a branch or commit) parted. UsageError where there is none."""
    told = None
    if is_branch(base) or base.rstrip("^~0123456789") in ("HEAD", "@"):
        command = ["merge-base", "--end-of-options", "HEAD", base]
        told = git(command, Path(folder or "."), environment_without(None), b"")
    commit = told.stdout.decode("ascii", "replace").strip() if told else ""
    if told is None or told.returncode or not commit:
        parted = told is not None and told.returncode == 1
        raise UsageError(
            f"--base {base}: {'HEAD has no history in common with it' if parted else 'no such branch or commit'}",
            hint="name the branch that this one was made from; a shallow clone has to be fetched deeper",
        )
    return commit
