"""What one lock is asked for: its input files, constraints and layers read into requirements with origins."""

from __future__ import annotations

import posixpath
from dataclasses import field, replace
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.pep508 import is_name, normalized_name
from pinkit.formats.requirements_txt import InputOptions, read_requirements, requirement_of
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.formats.pyproject import Pyproject
    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock

_DYNAMIC = ("dependencies", "optional-dependencies")


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockInputs:
    """All that the input files of one lock say.

    `requires_python` is the project's, "" where no input has one. `options` are those of requirements files.
    `repeatable` is false where the answer may depend on more than the bytes of files that were read (a build
    backend, environment variables in a file).
    """

    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...] = ()
    overrides: tuple[Requirement, ...] = ()
    excludes: frozenset[str] = frozenset()
    build_constraints: tuple[Requirement, ...] = ()
    options: InputOptions = field(default_factory=InputOptions)
    requires_python: str = ""
    repeatable: bool = True


@frozen_value(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where inputs are read from.

    `read` answers a path with its bytes (UsageError where there is none). `environment` gives values for
    `${NAME}`. `layers` are locks made in this run, by name and by output path. `built` answers the path of a
    pyproject.toml whose metadata are dynamic with those that its backend gives.
    """

    read: Callable[[str], bytes]
    environment: Mapping[str, str]
    layers: Mapping[str, tuple[str, Lock]]
    built: Callable[[str, Pyproject], Pyproject]


def gathered(settings: LockSettings, sources: Sources) -> LockInputs:
    """The inputs of one lock, every file read once. Raises UsageError with file:line."""
    reader = _Gatherer(settings, sources)
    for name in settings.inputs:
        if settings.output and posixpath.normpath(name) == posixpath.normpath(settings.output):
            raise UsageError(
                f"{name} is the input and the output",
                "the lock would overwrite what it is made of",
                "name another -o",
            )
        reader.input(name)
    for name in settings.constraints:
        reader.constraints += reader.constraint(name)
    overrides = tuple(
        r for text in settings.overrides for r in reader.file_or_requirement(text, "--override")
    )
    build = tuple(r for name in settings.build_constraints for r in reader.constraint(name))
    return LockInputs(
        requirements=tuple(reader.requirements),
        constraints=tuple(reader.constraints),
        overrides=overrides,
        excludes=frozenset(name for text in settings.excludes for name in reader.names(text)),
        build_constraints=build,
        options=reader.options,
        requires_python=reader.requires_python,
        repeatable=reader.repeatable,
    )


def pins_as_constraints(lock: Lock, path: str) -> tuple[Requirement, ...]:
    """The pins of a lock as constraints that later layers obey, annotated as "-c path"."""
    return tuple(
        Requirement(
            name=pin.name,
            specifier=f"=={pin.version}",
            marker=pin.marker,
            origin=Origin(file=path, line=pin.line, via=f"-c {path}"),
        )
        for pin in lock.pins
        if pin.source is None and pin.version
    )


def _named(requirement: Requirement, via: str) -> Requirement:
    return replace(requirement, origin=replace(requirement.origin, via=via))


def override_annotations(overrides: Iterable[Requirement]) -> dict[str, list[str]]:
    """How the pins of overridden projects are annotated, by project; an override of no file is not."""
    found: dict[str, list[str]] = {}
    for each in overrides:
        if each.origin.line:
            found.setdefault(each.name, []).append(each.origin.via)
    return found


class _Gatherer:
    def __init__(self, settings: LockSettings, sources: Sources) -> None:
        self._settings, self._sources = settings, sources
        self.requirements: list[Requirement] = []
        self.constraints: list[Requirement] = []
        self.options = InputOptions()
        self.requires_python = ""
        self.repeatable = True

    def input(self, name: str) -> None:
        if posixpath.basename(name) == "pyproject.toml":
            self._pyproject(name)
            return
        self._requirements(name)

    def constraint(self, name: str) -> Sequence[Requirement]:
        layer = self._sources.layers.get(name) or self._sources.layers.get(posixpath.normpath(name))
        if layer is not None:
            path, lock = layer
            return pins_as_constraints(lock, path if name not in (path, posixpath.normpath(path)) else name)
        try:
            self._read(name)
        except UsageError as error:
            place = f"{self._settings.where}: " if self._settings.where else ""
            raise UsageError(
                f"{place}{name} is no lock that is made before this one, and no file",
                error.what,
                "name a lock by its name or output, or a file of constraints",
            ) from error
        found = read_requirements(name, self._read, self._sources.environment, constraint=True)
        self._note(found.options)
        return found.constraints

    def file_or_requirement(self, text: str, option: str) -> Sequence[Requirement]:
        if is_name(text.partition("==")[0].strip()) and not text.endswith((".txt", ".in")):
            return (requirement_of(text, Origin(file=option, via=option)),)
        try:
            found = read_requirements(text, self._read, self._sources.environment)
        except UsageError as missing:
            if text.endswith((".txt", ".in")):
                raise
            try:
                return (requirement_of(text, Origin(file=option, via=option)),)
            except UsageError:
                raise missing from None
        return [_named(each, f"{option} {text}") for each in (*found.requirements, *found.constraints)]

    def names(self, text: str) -> Sequence[str]:
        if is_name(text) and not text.endswith((".txt", ".in")):
            return (normalized_name(text),)
        return [requirement.name for requirement in self.file_or_requirement(text, "--exclude")]

    def _requirements(self, name: str) -> None:
        found = read_requirements(name, self._read, self._sources.environment)
        self.requirements += found.requirements
        self.constraints += found.constraints
        self._note(found.options)

    def _note(self, options: InputOptions) -> None:
        mine = self.options
        self.options = replace(
            mine,
            index_url=options.index_url or mine.index_url,
            extra_index_urls=_joined(mine.extra_index_urls, options.extra_index_urls),
            no_index=mine.no_index or options.no_index,
            find_links=_joined(mine.find_links, options.find_links),
            no_binary=_joined(mine.no_binary, options.no_binary),
            only_binary=_joined(mine.only_binary, options.only_binary),
            pre=mine.pre or options.pre,
            trusted_hosts=_joined(mine.trusted_hosts, options.trusted_hosts),
        )

    def _pyproject(self, name: str) -> None:
        from pinkit.formats.pyproject import read_pyproject, selected_requirements

        settings = self._settings
        project = read_pyproject(self._read(name), name)
        if any(field in project.dynamic for field in _DYNAMIC):
            self.repeatable = False
            project = self._sources.built(name, project)
        self.requires_python = self.requires_python or project.requires_python
        only_groups = bool(settings.groups or settings.all_groups) and not project.name
        self.requirements += selected_requirements(
            project,
            dependencies=not only_groups,
            extras=settings.extras,
            groups=settings.groups,
            all_extras=bool(settings.all_extras),
            all_groups=bool(settings.all_groups),
        )

    def _read(self, name: str) -> bytes:
        content = self._sources.read(name)
        if b"${" in content:
            self.repeatable = False
        return content


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
