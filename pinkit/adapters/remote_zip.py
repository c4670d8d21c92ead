"""METADATA of a wheel, from a file or over HTTP ranges without loading the whole wheel."""

from __future__ import annotations

import io
import lzma
import re
import zipfile
import zlib
from typing import TYPE_CHECKING

from pinkit.adapters.http import TooLarge
from pinkit.formats.core_metadata import MAX_BYTES, InvalidMetadata
from pinkit.formats.urls import printable_url
from pinkit.formats.wheel_names import own_dist_info

if TYPE_CHECKING:
    from typing import BinaryIO

    from _typeshed import WriteableBuffer

    from pinkit.adapters.http import Http

TAIL_BYTES = 16 * 1024
BLOCK_BYTES = 64 * 1024
MAX_RANGE_BYTES = 32 * 1024 * 1024
BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, OSError),
    *(EOFError, KeyError, NotImplementedError, RuntimeError, ValueError),
)
"""What `zipfile` raises for archives that are none or lie; OSError for broken bzip2."""
_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15})")


class NoRanges(Exception):
    """The server does not answer range requests as asked."""


class RemoteFile(io.RawIOBase):
    """A file on a server as a seekable stream. NoRanges where the server cannot do it."""

    def __init__(self, http: Http, url: str) -> None:
        super().__init__()
        self._http, self._url = http, url
        self._fetched = 0
        self._at = 0
        self._blocks: list[tuple[int, bytes]] = []
        self.size = self._fetch(f"-{TAIL_BYTES}")

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as any stream does."""
        self._at = max(0, offset + (0, self._at, self.size)[whence])
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what a range request or an earlier one gives."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self.size - self._at)
        if wanted <= 0:
            return 0
        piece = self._held(wanted)
        if piece is None:
            last = min(self.size, self._at + max(wanted, BLOCK_BYTES)) - 1
            self._fetch(f"{self._at}-{last}")
            piece = self._held(wanted) or b""
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _held(self, wanted: int) -> bytes | None:
        for start, block in self._blocks:
            if start <= self._at < start + len(block):
                offset = self._at - start
                return block[offset : offset + wanted]
        return None

    def _fetch(self, ranges: str) -> int:
        room = MAX_RANGE_BYTES - self._fetched
        try:
            answer = self._http.get(
                self._url,
                {"Range": f"bytes={ranges}", "Accept-Encoding": "identity"},
                limit=min(room, max(BLOCK_BYTES, _span(ranges))),
            )
        except TooLarge as error:
            # The server sends the whole file, or the wheel has an absurd directory.
            raise NoRanges from error
        match = _RANGE.fullmatch(answer.headers.get("content-range", "").strip())
        if answer.status != 206 or match is None:
            raise NoRanges
        first, last, size = (int(number) for number in match.groups())
        if last - first + 1 != len(answer.body) or last >= size or getattr(self, "size", size) != size:
            raise NoRanges
        self._fetched += len(answer.body)
        self._blocks.append((first, answer.body))
        return size


def wheel_metadata(stream: BinaryIO | RemoteFile, filename: str) -> bytes:
    """The bytes of METADATA in the wheel. InvalidMetadata where there is none, or one of absurd size."""
    try:
        with zipfile.ZipFile(stream) as archive:
            member = f"{own_dist_info(archive.namelist(), filename)}/METADATA"
            with archive.open(member) as content:
                text = content.read(MAX_BYTES + 1)
    except BROKEN as error:
        raise _broken(filename, f"it is no readable zip archive: {error}") from error
    if len(text) > MAX_BYTES:
        raise _broken(filename, f"its METADATA unpacks to more than {MAX_BYTES >> 20} MiB")
    return text


def remote_metadata(http: Http, url: str, filename: str) -> bytes:
    """As `wheel_metadata`, over ranges. NoRanges where the server cannot do it."""
    with RemoteFile(http, url) as stream:
        return wheel_metadata(stream, filename)


def _span(ranges: str) -> int:
    first, _, last = ranges.partition("-")
    return int(last) - int(first) + 1 if first else int(last)


def _broken(filename: str, why: str) -> InvalidMetadata:
    clean = "".join(char if char.isprintable() else "�" for char in why)
    return InvalidMetadata(f"{printable_url(filename)} has no usable metadata", why=clean)
