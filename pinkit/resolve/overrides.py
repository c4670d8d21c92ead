"""Overrides: requirements of the input that replace every requirement on their project, as in uv."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.resolve.lanes import Lanes


def overridden_rows(
    rows: tuple[Dependency, ...], overrides: Mapping[str, list[Requirement]], lanes: Lanes
) -> tuple[Dependency, ...]:
    """`rows` with those on an overridden project replaced by all of its overrides.

    The row's own marker goes, but for the extra that it belongs to: an override must not switch extras on.
    Raises InvalidMarker.
    """
    if not any(row[0] in overrides for row in rows):
        return rows
    found: dict[Dependency, None] = {}
    for row in rows:
        replacements = overrides.get(row[0])
        if replacements is None:
            found[row] = None
            continue
        for extra in _extras(row[3], lanes):
            for requirement in replacements:
                found[_as_row(requirement, extra)] = None
    return tuple(found)


def overridden_roots(
    requirements: tuple[Requirement, ...], overrides: tuple[Requirement, ...]
) -> tuple[Requirement, ...]:
    """Requirements of the input with overridden ones replaced; the origin stays that of the requirement."""
    by_name: dict[str, list[Requirement]] = {}
    for each in overrides:
        by_name.setdefault(each.name, []).append(each)
    return tuple(
        changed
        for requirement in requirements
        for changed in (
            [replace(each, origin=requirement.origin) for each in by_name[requirement.name]]
            if requirement.name in by_name
            else [requirement]
        )
    )


def _extras(marker: str, lanes: Lanes) -> list[str]:
    if "extra" not in marker:
        return [""]
    return [extra for extra in lanes.marker(marker) if extra] or [""]


def _as_row(requirement: Requirement, extra: str) -> Dependency:
    marker = requirement.marker
    if extra:
        condition = f'extra == "{extra}"'
        marker = f"({marker}) and {condition}" if marker else condition
    specifier = f"@ {requirement.url}" if requirement.url else requirement.specifier
    return (requirement.name, requirement.extras, specifier, marker)
