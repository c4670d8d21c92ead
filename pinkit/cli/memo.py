"""Answers remembered whole: a re-lock where nothing changed costs reading and hashing its files.

A remembered answer holds while every file that it read has the same bytes and no index page that it used has
outlived its freshness. It is an optimisation only: with the memo removed every answer stays the same. It runs
before Typer is imported, so only cheap modules may enter here.
"""

from __future__ import annotations

import os
import sys
import time

from pinkit import __version__
from pinkit.adapters.places import CACHE_VARIABLE, cache_dir
from pinkit.formats.fingerprint import fingerprint

# Importing typing takes longer than all the rest here together.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_MAGIC = "pinkit-memo 2"
_ABSENT = "-"
_KEPT = 400
_NEVER = ("-", "--refresh", "--upgrade", "-U", "-v", "--verbose")
_NEVER_STARTS = ("-P", "--upgrade-package", "-U", "--format")
_ENVIRONMENT = ("PIP_", "PINKIT_", "XDG_", "HOME", "NETRC", "NO_COLOR", "SOURCE_DATE_EPOCH")


class Answer:
    """What a run said, and what it depended on: `files` are (path, digest), "-" where there was no file."""

    __slots__ = ("err", "expires", "files", "out")

    def __init__(self, *, files: Iterable[tuple[str, str]], expires: int, out: str, err: str) -> None:
        self.files, self.expires, self.out, self.err = tuple(files), expires, out, err


def remembered(arguments: list[str]) -> int | None:
    """0 after repeating the remembered answer of these arguments; None where it must be found anew."""
    if not _may_be_remembered(arguments):
        return None
    try:
        with open(_place(arguments), encoding="utf-8", newline="") as stream:
            answer = _parsed(stream.read())
    except (OSError, ValueError):
        return None
    if answer is None or answer.expires < time.time():
        return None
    if any(digest_of(path) != digest for path, digest in answer.files):
        return None
    sys.stdout.write(answer.out)
    sys.stderr.write(answer.err)
    return 0


def remember(arguments: list[str], answer: Answer) -> None:
    """Keep `answer` for the next run with these arguments; silently not where the cache cannot be written."""
    if not _may_be_remembered(arguments) or any("\n" in path for path, _ in answer.files):
        return
    place = _place(arguments)
    temporary = f"{place}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        _prune(os.path.dirname(place))
        with open(temporary, "w", encoding="utf-8", newline="") as stream:
            stream.write(_text(answer))
        os.replace(temporary, place)
    except OSError:
        return


def digest_of(path: str) -> str:
    """The digest of a file's bytes, "-" where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return fingerprint(stream.read())
    except OSError:
        return _ABSENT


def _may_be_remembered(arguments: list[str]) -> bool:
    if "lock" not in arguments or any(a in _NEVER for a in arguments):
        return False
    return not any(a.startswith(_NEVER_STARTS) for a in arguments)


def _place(arguments: list[str]) -> str:
    folder = ""
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--cache-dir":
            folder = following
        elif argument.startswith("--cache-dir="):
            folder = argument.partition("=")[2]
    return os.path.join(cache_dir(folder), "memo", _key(arguments))


def _key(arguments: list[str]) -> str:
    said = [__version__, sys.version, sys.platform, sys.prefix, os.getcwd(), *arguments]
    said += sorted(
        f"{name}={value}"
        for name, value in os.environ.items()
        if name.startswith(_ENVIRONMENT) and name != CACHE_VARIABLE
    )
    return fingerprint("\0".join(said).encode("utf-8", "surrogateescape"))


def _text(answer: Answer) -> str:
    head = [_MAGIC, f"expires {answer.expires}", f"sizes {len(answer.out)} {len(answer.err)}"]
    head += [f"file {digest} {path}" for path, digest in answer.files]
    return "\n".join([*head, "", answer.out + answer.err])


def _parsed(text: str) -> Answer | None:
    head, _, said = text.partition("\n\n")
    lines = head.split("\n")
    if lines[0] != _MAGIC:
        return None
    out_size, err_size = map(int, lines[2].split()[1:])
    if len(said) != out_size + err_size:
        return None
    files = [(path, digest) for _, digest, path in (line.split(" ", 2) for line in lines[3:])]
    return Answer(files=files, expires=int(lines[1].split()[1]), out=said[:out_size], err=said[out_size:])


def _prune(folder: str) -> None:
    names = os.listdir(folder)
    if len(names) > _KEPT:
        for name in names:
            os.unlink(os.path.join(folder, name))
