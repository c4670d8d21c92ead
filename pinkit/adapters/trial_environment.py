"""A virtual environment made for one trial: filled from locks by hash, then a command of the user's is run in it.

The command and what the locks pin run as the user: this is no sandbox.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.environments import look_at
from pinkit.adapters.pip_sync import fetch, synchronise
from pinkit.errors import Unavailable
from pinkit.formats.lock_layout import Layout
from pinkit.formats.lock_writer import write_lock_text
from pinkit.model.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.model.lock import Pin

_VENV_TIMEOUT_S = 300
_RUN_TIMEOUT_S = 3_600
_SHOWN = 2_000


class TrialEnvironment:
    """The environment in `scratch`, which is the caller's to remove; `index_lines` go above every lock given to pip."""

    def __init__(self, scratch: Path, index_lines: Sequence[str] = (), python: str = "") -> None:
        self._scratch, self._index_lines = scratch, tuple(index_lines)
        self._venv = scratch / "env"
        _made([python or sys.executable, "-m", "venv", str(self._venv)])
        self.python = str(self._venv / ("Scripts" if os.name == "nt" else "bin") / "python")

    @property
    def markers(self) -> Mapping[str, str]:
        """The PEP 508 variables of the environment."""
        return look_at(self.python).markers

    def fill(self, pins: Mapping[str, Pin]) -> None:
        """Install exactly these. Raises IntegrityError, Unsolvable or Unavailable."""
        folder = self._scratch / "files"
        folder.mkdir(exist_ok=True)
        lock = Lock(pins=tuple(replace(pin, marker="", via=()) for _, pin in sorted(pins.items())))
        listed = self._scratch / "lock.txt"
        text = "".join(f"{line}\n" for line in self._index_lines)
        listed.write_text(text + write_lock_text(lock, Layout(annotate=False)), encoding="utf-8")
        if pins:
            fetch(self.python, listed, folder)
        synchronise(self.python, listed, folder)

    def run(self, command: Sequence[str], folder: str) -> tuple[int, str]:
        """(exit code, the end of what it printed) of a command that finds the environment first on its path."""
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        first = str(Path(self.python).parent)
        kept |= {
            "VIRTUAL_ENV": str(self._venv),
            "PATH": os.pathsep.join((first, kept.get("PATH", os.defpath))),
        }
        try:
            done = subprocess.run(
                [*_found(command, first)],
                cwd=folder or None,
                env=kept,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_RUN_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable(f"{command[0]} could not be run to its end", why=str(error)) from error
        return done.returncode, done.stdout.decode("utf-8", "replace")[-_SHOWN:]


def _found(command: Sequence[str], first: str) -> list[str]:
    """The command with its program looked up in the environment before PATH."""
    inner = Path(first, command[0])
    return [str(inner) if os.sep not in command[0] and inner.exists() else command[0], *command[1:]]


def _made(command: list[str]) -> None:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_VENV_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("no virtual environment could be made", why=str(error)) from error
    if done.returncode:
        raise Unavailable("no virtual environment could be made", why=(done.stderr + done.stdout)[-_SHOWN:])
