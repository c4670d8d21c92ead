"""The local copy of the OSV advisories: where it is kept, how old it is in words, and how it is brought up to date."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable, UsageError

if TYPE_CHECKING:
    from pinkit.adapters.osv_sync import Synced
    from pinkit.cli.settings import Settings

DATABASE = "osv.sqlite3"


def database_path() -> Path:
    """Where the advisory database is kept."""
    from pinkit.adapters.places import data_dir

    return Path(data_dir()) / DATABASE


def shown_age(seconds: float) -> str:
    """An age in its two largest useful units: "3 d 4 h", "25 min"."""
    minutes = max(0, int(seconds) // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def sync_database(settings: Settings, path: Path, source: str = "", *, full: bool = False) -> Synced:
    """Sync the database in `path` from `source`, by default from where it came, at first from OSV."""
    from pinkit.adapters.osv_sync import sync_from_files, sync_from_url

    now = int(time.time())
    source = source or _recorded_source(path)
    if "://" not in source:
        if not Path(source).exists():
            raise UsageError(f"--from {source}: neither a URL nor a file or directory here")
        return sync_from_files(path, Path(source), source, now, settings.console)
    if not source.startswith(("https://", "http://")):
        raise UsageError(f"--from {source}: only https and http are fetched", hint="name a file by its path")
    if settings.offline:
        raise Unavailable("the database comes from the network, and --offline forbids it")
    return sync_from_url(path, source, now, settings.console, full=full)


def _recorded_source(path: Path) -> str:
    from pinkit.adapters.osv_db import recorded_source
    from pinkit.adapters.osv_sync import DUMP

    # A file may be gone or mean another one from here; only a mirror is asked again by itself.
    source = recorded_source(path)
    return source if "://" in source else DUMP
