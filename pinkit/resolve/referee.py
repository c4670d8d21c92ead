"""A second opinion on a lock: does resolvelib, given the pins and nothing else, accept them for one target?

It shares nothing with the solver: markers and specifiers are judged by `packaging`, the search is resolvelib's. Only
the pins are candidates, so it cannot repair anything: what is missing, broken or unneeded is named.
"""

from __future__ import annotations

import re
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
    markers = {each.marker for each in exhibits}
    markers.update(each.marker for each in (*requirements, *constraints))
    markers.update(row[3] for exhibit in exhibits for row in exhibit.dependencies)
    questions = [(text, ("", *_QUOTED.findall(text))) for text in sorted(markers) if text]
    said: dict[tuple[bool | None, ...], tuple[Objection, ...]] = {}
    found: list[tuple[Objection, ...]] = []
    for environment in environments:
        truth = tuple([evaluated(text, environment, extra) for text, extras in questions for extra in extras])
        if truth not in said:
            said[truth] = judge(environment, exhibits, requirements, constraints)
        found.append(said[truth])
    return tuple(found)


def _resolve(provider: Exhibits, requirements: Sequence[Requirement]) -> set[str]:
    """Names that resolvelib reaches over the pins alone."""
    rounds = 100 + sum(1 + len(exhibit.dependencies) for exhibit in provider.pinned.values()) * 2
    resolver: Resolver[Wanted, Candidate, Key] = Resolver(provider, BaseReporter())
    result = resolver.resolve(provider.asked(requirements), max_rounds=rounds)
    return {name for name, _ in result.mapping}


def _order(objection: Objection) -> tuple[str, str, str, tuple[str, str]]:
    return objection.kind, objection.name, objection.asked, objection.parent or ("", "")


_QUOTED = re.compile(r"""["']([^"']*)["']""")
