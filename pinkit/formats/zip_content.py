"""The contents of zip members, read within limits; every lie about them is an anomaly."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pinkit.formats.zip_names import Anomaly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.formats.zip_layout import Entry

_STORED, _DEFLATED = 0, 8
LIMIT_BYTES = 2 << 30
"""All members of one archive together: more is refused unread."""


def read_contents(archive: bytes, entries: Sequence[Entry]) -> tuple[dict[str, bytes], tuple[Anomaly, ...]]:
    """Contents by name (the last of duplicates, as `zipfile` reads), and the members that lie about theirs.

    A member that cannot be read has no content here, and an anomaly that says why.
    """
    contents: dict[str, bytes] = {}
    anomalies: list[Anomaly] = []
    if sum(entry.size for entry in entries) > LIMIT_BYTES:
        return {}, (Anomaly("too-large", "", f"more than {LIMIT_BYTES >> 30} GiB when unpacked"),)
    for entry in entries:
        content, lie = _read(archive, entry)
        if lie:
            anomalies.append(Anomaly("content-lie", entry.name, lie))
        if content is not None:
            contents[entry.name] = content
    return contents, tuple(anomalies)


def _read(archive: bytes, entry: Entry) -> tuple[bytes | None, str]:
    """The content and "", or what is wrong with it; never more than the size that the header claims."""
    raw = archive[entry.data_start : entry.data_end]
    if entry.method == _STORED:
        content = raw
    elif entry.method == _DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(raw, entry.size + 1)
            content += (
                inflater.flush() if len(content) <= entry.size and not inflater.unconsumed_tail else b""
            )
        except zlib.error as error:
            return None, f"cannot be inflated: {error}"
        if inflater.unused_data:
            return content, f"{len(inflater.unused_data)} bytes hidden behind the compressed data"
        if not inflater.eof and len(content) <= entry.size:
            return None, "the compressed data is cut short"
    else:
        return None, f"compression method {entry.method} cannot be read"
    if len(content) != entry.size:
        return None, f"holds not the {entry.size} bytes that the directory says"
    if zlib.crc32(content) != entry.crc:
        return content, "has another checksum than the directory says"
    return content, ""
