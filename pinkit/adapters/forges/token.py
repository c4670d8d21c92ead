"""The token of a forge: from the environment, a file or a command, and into nothing that is written or shown."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.adapters.files import read_bytes
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TIMEOUT_S = 60
_LONGEST = 8_192


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A secret that neither `repr` nor `str` shows."""

    _secret: str

    def reveal(self) -> str:
        """The secret, for a header."""
        return self._secret

    def __repr__(self) -> str:
        return "Token(***)"


def found_token(
    environment: Mapping[str, str], names: Sequence[str], *, file: str = "", command: str = ""
) -> Token:
    """The token that `command` prints, else the one in `file`, else that of the first variable which has one.

    Raises `UsageError` where there is none, or what is found cannot be one.
    """
    if command:
        return _token(_printed(command), "the token command")
    if file:
        return _token(read_bytes(file).decode("utf-8", "replace"), file)
    for name in names:
        if environment.get(name):
            return _token(environment[name], name)
    raise UsageError(
        "there is no token for the forge",
        f"none of these variables is set: {', '.join(names)}",
        "set one, or use --token-file or --token-command; a token is never taken from the command line",
    )


def _printed(command: str) -> str:
    try:
        words = shlex.split(command)
        done = subprocess.run(words, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:
        raise UsageError("the token command could not be run", type(error).__name__) from None
    if done.returncode:
        # What it said may hold the secret.
        raise UsageError(
            "the token command failed", f"exit status {done.returncode}; run it by hand to see why"
        )
    return done.stdout


def _token(text: str, source: str) -> Token:
    secret = text.strip()
    if (
        not secret
        or len(secret) > _LONGEST
        or not secret.isascii()
        or not secret.isprintable()
        or " " in secret
    ):
        raise UsageError(f"{source} holds no token", "a token is one word of printable ASCII")
    return Token(secret)
