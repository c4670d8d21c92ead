"""`sync`: make an environment match a lock exactly, hashes required, nothing removed before all is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock, Pin
    from pinkit.model.target import Platform

SPARED = frozenset({"pip", "pip-tools", "setuptools", "wheel"})
"""What pip-sync never removes unless a lock pins it."""


ANOTHER_PYTHON = "name an interpreter that fits with --python, or lock for this one"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncPlan:
    """What has to happen, each as (name, version before, version after), "" where it is not there; sorted."""

    install: tuple[tuple[str, str, str], ...]
    change: tuple[tuple[str, str, str], ...]
    remove: tuple[tuple[str, str, str], ...]

    @property
    def empty(self) -> bool:
        """Whether the environment already is what the lock says."""
        return not (self.install or self.change or self.remove)


def require_fit(file: str, lock: Lock, markers: Mapping[str, str]) -> None:
    """Unsolvable where the lock is not for this environment (PEP 751: environments, requires-python)."""
    from packaging.markers import Marker

    if lock.environments and not any(Marker(each).evaluate(dict(markers)) for each in lock.environments):
        raise _elsewhere(file, lock.environments, markers)
    _require_python(file, lock.requires_python, markers)


def require_target(file: str, settings: LockSettings, markers: Mapping[str, str]) -> None:
    """As `require_fit`, for a lock that does not tell itself what it is for: as it was locked, if that was said."""
    from pinkit.resolve.platforms import platform
    from pinkit.resolve.targets import target

    python = settings.python.removesuffix("t")
    if settings.targets:
        targets = [target(name) for name in settings.targets]
        if not any(_is_here(each.platform, markers) and _has_minor(each.python, markers) for each in targets):
            raise _elsewhere(file, settings.targets, markers)
    elif settings.universal:
        _require_python(file, f">={python}" if python else "", markers)
    elif settings.python_platform and not _is_here(platform(settings.python_platform), markers):
        raise _elsewhere(file, [settings.python_platform], markers)
    elif python and not _has_minor(python, markers):
        raise _elsewhere(file, [f"Python {python}"], markers)


def _is_here(where: Platform, markers: Mapping[str, str]) -> bool:
    here = (markers["sys_platform"], markers["platform_machine"])
    return (where.sys_platform, where.platform_machine) == here


def _has_minor(python: str, markers: Mapping[str, str]) -> bool:
    return python.split(".")[:2] == markers["python_full_version"].split(".")[:2]


def _elsewhere(file: str, where: Iterable[str], markers: Mapping[str, str]) -> Unsolvable:
    here = (
        f"Python {markers['python_full_version']} on {markers['sys_platform']} {markers['platform_machine']}"
    )
    return Unsolvable(
        f"{file} is for other environments than this one",
        "\n".join([*where, f"here is {here}"]),
        "lock for this one too: --universal, or one more --target",
    )


def _require_python(file: str, requires_python: str, markers: Mapping[str, str]) -> None:
    if not _admits(requires_python, markers):
        raise Unsolvable(
            f"{file} requires Python {requires_python}",
            f"here is {markers['python_full_version']}",
            ANOTHER_PYTHON,
        )


def _admits(requires_python: str, markers: Mapping[str, str]) -> bool:
    from packaging.specifiers import SpecifierSet

    if not requires_python:
        return True
    return SpecifierSet(requires_python).contains(markers["python_full_version"], prereleases=True)


def applicable(pins: Iterable[Pin], markers: Mapping[str, str]) -> dict[str, Pin]:
    """The pins that apply in an environment, by name.

    UsageError where two versions of one name apply (the lock is broken) or a pin has no hash; Unsolvable where the
    lock says that one is not for this Python.
    """
    from packaging.markers import Marker

    chosen: dict[str, Pin] = {}
    for pin in pins:
        if pin.marker and not Marker(pin.marker).evaluate(dict(markers)):
            continue
        if pin.name in chosen and chosen[pin.name].version != pin.version:
            raise UsageError(
                f"two versions of {pin.name} apply here: {chosen[pin.name].version} and {pin.version}",
                hint="run `pinkit check` on the locks",
            )
        if not pin.hashes and pin.source is None:
            raise UsageError(
                f"{pin.name} {pin.version} has no hash",
                why="sync installs nothing unproved",
                hint="run `pinkit hash`",
            )
        if not _admits(pin.requires_python, markers):
            raise Unsolvable(
                f"{pin.name} {pin.version} requires Python {pin.requires_python}",
                f"here is {markers['python_full_version']}",
                ANOTHER_PYTHON,
            )
        chosen[pin.name] = pin
    return chosen


def sync_plan(pins: Mapping[str, Pin], installed: Mapping[str, str]) -> SyncPlan:
    """The difference between what is pinned and what is installed (normalised name -> version)."""
    from packaging.utils import canonicalize_version

    def same(left: str, right: str) -> bool:
        return canonicalize_version(left) == canonicalize_version(right)

    install = [(n, "", p.version) for n, p in sorted(pins.items()) if n not in installed]
    change = [
        (n, installed[n], p.version)
        for n, p in sorted(pins.items())
        if n in installed and p.version and not same(installed[n], p.version)
    ]
    remove = [(n, v, "") for n, v in sorted(installed.items()) if n not in pins and n not in SPARED]
    return SyncPlan(install=tuple(install), change=tuple(change), remove=tuple(remove))


def plan_text(plan: SyncPlan) -> str:
    """The plan for people: a line a step."""
    lines = [f"+ {name} {after}" for name, _, after in plan.install]
    lines += [f"~ {name} {before} -> {after}" for name, before, after in plan.change]
    lines += [f"- {name} {before}" for name, before, _ in plan.remove]
    return "".join(f"{line}\n" for line in lines)
