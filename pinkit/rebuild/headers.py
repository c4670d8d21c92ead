"""Differences in what two zip archives say about the members that both have: times, modes, flags, order."""

from __future__ import annotations

import stat
from collections import defaultdict
from typing import TYPE_CHECKING

from pinkit.rebuild.classes import discrepancy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.formats.zip_layout import Entry, ZipLayout
    from pinkit.model.rebuild import Discrepancy

_HARMLESS_FLAGS = 0x80E  # deflate level (bits 1, 2), data descriptor (3), UTF-8 (11)
_UMASK_BITS = 0o066
_GATHERED = frozenset({"timestamp", "compression", "flags", "made-by", "mode-umask", "mode-type", "owner"})


def header_discrepancies(
    published: bytes, rebuilt: bytes, layout: ZipLayout, rebuilt_layout: ZipLayout
) -> list[Discrepancy]:
    """Every difference between the headers of members with the same name; harmless classes once, with a count."""
    others = {entry.name: entry for entry in rebuilt_layout.entries}
    shared = [entry for entry in layout.entries if entry.name in others]
    differences = [
        (kind, entry.name, detail)
        for entry in shared
        for kind, detail in _entry_differences(entry, others[entry.name], published, rebuilt)
    ]
    found = gathered(differences, len(shared))
    names = {entry.name for entry in shared}
    ours = list(dict.fromkeys(entry.name for entry in shared))
    theirs = list(dict.fromkeys(entry.name for entry in rebuilt_layout.entries if entry.name in names))
    if ours != theirs or _data_order(layout, names) != _data_order(rebuilt_layout, names):
        found.append(discrepancy("order", "", "the members stand in another order"))
    return found


def gathered(differences: list[tuple[str, str, str]], total: int) -> list[Discrepancy]:
    """Discrepancies of (class, member, detail); those of harmless classes as one, naming the first member."""
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    found: list[Discrepancy] = []
    for kind, member, detail in differences:
        if kind in _GATHERED:
            groups[kind].append((member, detail))
        else:
            found.append(discrepancy(kind, member, detail))
    for kind, members in groups.items():
        member, detail = min(members)
        told = f"{len(members)} of {total} members, first {member}: {detail}"
        found.append(discrepancy(kind, "", told))
    return found


def mode_difference(mode: int, other: int) -> tuple[str, str] | None:
    """(class, detail) of two Unix modes; None when equal. Execute bits are never explained by a umask."""
    if mode == other:
        return None
    told = f"{mode:#o} published, {other:#o} rebuilt"
    differing = mode ^ other
    if differing & 0o111:
        return "exec-bit", told
    if differing & 0o7000:
        return "special-mode", told
    kinds = {stat.S_IFMT(mode), stat.S_IFMT(other)}
    if len(kinds) == 2 and kinds != {0, stat.S_IFREG}:
        return "mode", told
    if differing & 0o777 & ~_UMASK_BITS:
        return "mode", told
    return ("mode-umask" if differing & 0o777 else "mode-type"), told


def _entry_differences(
    entry: Entry, other: Entry, published: bytes, rebuilt: bytes
) -> Iterator[tuple[str, str]]:
    if entry.dos_time != other.dos_time:
        yield "timestamp", f"{entry.dos_time:#010x} published, {other.dos_time:#010x} rebuilt"
    same_content = entry.crc == other.crc and entry.size == other.size
    if same_content and not _same_data(entry, other, published, rebuilt):
        yield "compression", f"{entry.compressed} bytes published, {other.compressed} rebuilt"
    if entry.flags != other.flags:
        kind = "header" if (entry.flags ^ other.flags) & ~_HARMLESS_FLAGS else "flags"
        yield kind, f"flags {entry.flags:#x} published, {other.flags:#x} rebuilt"
    modes = mode_difference(entry.mode, other.mode)
    if modes is not None:
        yield modes
    yield from _archiver_differences(entry, other)


def _archiver_differences(entry: Entry, other: Entry) -> Iterator[tuple[str, str]]:
    if (entry.made_by, entry.needed) != (other.made_by, other.needed):
        yield "made-by", f"{entry.made_by:#x} published, {other.made_by:#x} rebuilt"
    if entry.external & 0xFFFF != other.external & 0xFFFF:
        systems_differ = entry.made_by >> 8 != other.made_by >> 8
        yield ("made-by" if systems_differ else "header"), "other DOS attributes"
    if entry.internal != other.internal:
        yield "header", f"internal attributes {entry.internal:#x} published, {other.internal:#x} rebuilt"


def _same_data(entry: Entry, other: Entry, published: bytes, rebuilt: bytes) -> bool:
    data = published[entry.data_start : entry.data_end]
    return entry.method == other.method and data == rebuilt[other.data_start : other.data_end]


def _data_order(layout: ZipLayout, names: set[str]) -> list[str]:
    entries = [entry for entry in layout.entries if entry.name in names]
    return [entry.name for entry in sorted(entries, key=lambda e: e.local_offset)]
