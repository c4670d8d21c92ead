"""The files of a project that count: uploaded by the cutoff, not yanked (or pinned all the same)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.filenames import FilenameReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.model.distribution import Distribution, FileClass, Project
    from pinkit.resolve.files import Classes


class Published(NamedTuple):
    """The files that count, and why versions have none: bits of those that are `late` or `yanked`.

    `undated` are versions of which some file has no upload time, under a cutoff: such files do not count.
    """

    classes: Classes
    late: int = 0
    undated: int = 0
    yanked: int = 0


def published(
    project: Project,
    cutoff: int | None,
    yankable: int,
    files: Callable[[str, str], tuple[Distribution, ...]],
) -> Published:
    """The files of `project` uploaded at or before `cutoff` (seconds since the epoch).

    Yanked files (PEP 592) count for the versions in `yankable` only. `files` is asked for the releases some
    of whose files are newer than the cutoff or have no upload time.
    """
    everything = (2 << len(project.versions)) - 2
    classes, late, undated = project.classes, 0, 0
    if cutoff is not None:
        whole, part, undated = _by_time(project, cutoff)
        late = everything & ~whole & ~part & ~undated
        classes = tuple((file, members & whole) for file, members in classes if members & whole)
        if part:
            classes += _early_files(project, part, cutoff, files)
    if not any(file[2] for file, _ in classes):
        return Published(classes, late, undated)
    return _without_yanked(classes, late, undated, yankable)


def _by_time(project: Project, cutoff: int) -> tuple[int, int, int]:
    """Versions (all of whose files are early, some of whose files may be, with files of unknown time)."""
    if not project.first_upload:
        return 0, 0, (2 << len(project.versions)) - 2
    whole = part = undated = 0
    for index, (first, last) in enumerate(zip(project.first_upload, project.last_upload, strict=True)):
        if not first or not last:
            part |= 2 << index
            undated |= 2 << index
        elif last <= cutoff:
            whole |= 2 << index
        elif first <= cutoff:
            part |= 2 << index
    return whole, part, undated


def _early_files(
    project: Project, part: int, cutoff: int, files: Callable[[str, str], tuple[Distribution, ...]]
) -> Classes:
    names = FilenameReader(project.name)
    found: dict[FileClass, int] = {}
    for index, version in enumerate(project.versions):
        if not part >> (index + 1) & 1:
            continue
        for file in files(project.name, version):
            parsed = names.parse(file.filename)
            if parsed and file.upload_time is not None and file.upload_time <= cutoff:
                kind = (file.requires_python, parsed[1], file.yanked is not None)
                found[kind] = found.get(kind, 0) | 2 << index
    return tuple(found.items())


def _without_yanked(classes: Classes, late: int, undated: int, yankable: int) -> Published:
    kept: list[tuple[FileClass, int]] = []
    yanked = living = 0
    for file, members in classes:
        if file[2]:
            yanked |= members & ~yankable
            members &= yankable
        living |= members
        if members:
            kept.append((file, members))
    return Published(tuple(kept), late, undated, yanked & ~living)
