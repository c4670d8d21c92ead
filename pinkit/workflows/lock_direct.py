"""Direct references of the inputs, and of what they point to, read before the solve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable, UsageError
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.value import frozen_value
from pinkit.resolve.direct import Direct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinkit.model.lock import Lock, Source
    from pinkit.model.source import SourceMetadata
    from pinkit.ports import SourceReader

_MOST = 500


@frozen_value(frozen=True, slots=True, kw_only=True)
class DirectReleases:
    """Releases behind direct references: by name for the solver, by (name, URL) for the pins.

    `requirements` are those of the input, with names that only their sources could tell.
    """

    requirements: tuple[Requirement, ...]
    releases: Mapping[str, tuple[Direct, ...]]
    sources: Mapping[tuple[str, str], Source]
    repeatable: bool = True


def direct_releases(
    requirements: Sequence[Requirement],
    make_reader: Callable[[], SourceReader],
    previous: Lock | None,
    freed: frozenset[str] | None,
) -> DirectReleases:
    """What every direct reference in `requirements` leads to, and every one in what they lead to.

    `freed` are names whose locked commit may move, None for all. Raises what the reader raises.
    """
    if not any(requirement.url for requirement in requirements):
        return DirectReleases(requirements=tuple(requirements), releases={}, sources={})
    reader = make_reader()
    kept = _kept(previous, freed)
    read: dict[str, SourceMetadata] = {}
    named = [_named(each, read, reader, kept) if each.url else each for each in requirements]
    waiting = [each for each in named if each.url]
    while waiting:
        for dependency in _further(read[waiting.pop().url]):
            if dependency.url not in read:
                if len(read) >= _MOST:
                    raise UsageError(
                        "too many direct references", why=f"more than {_MOST}, each leading to more"
                    )
                waiting.append(_named(dependency, read, reader, kept))
    releases: dict[str, list[Direct]] = {}
    for url, found in sorted(read.items()):
        direct = Direct(url, found.version, found.dependencies, found.requires_python, found.kind)
        releases.setdefault(found.name, []).append(direct)
    return DirectReleases(
        requirements=tuple(named),
        releases={name: tuple(each) for name, each in releases.items()},
        sources={(found.name, url): found.source for url, found in read.items()},
        repeatable=all(found.repeatable for found in read.values()),
    )


def _kept(previous: Lock | None, freed: frozenset[str] | None) -> dict[str, Source]:
    if previous is None or freed is None:
        return {}
    return {pin.name: pin.source for pin in previous.pins if pin.source is not None and pin.name not in freed}


def _named(
    requirement: Requirement,
    read: dict[str, SourceMetadata],
    reader: SourceReader,
    kept: Mapping[str, Source],
) -> Requirement:
    found = read.get(requirement.url)
    if found is None:
        try:
            found = read[requirement.url] = reader.resolve_source(requirement, kept.get(requirement.name))
        except Unavailable as error:
            if error.what.startswith(str(requirement.origin)):
                raise
            raise type(error)(f"{requirement.origin}: {error.what}", error.why, error.hint) from error
    if requirement.name and found.name != requirement.name:
        raise UsageError(
            f"{requirement.origin}: {requirement.url} is {found.name}, not {requirement.name}",
            hint="correct the name of the requirement",
        )
    return replace(requirement, name=found.name)


def _further(found: SourceMetadata) -> list[Requirement]:
    origin = Origin(file=f"{found.name} {found.version}", via=found.name)
    return [
        Requirement(name=name, origin=origin, extras=extras, marker=marker, url=specifier.removeprefix("@ "))
        for name, extras, specifier, marker in found.dependencies
        if specifier.startswith("@ ")
    ]
