"""How each name came into the locks: asked for itself or needed by others, for production or development alone."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pinkit.formats.pep508 import normalized_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.requirement import Requirement
    from pinkit.model.upgrade_policy import Role
    from pinkit.workflows.lock import LockOutcome


def roles(outcomes: Iterable[LockOutcome]) -> Mapping[str, frozenset[Role]]:
    """Two roles of every pinned name: "direct" or "indirect", and "production" or "development".

    A requirement is for development where its file has "dev" in its name, or it is in a dependency group (PEP 735).
    Production is whatever a requirement of another place reaches in some lock.
    """
    found = tuple(outcomes)
    names = {pin.name for outcome in found for pin in outcome.lock.pins}
    direct = {each.name for outcome in found for each in outcome.inputs.requirements}
    production = {name for outcome in found for name in _production(outcome)}
    return {
        name: frozenset(
            (
                "direct" if name in direct else "indirect",
                "production" if name in production else "development",
            )
        )
        for name in names
    }


def _production(outcome: LockOutcome) -> set[str]:
    needed: dict[str, set[str]] = {}
    for pin in outcome.lock.pins:
        for parent in pin.via:
            needed.setdefault(normalized_name(parent.partition("[")[0]), set()).add(pin.name)
    pending = {each.name for each in outcome.inputs.requirements if not _is_for_development(each)}
    reached: set[str] = set()
    while pending:
        name = pending.pop()
        reached.add(name)
        pending |= needed.get(name, set()) - reached
    return reached


def _is_for_development(requirement: Requirement) -> bool:
    origin = requirement.origin
    return origin.section.startswith("group:") or "dev" in posixpath.basename(origin.file)
