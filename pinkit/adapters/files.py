"""Reading and atomic writing of the user's files: a file is replaced whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pinkit.errors import UsageError

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
    final = Path(os.path.realpath(path))
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{final.name}.", suffix=".tmp", dir=final.parent)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written", why=str(error.strerror or error)) from error
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, _mode(final))
        os.replace(temporary, final)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written", why=str(error.strerror or error)) from error
    finally:
        Path(temporary).unlink(missing_ok=True)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
