"""A zip archive read byte for byte (APPNOTE 6.3.10): every entry, and every byte no honest wheel needs.

`zipfile` forgives (prefixes, gaps, headers that contradict each other); here each of these is an anomaly
with a name, because what one reader forgives another one runs.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from pinkit.formats.zip_end import End, Malformed, read_end
from pinkit.formats.zip_names import Anomaly, entry_anomalies, name_anomalies

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_U32 = 0xFFFFFFFF
_MAX_ENTRIES = 500_000
_DESCRIPTOR_FLAG = 0x8
_UTF8_FLAG = 0x800


class Entry(NamedTuple):
    """One member as the central directory describes it, and where its parts stand in the file.

    `dos_time` is date << 16 | time. `extra` is the central extra field, `local_extra` the local one.
    `end` is where the entry's data (and data descriptor) stops.
    """

    name: str
    made_by: int
    needed: int
    flags: int
    method: int
    dos_time: int
    crc: int
    compressed: int
    size: int
    extra: bytes
    comment: bytes
    internal: int
    external: int
    local_offset: int
    central_offset: int
    data_start: int
    end: int
    local_extra: bytes

    @property
    def mode(self) -> int:
        """The Unix mode (type and permissions); 0 where the archiver stored none."""
        return self.external >> 16

    @property
    def data_end(self) -> int:
        """Where the compressed data stops."""
        return self.data_start + self.compressed


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipLayout:
    """All entries in central-directory order, the archive comment, and what is odd about the bytes."""

    entries: tuple[Entry, ...]
    anomalies: tuple[Anomaly, ...]
    comment: bytes = b""


def read_zip(archive: bytes) -> ZipLayout:
    """The layout of `archive`. Raises `Malformed` where it cannot be read at all."""
    anomalies: list[Anomaly] = []
    end = read_end(archive, anomalies)
    central_start = end.start - end.central_size
    shift = central_start - end.central_offset
    if central_start < 0 or shift < 0:
        raise Malformed("the central directory would begin before the file does")
    if shift:
        anomalies.append(Anomaly("prefix-bytes", "", f"{shift} bytes before the archive"))
    entries = _read_entries(archive, central_start, end, shift, anomalies)
    _find_gaps(entries, central_start, anomalies, shift)
    if end.comment:
        anomalies.append(Anomaly("archive-comment", "", f"{len(end.comment)} bytes of comment"))
    anomalies += name_anomalies(tuple(entry.name for entry in entries))
    return ZipLayout(entries=tuple(entries), anomalies=tuple(anomalies), comment=end.comment)


def _read_entries(archive: bytes, start: int, end: End, shift: int, anomalies: list[Anomaly]) -> list[Entry]:
    if end.members > _MAX_ENTRIES:
        raise Malformed(f"{end.members} entries; {_MAX_ENTRIES} are the limit")
    entries: list[Entry] = []
    position = start
    while position < end.start:
        if position + _CENTRAL.size > end.start or archive[position : position + 4] != b"PK\1\2":
            raise Malformed(f"no central directory record at byte {position}")
        entry, position = _read_entry(archive, position, shift, anomalies)
        entries.append(entry)
    if position != end.start:
        raise Malformed("a central directory record runs over the end of the directory")
    if len(entries) != end.members:
        anomalies.append(Anomaly("count-lie", "", f"{end.members} entries promised, {len(entries)} there"))
    return entries


def _read_entry(archive: bytes, position: int, shift: int, anomalies: list[Anomaly]) -> tuple[Entry, int]:
    fields = _CENTRAL.unpack_from(archive, position)
    _, made_by, needed, flags, method, time, date, crc, compressed, size = fields[:10]
    name_length, extra_length, comment_length, disk, internal, external, offset = fields[10:]
    name_start = position + _CENTRAL.size
    extra_start = name_start + name_length
    comment_start = extra_start + extra_length
    after = comment_start + comment_length
    raw_name = archive[name_start:extra_start]
    extra = archive[extra_start:comment_start]
    name = _decoded(raw_name, flags)
    size, compressed, offset = _widened(extra, size, compressed, offset)
    local = _read_local(archive, offset + shift, name)
    data_start = offset + shift + _LOCAL.size + len(local.raw_name) + len(local.extra)
    stop = _data_stop(archive, data_start + compressed, flags, (crc, compressed, size))
    entry = Entry(
        name, made_by, needed, flags, method, date << 16 | time, crc, compressed, size, extra,
        archive[comment_start:after], internal, external, offset + shift, position, data_start,
        data_start + compressed if stop is None else stop, local.extra,
    )  # fmt: skip
    _check_local(entry, raw_name, local, anomalies)
    if stop is None:
        anomalies.append(Anomaly("header-mismatch", name, "no data descriptor that repeats the directory"))
    if disk:
        anomalies.append(Anomaly("split-archive", name, f"on disk {disk}"))
    anomalies += entry_anomalies(name, entry.mode, flags, method, size, compressed, extra, entry.comment)
    return entry, after


class _Local(NamedTuple):
    needed: int
    flags: int
    method: int
    dos_time: int
    crc: int
    compressed: int
    size: int
    raw_name: bytes
    extra: bytes


def _read_local(archive: bytes, offset: int, name: str) -> _Local:
    if offset + _LOCAL.size > len(archive) or archive[offset : offset + 4] != b"PK\3\4":
        raise Malformed(f"no local header for {name!r} at byte {offset}")
    fields = _LOCAL.unpack_from(archive, offset)
    _, needed, flags, method, time, date, crc, compressed, size, name_length, extra_length = fields
    start = offset + _LOCAL.size
    raw_name = archive[start : start + name_length]
    extra = archive[start + name_length : start + name_length + extra_length]
    size, compressed, _ = _widened(extra, size, compressed, 0)
    return _Local(needed, flags, method, date << 16 | time, crc, compressed, size, raw_name, extra)


def _check_local(entry: Entry, raw_name: bytes, local: _Local, anomalies: list[Anomaly]) -> None:
    """Name every field in which the local header contradicts the central one (APPNOTE 4.3.7, 4.4.4)."""
    wrong = [
        field
        for field, here, there in (
            ("name", local.raw_name, raw_name),
            ("version needed", local.needed, entry.needed),
            ("flags", local.flags, entry.flags),
            ("method", local.method, entry.method),
            ("time", local.dos_time, entry.dos_time),
        )
        if here != there
    ]
    numbers = (local.crc, local.compressed, local.size)
    deferred = entry.flags & _DESCRIPTOR_FLAG and numbers == (0, 0, 0)
    if not deferred and numbers != (entry.crc, entry.compressed, entry.size):
        wrong.append("checksum or sizes")
    if wrong:
        told = f"local and central header disagree: {', '.join(wrong)}"
        anomalies.append(Anomaly("header-mismatch", entry.name, told))
    if local.extra and local.extra != entry.extra:
        anomalies.append(Anomaly("extra-field", entry.name, f"{len(local.extra)} bytes in the local header"))


def _data_stop(archive: bytes, stop: int, flags: int, numbers: tuple[int, int, int]) -> int | None:
    """Where the data descriptor ends (APPNOTE 4.3.9), `stop` without one, None when it repeats other numbers."""
    if stop > len(archive):
        raise Malformed("a member's data runs over the end of the file")
    if not flags & _DESCRIPTOR_FLAG:
        return stop
    crc, compressed, size = numbers
    for layout in ("<3L", "<L2Q"):
        if layout == "<3L" and max(compressed, size) > _U32:
            continue
        plain = struct.pack(layout, crc, compressed, size)
        for descriptor in (b"PK\7\x08" + plain, plain):
            if archive.startswith(descriptor, stop):
                return stop + len(descriptor)
    return None


def _widened(extra: bytes, size: int, compressed: int, offset: int) -> tuple[int, int, int]:
    """The three numbers, those of all ones replaced from the zip64 extra field (APPNOTE 4.5.3)."""
    if _U32 not in (size, compressed, offset):
        return size, compressed, offset
    position = 0
    while position + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, position)
        if kind == 1:
            numbers = extra[position + 4 : position + 4 + length]
            wide = [value for (value,) in struct.iter_unpack("<Q", numbers[: len(numbers) // 8 * 8])]
            values = [wide.pop(0) if v == _U32 and wide else v for v in (size, compressed, offset)]
            return values[0], values[1], values[2]
        position += 4 + length
    return size, compressed, offset


def _find_gaps(entries: list[Entry], central_start: int, anomalies: list[Anomaly], start: int) -> None:
    """Bytes that belong to no entry, and entries that share bytes."""
    position = start
    for entry in sorted(entries, key=lambda e: e.local_offset):
        _find_gap(position, entry.local_offset, entry.name, anomalies)
        position = max(position, entry.end)
    _find_gap(position, central_start, "", anomalies)


def _find_gap(position: int, start: int, name: str, anomalies: list[Anomaly]) -> None:
    before = f"before {name!r}" if name else "before the central directory"
    if start > position:
        anomalies.append(
            Anomaly("hidden-bytes", name, f"{start - position} bytes {before} belong to no member")
        )
    elif start < position:
        anomalies.append(Anomaly("overlap", name, f"{position - start} bytes {before} belong to two members"))


def _decoded(raw_name: bytes, flags: int) -> str:
    """The name: UTF-8 when flagged so, else code page 437 (APPNOTE 4.4.4 bit 11, appendix D)."""
    if not flags & _UTF8_FLAG:
        return raw_name.decode("cp437")
    try:
        return raw_name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"a member's name is no UTF-8: {raw_name!r}") from error
