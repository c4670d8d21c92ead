"""Bringing the advisory database up to date from OSV's dump or a mirror of it: whole, or what changed.

The dump's layout: `all.zip`, `modified_id.csv` (time,id of every record, newest first) and `ID.json`. The
list and the records are uploaded separately, so a record that is missing or older than the list says is left
for the next sync; it is found again because the list is compared record by record, not by a watermark.
"""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.adapters.crc32c import claimed_crc32c, crc32c_of
from pinkit.adapters.osv_archives import directory_records, zip_records
from pinkit.adapters.osv_build import rebuilt
from pinkit.adapters.osv_db import OsvDatabase
from pinkit.adapters.osv_http import OsvHttp, shown, side_by_side
from pinkit.errors import IntegrityError, Unavailable
from pinkit.formats.osv import read_record
from pinkit.formats.osv_csv import newer, read_modified
from pinkit.model.advisory import Quarantined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pinkit.model.advisory import DatabaseFacts, Record
    from pinkit.ports import Progress

DUMP = "https://storage.googleapis.com/osv-vulnerabilities/PyPI/"
MAX_DUMP_BYTES = 2 << 30
MAX_LIST_BYTES = 256 << 20
MAX_CHANGES = 2_000
"""More changed records than this are cheaper in one zip."""

RECONCILE_EVERY_S = 7 * 86_400
_NO_HEAD = (405, 501)
_SUSPICIOUS_SHARE = 0.05
_SUSPICIOUS_COUNT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """What a sync did: "whole", "changes" or "current"; counts of records written, removed, left for later."""

    how: str
    facts: DatabaseFacts
    written: int = 0
    removed: int = 0
    later: int = 0


def sync_from_files(path: Path, source: Path, shown_source: str, now: int, progress: Progress) -> Synced:
    """Build the database from a dump zip or a directory of records."""
    if source.is_dir():
        return _whole(path, directory_records(source), shown_source, now, {})
    with progress.task("reading advisories") as step:
        return _whole(path, zip_records(source, shown_source, step), shown_source, now, {})


def sync_from_url(
    path: Path, url: str, now: int, progress: Progress, http: OsvHttp | None = None, *, full: bool = False
) -> Synced:
    """Bring the database up to date with the dump under `url`.

    All of it when there is no database, with `full`, when the last full one is a week old, or when the list of
    changes is long or looks wrong; else the changed records alone. Raises Unavailable or IntegrityError;
    the old database then stays.
    """
    http = http or OsvHttp()
    base = url.removesuffix("all.zip").rstrip("/") + "/"
    zip_head = http.head(base + "all.zip")
    if zip_head.status == 404 and not base.endswith("/PyPI/"):
        base += "PyPI/"
        zip_head = http.head(base + "all.zip")
    if zip_head.status not in (200, *_NO_HEAD):
        raise Unavailable(
            f"{shown(base)}all.zip: HTTP {zip_head.status}", hint="is this a mirror of OSV's dump?"
        )
    crc = claimed_crc32c(zip_head.headers.get("x-goog-hash", ""))
    meta = None if full else _meta_of(path, shown(base))
    due = meta is None or now - int(meta.get("full_at", "0")) >= RECONCILE_EVERY_S
    if meta is None or (due and (not crc or crc != meta.get("crc32c"))):
        return _download(path, base, now, progress, http)
    done = _changes(path, base, now, progress, http, full_at=str(now) if due else meta.get("full_at", "0"))
    return done or _download(path, base, now, progress, http)


def _meta_of(path: Path, source: str) -> Mapping[str, str] | None:
    """The facts of the existing database; None when there is none to build on, or it is of another source."""
    try:
        database = OsvDatabase.open(path)
    except Unavailable:
        return None
    database.close()
    return database.meta if database.meta.get("source") == source and database.meta.get("full_at") else None


def _download(path: Path, base: str, now: int, progress: Progress, http: OsvHttp) -> Synced:
    url = base + "all.zip"
    with tempfile.TemporaryFile() as stream:
        with progress.task("downloading advisories") as step:
            answer = http.download(url, stream, MAX_DUMP_BYTES, step)
        if answer.status != 200:
            raise Unavailable(f"{shown(url)}: HTTP {answer.status}")
        claimed = claimed_crc32c(answer.headers.get("x-goog-hash", ""))
        stream.seek(0)
        computed = crc32c_of(stream) if claimed else ""
        if claimed != computed:
            raise IntegrityError(
                f"{shown(url)} is not what the server says it is",
                why=f"crc32c {computed} instead of {claimed}",
                hint="nothing was changed; try again later",
            )
        stream.seek(0)
        with progress.task("reading advisories") as step:
            records = zip_records(stream, shown(url), step)
            return _whole(path, records, shown(base), now, {"crc32c": claimed, "full_at": str(now)})


def _whole(path: Path, records: Iterable[Record], source: str, now: int, meta: Mapping[str, str]) -> Synced:
    with rebuilt(path, from_existing=False) as writer:
        writer.put(records)
        writer.finish(source=source, synced_at=now, **meta)
        facts = OsvDatabase(writer.connection).facts()
    return Synced(how="whole", facts=facts, written=facts.records + facts.unreadable)


def _changes(
    path: Path, base: str, now: int, progress: Progress, http: OsvHttp, *, full_at: str
) -> Synced | None:
    """Only what the list says is new, changed or gone; None when all of it should be fetched instead."""
    answer = http.get(base + "modified_id.csv", limit=MAX_LIST_BYTES)
    if answer.status == 404:
        return None
    if answer.status != 200:
        raise Unavailable(f"{shown(base)}modified_id.csv: HTTP {answer.status}")
    listed = read_modified(answer.body)
    try:
        with rebuilt(path, from_existing=True) as writer:
            held = writer.modified()
            changed = sorted(i for i, time in listed.items() if i not in held or newer(time, held[i]))
            gone = sorted(held.keys() - listed.keys())
            if len(changed) > MAX_CHANGES or len(gone) > max(
                _SUSPICIOUS_COUNT, _SUSPICIOUS_SHARE * len(held)
            ):
                return None
            fetched, later = _fetched(changed, listed, base, progress, http)
            writer.replace(fetched)
            writer.remove(gone)
            writer.finish(source=shown(base), synced_at=now, full_at=full_at)
            facts = OsvDatabase(writer.connection).facts()
    except sqlite3.DatabaseError:
        # A damaged copy is no ground to build on.
        return None
    how = "changes" if fetched or gone else "current"
    return Synced(how=how, facts=facts, written=len(fetched), removed=len(gone), later=later)


def _fetched(
    ids: list[str], listed: Mapping[str, str], base: str, progress: Progress, http: OsvHttp
) -> tuple[list[Record], int]:
    found: list[Record] = []
    with progress.task("fetching changed advisories", len(ids)) as step:
        answers = side_by_side(lambda identity: http.get(f"{base}{identity}.json"), ids)
        for done, (identity, answer) in enumerate(zip(ids, answers, strict=True), 1):
            step(done)
            if answer.status == 404:
                continue
            if answer.status != 200:
                raise Unavailable(f"{shown(base)}{identity}.json: HTTP {answer.status}")
            record = _listed_record(read_record(answer.body, identity, exact=True), listed[identity])
            if record is not None:
                found.append(record)
    return found, len(ids) - len(found)


def _listed_record(record: Record, listed: str) -> Record | None:
    """The record when it is as new as the list says; a quarantined one takes the list's time."""
    if isinstance(record, Quarantined):
        return Quarantined(id=record.id, why=record.why, names=record.names, modified=listed)
    return None if record.modified and newer(listed, record.modified) else record
