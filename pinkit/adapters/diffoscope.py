"""diffoscope as an optional second opinion: a subprocess, capped in time and output."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 1024 * 1024


def diffoscope(one: Path, other: Path, *, timeout_s: float = 300.0) -> str:
    """What diffoscope says of two files, at most 1 MiB, control characters shown. `Unavailable` when it cannot run."""
    tool = shutil.which("diffoscope")
    if tool is None:
        raise Unavailable("diffoscope is not installed", hint="install it, or leave out --diffoscope")
    command = [
        tool,
        "--text",
        "-",
        "--max-report-size",
        str(_MAX_BYTES),
        "--no-progress",
        "--",
        str(one),
        str(other),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("diffoscope did not answer", str(error)) from error
    if done.returncode not in (0, 1):
        raise Unavailable("diffoscope failed", cleaned(done.stderr[-2000:]))
    return cleaned(done.stdout[:_MAX_BYTES])
