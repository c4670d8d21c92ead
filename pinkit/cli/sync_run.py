"""What `pinkit sync` does: look, plan, fetch by hash, change, look again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.environments import environment_python, look_at
from pinkit.adapters.pip_sync import fetch, synchronise
from pinkit.cli.lock_files import named_locks
from pinkit.cli.lock_locks import scope_of_lock
from pinkit.cli.workplace import Workplace
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.lock_layout import Layout, header_tool
from pinkit.formats.lock_writer import write_lock_text
from pinkit.model.lock import Lock
from pinkit.workflows.discovery import configuration
from pinkit.workflows.sync import applicable, plan_text, require_fit, require_target, sync_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.settings import Settings
    from pinkit.formats.settings import LockSettings


def run_sync(settings: Settings, locks: Sequence[str], *, python: str, dry_run: bool) -> int:
    """The exit code of `pinkit sync`; IntegrityError, Unsolvable and Unavailable before anything was changed."""
    environment = look_at(environment_python(python))
    read = named_locks(settings, locks)
    for name, lock in read:
        require_fit(name, lock, environment.markers)
        made = _as_made(settings, name, lock)
        if made is not None:
            require_target(name, made, environment.markers)
    pins = applicable([pin for _, lock in read for pin in lock.pins], environment.markers)
    plan = sync_plan(pins, environment.installed)
    settings.console.answer(plan_text(plan))
    count = f"{len(pins)} pin{'s' * (len(pins) != 1)}"
    if plan.empty or dry_run:
        settings.console.note(
            f"{environment.prefix}: {'already' if plan.empty else 'would be'} as locked ({count})"
        )
        return int(ExitCode.YES)
    wanted = [replace(pin, marker="", via=()) for _, pin in sorted(pins.items())]
    with tempfile.TemporaryDirectory(prefix="pinkit-sync-") as scratch:
        folder = Path(scratch, "files")
        folder.mkdir()
        everything = _written(Lock(pins=tuple(wanted)), Path(scratch, "all.txt"))
        moving = {name for name, _, _ in (*plan.install, *plan.change)}
        if moving:
            needed = tuple(pin for pin in wanted if pin.name in moving)
            fetch(environment.python, _written(Lock(pins=needed), Path(scratch, "moving.txt")), folder)
        synchronise(environment.python, everything, folder)
    left = sync_plan(pins, look_at(environment.python).installed)
    if not left.empty:
        raise UsageError("the environment is still not as locked", why=plan_text(left))
    settings.console.note(f"{environment.prefix}: as locked ({count})")
    return int(ExitCode.YES)


def _as_made(settings: Settings, name: str, lock: Lock) -> LockSettings | None:
    """How pinkit made a lock that has no place to say what it is for; None for locks of other tools."""
    if header_tool(lock.header) != "pinkit":
        return None
    workplace = Workplace(settings.config)
    return scope_of_lock(name, lock.header, configuration(workplace.found, workplace.config))


def _written(lock: Lock, path: Path) -> Path:
    path.write_text(write_lock_text(lock, Layout(annotate=False)), encoding="utf-8")
    return path
