"""Settings of one lock to what the solver is asked: targets, policy, pins to keep."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.cutoff import parse_cutoff
from pinkit.formats.requirements_txt import requirement_of
from pinkit.model.requirement import Origin
from pinkit.resolve.platforms import platform
from pinkit.resolve.policy import EVERY_NAME, Policy
from pinkit.resolve.targets import single_target, target, universal_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinkit.formats.requirements_txt import InputOptions
    from pinkit.formats.settings import LockSettings
    from pinkit.model.lock import Lock
    from pinkit.model.requirement import Requirement
    from pinkit.model.target import Platform, Target
    from pinkit.resolve.world import Kept
    from pinkit.workflows.lock_inputs import LockInputs

DEFAULT_PRERELEASE = "if-necessary-or-explicit"


def targets_of(
    settings: LockSettings, inputs: LockInputs, host: Callable[[], tuple[Platform, str]]
) -> tuple[tuple[Target, ...], bool]:
    """The targets of a lock, and whether each stands for all patch releases of its minor.

    Exactly the named ones, every supported one, or a single one; this interpreter and platform where neither is
    named. Raises UsageError.
    """
    if settings.targets:
        return tuple(target(name) for name in dict.fromkeys(settings.targets)), True
    python = settings.python.removesuffix("t")
    if settings.universal:
        return universal_targets(python or inputs.requires_python or _minor(host()[1])), True
    where = platform(settings.python_platform) if settings.python_platform else host()[0]
    single = single_target(python or host()[1], where)
    return (replace(single, free_threaded=settings.python.endswith("t")),), False


def policy_of(
    settings: LockSettings, options: InputOptions, *, now: int, cutoff: int | None = None
) -> Policy:
    """What may be a candidate at all; `cutoff` goes before the configured one. Raises UsageError."""
    if settings.exclude_newer and cutoff is None:
        cutoff = parse_cutoff(settings.exclude_newer, now=now)
    cutoffs = tuple(
        (name, None if text == "false" else parse_cutoff(text, now=now))
        for name, text in settings.exclude_newer_package
    )
    only_binary = {*settings.only_binary, *options.only_binary} - {":none:"}
    if settings.no_build:
        only_binary.add(EVERY_NAME)
    return Policy(
        prerelease=settings.prerelease or ("allow" if options.pre else DEFAULT_PRERELEASE),
        cutoff=cutoff,
        cutoffs=cutoffs,
        only_binary=frozenset(only_binary),
        no_binary=frozenset({*settings.no_binary, *options.no_binary} - {":none:"}),
        lenient=bool(settings.universal),
    )


def upgraded(previous: Lock | None, freed: frozenset[str] | None) -> dict[str, Kept]:
    """The pins that must not move without need, by name; `freed` names may (None: all may)."""
    kept: dict[str, list[tuple[str, str]]] = {}
    if previous is not None and freed is not None:
        for pin in previous.pins:
            if pin.source is None and pin.name not in freed:
                kept.setdefault(pin.name, []).append((pin.version, pin.marker))
    return {name: tuple(pins) for name, pins in kept.items()}


def freed_names(texts: Iterable[str]) -> tuple[frozenset[str], tuple[Requirement, ...]]:
    """What `-P NAME[SPEC]` frees, and the bounds it sets for this run. Raises UsageError."""
    names, bounds = set(), []
    for text in texts:
        requirement = requirement_of(text, Origin(file="-P"))
        if requirement.url or not requirement.name:
            raise UsageError(f"-P {text}: name a project", hint="as in -P requests or -P 'requests>=2.32'")
        names.add(requirement.name)
        if requirement.specifier:
            bounds.append(requirement)
    return frozenset(names), tuple(bounds)


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])
