"""A second opinion on a lock: does resolvelib, given the pins and nothing else, accept them for one target?

It shares nothing with the solver: markers and specifiers are judged by `packaging`, the search is resolvelib's. Only
the pins are candidates, so it cannot repair anything: what is missing, broken or unneeded is named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvelib import BaseReporter, ResolutionImpossible, Resolver

from pinkit.resolve.exhibits import Candidate, Exhibit, Exhibits, Key, Objection, Wanted, evaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinkit.model.requirement import Requirement

__all__ = ["Exhibit", "Objection", "judge", "judge_all"]


def judge(
    environment: Mapping[str, str],
    exhibits: Sequence[Exhibit],
    requirements: Sequence[Requirement],
    constraints: Sequence[Requirement] = (),
) -> tuple[Objection, ...]:
    """All objections to the pins for the target with the marker values `environment`; none: accepted."""
    provider = Exhibits(environment, exhibits, constraints)
    try:
        resolved = _resolve(provider, requirements)
    except ResolutionImpossible:
        provider.go_on()
        resolved = _resolve(provider, requirements)
    unneeded = [
        Objection(kind="superfluous", name=name, version=exhibit.version)
        for name, exhibit in provider.pinned.items()
        if name not in resolved
    ]
    return tuple(sorted([*dict.fromkeys(provider.objections), *unneeded], key=_order))


def judge_all(
    environments: Iterable[Mapping[str, str]],
    exhibits: Sequence[Exhibit],
    requirements: Sequence[Requirement],
    constraints: Sequence[Requirement] = (),
) -> tuple[tuple[Objection, ...], ...]:
    """What `judge` says for each of the environments; those in which every marker says the same are judged once."""
    questions = _questions(exhibits, requirements, constraints)
    said: dict[tuple[bool | None, ...], tuple[Objection, ...]] = {}
    found: list[tuple[Objection, ...]] = []
    for environment in environments:
        truth = tuple([evaluated(marker, environment, extra) for marker, extra in questions])
        if truth not in said:
            said[truth] = judge(environment, exhibits, requirements, constraints)
        found.append(said[truth])
    return tuple(found)


def _questions(
    exhibits: Sequence[Exhibit], requirements: Sequence[Requirement], constraints: Sequence[Requirement]
) -> list[tuple[str, str]]:
    """(marker, extra) of all that can be asked; of a project only the extras that something names."""
    asked = {(each.marker, "") for each in exhibits}
    asked.update((each.marker, "") for each in (*requirements, *constraints))
    extras: dict[str, set[str]] = {}
    for each in requirements:
        extras.setdefault(each.name, set()).update(each.extras)
    for exhibit in exhibits:
        for name, wanted, _, _ in exhibit.dependencies:
            extras.setdefault(name, set()).update(wanted)
    for exhibit in exhibits:
        for extra in ("", *extras.get(exhibit.name, ())):
            asked.update((row[3], extra) for row in exhibit.dependencies)
    return sorted(question for question in asked if question[0])


def _resolve(provider: Exhibits, requirements: Sequence[Requirement]) -> set[str]:
    """Names that resolvelib reaches over the pins alone."""
    rounds = 100 + sum(1 + len(exhibit.dependencies) for exhibit in provider.pinned.values()) * 2
    resolver: Resolver[Wanted, Candidate, Key] = Resolver(provider, BaseReporter())
    result = resolver.resolve(provider.asked(requirements), max_rounds=rounds)
    return {name for name, _ in result.mapping}


def _order(objection: Objection) -> tuple[str, str, str, tuple[str, str]]:
    return objection.kind, objection.name, objection.asked, objection.parent or ("", "")
