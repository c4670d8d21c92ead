"""Bounds on a re-lock: pins held where they are, floors under them, and what is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.pep440 import prerelease_places, sort_key
from pinkit.model.requirement import Origin, Requirement

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from pinkit.model.distribution import Project
    from pinkit.model.lock import Lock, Pin


def held(lock: Lock, path: str, free: Collection[str]) -> tuple[Requirement, ...]:
    """Every pin at its version, but those in `free`."""
    return tuple(_bound(pin, path, "==") for pin in _indexed(lock) if pin.name not in free)


def floors(lock: Lock, path: str, without: Collection[str] = ()) -> tuple[Requirement, ...]:
    """No pin below its version, but those in `without`: an upgrade never moves anything down."""
    return tuple(_bound(pin, path, ">=") for pin in _indexed(lock) if pin.name not in without)


def wanted(versions: Mapping[str, str], why: str) -> tuple[Requirement, ...]:
    """Exactly these versions of these names; `why` is the origin that a conflict shows."""
    return tuple(
        Requirement(name=name, specifier=f"=={version}", origin=Origin(file=why))
        for name, version in sorted(versions.items())
    )


def later_releases(project: Project, version: str, *, clean: Callable[[str], bool]) -> tuple[str, ...]:
    """Releases above `version` that have a file which is not yanked and that `clean` accepts, ascending.

    Pre-releases only where `version` is one (PEP 440).
    """
    yanked = yanked_releases(project)
    later = every_later(project, version, clean=clean)
    early = set() if prerelease_places((version,)) else {later[place] for place in prerelease_places(later)}
    return tuple(other for other in later if other not in yanked and other not in early)


def every_later(project: Project, version: str, *, clean: Callable[[str], bool]) -> tuple[str, ...]:
    """As `later_releases`, yanked and early ones too."""
    key = sort_key(version) or ()
    return tuple(other for other in project.versions if (sort_key(other) or ()) > key and clean(other))


def yanked_releases(project: Project) -> frozenset[str]:
    """Releases of which every file is yanked (PEP 592)."""
    living = 0
    for (_, _, yanked), members in project.classes:
        living |= 0 if yanked else members
    return frozenset(v for place, v in enumerate(project.versions) if not living >> (place + 1) & 1)


def too_young(
    project: Project,
    now: int,
    kept: Collection[tuple[str, str]] = (),
    age_s: Callable[[str], int] = lambda _: 0,
) -> tuple[Requirement, ...]:
    """Bounds that leave out releases with a file uploaded after `now` (seconds since the epoch) less the age that
    `age_s` wants of the version, save those `kept`.
    """
    late = [
        version
        for version, time in zip(project.versions, project.last_upload, strict=False)
        if time > now - age_s(version) and (project.name, version) not in kept
    ]
    origin = Origin(file="the cooldown")
    return tuple(Requirement(name=project.name, specifier=f"!={version}", origin=origin) for version in late)


def moved_down(before: Lock, after: Lock) -> tuple[tuple[str, str, str], ...]:
    """(name, before, after) of every name whose lowest version sank."""
    old, new = _lowest(before.pins), _lowest(after.pins)
    return tuple(
        (name, old[name], new[name])
        for name in sorted(old.keys() & new.keys())
        if (sort_key(new[name]) or ()) < (sort_key(old[name]) or ())
    )


def _lowest(pins: Iterable[Pin]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pin in pins:
        known = found.get(pin.name)
        if known is None or (sort_key(pin.version) or ()) < (sort_key(known) or ()):
            found[pin.name] = pin.version
    return found


def _indexed(lock: Lock) -> Iterable[Pin]:
    return (pin for pin in lock.pins if pin.source is None and pin.version)


def _bound(pin: Pin, path: str, operator: str) -> Requirement:
    # ">=1.0+local" would be no specifier (PEP 440): the public version is floor enough.
    version = pin.version.partition("+")[0] if operator == ">=" else pin.version
    return Requirement(
        name=pin.name,
        specifier=f"{operator}{version}",
        marker=pin.marker,
        origin=Origin(file=path, line=pin.line),
    )
