"""The lock files that a command is about: those named, else the configured ones, read as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.cli.workplace import Workplace
from pinkit.errors import UsageError
from pinkit.workflows.discovery import USUAL_LOCKS, configuration
from pinkit.workflows.export import read_lock
from pinkit.workflows.lock_names import with_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.settings import Settings
    from pinkit.model.lock import Lock


def named_locks(settings: Settings, names: Sequence[str]) -> list[tuple[str, Lock]]:
    """(path, lock) of the named files, else of the configured locks that exist, else of those with usual names.

    UsageError where there are none.
    """
    workplace = Workplace(settings.config)
    if names:
        return [(name, with_names(read_lock(workplace.read(name), name), workplace.found)) for name in names]
    found = configuration(workplace.found, workplace.config)
    outputs = [lock.output for lock in found.locks] or USUAL_LOCKS
    read = [(path, content) for path in outputs if (content := workplace.found(path)) is not None]
    if not read:
        raise UsageError(
            "there is no lock here", f"looked for {', '.join(outputs)}", "name a LOCK, or run `pinkit lock`"
        )
    return [(path, with_names(read_lock(content, path), workplace.found)) for path, content in read]
