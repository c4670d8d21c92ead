"""Names of what a lock has by its path alone, as a requirements.txt has folders and files: read from where they are."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from pinkit.errors import UsageError
from pinkit.formats.filenames import FilenameReader, project_name
from pinkit.formats.pep508 import is_name, normalized_name
from pinkit.formats.sources import source_line
from pinkit.formats.toml_text import parsed_toml, table_at
from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.model.lock import Lock, Pin

    Read = Callable[[str], bytes | None]
    """The bytes of a file by its path as the lock writes it, None where there is none."""

PYPROJECT = "pyproject.toml"


def with_names(lock: Lock, read: Read) -> Lock:
    """The lock with names, and versions, where the filename of an archive or [project] of a folder tells them."""
    return replace(lock, pins=tuple([pin if pin.version else _named(pin, read) for pin in lock.pins]))


def require_names(lock: Lock, file: str) -> None:
    """UsageError for a pin without a name, which a format that has names cannot hold."""
    for pin in lock.pins:
        if not pin.name and pin.source is not None:
            raise UsageError(
                f"{file}:{pin.line}: {source_line(pin, pin.source, '')} tells no name",
                "neither its filename nor a [project] table there does",
                "lock to a pylock.toml, which has names, and take that",
            )


def _named(pin: Pin, read: Read) -> Pin:
    match pin.source:
        case ArchiveSource() as archive:
            filename = posixpath.basename(archive.path or archive.url)
            name = pin.name or project_name(filename) or ""
            found = FilenameReader(name).parse(filename) if name else None
            return replace(pin, name=name, version=found[0] if found else "")
        case DirectorySource() as directory:
            folder = posixpath.join(directory.path, directory.subdirectory)
            return _of_folder(pin, posixpath.normpath(posixpath.join(folder, PYPROJECT)), read)
        case VcsSource() | None:
            return pin
        case _ as never:
            assert_never(never)


def _of_folder(pin: Pin, path: str, read: Read) -> Pin:
    content = read(path)
    project = table_at(parsed_toml(content, path), "project", path) if content is not None else {}
    name, version = project.get("name", ""), project.get("version", "")
    if not isinstance(name, str) or not is_name(name):
        return pin
    return replace(
        pin, name=pin.name or normalized_name(name), version=version if isinstance(version, str) else ""
    )
