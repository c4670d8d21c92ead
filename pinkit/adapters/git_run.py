"""git as the user has it set up: identity and signing of a checkout, an environment without traces or the token."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.plan_json import is_branch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pinkit.adapters.forges.token import Token

_TIMEOUT_S = 600
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0")
_SETTINGS = r"^(user|author|committer|gpg|commit|extensions)\."
_DROPPED = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_CURL_VERBOSE",
    "GIT_ASKPASS",
)


_REFUSED = re.compile(r"returned error: 40[13]\b")
"""git's words for an HTTP status; bare digits also stand in commit ids."""


def checkout_settings(checkout: Path) -> dict[str, str]:
    """Who commits and how commits are signed, by the settings that hold in a folder."""
    told = git(
        ["config", "--null", "--includes", "--get-regexp", _SETTINGS],
        checkout,
        environment_without(None),
        b"",
    )
    settings = {}
    for entry in told.stdout.decode("utf-8", "replace").split("\0"):
        key, newline, value = entry.partition("\n")
        if key:
            settings[key] = value if newline else "true"
    return settings


def remote_url(checkout: Path, remote: str) -> str:
    """The URL that a checkout pushes to. Raises `UsageError` where there is no such remote."""
    if not is_branch(remote):
        raise UsageError(f"{remote!r} is no name of a remote")
    told = git(["remote", "get-url", "--push", "--", remote], checkout, environment_without(None), b"")
    url = told.stdout.decode("utf-8", "replace").strip()
    if told.returncode or not url:
        why = cleaned(told.stderr[-1024:]).strip()
        raise UsageError(f"there is no git remote {remote} here", why, "name it with --remote")
    return url if "://" in url or not (checkout / url).exists() else str((checkout / url).resolve())


def environment_without(token: Token | None) -> dict[str, str]:
    """The environment for git: the user's, without tracing, prompts, other repositories and the token itself."""
    secret = token.reveal() if token else ""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in _DROPPED and not name.startswith("GIT_TRACE") and not (secret and secret in value)
    }
    ssh = os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "SSH_ASKPASS": "", "GIT_SSH_COMMAND": ssh, "LC_ALL": "C"}


def as_variables(settings: Mapping[str, str]) -> dict[str, str]:
    """Variables that give git these settings."""
    # Settings in the user's own environment come first, so that ours go before them.
    known = os.environ.get("GIT_CONFIG_COUNT", "0")
    start = int(known) if known.isdecimal() else 0
    variables = {"GIT_CONFIG_COUNT": str(start + len(settings))}
    for number, (key, value) in enumerate(settings.items(), start):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def git(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], stdin: bytes
) -> subprocess.CompletedProcess[bytes]:
    """How the command ended. `Unavailable` where git is missing or takes too long."""
    try:
        return subprocess.run(
            ["git", *_QUIET, *arguments],
            cwd=folder,
            env=environment,
            input=stdin,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError as error:
        raise Unavailable("git is not installed, or the folder is gone", str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git took longer than {_TIMEOUT_S} s") from error


def failure(command: str, said: str, where: str) -> Unavailable:
    """The error for what git said of a failed command, with what to do about it."""
    hint = ""
    if "stale info" in said:
        hint = "someone pushed to the branch meanwhile; run it again"
    elif "protected branch" in said or "hook declined" in said or "GH006" in said:
        hint = "a rule of the forge forbids this push; allow pinkit's branches in it"
    elif "Authentication failed" in said or "could not read Username" in said or _REFUSED.search(said):
        hint = "the token is expired, or may not write to this repository"
    elif "Please tell me who you are" in said or "empty ident" in said:
        hint = "set git's user.name and user.email, or use --commit-through api"
    return Unavailable(f"git {command} failed for {where}", said, hint)
