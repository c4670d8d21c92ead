"""A published wheel's fingerprint: what its own bytes tell about the tools, the clock and the modes that made it."""

from __future__ import annotations

import re
import stat
from calendar import timegm
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pinkit.formats.pep508 import normalized_name, parse_requirement
from pinkit.formats.wheel_record import record_name
from pinkit.formats.zip_content import read_contents
from pinkit.formats.zip_layout import read_zip
from pinkit.model.rebuild_plan import Fingerprint
from pinkit.rebuild.plan import DEFAULT_STAMPS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.formats.zip_layout import Entry
    from pinkit.model.build import BuildSystem
    from pinkit.model.rebuild_plan import SourceModes

_GENERATOR = re.compile(r"^\s*([A-Za-z][\w.-]*?)[\s(]+v?([0-9][\w.+!-]*)\)?")
_PROJECTS = {"bdist-wheel": "wheel", "flit": "flit-core", "poetry": "poetry-core", "uv": "uv-build"}
"""Generators that are not called like the project whose version they give."""
_NOTES = (".dist-info/WHEEL", ".dist-info/METADATA")
_MAX_NOTE_BYTES = 8 * 1024 * 1024
_HOUR, _DAY = 3600, 86_400
_PLAUSIBLE = range(1_104_537_600, 4_102_444_800)  # from 2005, there was no index before, to 2099
_TRUSTED_SHARE = 0.6


Sources = Mapping[str, tuple[int, int]]
"""Path in the sdist's top directory -> (time in seconds since the epoch, permission bits)."""


def fingerprint(
    wheel: bytes,
    *,
    sources: Sources | None = None,
    upload_time: int | None = None,
    system: BuildSystem | None = None,
) -> Fingerprint:
    """The fingerprint of `wheel`, with what its sdist's members and build system tell beside it.

    Raises `Malformed` where the wheel cannot be read.
    """
    layout = read_zip(wheel)
    notes = [e for e in layout.entries if _is_note(e.name) and e.size <= _MAX_NOTE_BYTES]
    contents, _ = read_contents(wheel, notes)
    told = _fields(contents, ".dist-info/WHEEL")
    metadata = _fields(contents, ".dist-info/METADATA")
    generator = next(iter(told.get("generator", ())), "")
    tags = told.get("tag", [])
    stamps = [epoch_of(e.dos_time) for e in layout.entries] or [0]
    files = [e for e in layout.entries if not e.name.endswith("/")]
    shared = [(e, found) for e in files if (found := _source(e.name, sources or {})) is not None]
    moments = [*stamps, *(moment for moment, _ in (sources or {}).values())]
    inferred = inferred_upload(moments) if upload_time is None else None
    record = record_name(tuple(e.name for e in files))
    return Fingerprint(
        generator=generator,
        backend=backend_of(generator),
        stamp=stamps[0] if len(set(stamps)) == 1 else None,
        first_stamp=min(stamps),
        last_stamp=max(stamps),
        zone_hours=_zone_hours(shared),
        group_writable=any(e.mode & stat.S_IWGRP for e in notes),
        source_modes=_source_modes(shared),
        bare_record_mode=any(e.name == record and e.mode and not stat.S_IFMT(e.mode) for e in files),
        bracketed=any("(" in value.partition(";")[0] for value in metadata.get("requires-dist", ())),
        licence_files="license-file" in metadata,
        platform_unknown=metadata.get("platform") == ["UNKNOWN"],
        metadata_version=next(iter(metadata.get("metadata-version", ())), ""),
        universal=any(tag.startswith("py2-") for tag in tags) and any(tag.startswith("py3-") for tag in tags),
        pure=all(tag.endswith("-none-any") for tag in tags),
        crlf=any(b"\r\n" in content for content in contents.values()),
        upload_time=inferred if upload_time is None else upload_time,
        inferred=inferred is not None,
        own_backend=_own_backend(system, backend_of(generator)),
    )


def backend_of(generator: str) -> tuple[str, str] | None:
    """(project, version) that wrote a Generator line; None where it names no version."""
    found = _GENERATOR.match(generator)
    if found is None:
        return None
    name = normalized_name(found[1])
    return _PROJECTS.get(name, name), found[2]


def _is_note(name: str) -> bool:
    """Whether the member tells of the wheel itself: vendored projects may bring their own, deeper down."""
    return name.endswith(_NOTES) and name.count("/") == 1


def inferred_upload(moments: Iterable[int]) -> int | None:
    """When a file whose members have these times was there at the latest, most likely: a day after the newest.

    None where no time can be one of a build. A zip time may be of any zone.
    """
    told = [moment for moment in moments if moment in _PLAUSIBLE and moment not in DEFAULT_STAMPS]
    return max(told) + _DAY if told else None


def _own_backend(system: BuildSystem | None, backend: tuple[str, str] | None) -> bool:
    """Whether the sources hold the backend and ask for nothing of the project that wrote the Generator line."""
    if system is None or backend is None or not system.backend_path:
        return False
    return not any(_asks_for(text, backend[0]) for text in system.requires)


def _asks_for(requirement: str, project: str) -> bool:
    try:
        return parse_requirement(requirement).name == project
    except ValueError:  # the build tells
        return False


def epoch_of(dos_time: int) -> int:
    """A zip time (date << 16 | time) as seconds since the epoch, as if its clock had shown UTC."""
    date, time = dos_time >> 16, dos_time & 0xFFFF
    parts = (1980 + (date >> 9), date >> 5 & 0xF or 1, date & 0x1F or 1)
    return timegm((*parts, time >> 11, time >> 5 & 0x3F, 2 * (time & 0x1F), 0, 0, 0))


def _fields(contents: Mapping[str, bytes], suffix: str) -> dict[str, list[str]]:
    """Header fields (lower case) of the member that ends so, before its body."""
    fields: dict[str, list[str]] = {}
    for name, content in contents.items():
        if name.endswith(suffix):
            header = content.replace(b"\r\n", b"\n").partition(b"\n\n")[0].decode("utf-8", "replace")
            for line in header.split("\n"):
                field, colon, value = line.partition(":")
                if colon and line[:1] not in (" ", "\t"):
                    fields.setdefault(field.strip().lower(), []).append(value.strip())
    return fields


def _source(name: str, sources: Sources) -> tuple[int, int] | None:
    return sources.get(name, sources.get(f"src/{name}"))


def _source_modes(shared: Sequence[tuple[Entry, tuple[int, int]]]) -> SourceModes:
    pairs = [(bool(entry.mode & stat.S_IWGRP), bool(mode & stat.S_IWGRP)) for entry, (_, mode) in shared]
    if (True, False) in pairs:
        return "loosened"
    return "tightened" if (False, True) in pairs else "kept"


def _zone_hours(shared: Sequence[tuple[Entry, tuple[int, int]]]) -> int | None:
    """By how many whole hours zip times are ahead of the times of the same files in the sdist.

    None unless most files that both have agree; zip times have two seconds' grain.
    """
    ahead: Counter[int] = Counter()
    for entry, (moment, _) in shared:
        hours = round((epoch_of(entry.dos_time) - moment) / _HOUR)
        if abs(epoch_of(entry.dos_time) - moment - hours * _HOUR) <= 2 and abs(hours) <= 14:
            ahead[hours] += 1
    if not ahead:
        return None
    hours, count = ahead.most_common(1)[0]
    return hours if count >= _TRUSTED_SHARE * len(shared) else None
