"""Signatures under evidence, by the sigstore client that the user has: a subprocess with an ambient identity."""

from __future__ import annotations

import shutil
import subprocess

from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable

BUNDLE_SUFFIX = ".sigstore.json"
_TIMEOUT_S = 120.0


def sign(path: str, *, timeout_s: float = _TIMEOUT_S) -> str:
    """The path of the bundle beside `path` that signs its bytes.

    `Unavailable` where there is no client, or it finds no identity (a CI job's token) to sign with.
    """
    tool = shutil.which("sigstore")
    if tool is None:
        raise Unavailable("evidence cannot be signed: sigstore is not installed", hint="install sigstore")
    bundle = path + BUNDLE_SUFFIX
    try:
        done = subprocess.run(
            [tool, "sign", "--overwrite", "--bundle", bundle, path],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("evidence could not be signed", str(error)) from error
    if done.returncode != 0:
        raise Unavailable("evidence could not be signed", cleaned(done.stderr[-2000:]).strip())
    return bundle
