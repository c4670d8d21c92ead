"""Signatures under evidence, by the sigstore client that the user has: a subprocess with an ambient identity."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

BUNDLE_SUFFIX = ".sigstore.json"
_TIMEOUT_S, _TIMEOUT_PER_FILE_S = 120.0, 3.0
_OTHER_OUTPUTS = ("SIGSTORE_BUNDLE", "SIGSTORE_OUTPUT_", "SIGSTORE_NO_DEFAULT_FILES")
_HINT = "run it where the job has an identity token (OIDC), or put one into SIGSTORE_IDENTITY_TOKEN"


def sign(paths: Sequence[str], *, timeout_s: float | None = None) -> tuple[str, ...]:
    """The bundles beside `paths` that sign their bytes, made with one certificate.

    Nobody is asked anything and no browser opened. `Unavailable` where there is no client, or it finds no identity (a
    CI job's token) to sign with; then no earlier bundle is left either.
    """
    tool = shutil.which("sigstore")
    if tool is None:
        raise Unavailable("evidence cannot be signed: sigstore is not installed", hint="install sigstore")
    bundles = tuple(path + BUNDLE_SUFFIX for path in paths)
    for bundle in bundles:
        Path(bundle).unlink(missing_ok=True)
    if not bundles:
        return ()
    allowed = timeout_s or _TIMEOUT_S + _TIMEOUT_PER_FILE_S * len(paths)
    try:
        done = subprocess.run(
            [tool, "sign", "--oauth-force-oob", "--overwrite", "--", *paths],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=allowed,
            env={name: text for name, text in os.environ.items() if not name.startswith(_OTHER_OUTPUTS)},
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable("evidence could not be signed", str(error), _HINT) from error
    missing = [bundle for bundle in bundles if not Path(bundle).is_file()]
    if done.returncode != 0 or missing:
        told = cleaned(done.stderr[-2000:]).strip()
        raise Unavailable("evidence could not be signed", told or f"no {' '.join(missing)}", _HINT)
    return bundles
