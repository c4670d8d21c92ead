"""Adapters that run or read third-party sources: sandbox, build environments, repositories."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.git import GitCache
from pinkit.adapters.metadata_build import MetadataBuilds
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.sources import Sources
from pinkit.errors import Unavailable
from pinkit.formats.core_metadata import parse_own_metadata
from pinkit.model.requirement import Origin, Requirement
from pinkit.workflows.build_resolver import BuildSolver

if TYPE_CHECKING:
    from pinkit.adapters.catalog import IndexCatalog
    from pinkit.formats.pyproject import Pyproject
    from pinkit.model.requirement import Dependency
    from pinkit.ports import SourceReader

_EXTRA = re.compile(r"""^(?:\(?(?P<rest>.*?)\)?\s+and\s+)?\(?extra == ["'](?P<extra>[^"']+)["']\)?$""")


def metadata_builds(
    catalog: IndexCatalog, folder: str, *, trusted: bool, constraints: tuple[str, ...] = ()
) -> MetadataBuilds:
    """Builds of metadata in the sandbox; `trusted` lets them run where nothing isolates."""
    from pinkit.cli.host_target import host_target

    sandbox = SystemSandbox(allow_unsandboxed=trusted)
    return MetadataBuilds(
        sandbox=sandbox,
        resolver=BuildSolver(catalog=catalog, platform=host_target()[0], constraints=constraints),
        artifacts=catalog,
        environments=BuildEnvironments(Path(folder, "environments"), sandbox),
        python=interpreter(),
        cache=Path(folder, "metadata"),
    )


def source_reader(
    catalog: IndexCatalog, folder: str, base: str, *, offline: bool, trusted: bool
) -> SourceReader:
    """The reader of archives, folders and repositories; relative paths are meant from `base`."""
    return Sources(
        builds=metadata_builds(catalog, folder, trusted=trusted),
        artifacts=catalog,
        git=GitCache(folder=Path(folder, "git"), offline=offline),
        base=Path(base or "."),
    )


def built_project(
    project: Pyproject, folder: Path, catalog: IndexCatalog, cache: str, *, trusted: bool
) -> Pyproject:
    """`project` with the dependencies and extras that its backend gives; its own code may run unsandboxed."""
    text = metadata_builds(catalog, cache, trusted=True).of_tree(folder)
    found = parse_own_metadata(text.encode())
    always: list[Requirement] = []
    extras: dict[str, list[Requirement]] = {extra: [] for extra in found.extras}
    for row in found.dependencies:
        extra, requirement = _split(row, project)
        (extras.setdefault(extra, []) if extra else always).append(requirement)
    return replace(
        project,
        dependencies=tuple(always),
        extras=tuple((name, tuple(rows)) for name, rows in extras.items()),
        requires_python=project.requires_python or found.requires_python,
    )


def _split(row: Dependency, project: Pyproject) -> tuple[str, Requirement]:
    name, extras, specifier, marker = row
    extra = ""
    if "extra" in marker:
        match = _EXTRA.match(marker)
        if match is None:
            raise Unavailable(
                f"{project.file}: a dependency cannot be assigned to an extra",
                why=f"{name}{specifier} ; {marker}",
                hint="declare the dependencies in [project] instead of computing them",
            )
        extra, marker = match["extra"], match["rest"] or ""
    section = f"extra:{extra}" if extra else "project.dependencies"
    origin = Origin(file=project.file, section=section, via=f"{project.name} ({project.file})")
    url = specifier.removeprefix("@ ") if specifier.startswith("@ ") else ""
    return extra, Requirement(
        name=name, origin=origin, extras=extras, specifier="" if url else specifier, marker=marker, url=url
    )
