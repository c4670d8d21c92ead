"""What was worked out from one project's page and metadata for one view, kept so that the next solve need not.

A **view** is everything besides the index that decides it: lanes, targets, policy, overrides, excludes. Notes are
bound by whoever keeps them to the very page that they were made of. With all notes lost every answer stays the same.
"""

from __future__ import annotations

import marshal
import zlib
from typing import TYPE_CHECKING, NamedTuple

from pinkit import __version__
from pinkit.formats.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.resolve.files import Partition
    from pinkit.resolve.lanes import Lanes
    from pinkit.resolve.policy import Policy
    from pinkit.resolve.universe import Rows

_FORM = 1
"""To be raised with every change of what is worked out, or of how it is written."""
_MARSHAL = 4
_CHECK_BYTES = 4


class Shape(NamedTuple):
    """Which versions of a project each lane may have, before requirements and existing pins are looked at.

    `installable` and `domain` are as in `ProjectCandidates`, `odd` are its pre-releases, `before` what the
    pre-release policy admits, `silent` versions of which no file says on the page which Pythons it is for. `latest`
    is the time of the last upload (0 for no files), -1 where some file has none; `yanked` says that some are.
    `undated` are versions with files that do not count for want of a time.
    """

    versions: tuple[str, ...]
    installable: Partition
    domain: Partition
    odd: int
    before: int
    silent: int
    latest: int
    yanked: bool
    undated: int


class Note:
    """The notes of one project: its shape, what specifiers allow, and what versions need. The last two grow."""

    __slots__ = ("_kept", "matching", "needs", "shape")

    def __init__(
        self, shape: Shape, matching: dict[str, int], needs: dict[str, Rows], kept: int = -1
    ) -> None:
        self.shape, self.matching, self.needs, self._kept = shape, matching, needs, kept

    @property
    def changed(self) -> bool:
        """Whether there is more in it than was kept."""
        return self._kept != len(self.matching) + len(self.needs)

    def kept(self) -> bytes:
        """The note in a form to keep."""
        self._kept = len(self.matching) + len(self.needs)
        content = marshal.dumps((tuple(self.shape), self.matching, self.needs), _MARSHAL)
        return zlib.crc32(content).to_bytes(_CHECK_BYTES, "little") + content


def read_note(kept: bytes) -> Note | None:
    """The note behind `kept`; None where it is not what was kept."""
    content = memoryview(kept)[_CHECK_BYTES:]
    if zlib.crc32(content) != int.from_bytes(kept[:_CHECK_BYTES], "little"):
        return None
    # The cache is its user's alone, and what it keeps is as trusted as the .pyc files beside it.
    shape, matching, needs = marshal.loads(content)  # noqa: S302
    return Note(Shape._make(shape), matching, needs, len(matching) + len(needs))


def holds_for(shape: Shape, cutoff: int | None, exact: Iterable[str]) -> bool:
    """Whether `shape` is the same under any cutoff from `cutoff` on, and whoever asks for the versions `exact`."""
    return (cutoff is None or 0 <= shape.latest <= cutoff) and not (shape.yanked and any(exact))


def view_of(
    lanes: Lanes, policy: Policy, overrides: Mapping[str, list[Requirement]], excludes: frozenset[str]
) -> str:
    """The view of a solve, as a short text. The cutoff is no part of it: see `holds_for`."""
    replaced = [
        (name, each.extras, each.specifier, each.marker, each.url)
        for name, requirements in sorted(overrides.items())
        for each in requirements
    ]
    rules = (policy.prerelease, policy.lenient, sorted(policy.only_binary), sorted(policy.no_binary))
    text = repr((__version__, _FORM, lanes.spans, lanes.targets, rules, replaced, sorted(excludes)))
    return fingerprint(text.encode())


def rows_of(dependencies: Iterable[Dependency], lanes: Lanes) -> Rows:
    """Rows with the lanes where they count, by the extra that brings them in ("" = always). Raises InvalidMarker."""
    rows: Rows = {}
    marker = lanes.marker
    for row in dependencies:
        lanes_of = marker(row[3])
        always = lanes_of.get("", 0)
        for extra, found in lanes_of.items():
            here = found & ~always if extra else found
            if here:
                rows.setdefault(extra, []).append((row, here))
    return rows
