"""Reading and atomic writing of the user's files: a file is replaced whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

MAX_INPUT_BYTES = 64 * 1024 * 1024


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file the user named; UsageError when it is missing, no file, or past 64 MiB."""
    try:
        with open(path, "rb") as stream:
            content = stream.read(MAX_INPUT_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(
            f"{path}: no such file", hint="check the path; it is relative to the working directory"
        ) from None
    except (IsADirectoryError, PermissionError, OSError) as error:
        raise UsageError(f"{path}: cannot be read", why=str(error.strerror or error)) from error
    if len(content) > MAX_INPUT_BYTES:
        raise UsageError(f"{path}: larger than {MAX_INPUT_BYTES >> 20} MiB", hint="is this the right file?")
    return content


def write_atomically(path: str | Path, content: bytes) -> None:
    """Replace `path` by `content`, following a symlink, keeping its mode; nothing half-written ever shows.

    The new bytes are on disk before the name moves; a crash leaves the old file and at most a stray
    temporary beside it. UsageError where the folder does not exist or is not writable.
    """
    final = os.path.realpath(path)
    temporary = os.path.join(os.path.dirname(final), f".{os.path.basename(final)}.{os.getpid()}.tmp")
    try:
        _write_new(temporary, content, _mode(final))
        os.replace(temporary, final)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written", why=str(error.strerror or error)) from error
    finally:
        _remove(temporary)


def make_folders(path: str | Path) -> None:
    """Let the folder be there, with those above it. UsageError where something else is in the way."""
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: this folder cannot be made", why=str(error.strerror or error)) from error


def _write_new(path: str, content: bytes, mode: int) -> None:
    """A new file that was not there: what a stranger left under the name is not followed."""
    _remove(path)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(path, mode)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


def _mode(path: str) -> int:
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
