"""Where a zip archive ends: the end-of-central-directory record and its zip64 twin (APPNOTE 4.3.14 to 4.3.16)."""

from __future__ import annotations

import struct
from typing import NamedTuple

from pinkit.formats.zip_names import Anomaly

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_U32 = 0xFFFFFFFF


class Malformed(ValueError):
    """The bytes are no readable archive; the message says where and why."""


class End(NamedTuple):
    """Where the directory stops, and what the end records say of it."""

    start: int
    members: int
    central_size: int
    central_offset: int
    comment: bytes


def read_end(archive: bytes, anomalies: list[Anomaly]) -> End:
    """The end record (APPNOTE 4.3.16), looked for as readers do: the last signature in the last 64 KiB."""
    position = archive.rfind(b"PK\5\6", max(0, len(archive) - _END.size - 0xFFFF))
    if position < 0 or position + _END.size > len(archive):
        raise Malformed("no end-of-archive record: truncated, or no zip archive")
    _, disk, first_disk, here, count, size, offset, comment_length = _END.unpack_from(archive, position)
    comment = archive[position + _END.size : position + _END.size + comment_length]
    trailing = len(archive) - position - _END.size - comment_length
    if trailing:
        found = f"{trailing} bytes after the archive" if trailing > 0 else "the comment is cut short"
        anomalies.append(Anomaly("trailing-bytes", "", found))
    if disk or first_disk or here != count:
        anomalies.append(
            Anomaly("split-archive", "", f"disk {disk} of {first_disk}, {here} of {count} entries")
        )
    end = End(position, count, size, offset, comment)
    return _read_end64(archive, end, anomalies)


def _read_end64(archive: bytes, end: End, anomalies: list[Anomaly]) -> End:
    """`end` with the numbers of a zip64 end record (APPNOTE 4.3.14, 4.3.15) where a locator stands before it."""
    needs = _U32 in (end.central_size, end.central_offset) or end.members == 0xFFFF
    locator = end.start - _LOCATOR64.size
    if locator < 0 or archive[locator : locator + 4] != b"PK\6\7":
        if needs:
            raise Malformed("the end record refers to a zip64 record that is not there")
        return end
    _, _, offset, _ = _LOCATOR64.unpack_from(archive, locator)
    start = locator - _END64.size
    if start < 0 or archive[start : start + 4] != b"PK\6\6":
        raise Malformed("the zip64 end record is not where its locator stands")
    _, length, _, _, _, _, _, count, size, central_offset = _END64.unpack_from(archive, start)
    if not needs or offset != start or length != _END64.size - 12:
        anomalies.append(Anomaly("zip64-record", "", "a zip64 end record that nothing needs, or that lies"))
    if not needs and (count, size, central_offset) != (end.members, end.central_size, end.central_offset):
        anomalies.append(Anomaly("zip64-record", "", "the two end records contradict each other"))
    return End(start, count, size, central_offset, end.comment)
