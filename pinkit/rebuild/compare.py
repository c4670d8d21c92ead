"""Two wheels, byte for byte, then by named classes. Nothing is normalised away before it has been counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from pinkit.formats.wheel_record import record_lies, record_name
from pinkit.formats.zip_content import read_contents
from pinkit.formats.zip_end import Malformed
from pinkit.formats.zip_layout import ZipLayout, read_zip
from pinkit.model.rebuild import Comparison, Discrepancy, Level, Weight
from pinkit.rebuild import wheel_files
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.graft import equal_modulo_time, is_date
from pinkit.rebuild.headers import header_discrepancies

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.formats.zip_names import Anomaly

_DEFLATE_ONLY = frozenset({"compression", "timestamp"})


def compare_wheels(published: bytes, rebuilt: bytes, *, native: bool = False) -> Comparison:
    """How far the rebuilt wheel agrees with the published one; discrepancies by weight (worst first), then member.

    `native` says that the published wheel's filename promises machine code: only then may that differ from the
    rebuilt one's, unproved.
    """
    if published == rebuilt:
        return Comparison(level=Level.BYTES)
    try:
        layout = read_zip(published)
    except Malformed as error:
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("malformed", "", str(error)),))
    try:
        rebuilt_layout = read_zip(rebuilt)
    except Malformed as error:
        told = f"the rebuilt wheel is malformed: {error}"
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("rebuilt-oddity", "", told),))
    if equal_modulo_time(published, rebuilt, layout, rebuilt_layout):
        told = f"{_differing_times(layout, rebuilt_layout)} of {len(layout.entries)} members' zip times"
        return Comparison(level=Level.MODULO_TIME, discrepancies=(discrepancy("timestamp", "", told),))
    found = _wheel_discrepancies(published, rebuilt, layout, rebuilt_layout, native=native)
    return Comparison(level=level_of(found), discrepancies=found)


def _wheel_discrepancies(
    published: bytes, rebuilt: bytes, layout: ZipLayout, rebuilt_layout: ZipLayout, *, native: bool
) -> tuple[Discrepancy, ...]:
    contents, lies = read_contents(published, layout.entries)
    rebuilt_contents, rebuilt_lies = read_contents(rebuilt, rebuilt_layout.entries)
    found = [
        *_oddities(
            (*layout.anomalies, *lies, *_record_anomalies(contents)),
            (*rebuilt_layout.anomalies, *rebuilt_lies, *_record_anomalies(rebuilt_contents)),
        ),
        *_invalid_times(layout, rebuilt_layout),
        *header_discrepancies(published, rebuilt, layout, rebuilt_layout),
        *_member_discrepancies(layout, rebuilt_layout, contents, rebuilt_contents, native=native),
    ]
    unread = discrepancy("payload", "", "the bytes differ in a place that no class names")
    return in_order(found) if found else (unread,)


def _record_anomalies(contents: Mapping[str, bytes]) -> tuple[Anomaly, ...]:
    """What is false in the wheel's own RECORD."""
    name = record_name(tuple(contents))
    return record_lies(name, contents) if name else ()


def _oddities(published: Iterable[Anomaly], rebuilt: Iterable[Anomaly]) -> list[Discrepancy]:
    """Anomalies that only one side has; one that the source itself gives on both sides proves nothing."""
    ours, theirs = Counter(published), Counter(rebuilt)
    found = [discrepancy(a.kind, a.member, a.detail) for a in (ours - theirs).elements()]
    for anomaly in (theirs - ours).elements():
        told = f"only in the rebuilt wheel: {anomaly.kind}: {anomaly.detail}"
        found.append(discrepancy("rebuilt-oddity", anomaly.member, told))
    return found


def _invalid_times(layout: ZipLayout, rebuilt_layout: ZipLayout) -> list[Discrepancy]:
    honest = {e.name for e in rebuilt_layout.entries if not is_date(e.dos_time)}
    told = "a zip time that is no date"
    wrong = [e.name for e in layout.entries if not is_date(e.dos_time) and e.name not in honest]
    return [discrepancy("invalid-time", name, told) for name in wrong]


def _member_discrepancies(
    layout: ZipLayout,
    rebuilt_layout: ZipLayout,
    contents: Mapping[str, bytes],
    rebuilt: Mapping[str, bytes],
    *,
    native: bool,
) -> list[Discrepancy]:
    names = {entry.name for entry in layout.entries}
    rebuilt_names = {entry.name for entry in rebuilt_layout.entries}
    found = [wheel_files.added(name, tagged=native) for name in names - rebuilt_names]
    found += [wheel_files.missing(name) for name in rebuilt_names - names]
    if record_name(tuple(rebuilt_names)) and not record_name(tuple(names)):
        found.append(discrepancy("no-record", "", "the published wheel has not exactly one RECORD"))
    for name in names & rebuilt_names:
        content, other = contents.get(name), rebuilt.get(name)
        if content is None or other is None:
            if content is not other:
                found.append(discrepancy("payload", name, "can be read in one of the wheels only"))
        elif content != other:
            found.append(wheel_files.changed(name, content, other, tagged=native))
    return found


def _differing_times(layout: ZipLayout, rebuilt_layout: ZipLayout) -> int:
    pairs = zip(layout.entries, rebuilt_layout.entries, strict=True)
    return sum(entry.dos_time != other.dos_time for entry, other in pairs)


def in_order(found: Iterable[Discrepancy]) -> tuple[Discrepancy, ...]:
    """Worst first, then by member and class: the same for the same bytes."""
    return tuple(sorted(set(found), key=lambda d: (-d.weight, d.member, d.kind, d.detail)))


def level_of(found: tuple[Discrepancy, ...]) -> Level:
    """The level of artifacts that have these discrepancies."""
    if {d.kind for d in found} <= _DEFLATE_ONLY:
        return Level.DEFLATE
    return Level.CLASSES if all(d.weight is Weight.EXPLAINED for d in found) else Level.PAYLOAD
