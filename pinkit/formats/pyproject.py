"""pyproject.toml to requirements: [project] (PEP 621), [dependency-groups] (PEP 735), [build-system] (PEP 518)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.markers import canonical_marker
from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier, is_name, normalized_name
from pinkit.formats.requirements_txt import requirement_of
from pinkit.formats.toml_text import (
    Lines,
    Table,
    parsed_toml,
    string_at,
    strings_at,
    table_at,
    unknown_key,
    wrong_type,
)
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_BUILD_REQUIRES = ("setuptools>=40.8.0",)
"""What builds a project without a [build-system] table (PEP 518; the version that brought PEP 517)."""


@frozen_value(frozen=True, slots=True, kw_only=True)
class Include:
    """A group that another group includes (PEP 735): its normalised name."""

    group: str


@frozen_value(frozen=True, slots=True, kw_only=True)
class Pyproject:
    """What a pyproject.toml says; names of projects, extras and groups are normalised.

    `name` is "" where there is no [project] table. `dynamic` are the fields that only the build backend knows:
    with "dependencies" or "optional-dependencies" among them, these are empty here. `build_requires` are
    PEP 518's default where there is no [build-system] table.
    """

    file: str
    name: str = ""
    version: str = ""
    requires_python: str = ""
    dynamic: tuple[str, ...] = ()
    dependencies: tuple[Requirement, ...] = ()
    extras: tuple[tuple[str, tuple[Requirement, ...]], ...] = ()
    groups: tuple[tuple[str, tuple[Requirement | Include, ...]], ...] = ()
    build_requires: tuple[Requirement, ...] = ()
    build_backend: str = ""
    backend_path: tuple[str, ...] = ()


def read_pyproject(content: bytes, file: str) -> Pyproject:
    """The values of a pyproject.toml. Raises UsageError that names file, key and (where it can be told) line."""
    document = parsed_toml(content, file)
    lines = Lines(content)
    project = table_at(document, "project", file)
    name = string_at(project, "name", file, under="project")
    if "project" in document and not is_name(name):
        raise UsageError(f"{file}: project.name is {'missing' if not name else f'no project name: {name!r}'}")
    build = table_at(document, "build-system", file)
    maker = _Maker(file, lines, normalized_name(name))
    return Pyproject(
        file=file,
        name=normalized_name(name),
        version=string_at(project, "version", file, under="project"),
        requires_python=_requires_python(project, file),
        dynamic=strings_at(project, "dynamic", file, under="project"),
        dependencies=maker.requirements(
            strings_at(project, "dependencies", file, under="project"), "project", "project.dependencies"
        ),
        extras=_extras(project, maker),
        groups=_groups(table_at(document, "dependency-groups", file), maker),
        build_requires=maker.requirements(
            _build_requires(build, file), "build-system", "build-system.requires"
        ),
        build_backend=string_at(build, "build-backend", file, under="build-system"),
        backend_path=strings_at(build, "backend-path", file, under="build-system"),
    )


def selected_requirements(
    project: Pyproject,
    *,
    dependencies: bool = True,
    extras: Iterable[str] = (),
    groups: Iterable[str] = (),
    all_extras: bool = False,
    all_groups: bool = False,
) -> tuple[Requirement, ...]:
    """The requirements of the dependencies, extras and groups asked for, in the file's order.

    A requirement on the project's own extras ("name[extra]") is replaced by what these extras ask for. Raises
    UsageError for an unknown extra or group and for groups that include each other in a circle.
    """
    found = list(project.dependencies) if dependencies else []
    known = dict(project.extras)
    for extra in known if all_extras else _known(extras, known, project, "extra"):
        found += known[extra]
    expanded = _without_self(found, project)
    known_groups = dict(project.groups)
    for group in known_groups if all_groups else _known(groups, known_groups, project, "group"):
        expanded += _without_self(list(group_requirements(project, group)), project)
    return tuple(dict.fromkeys(expanded))


def group_requirements(project: Pyproject, group: str) -> tuple[Requirement, ...]:
    """The requirements of a group with all that it includes. Raises UsageError for a circle or unknown group."""
    known = dict(project.groups)
    found: list[Requirement] = []

    def collect(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise UsageError(f"{project.file}: dependency-groups include each other in a circle", circle)
        if name not in known:
            raise unknown_key(project.file, f"dependency-groups.{name}", known)
        for item in known[name]:
            if isinstance(item, Include):
                collect(item.group, (*path, name))
            else:
                found.append(item)

    first = normalized_name(group)
    collect(first, ())
    via = f"{project.name} ({project.file}:{first})".strip()
    return tuple(replace(item, origin=replace(item.origin, via=via)) for item in found)


class _Maker:
    """Makes requirements of one file."""

    def __init__(self, file: str, lines: Lines, name: str) -> None:
        self.file, self._lines = file, lines
        self._via = f"{name} ({file})" if name else file

    def requirements(self, texts: Iterable[str], table: str, section: str) -> tuple[Requirement, ...]:
        return tuple(self.requirement(text, table, section) for text in texts)

    def requirement(self, text: str, table: str, section: str) -> Requirement:
        line = self._lines.of(text, table)
        made = requirement_of(text, Origin(file=self.file, line=line, section=section, via=self._via))
        if not made.name:
            raise UsageError(
                f"{made.origin}: a requirement here needs a name", text, f"write `NAME @ {made.url}` instead"
            )
        return made


def _requires_python(project: Table, file: str) -> str:
    text = string_at(project, "requires-python", file, under="project")
    try:
        return canonical_specifier(text)
    except InvalidRequirement as problem:
        raise UsageError(f"{file}: project.requires-python is no version specifier", problem.reason) from None


def _extras(project: Table, maker: _Maker) -> tuple[tuple[str, tuple[Requirement, ...]], ...]:
    table = table_at(project, "optional-dependencies", maker.file)
    under = "project.optional-dependencies"
    found: dict[str, tuple[Requirement, ...]] = {}
    for name in table:
        extra = _unique(name, found, maker.file, under)
        texts = strings_at(table, name, maker.file, under=under)
        found[extra] = maker.requirements(texts, under, f"extra:{extra}")
    return tuple(found.items())


def _groups(table: Table, maker: _Maker) -> tuple[tuple[str, tuple[Requirement | Include, ...]], ...]:
    found: dict[str, tuple[Requirement | Include, ...]] = {}
    for name, items in table.items():
        group = _unique(name, found, maker.file, "dependency-groups")
        if not isinstance(items, list):
            raise wrong_type(maker.file, f"dependency-groups.{name}", "an array")
        found[group] = tuple(_group_item(item, name, group, maker) for item in items)
    return tuple(found.items())


def _group_item(item: Any, name: str, group: str, maker: _Maker) -> Requirement | Include:
    match item:
        case str():
            return maker.requirement(item, "dependency-groups", f"group:{group}")
        case {"include-group": str(included), **rest} if not rest:
            return Include(group=normalized_name(included))
        case _:
            raise wrong_type(
                maker.file,
                f"dependency-groups.{name}",
                'an array of requirements and {include-group = "NAME"}',
            )


def _unique(name: str, found: Iterable[str], file: str, under: str) -> str:
    normalized = normalized_name(name)
    if not is_name(name):
        raise UsageError(f"{file}: {under}.{name} is no valid name")
    if normalized in found:
        raise UsageError(
            f"{file}: {under}.{name} is defined twice", f"both are spelled {normalized!r} when normalised"
        )
    return normalized


def _build_requires(build: Table, file: str) -> tuple[str, ...]:
    if not build:
        return DEFAULT_BUILD_REQUIRES
    if "requires" not in build:
        raise UsageError(
            f"{file}: build-system.requires is missing", "", 'PEP 518 asks for it; [] stands for "none"'
        )
    return strings_at(build, "requires", file, under="build-system")


def _known(names: Iterable[str], known: Iterable[str], project: Pyproject, kind: str) -> list[str]:
    wanted = {normalized_name(name) for name in names}
    under = "project.optional-dependencies" if kind == "extra" else "dependency-groups"
    for name in sorted(wanted - set(known)):
        raise unknown_key(project.file, f"{under}.{name}", known)
    return [name for name in known if name in wanted]


def _without_self(requirements: list[Requirement], project: Pyproject) -> list[Requirement]:
    """Requirements on the project's own extras replaced by theirs, each extra once for each marker."""
    known = dict(project.extras)
    found: list[Requirement] = []
    seen: set[tuple[str, str]] = set()

    def expand(item: Requirement, marker: str) -> None:
        both = _conjunction(item.marker, marker)
        if item.name != project.name or not item.extras or item.url:
            found.append(replace(item, marker=both) if both != item.marker else item)
            return
        for extra in item.extras:
            if extra not in known:
                raise unknown_key(f"{item.origin}", f"project.optional-dependencies.{extra}", known)
            if (extra, both) not in seen:
                seen.add((extra, both))
                for inner in known[extra]:
                    expand(inner, both)

    for item in requirements:
        expand(item, "")
    return found


def _conjunction(left: str, right: str) -> str:
    if not left or not right or left == right:
        return left or right
    return canonical_marker(f"({left}) and ({right})")
