"""Projects locked whole by uv or poetry, as locks of pinkit that start from the same pins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pinkit.formats.lock_layout import Layout, start_header
from pinkit.formats.lock_writer import write_lock_text
from pinkit.formats.poetry_lock import read_poetry_lock
from pinkit.formats.poetry_requirements import PoetryGroup, poetry_groups
from pinkit.formats.pylock_writer import write_pylock
from pinkit.formats.settings import LockSettings
from pinkit.formats.toml_text import table_at
from pinkit.formats.uv_lock import read_uv_lock
from pinkit.formats.uv_settings import UV_BOUNDS, uv_bounds, uv_project_settings

if TYPE_CHECKING:
    from pinkit.formats.toml_text import Table
    from pinkit.model.lock import Lock, Pin

PYPROJECT = "pyproject.toml"
UV_FILES = {
    "constraint-dependencies": "uv-constraints.txt",
    "build-constraint-dependencies": "uv-build-constraints.txt",
}
"""The files that take over the bounds of [tool.uv], by their keys there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedLock:
    """A lock to configure; `source` is where it was found, `notes` what could not be carried over.

    `files` are (path, text) that it needs to start from, such as the pins it has now.
    """

    settings: LockSettings
    source: str
    notes: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def uv_project(content: bytes, file: str, document: Table) -> ImportedLock:
    """The lock of a uv.lock: universal, with all extras and groups, as pylock.toml. Raises UsageError."""
    lock = read_uv_lock(content, file)
    settings, notes = uv_project_settings(document, PYPROJECT)
    project = table_at(document, "project", PYPROJECT)
    settings = replace(
        settings,
        name="project",
        inputs=(PYPROJECT,),
        output="pylock.toml",
        universal=True,
        all_extras=True if project.get("optional-dependencies") else None,
        all_groups=True if document.get("dependency-groups") else None,
    )
    settings, bounds = bounded(settings, document)
    known = tuple(pin for pin in lock.pins if pin.source is None and pin.distributions and _hashed(pin))
    left_out = [pin.name for pin in lock.pins if pin not in known]
    if left_out:
        notes = (*notes, f"pins without hashed files of an index start anew: {', '.join(sorted(left_out))}")
    start = replace(
        lock, pins=tuple(replace(pin, dependencies=()) for pin in known), header=start_header(file)
    )
    files = (("pylock.toml", write_pylock(start)), *bounds)
    return ImportedLock(settings=settings, source=file, notes=notes, files=files)


def bounded(settings: LockSettings, document: Table) -> tuple[LockSettings, tuple[tuple[str, str], ...]]:
    """The settings with the bounds of [tool.uv], and (path, text) of the files that take these over."""
    files = []
    for key, name in UV_FILES.items():
        lines, _ = uv_bounds(document, PYPROJECT, key)
        if lines:
            files.append((name, "".join(f"{line}\n" for line in lines)))
            field = UV_BOUNDS[key]
            names: dict[str, Any] = {field: tuple(dict.fromkeys((*getattr(settings, field), name)))}
            settings = replace(settings, **names)
    return settings, tuple(files)


def poetry_project(content: bytes, file: str, document: Table) -> tuple[ImportedLock, ...]:
    """The locks of a poetry.lock: one of [project], or one a group of [tool.poetry]. Raises UsageError."""
    lock = read_poetry_lock(content, file)
    if table_at(document, "project", PYPROJECT).get("name"):
        settings = LockSettings(
            name="project", inputs=(PYPROJECT,), output="requirements.txt", all_extras=True, universal=True
        )
        return (
            ImportedLock(settings=settings, source=file, files=(_start(lock, file, "requirements.txt"),)),
        )
    groups = poetry_groups(document, PYPROJECT)
    return tuple(_group(group, lock, file, bool(number)) for number, group in enumerate(groups))


def _group(group: PoetryGroup, lock: Lock, file: str, layered: bool) -> ImportedLock:
    stem = "requirements" if not layered else f"requirements-{group.name}"
    settings = LockSettings(
        name=group.name,
        inputs=(f"{stem}.in",),
        output=f"{stem}.txt",
        constraints=("requirements.txt",) if layered else (),
        universal=True,
        python=group.python,
    )
    lines = "".join(f"{line}\n" for line in group.requirements)
    return ImportedLock(
        settings=settings,
        source=file,
        notes=(f"{stem}.in takes over from [tool.poetry]", *group.notes),
        files=((f"{stem}.in", lines), _start(lock, file, f"{stem}.txt")),
    )


def _start(lock: Lock, file: str, output: str) -> tuple[str, str]:
    pins = tuple(pin for pin in lock.pins if pin.source is None)
    return output, write_lock_text(
        replace(lock, pins=pins, header=start_header(file)), Layout(annotate=False)
    )


def _hashed(pin: Pin) -> bool:
    return all(item.hashes for item in pin.distributions)
