"""Any two artifacts by their kind, and their members side by side for people."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.formats.tar_layout import read_tar_gz
from pinkit.formats.zip_content import read_contents
from pinkit.formats.zip_end import Malformed
from pinkit.formats.zip_layout import read_zip
from pinkit.rebuild.compare import compare_wheels
from pinkit.rebuild.compare_sdists import compare_sdists
from pinkit.rebuild.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.model.rebuild import Comparison, Verdict

_GZIP = b"\x1f\x8b"
_MAX_TEXT_BYTES = 512 * 1024
_MAX_LINES = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberDiff:
    """A member whose content differs: `status` is "added", "removed" or "changed" (from A to B).

    `lines` are a unified diff where both are text of moderate size, else empty; `cut` when there were more.
    """

    name: str
    status: str
    size_a: int = 0
    size_b: int = 0
    lines: tuple[str, ...] = ()
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactDiff:
    """Two artifacts compared: A as if it were the published one, B the rebuilt one."""

    comparison: Comparison
    verdict: Verdict
    members: tuple[MemberDiff, ...] = ()


def compare_artifacts(published: bytes, rebuilt: bytes, *, native: bool = False) -> Comparison:
    """The comparison for the kind of archive that the bytes are: .tar.gz, or zip (wheels, zip sdists).

    `native` as for `compare_wheels`.
    """
    if published[:2] == _GZIP or rebuilt[:2] == _GZIP:
        return compare_sdists(published, rebuilt)
    return compare_wheels(published, rebuilt, native=native)


def diff_artifacts(one: bytes, other: bytes, *, native: bool = False) -> ArtifactDiff:
    """Verdict, discrepancies and the members that differ, by name. Archives that cannot be read have no members."""
    comparison = compare_artifacts(one, other, native=native)
    try:
        (ours, all_ours), (theirs, all_theirs) = _contents(one), _contents(other)
    except Malformed:
        members: tuple[MemberDiff, ...] = ()
    else:
        # Of what is there and cannot be read the discrepancies tell: it was neither added nor removed.
        unread = (all_ours - ours.keys()) | (all_theirs - theirs.keys())
        members = tuple(each for each in member_diffs(ours, theirs) if each.name not in unread)
    return ArtifactDiff(comparison=comparison, verdict=verdict_of(comparison), members=members)


def member_diffs(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> tuple[MemberDiff, ...]:
    """The members whose contents differ, by name."""
    return tuple(
        _member_diff(name, one.get(name), other.get(name))
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    )


def _member_diff(name: str, content: bytes | None, other: bytes | None) -> MemberDiff:
    if content is None or other is None:
        status = "added" if content is None else "removed"
        return MemberDiff(name=name, status=status, size_a=len(content or b""), size_b=len(other or b""))
    lines, cut = _text_diff(content, other)
    return MemberDiff(
        name=name, status="changed", size_a=len(content), size_b=len(other), lines=lines, cut=cut
    )


def _text_diff(content: bytes, other: bytes) -> tuple[tuple[str, ...], bool]:
    if max(len(content), len(other)) > _MAX_TEXT_BYTES or b"\0" in content + other:
        return (), False
    try:
        ours, theirs = content.decode("utf-8").split("\n"), other.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        return (), False
    lines = list(difflib.unified_diff(ours, theirs, "a", "b", lineterm="", n=2))[2:]
    return tuple(lines[:_MAX_LINES]), len(lines) > _MAX_LINES


def _contents(archive: bytes) -> tuple[Mapping[str, bytes], frozenset[str]]:
    """What can be read, by name, and the names of all members."""
    if archive[:2] == _GZIP:
        contents = {member.name: member.content for member in read_tar_gz(archive).members}
        return contents, frozenset(contents)
    entries = read_zip(archive).entries
    return read_contents(archive, entries)[0], frozenset(entry.name for entry in entries)
