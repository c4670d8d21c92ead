"""A catalog in memory, written file by file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinkit.formats.filenames import FilenameReader
from pinkit.formats.pep440 import sort_key
from pinkit.model.distribution import Distribution, FileClass, Project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.requirement import Dependency


def file(
    filename: str, *, at: int | None = None, requires: str = "", yanked: str | None = None
) -> Distribution:
    return Distribution(
        filename=filename,
        url=f"https://index.example/{filename}",
        upload_time=at,
        requires_python=requires,
        yanked=yanked,
    )


def project(name: str, files: Iterable[Distribution]) -> tuple[Project, dict[str, tuple[Distribution, ...]]]:
    """The project with those files as columns, and its files by version."""
    names = FilenameReader(name)
    by_version: dict[str, list[Distribution]] = {}
    kinds: dict[str, str] = {}
    for each in files:
        parsed = names.parse(each.filename)
        assert parsed is not None, each.filename
        by_version.setdefault(parsed[0], []).append(each)
        kinds[each.filename] = parsed[1]
    versions = tuple(sorted(by_version, key=lambda version: sort_key(version) or ()))
    classes: dict[FileClass, int] = {}
    for index, version in enumerate(versions):
        for each in by_version[version]:
            key = (each.requires_python, kinds[each.filename], each.yanked is not None)
            classes[key] = classes.get(key, 0) | 2 << index
    times = [[each.upload_time or 0 for each in by_version[version]] for version in versions]
    timed = any(any(row) for row in times)
    return Project(
        name=name,
        versions=versions,
        classes=tuple(classes.items()),
        first_upload=tuple(min(row) for row in times) if timed else (),
        last_upload=tuple(max(row) for row in times) if timed else (),
    ), {
        version: tuple(sorted(found, key=lambda each: each.filename)) for version, found in by_version.items()
    }


def pure(name: str, *versions: str, at: int | None = None) -> list[Distribution]:
    return [file(f"{name}-{version}-py3-none-any.whl", at=at) for version in versions]


@dataclass
class MemoryCatalog:
    """Implements `ports.Catalog` over projects made of files; records what it was asked."""

    files: dict[str, list[Distribution]]
    rows: dict[tuple[str, str], tuple[Dependency, ...]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    hinted: list[object] = field(default_factory=list)
    noted: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def project(self, name: str) -> Project:
        self.asked.append(name)
        return project(name, self.files.get(name, []))[0]

    def index_of(self, name: str) -> str:
        raise AssertionError("the universe does not ask who serves a project")

    def notes(self, name: str, view: str) -> bytes | None:
        return self.noted.get((name, view))

    def keep_notes(self, name: str, view: str, notes: bytes) -> None:
        self.noted[name, view] = notes

    def requires_python(self, name: str, version: str) -> str:
        return ""

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        return self.rows.get((name, version), ())

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        self.asked.append(f"files of {name} {version}")
        return project(name, self.files[name])[1][version]

    def extras(self, name: str, version: str) -> tuple[str, ...]:
        raise AssertionError("the universe needs no declared extras")

    def proved(self, name: str, version: str) -> tuple[Distribution, ...]:
        raise AssertionError("the universe needs no digests")

    def digests(self, name: str, version: str, cutoff: int | None) -> tuple[str, ...]:
        raise AssertionError("the universe needs no digests")

    def prefetch_projects(self, names: Iterable[str]) -> None:
        self.hinted += names

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        self.hinted += releases
