"""What to look at before a release is taken: facts of the index before and after, listed and never scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.cutoff import cutoff_text
from pinkit.formats.filenames import FilenameReader
from pinkit.model.upgrade import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.model.distribution import Distribution, Project

SIZE_FACTOR = 3
"""From this factor on a larger file is told."""
_SMALLEST_GROWTH_BYTES = 100_000
_MOST_EVIDENCE = 5


def newcomer(project: Project, version: str, until: int) -> Signal:
    """A name that no lock had: how many releases it had at `until` (seconds since the epoch), and since when."""
    times = [time for time in project.first_upload if time and time <= until]
    since = f", the first on {cutoff_text(min(times))[:10]}" if times else ", nobody knows since when"
    releases = len(times) + (project.first_upload.count(0) if project.first_upload else len(project.versions))
    detail = f"{releases} release{'s' * (releases != 1)}{since}"
    return Signal(kind="new dependency", name=project.name, version=version, detail=detail)


def status(project: Project, version: str) -> Iterable[Signal]:
    """A project that its index no longer calls active (PEP 792)."""
    if project.status not in ("", "active"):
        detail = f"the index calls the project {project.status}"
        yield Signal(
            kind=project.status, name=project.name, version=version, detail=detail, after=(project.status,)
        )


def differences(
    name: str, version: str, before: Sequence[Distribution], after: Sequence[Distribution]
) -> Iterable[Signal]:
    """What the files of a release have that those of the one before it did not."""

    def signal(kind: str, detail: str, files: Iterable[str], was: str = "", now: str = "") -> Signal:
        return Signal(
            kind=kind,
            name=name,
            version=version,
            detail=detail,
            evidence=tuple(sorted(files))[:_MOST_EVIDENCE],
            before=(was,) if was else (),
            after=(now,) if now else (),
        )

    native = _native(name, after)
    if native and before and not _native(name, before):
        yield signal("native code", "wheels were pure Python, now some are built for a platform", native)
    old, new = _largest(before), _largest(after)
    if old and new and new[0] > old[0] * SIZE_FACTOR and new[0] - old[0] > _SMALLEST_GROWTH_BYTES:
        detail = f"the largest file has {new[0]} bytes, before {old[0]}"
        yield signal("size", detail, (old[1], new[1]), str(old[0]), str(new[0]))
    attested = [file.filename for file in before if file.provenance]
    if attested and after and not any(file.provenance for file in after):
        yield signal("provenance lost", "files had attestations, now none has", attested)


def untold(before: Iterable[Distribution], after: Iterable[Distribution]) -> Iterable[str]:
    """What `differences` could not compare, since the index does not say it."""
    if _largest(before) is None or _largest(after) is None:
        yield "size: the index does not tell that of both releases"


def _native(name: str, files: Iterable[Distribution]) -> list[str]:
    reader = FilenameReader(name)
    return [
        file.filename
        for file in files
        if (parsed := reader.parse(file.filename))
        and parsed[1] != "sdist"
        and not parsed[1].endswith("-none-any")
    ]


def _largest(files: Iterable[Distribution]) -> tuple[int, str] | None:
    return max(((file.size, file.filename) for file in files if file.size is not None), default=None)
