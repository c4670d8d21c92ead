"""Distributions as files in the cache: downloaded once, verified whenever they are opened, replaced whole."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pinkit.adapters.http import Sink, TooLarge, has_known_end
from pinkit.errors import IntegrityError, Unavailable
from pinkit.formats.urls import path_of_file_url, printable_url

if TYPE_CHECKING:
    from pinkit.adapters.http import Http
    from pinkit.model.distribution import Distribution

MAX_BYTES = 8 << 30
_BLOCK = 1 << 20
_WEAK = ("md5", "sha1")
_ALGORITHMS = {name for name in hashlib.algorithms_guaranteed if not name.startswith("shake")}


class Artifacts:
    """Opens distributions. `folder` is made when first needed; `http` is None offline."""

    def __init__(self, folder: str, http: Http | None) -> None:
        self._folder = Path(folder, "files")
        self._http = http

    def open(self, distribution: Distribution) -> Path:
        """The file of `distribution`, its bytes as claimed by every digest and the size that the index gives.

        IntegrityError where they are not; Unavailable where it cannot be had. Never write to the path.
        """
        if distribution.url.startswith("file:"):
            path = Path(path_of_file_url(distribution.url))
            _verify(path, distribution)
            return path
        final = self._place(distribution)
        if final.exists():
            try:
                _verify(final, distribution)
            except IntegrityError:
                # A damaged cache is not the index's fault.
                final.unlink(missing_ok=True)
            else:
                return final
        self._download(distribution, final)
        return final

    def sha256(self, distribution: Distribution) -> tuple[str, int]:
        """(sha256 in hex, size) of the bytes of `distribution`."""
        path = self.open(distribution)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return digest, path.stat().st_size

    def _place(self, distribution: Distribution) -> Path:
        claimed = [text for text in distribution.hashes if text.partition(":")[0] not in _WEAK]
        sha256 = next((text[7:] for text in claimed if text.startswith("sha256:")), "")
        identity = sha256 or hashlib.sha256(f"{distribution.url}\0{claimed}".encode()).hexdigest()
        return self._folder / identity[:2] / identity[2:] / distribution.filename

    def _download(self, distribution: Distribution, final: Path) -> None:
        if self._http is None:
            raise Unavailable(
                f"{distribution.filename} is not in the cache",
                why="the network may not be used with --offline",
                hint="run once without --offline",
            )
        try:
            final.parent.mkdir(parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(prefix=".part.", dir=final.parent)
            try:
                with os.fdopen(descriptor, "w+b") as stream:
                    _fetch(self._http, distribution, stream)
                _verify(Path(temporary), distribution)
                os.replace(temporary, final)
            finally:
                Path(temporary).unlink(missing_ok=True)
        except OSError as error:
            why = f"the cache cannot be written: {error.strerror}"
            raise Unavailable(f"{distribution.filename} cannot be kept", why=why) from error


def _fetch(http: Http, distribution: Distribution, stream: BinaryIO) -> None:
    # Some more than claimed, so that an error page in its place is not taken for a forged file.
    limit = MAX_BYTES if distribution.size is None else distribution.size + _BLOCK
    url = distribution.url
    try:
        status, headers, _ = http.stream(url, {"Accept-Encoding": "identity"}, _FileSink(stream, limit))
    except TooLarge as error:
        if distribution.size is None:
            raise
        raise _mismatch(
            distribution, f"more than the {distribution.size} bytes that the index says"
        ) from error
    if status != 200:
        raise Unavailable(f"{printable_url(url)} could not be read", why=f"the server answered {status}")
    if not (distribution.hashes or distribution.size is not None or has_known_end(headers)):
        why = "it came without a length, and the index claims neither size nor digest: it may be cut off"
        raise Unavailable(f"{printable_url(url)} could not be read", why=why)


class _FileSink(Sink):
    def __init__(self, stream: BinaryIO, limit: int) -> None:
        super().__init__(limit)
        self._stream = stream

    def start(self) -> None:
        self._stream.seek(0)
        self._stream.truncate()

    def write(self, chunk: bytes) -> None:
        self._stream.write(chunk)


def _verify(path: Path, distribution: Distribution) -> None:
    try:
        size = path.stat().st_size
        stream = path.open("rb")
    except OSError as error:
        raise Unavailable(f"{distribution.filename} cannot be read", why=str(error.strerror)) from error
    claims = [tuple(text.split(":", 1)) for text in distribution.hashes]
    known = [(algorithm, digest) for algorithm, digest in claims if algorithm in _ALGORITHMS]
    hashers = [(hashlib.new(algorithm, usedforsecurity=False), digest) for algorithm, digest in known]
    with stream:
        while block := stream.read(_BLOCK):
            for hasher, _ in hashers:
                hasher.update(block)
    if distribution.size is not None and size != distribution.size:
        raise _mismatch(distribution, f"{size} bytes, where the index says {distribution.size}")
    for hasher, digest in hashers:
        if hasher.hexdigest() != digest:
            why = f"{hasher.name} is {hasher.hexdigest()}, where the index says {digest}"
            raise _mismatch(distribution, why)


def _mismatch(distribution: Distribution, why: str) -> IntegrityError:
    return IntegrityError(
        f"{distribution.filename} is not what its index claims",
        why=f"{why}\nfrom {printable_url(distribution.url)}",
        hint="do not use this file; tell who runs the index or the mirror",
    )
