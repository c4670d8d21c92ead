"""The signals of an upgrade: every moved or new release held against what its locks had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.change import changes_between
from pinkit.upgrade.signals import differences, newcomer, status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Signal
    from pinkit.ports import Catalog
    from pinkit.workflows.upgrade_steps import Locks


def signals(before: Mapping[str, Lock], locks: Locks) -> tuple[Signal, ...]:
    """Each signal once, whatever number of locks it is about; sorted by name, version and kind."""
    known = {pin.name for lock in before.values() for pin in lock.pins}
    found: dict[tuple[str, str, str], Signal] = {}
    for path, outcome in locks.now.items():
        for change in changes_between(before[path], outcome.lock):
            if change.kind in ("moved", "added"):
                old = [version for version, _ in change.before if version]
                for version in (v for v, _ in change.after if v and v not in old):
                    for each in _about(change.name, old, version, outcome.catalog, known, locks.tools.now):
                        found.setdefault((each.name, each.version, each.kind), each)
    return tuple(found[key] for key in sorted(found))


def _about(
    name: str, old: list[str], version: str, catalog: Catalog, known: set[str], until: int
) -> Iterable[Signal]:
    project = catalog.project(name)
    if version not in project.versions:  # a direct reference: no index tells of it
        return
    if name not in known:
        yield newcomer(project, version, until)
    yield from status(project, version)
    if old:
        earlier = catalog.distributions(name, old[-1])
        yield from differences(name, version, earlier, catalog.distributions(name, version))
