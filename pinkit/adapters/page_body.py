"""Bodies of project pages: unpacked within limits, and read by their media type."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from pinkit.formats.simple_types import InvalidPage

if TYPE_CHECKING:
    from pinkit.formats.simple_api import Page

MAX_PAGE_BYTES = 64 * 1024 * 1024
_GZIP = 31


def media_type(header: str) -> str:
    """ "json" or "html" of a Content-Type; InvalidPage for what is neither (PEP 691)."""
    kind = header.partition(";")[0].strip().lower()
    if kind in {"application/vnd.pypi.simple.v1+json", "application/json"}:
        return "json"
    if kind in {"application/vnd.pypi.simple.v1+html", "text/html", "application/xhtml+xml", ""}:
        return "html"
    raise InvalidPage(f"content of type {kind!r} is no index page")


def packed(body: bytes) -> bytes:
    """The body compressed for the store, quickly rather than well."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def unpacked(body: bytes, limit: int = MAX_PAGE_BYTES) -> bytes:
    """A gzip body; InvalidPage when it is cut off, broken, or larger than `limit` bytes."""
    whole: list[bytes] = []
    room = limit
    try:
        while body:
            unpacker = zlib.decompressobj(_GZIP)
            piece = unpacker.decompress(body, room + 1)
            room -= len(piece)
            if room < 0:
                raise InvalidPage(f"it unpacks to more than {limit >> 20} MiB")
            if not unpacker.eof:
                raise InvalidPage("what was sent compressed is cut off")
            whole.append(piece)
            body = unpacker.unused_data
    except zlib.error as error:
        raise InvalidPage(f"what was sent compressed is broken: {error}") from error
    return b"".join(whole)


def read_page(media: str, body: bytes, name: str, url: str) -> Page:
    """The page in an unpacked body."""
    if media == "json":
        from pinkit.formats.simple_api import parse_json

        return parse_json(body, name)
    from pinkit.formats.simple_html import parse_html

    return parse_html(body, url)
