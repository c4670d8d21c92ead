"""Directories for one use that vanish afterwards, whatever a build left in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def scratch(name: str, within: Path | None = None) -> Iterator[Path]:
    """A new directory of this user alone, removed at the end."""
    path = Path(tempfile.mkdtemp(prefix=f"pinkit-{name}-", dir=within))
    try:
        yield path
    finally:
        remove(path)


def remove(path: Path) -> None:
    """Remove a directory with all that is in it, also where it is locked or nested past what Python can walk.

    What others remove meanwhile is no matter, and Ctrl-C waits until it is gone (a second one does not).
    """
    try:
        _remove(path)
    except KeyboardInterrupt:
        _remove(path)
        raise


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except (OSError, RecursionError):
        if not os.path.lexists(path):
            return
        for command in (["chmod", "-R", "u+rwX", "--"], ["rm", "-rf", "--"]):
            with suppress(OSError):  # no such program here: what is left is only in the way
                subprocess.run(  # a session of its own: Ctrl-C of the terminal does not end it half-way
                    [*command, os.fspath(path)], capture_output=True, check=False, start_new_session=True
                )
