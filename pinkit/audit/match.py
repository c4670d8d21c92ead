"""Does an advisory apply to a version? OSV's rule: a listed version OR inside any interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pinkit.formats.osv_versions import comparable, key_of

if TYPE_CHECKING:
    from pinkit.formats.pep440 import Key
    from pinkit.model.advisory import Affected


class Subject:
    """A pinned version made ready for many comparisons; `public` is "" unless it has a local part."""

    __slots__ = ("key", "needle", "public", "version")

    def __init__(self, version: str) -> None:
        self.version = version
        self.key: Key | None = key_of(version)
        self.needle = f"\n{comparable(version)}\n"
        self.public = version.partition("+")[0] if self.key is not None and self.key[3] else ""


subject = lru_cache(maxsize=65536)(Subject)
"""The `Subject` of a version, made once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An advisory that applies. `fixed_in` ascends: the fixes that end the intervals around the version.

    `as_public` says that only the version without its local part is affected.
    """

    affected: Affected
    fixed_in: tuple[str, ...]
    as_public: bool = False


def hit(affected: Affected, pinned: Subject) -> Hit | None:
    """How the advisory applies to the pinned version, None when it does not.

    A local version that does not match is tried once more as its public version.
    """
    found = _applies(affected, pinned)
    as_public = False
    if found is None and pinned.public:
        found = _applies(affected, subject(pinned.public))
        as_public = True
    if found is None:
        return None
    return Hit(affected=affected, fixed_in=found or _later_fixes(affected, pinned), as_public=as_public)


def incomparable(affected: Affected, pinned: Subject) -> str:
    """Why a missing hit proves nothing: "" when it does prove that the version is not affected."""
    if affected.may_miss:
        return f"{affected.id} could not be read whole: {affected.doubt}"
    if pinned.key is None and affected.spans:
        return f"{pinned.version!r} is no PEP 440 version, the ranges of {affected.id} cannot be compared with it"
    return ""


def _applies(affected: Affected, pinned: Subject) -> tuple[str, ...] | None:
    inside = False
    fixes: set[str] = set()
    key = pinned.key
    if key is not None and affected.spans:
        for span in affected.spans.split(" "):
            start, _, end = span.partition(",")
            if start and key < key_of(start):  # type: ignore[operator]
                continue
            if end and not _before(key, end):
                continue
            inside = True
            if end.startswith("<"):
                fixes.add(end[1:])
    if inside:
        return sorted_versions(fixes)
    return () if pinned.needle in affected.versions else None


def _before(key: Key, end: str) -> bool:
    bound = key_of(end[1:])
    if bound is None:
        return False
    return key <= bound if end[0] == "=" else key < bound


def _later_fixes(affected: Affected, pinned: Subject) -> tuple[str, ...]:
    # Listed but outside every interval: what ends an interval above the version is the best known answer.
    if pinned.key is None:
        return ()
    ends = (span.partition(",")[2] for span in affected.spans.split(" "))
    return sorted_versions({end[1:] for end in ends if end.startswith("<") and _before(pinned.key, end)})


def sorted_versions(versions: set[str]) -> tuple[str, ...]:
    """PEP 440 texts in ascending order."""
    return tuple(sorted(versions, key=lambda text: (key_of(text) or (-1,), text)))
