"""Advisories of one pin joined into findings: alias closure, severity, fixed versions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pinkit.audit.match import hit, sorted_versions, subject
from pinkit.model.advisory import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinkit.audit.match import Hit
    from pinkit.model.advisory import Advisory

_ORDER = {"MAL": 0, "CVE": 1, "GHSA": 2, "PYSEC": 3}


def alias_groups(hits: Sequence[Hit]) -> tuple[tuple[Hit, ...], ...]:
    """`hits` of one project joined where ids or aliases meet, directly or through others; in order of id.

    Only advisories that apply take part: one that does not affect the version joins nothing.
    """
    if len(hits) == 1:
        return (tuple(hits),)
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for found in hits:
        first = root(found.affected.id)
        for alias in found.affected.aliases.split():
            parent[root(alias)] = first
            first = root(first)
    groups: dict[str, list[Hit]] = {}
    for found in sorted(hits, key=lambda each: each.affected.id):
        groups.setdefault(root(found.affected.id), []).append(found)
    return tuple(tuple(group) for group in groups.values())


def shown_ids(group: Iterable[Hit]) -> tuple[str, ...]:
    """Every id and alias of the group, best known first: malware, CVE, GHSA, PYSEC, others."""
    names = {found.affected.id for found in group}
    for found in group:
        names.update(found.affected.aliases.split())
    return tuple(sorted(names, key=_rank))


def fixed_in(group: Sequence[Hit]) -> tuple[str, ...]:
    """Versions in which the group is fixed, ascending; those that no member still affects, if there are any."""
    candidates = sorted_versions({version for found in group for version in found.fixed_in})
    clear = tuple(
        version for version in candidates if not any(hit(found.affected, subject(version)) for found in group)
    )
    return clear or candidates


def severity(advisories: Iterable[Advisory]) -> tuple[Severity, float]:
    """The highest severity and CVSS score of a group; UNKNOWN only when no member knows."""
    rated = [(advisory.severity, advisory.score) for advisory in advisories]
    return (
        max((each for each, _ in rated), default=Severity.UNKNOWN),
        max((score for _, score in rated), default=0.0),
    )


def is_malicious(ids: Iterable[str]) -> bool:
    """Whether an id of the group is a malicious-package report (OSV's MAL- prefix)."""
    return any(name.startswith("MAL-") for name in ids)


@lru_cache(maxsize=16384)
def _rank(name: str) -> tuple[int, list[tuple[int, str]]]:
    order = _ORDER.get(name.partition("-")[0], len(_ORDER))
    return (order, [(int(part), "") if part.isdecimal() else (0, part) for part in name.split("-")])
