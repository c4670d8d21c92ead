"""Whether what was reproduced from source still is: the verdicts of a release beside those of the one before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.formats.short_text import short_line
from pinkit.model.rebuild import STANDINGS, Standing, Verdict
from pinkit.model.upgrade import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable

_ORDER = list(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileVerdict:
    """What is concluded about one file of a release ("" = the release as a whole), and why where it is not clear."""

    file: str
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseVerdicts:
    """The verdicts of a release's files; `remembered` says that they are from a ledger, nothing was built."""

    version: str
    files: tuple[FileVerdict, ...]
    remembered: bool = False

    @property
    def worst(self) -> FileVerdict:
        """The file that counts: the worst of those that were tried, of all where none was."""
        tried = [each for each in self.files if each.file] or list(self.files)
        none = FileVerdict(file="", verdict=Verdict.SKIPPED, reason="nothing is pinned that could be rebuilt")
        return max(tried, key=lambda each: _ORDER.index(each.verdict), default=none)


def rebuild_signal(name: str, before: ReleaseVerdicts | None, after: ReleaseVerdicts) -> Signal:
    """Both verdicts, always one signal: an upgrade that was verified says so of each moved pin.

    "rebuild verdict lost" is where the release before passed and this one fails or passes only in part.
    """
    new, old = after.worst, before.worst if before is not None else None
    said = [new.verdict.value + (f" ({short_line(new.reason)})" if new.reason else "")]
    if before is not None and old is not None:
        source = ", by the ledger" if before.remembered else ""
        said.append(f"before ({before.version}) {old.verdict.value}{source}")
    return Signal(
        kind=_kind(old, new),
        name=name,
        version=after.version,
        detail="; ".join(said),
        evidence=tuple(place for each in (before, after) if each for place in _places(each)),
        before=(old.verdict.value,) if old is not None else (),
        after=(new.verdict.value,),
    )


def _kind(old: FileVerdict | None, new: FileVerdict) -> str:
    standing = STANDINGS[new.verdict]
    if standing is Standing.PASS:
        return "rebuilt"
    if standing is Standing.INCONCLUSIVE:
        return "rebuild inconclusive"
    passed = old is not None and STANDINGS[old.verdict] is Standing.PASS
    return "rebuild verdict lost" if passed else "not reproduced"


def _places(release: ReleaseVerdicts) -> Iterable[str]:
    return (f"{each.file}: {each.verdict.value}" for each in release.files if each.file)
