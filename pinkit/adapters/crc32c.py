"""CRC-32C of a file, as Google Cloud Storage tells it in `x-goog-hash`."""

from __future__ import annotations

import base64
import re
from typing import IO, Any

_BLOCK = 1 << 20
_HEADER = re.compile(r"crc32c=([A-Za-z0-9+/]{6}==)")


def crc32c_of(stream: IO[bytes]) -> str:
    """The checksum of what is left of `stream`, base64 of its four bytes in network order."""
    import google_crc32c

    checksum: Any = google_crc32c.Checksum()  # type: ignore[no-untyped-call]
    while block := stream.read(_BLOCK):
        checksum.update(block)
    digest: bytes = checksum.digest()
    return base64.b64encode(digest).decode()


def claimed_crc32c(header: str) -> str:
    """The crc32c in an `x-goog-hash` header; "" when it has none."""
    match = _HEADER.search(header)
    return match[1] if match else ""
