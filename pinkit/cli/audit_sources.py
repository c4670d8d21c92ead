"""Where an audit's advisories come from: a named file, the database (synced when old), or the live service."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.cli.database import database_path, shown_age, sync_database
from pinkit.errors import Unavailable, UsageError
from pinkit.workflows.audit import NoSource

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings
    from pinkit.ports import AdvisorySource

DEFAULT_MAX_AGE = "24h"
_CLOCK_S = 3600
"""So far may the clocks of two runs be apart."""


def open_source(
    settings: Settings, *, db: str = "", live: bool = False, osv_url: str = "", max_age: str = ""
) -> tuple[AdvisorySource, str]:
    """The advisories to ask, and why they may be out of date ("" = they are not).

    What cannot be opened or fetched is a source that answers nothing: its pins are unanswered, each by name.
    """
    if max_age:
        from pinkit.formats.audit_settings import duration_s

        duration_s(max_age, "--max-age: ")
    if db and (live or osv_url):
        raise UsageError("--db and --live name two sources", hint="leave one of them out")
    if live or osv_url:
        return _live(settings, osv_url), ""
    if db:
        return _named(db, max_age)
    return _kept(settings, max_age or DEFAULT_MAX_AGE)


def _live(settings: Settings, osv_url: str) -> AdvisorySource:
    from pinkit.adapters.osv_live import API, OsvLive
    from pinkit.adapters.places import cache_dir

    if osv_url and not osv_url.startswith(("https://", "http://")):
        raise UsageError(f"--osv-url {osv_url}: no URL of https or http")
    if settings.offline:
        return NoSource(osv_url or API, Unavailable("--live was asked, and --offline forbids it"))
    return OsvLive(osv_url or API, cache=Path(cache_dir(settings.cache_dir)), progress=settings.console)


def _named(db: str, max_age: str) -> tuple[AdvisorySource, str]:
    from pinkit.adapters.osv_archives import open_advisories

    try:
        database = open_advisories(Path(db), db)
    except Unavailable as error:
        return NoSource(db, error), ""
    # How old a named file may be is its owner's business, unless they say so.
    return database, _too_old(database.facts().synced_at, max_age) if max_age else ""


def _kept(settings: Settings, max_age: str) -> tuple[AdvisorySource, str]:
    from pinkit.adapters.osv_db import OsvDatabase

    path = database_path()
    stale = ""
    try:
        database = OsvDatabase.open(path)
    except Unavailable as error:
        missing: Unavailable | None = error
    else:
        missing = None
        stale = _too_old(database.facts().synced_at, max_age)
        if not stale or settings.offline:
            return database, stale
        database.close()
    try:
        if settings.offline:
            raise missing or Unavailable("the network may not be used")
        sync_database(settings, path)
    except Unavailable as error:
        if missing is not None:
            return NoSource("the advisory database", error if not settings.offline else missing), ""
        settings.console.warn(f"the advisory database could not be synced: {error.what} {error.why}".rstrip())
        return OsvDatabase.open(path), f"{stale} and could not be synced: {error.what}"
    return OsvDatabase.open(path), ""


def _too_old(synced_at: int | None, max_age: str) -> str:
    from pinkit.formats.audit_settings import duration_s

    limit = duration_s(max_age)
    if synced_at is None:
        return f"nobody knows when the advisories were fetched (--max-age {max_age})"
    age = time.time() - synced_at
    if age < -_CLOCK_S:
        return "the advisory database is of the future; is the clock right?"
    return f"the advisory database is {shown_age(age)} old (--max-age {max_age})" if age > limit else ""
