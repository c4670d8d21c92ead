"""A gzipped tar read strictly: the gzip frame (RFC 1952), every header block (POSIX ustar and pax), what is odd."""

from __future__ import annotations

import io
import math
import re
import struct
import tarfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.zip_end import Malformed
from pinkit.formats.zip_names import Anomaly, name_anomalies

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_BYTES = 2 << 30
_BLOCK = 512
_SIZE = slice(124, 136)
_MTIME = slice(136, 148)
_CHECKSUM = slice(148, 156)
_KIND = 156
_OCTAL = re.compile(rb"([0-7]+)([\0 ]*)")
_TIME_FIELD = re.compile(rb" *[0-7]+[\0 ]*|\x80[\0-\xff]{11}")
_PAX_LENGTH = re.compile(rb"([1-9][0-9]{0,5}) ")
_PAX_TIME = re.compile(rb"mtime=[0-9]{1,12}(?:\.[0-9]{1,12})?\n")
_EXTRA, _NAME, _COMMENT, _HEADER_CRC = 4, 8, 16, 2


class Member(NamedTuple):
    """One member by its headers, without its time; `kind` is tar's type flag, `extra` the pax records but mtime."""

    name: str
    kind: bytes
    mode: int
    owner: tuple[int, int, str, str]
    link: str
    device: tuple[int, int]
    extra: tuple[tuple[str, str], ...]
    mtime: float
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TarLayout:
    """An sdist taken apart.

    `frame` is the gzip header without its time (flags, extra flags, system, name), `frame_time` that time. `deflated`
    is the compressed stream, `tar` what it holds; `headers` are the offsets of the tar's header blocks.
    """

    frame: tuple[int, int, int, bytes]
    frame_time: int
    deflated: bytes
    tar: bytes
    headers: tuple[int, ...]
    members: tuple[Member, ...]
    anomalies: tuple[Anomaly, ...]


def read_tar_gz(archive: bytes) -> TarLayout:
    """The layout of a .tar.gz. Raises `Malformed` where it cannot be read, or grows past 2 GiB."""
    start, frame, frame_time, anomalies = _frame(archive)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        tar = inflater.decompress(archive[start:], LIMIT_BYTES)
    except zlib.error as error:
        raise Malformed(f"the compressed stream is damaged: {error}") from error
    if not inflater.eof:
        raise Malformed("the compressed stream is cut short, or holds more than 2 GiB")
    rest = inflater.unused_data
    deflated = archive[start : len(archive) - len(rest)]
    anomalies += _trailer(rest, tar)
    headers = tuple(_header_offsets(tar, anomalies))
    members = _members(tar)
    anomalies += name_anomalies(tuple(f"{m.name}/" if m.kind == tarfile.DIRTYPE else m.name for m in members))
    return TarLayout(
        frame=frame,
        frame_time=frame_time,
        deflated=deflated,
        tar=tar,
        headers=headers,
        members=members,
        anomalies=tuple(anomalies),
    )


def with_times_of(tar: bytes, headers: tuple[int, ...], published: bytes) -> bytes:
    """`tar` with the times of `published`'s header blocks at the same offsets, and checksums that fit.

    A pax header's records are taken over where they say the same but for one `mtime` in the same place.
    """
    grafted = bytearray(tar)
    for offset in headers:
        time = slice(offset + _MTIME.start, offset + _MTIME.stop)
        if _TIME_FIELD.fullmatch(published[time]):
            grafted[time] = published[time]
        ours, theirs = _pax_text(tar, offset), _pax_text(published, offset)
        if len(ours) // _BLOCK == len(theirs) // _BLOCK and _but_time(ours) == _but_time(theirs) is not None:
            size = slice(offset + _SIZE.start, offset + _SIZE.stop)
            content = slice(offset + _BLOCK, offset + _BLOCK + max(len(ours), len(theirs)))
            grafted[size], grafted[content] = published[size], published[content]
        _sum_again(grafted, offset)
    return bytes(grafted)


def _sum_again(tar: bytearray, offset: int) -> None:
    """Let the checksum of a header block be right, in the form that it has."""
    place = slice(offset + _CHECKSUM.start, offset + _CHECKSUM.stop)
    form = _OCTAL.fullmatch(tar[place])
    if form:
        total = sum(tar[offset : place.start]) + 8 * ord(" ") + sum(tar[place.stop : offset + _BLOCK])
        digits = b"%0*o" % (len(form[1]), total)
        if len(digits) == len(form[1]):
            tar[place] = digits + form[2]


def _pax_text(tar: bytes, offset: int) -> bytes:
    """The records of the pax header whose block is at `offset`; empty for another block."""
    if tar[offset + _KIND : offset + _KIND + 1] != tarfile.XHDTYPE:
        return b""
    return tar[offset + _BLOCK :][: _number(tar[offset + _SIZE.start : offset + _SIZE.stop])]


def _but_time(records: bytes) -> tuple[bytes, ...] | None:
    """The records in order, a well-formed time's value left out; None where there is no such time, or several."""
    found, times = [], 0
    while records:
        length = _PAX_LENGTH.match(records)
        record = records[: int(length[1])] if length else b""
        if length is None or len(record) != int(length[1]) or not record.endswith(b"\n"):
            return None
        text = record[length.end() :]
        times += bool(_PAX_TIME.fullmatch(text))
        found.append(b"mtime" if _PAX_TIME.fullmatch(text) else text)
        records = records[len(record) :]
    return tuple(found) if times == 1 else None


def _frame(archive: bytes) -> tuple[int, tuple[int, int, int, bytes], int, list[Anomaly]]:
    """Where the deflate stream begins, the header but its time, its time, and what is odd (RFC 1952, 2.3)."""
    if archive[:3] != b"\x1f\x8b\x08" or len(archive) < 18:
        raise Malformed("no gzip frame")
    flags, moment, extra_flags, system = struct.unpack_from("<BLBB", archive, 3)
    anomalies: list[Anomaly] = []
    position, name = 10, b""
    if flags & _EXTRA:
        (length,) = struct.unpack_from("<H", archive, position)
        position += 2 + length
        anomalies.append(Anomaly("extra-field", "", f"{length} bytes in the gzip header"))
    if flags & _NAME:
        name, position = _text(archive, position)
    if flags & _COMMENT:
        comment, position = _text(archive, position)
        anomalies.append(Anomaly("archive-comment", "", f"{len(comment)} bytes in the gzip header"))
    if flags & _HEADER_CRC:
        position += 2
    return position, (flags, extra_flags, system, name), moment, anomalies


def _text(archive: bytes, position: int) -> tuple[bytes, int]:
    end = archive.find(b"\0", position)
    if end < 0:
        raise Malformed("the gzip header has a text without an end")
    return archive[position:end], end + 1


def _trailer(rest: bytes, tar: bytes) -> list[Anomaly]:
    found: list[Anomaly] = []
    expected = struct.pack("<LL", zlib.crc32(tar), len(tar) & 0xFFFFFFFF)
    if rest[:8] != expected:
        found.append(
            Anomaly("content-lie", "", "the gzip frame has another checksum or size than its content")
        )
    if len(rest) > 8:
        found.append(Anomaly("trailing-bytes", "", f"{len(rest) - 8} bytes after the gzip frame"))
    return found


def _header_offsets(tar: bytes, anomalies: list[Anomaly]) -> Iterator[int]:
    """Offsets of all header blocks; says what stands after the end marker, and bytes hidden in padding."""
    position = 0
    while position + _BLOCK <= len(tar) and tar[position : position + _BLOCK].strip(b"\0"):
        yield position
        size = _number(tar[position + _SIZE.start : position + _SIZE.stop])
        stop = position + _BLOCK + size
        position = stop + -size % _BLOCK
        if tar[stop:position].strip(b"\0"):
            anomalies.append(Anomaly("hidden-bytes", "", "bytes in the padding behind a member"))
    if tar[position:].strip(b"\0"):
        anomalies.append(Anomaly("hidden-bytes", "", f"bytes after the end marker at {position}"))


def _number(field: bytes) -> int:
    """A number of a header: octal text, or base 256 where the first bit is set (GNU)."""
    if field[0] & 0x80:
        return int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
    text = field.split(b"\0", 1)[0].strip()
    try:
        return int(text or b"0", 8)
    except ValueError as error:
        raise Malformed(f"a header has a size that is no number: {text!r}") from error


def _members(tar: bytes) -> tuple[Member, ...]:
    try:
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            return tuple(_member(archive, member) for member in archive)
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise Malformed(f"the tar inside is damaged: {error}") from error


def _member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Member:
    if not math.isfinite(member.mtime):
        raise Malformed(f"the time of {member.name!r} is no number: {member.mtime}")
    stream = archive.extractfile(member) if member.isreg() else None
    extra = {key: value for key, value in member.pax_headers.items() if key != "mtime"}
    return Member(
        name=member.name,
        kind=member.type,
        mode=member.mode,
        owner=(member.uid, member.gid, member.uname, member.gname),
        link=member.linkname,
        device=(member.devmajor, member.devminor),
        extra=tuple(sorted(extra.items())),
        mtime=member.mtime,
        content=stream.read() if stream else b"",
    )
