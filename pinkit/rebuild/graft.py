"""The strictest comparison next to equality: put the published times into the rebuilt bytes and look again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.formats.zip_layout import ZipLayout

_LOCAL_TIME, _CENTRAL_TIME = 10, 12


def equal_modulo_time(published: bytes, rebuilt: bytes, layout: ZipLayout, rebuilt_layout: ZipLayout) -> bool:
    """Whether nothing but the members' DOS times differs: every other byte of the two archives is the same.

    Nothing is normalised: a time that only one of the two headers has, or that is no date, stays a difference.
    """
    if len(published) != len(rebuilt) or len(layout.entries) != len(rebuilt_layout.entries):
        return False
    grafted = bytearray(rebuilt)
    for entry, other in zip(layout.entries, rebuilt_layout.entries, strict=True):
        if entry.name != other.name or not is_date(entry.dos_time):
            return False
        time = (entry.dos_time & 0xFFFF).to_bytes(2, "little") + (entry.dos_time >> 16).to_bytes(2, "little")
        grafted[other.local_offset + _LOCAL_TIME : other.local_offset + _LOCAL_TIME + 4] = time
        grafted[other.central_offset + _CENTRAL_TIME : other.central_offset + _CENTRAL_TIME + 4] = time
    return grafted == published


def is_date(dos_time: int) -> bool:
    """Whether date << 16 | time is a moment that exists on a calendar (FAT date format)."""
    date, time = dos_time >> 16, dos_time & 0xFFFF
    month, day = date >> 5 & 0xF, date & 0x1F
    return (
        1 <= month <= 12 and 1 <= day <= 31 and time >> 11 < 24 and time >> 5 & 0x3F < 60 and time & 0x1F < 30
    )
