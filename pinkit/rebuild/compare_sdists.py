"""Two sdists (.tar.gz): byte-exact, modulo time, then by named classes."""

from __future__ import annotations

import zlib
from collections import Counter
from typing import TYPE_CHECKING

from pinkit.formats.tar_layout import read_tar_gz, with_times_of
from pinkit.formats.zip_end import Malformed
from pinkit.model.rebuild import Comparison, Level
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.compare import in_order, level_of
from pinkit.rebuild.headers import gathered, mode_difference
from pinkit.rebuild.metadata_text import metadata_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.formats.tar_layout import Member, TarLayout
    from pinkit.model.rebuild import Discrepancy


def compare_sdists(published: bytes, rebuilt: bytes) -> Comparison:
    """How far the rebuilt sdist agrees with the published one, as `compare_wheels` does for wheels.

    "Modulo time" is claimed only when one compressor gives both files, and the rebuilt tar with the published
    times is the published tar.
    """
    if published == rebuilt:
        return Comparison(level=Level.BYTES)
    try:
        layout = read_tar_gz(published)
    except Malformed as error:
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("malformed", "", str(error)),))
    try:
        other = read_tar_gz(rebuilt)
    except Malformed as error:
        told = f"the rebuilt sdist is malformed: {error}"
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("rebuilt-oddity", "", told),))
    if _equal_modulo_time(layout, other):
        told = "times of members, or of the gzip frame"
        return Comparison(level=Level.MODULO_TIME, discrepancies=(discrepancy("timestamp", "", told),))
    found = in_order(
        [*_oddities(layout, other), *_frame_differences(layout, other), *_members(layout, other)]
    ) or (discrepancy("tar-format", "", "the same members, written differently"),)
    return Comparison(level=level_of(found), discrepancies=found)


def _equal_modulo_time(layout: TarLayout, other: TarLayout) -> bool:
    if layout.frame != other.frame or layout.headers != other.headers or layout.anomalies != other.anomalies:
        return False
    if len(layout.tar) != len(other.tar):
        return False
    if with_times_of(other.tar, other.headers, layout.tar) != layout.tar:
        return False
    if layout.deflated == other.deflated:
        return True
    return any(
        _deflated(layout.tar, level) == layout.deflated and _deflated(other.tar, level) == other.deflated
        for level in (9, 6, 1)
    )


def _deflated(tar: bytes, level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(tar) + packer.flush()


def _oddities(layout: TarLayout, other: TarLayout) -> Iterator[Discrepancy]:
    ours, theirs = Counter(layout.anomalies), Counter(other.anomalies)
    for anomaly in (ours - theirs).elements():
        yield discrepancy(anomaly.kind, anomaly.member, anomaly.detail)
    for anomaly in (theirs - ours).elements():
        yield discrepancy("rebuilt-oddity", anomaly.member, f"only in the rebuilt sdist: {anomaly.detail}")


def _frame_differences(layout: TarLayout, other: TarLayout) -> Iterator[Discrepancy]:
    if layout.frame != other.frame:
        yield discrepancy("gzip-header", "", f"{layout.frame} published, {other.frame} rebuilt")
    if layout.frame_time != other.frame_time:
        yield discrepancy(
            "timestamp", "", f"gzip time {layout.frame_time} published, {other.frame_time} rebuilt"
        )
    if layout.tar == other.tar and layout.deflated != other.deflated:
        yield discrepancy("compression", "", "the same tar, compressed otherwise")


def _members(layout: TarLayout, other: TarLayout) -> Iterator[Discrepancy]:
    ours = {member.name: member for member in layout.members}
    theirs = {member.name: member for member in other.members}
    for name in ours.keys() - theirs.keys():
        kind = "directory-entry" if ours[name].kind == b"5" else "member-added"
        yield discrepancy(kind, name, "only in the published sdist")
    for name in theirs.keys() - ours.keys():
        kind = "directory-entry" if theirs[name].kind == b"5" else "missing"
        yield discrepancy(kind, name, "only in the rebuilt sdist")
    differences = [
        (kind, name, detail)
        for name in ours
        if name in theirs
        for kind, detail in _member_differences(ours[name], theirs[name])
    ]
    yield from gathered(differences, len(ours))
    if [n for n in ours if n in theirs] != [n for n in theirs if n in ours]:
        yield discrepancy("order", "", "the members stand in another order")


def _member_differences(member: Member, other: Member) -> Iterator[tuple[str, str]]:
    if member.mtime != other.mtime:
        yield "timestamp", f"{member.mtime:g} published, {other.mtime:g} rebuilt"
    if member.owner != other.owner:
        yield "owner", f"{member.owner} published, {other.owner} rebuilt"
    modes = mode_difference(member.mode, other.mode)
    if modes:
        yield modes
    if (member.kind, member.link, member.device) != (other.kind, other.link, other.device):
        yield "header", "another kind of member, or another link"
    if member.extra != other.extra:
        yield "extra-field", "other pax records"
    if member.content != other.content:
        yield _content_class(member, other)


def _content_class(member: Member, other: Member) -> tuple[str, str]:
    if member.name.endswith("/PKG-INFO"):
        kind, _, detail = metadata_class(member.name, member.content, other.content)
        return kind, detail
    return "payload", f"{len(member.content)} bytes published, {len(other.content)} rebuilt"
