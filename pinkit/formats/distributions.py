"""Files of a page as the model's distributions, their claims checked for form."""

from __future__ import annotations

import re

from pinkit.formats.simple_api import File, sidecar, upload_seconds
from pinkit.formats.simple_types import InvalidPage
from pinkit.model.distribution import Distribution

_HEX = re.compile(r"[0-9a-f]+")
_WORD = re.compile(r"[a-z0-9_-]+")
_LENGTHS = {"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}
_SCHEMES = ("https://", "http://", "file://")


def distribution(file: File, url: str) -> Distribution:
    """The distribution at the absolute `url`. InvalidPage for a malformed digest or a URL that is none."""
    if not url.isprintable() or not url.lower().startswith(_SCHEMES):
        raise InvalidPage(f"the URL of {file.filename} is not usable")
    provenance = file.provenance or ""
    return Distribution(
        filename=file.filename,
        url=url,
        hashes=tuple(sorted(_hash(file, algorithm, digest) for algorithm, digest in file.hashes.items())),
        size=file.size if file.size is not None and file.size >= 0 else None,
        upload_time=upload_seconds(file.upload_time),
        requires_python=" ".join((file.requires_python or "").split()),
        yanked=_yanked(file),
        core_metadata=sidecar(file),
        provenance=provenance if provenance.isprintable() else "",
    )


def _hash(file: File, algorithm: str, digest: str) -> str:
    algorithm, digest = algorithm.lower(), digest.lower()
    expected = _LENGTHS.get(algorithm)
    if expected is None and _WORD.fullmatch(algorithm):
        expected = len(digest)
    if len(digest) != expected or not _HEX.fullmatch(digest):
        raise InvalidPage(f"the {algorithm[:20]!r} digest of {file.filename} is malformed")
    return f"{algorithm}:{digest}"


def _yanked(file: File) -> str | None:
    if file.yanked in (False, None):
        return None
    reason = file.yanked if isinstance(file.yanked, str) else ""
    return " ".join("".join(char if char.isprintable() else " " for char in reason).split())
