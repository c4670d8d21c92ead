"""Why a name that was asked for without a version moves no further: what caps it, and whether that could move along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable
from pinkit.formats.pep440 import sort_key
from pinkit.upgrade.bounds import later_releases, too_young
from pinkit.workflows.upgrade_steps import Goal, moved_names, smallest_step

if TYPE_CHECKING:
    from pinkit.workflows.upgrade_steps import Locks


def why_no_further(locks: Locks, name: str) -> str:
    """What keeps `name` below its newest release that is old enough; "" where nothing does.

    Where that release can be had with others moved along, they are named with the command that moves them.
    """
    newest = _newest(locks, name)
    if not newest:
        return ""
    goal = Goal(name=name, version=newest, why=f"asked for: {name}=={newest}")
    try:
        step = smallest_step(locks, goal)
    except Unsolvable as error:
        return f"{newest}, the newest that is old enough, cannot be had: {error.what}\n{error.why}".strip()
    others = ", ".join(sorted(moved_names(locks, step.outcomes) - {name}))
    along = f"with {others} moved along" if others else "in every lock"
    return f"{newest}, the newest that is old enough, can be had {along}: `pinkit upgrade {name}=={newest}`"


def _newest(locks: Locks, name: str) -> str:
    """The newest release above every pin of the name, by the cooldown; "" for none."""
    pinned = locks.pinned(name)
    versions = sorted({v for each in pinned.values() for v in each}, key=lambda v: sort_key(v) or ())
    if not versions or any(sort_key(v) is None for v in versions):
        return ""
    project = locks.now[next(iter(pinned))].catalog.project(name)
    late = too_young(project, locks.tools.now, age_s=lambda v: locks.age_s(name, versions, v))
    young = {bound.specifier for bound in late}
    later = later_releases(project, versions[-1], clean=lambda v: f"!={v}" not in young)
    return later[-1] if later else ""
