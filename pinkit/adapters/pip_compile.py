"""pip-compile as a subprocess: its own answer to the inputs of a lock, for this interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable
from pinkit.formats.lock_reader import read_lock_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.lock import Lock

_TIMEOUT_S = 1_800
_SHOWN = 1_000


def pip_compiled(
    inputs: Sequence[str],
    constraints: Sequence[str],
    start: bytes,
    index_urls: Sequence[str],
    folder: str,
    cutoff: str = "",
) -> Lock:
    """The lock that pip-compile makes of `inputs`, beginning with the pins in `start`; run in `folder`.

    `cutoff` (RFC 3339, "" = none) bounds uploads. `index_urls` begin with the default index. Raises Unavailable where
    it fails, with its last words.
    """
    with tempfile.TemporaryDirectory(prefix="pinkit-second-") as scratch:
        output = Path(scratch, "requirements.txt")
        output.write_bytes(start)
        command = [sys.executable, "-m", "piptools", "compile", "--quiet", "--no-config", "--allow-unsafe"]
        command += ["--strip-extras", "--no-header", "--no-emit-index-url", "--no-emit-trusted-host"]
        command += [f"--constraint={os.path.abspath(path)}" for path in constraints]
        command += [f"--index-url={url}" for url in index_urls[:1]]
        command += [f"--extra-index-url={url}" for url in index_urls[1:]]
        command += [f"--uploaded-prior-to={cutoff}"] if cutoff else []
        command += ["--output-file", str(output), *inputs]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, cwd=folder or "."
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unavailable("pip-compile did not finish", why=str(error)) from error
        if done.returncode != 0:
            raise Unavailable("pip-compile gave no answer", why=(done.stderr + done.stdout).strip()[-_SHOWN:])
        return read_lock_text(output.read_bytes(), "pip-compile's lock").lock
