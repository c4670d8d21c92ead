"""pip-sync and pip as subprocesses: fetch by hash first, then install, change and remove."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from pinkit.errors import IntegrityError, PinkitError, Unavailable, Unsolvable

if TYPE_CHECKING:
    from pathlib import Path

_TIMEOUT_S = 3_600
_SHOWN = 1_200
_PIP = ("--disable-pip-version-check", "--no-input")


def fetch(python: str, requirements: Path, folder: Path) -> None:
    """Download what `requirements` pins for this interpreter into `folder`, every file checked by hash.

    IntegrityError on a hash that does not match, Unsolvable where no file fits the environment, Unavailable
    when the index did not answer.
    """
    _run(
        [
            *(python, "-m", "pip", "download", *_PIP, "--quiet", "--require-hashes", "--no-deps"),
            *("--dest", str(folder), "--requirement", str(requirements)),
        ]
    )


def synchronise(python: str, requirements: Path, folder: Path) -> None:
    """Make the environment hold exactly what `requirements` pins, from `folder`'s files where they suffice.

    Only wheels there: no index is asked again. Raises as `fetch` does.
    """
    wheels_only = all(path.suffix == ".whl" for path in folder.iterdir())
    pip_args = ["--require-hashes", "--no-deps", "--find-links", str(folder), *(["--no-index"] * wheels_only)]
    _run(
        [
            *(
                sys.executable,
                "-m",
                "piptools",
                "sync",
                "--quiet",
                "--no-config",
                "--python-executable",
                python,
            ),
            *("--pip-args", shlex.join(pip_args), str(requirements)),
        ]
    )


def _run(command: list[str]) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PYTHONSAFEPATH": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("pip did not finish", why=str(error)) from error
    if done.returncode != 0:
        raise _told(done.stderr + done.stdout)


def _told(said: str) -> PinkitError:
    why = said.strip()[-_SHOWN:]
    if "DO NOT MATCH THE HASHES" in said or "hashes are required" in said or "--hash" in said:
        return IntegrityError(
            "a file does not have the hash that the lock names", why=why, hint="run `pinkit check`"
        )
    if (
        "No matching distribution" in said
        or "is not a supported wheel" in said
        or "requires a different" in said
    ):
        return Unsolvable(
            "the lock does not fit this environment",
            why=why,
            hint="lock for it, with --target or --python-version",
        )
    return Unavailable("pip could not synchronise the environment", why=why)
