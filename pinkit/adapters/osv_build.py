"""Writing the advisory database: built aside, renamed into place, so that a failed sync keeps the old one."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from pinkit.adapters.osv_db import SCHEMA_VERSION
from pinkit.errors import Unavailable, UsageError
from pinkit.model.advisory import Advisory, Quarantined, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ABANDONED_S = 86_400
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE record (
  id TEXT PRIMARY KEY, modified TEXT NOT NULL, published TEXT NOT NULL, withdrawn TEXT NOT NULL,
  severity INTEGER NOT NULL, score REAL NOT NULL, vector TEXT NOT NULL, summary TEXT NOT NULL,
  details TEXT NOT NULL, links TEXT NOT NULL, aliases TEXT NOT NULL, cwes TEXT NOT NULL,
  defects TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE TABLE affected (
  name TEXT NOT NULL, id TEXT NOT NULL, spans TEXT NOT NULL, versions TEXT NOT NULL, aliases TEXT NOT NULL,
  doubt TEXT NOT NULL, may_miss INTEGER NOT NULL, PRIMARY KEY (name, id)
) WITHOUT ROWID;
CREATE INDEX affected_id ON affected (id);
CREATE TABLE quarantine (
  id TEXT NOT NULL, name TEXT NOT NULL, why TEXT NOT NULL, modified TEXT NOT NULL, PRIMARY KEY (id, name)
) WITHOUT ROWID;
"""


class OsvWriter:
    """Puts records into an open database; `finish` seals it with its counts and digest."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    @classmethod
    def in_memory(cls) -> OsvWriter:
        """A fresh database that lives as long as its connection."""
        connection = sqlite3.connect(":memory:")
        connection.executescript(_SCHEMA)
        return cls(connection)

    def put(self, records: Iterable[Record]) -> None:
        """Add records to a new database. Of two different ones under one id the later is quarantined."""
        for record in records:
            self._write(self._unlike_known(record))

    def replace(self, records: Iterable[Record]) -> None:
        """Like `put`, for a database that may already hold some of the ids."""
        for record in records:
            self.remove((record.id,))
            self._write(record)

    def remove(self, ids: Iterable[str]) -> None:
        """Forget everything about these ids."""
        for identity in ids:
            for table in ("record", "affected", "quarantine"):
                self.connection.execute(f"DELETE FROM {table} WHERE id = ?", (identity,))  # noqa: S608

    def modified(self) -> dict[str, str]:
        """Id -> `modified` of every record, quarantined ones included."""
        rows = self.connection.execute(
            "SELECT id, modified FROM record UNION SELECT id, modified FROM quarantine"
        )
        return dict(rows)

    def finish(self, *, source: str, synced_at: int | None, **meta: str) -> None:
        """Record where the records came from and seal them: counts, newest `modified`, digest."""
        rows = self.connection.execute(
            "SELECT id, digest FROM record UNION ALL SELECT DISTINCT id, why FROM quarantine ORDER BY 1, 2"
        )
        digest = hashlib.sha256()
        for identity, record_digest in rows:
            digest.update(f"{identity} {record_digest}\n".encode())
        facts = {
            "schema": SCHEMA_VERSION,
            "source": source,
            "synced_at": "" if synced_at is None else str(synced_at),
            "records": self._one("SELECT count(*) FROM record"),
            "newest": self._one("SELECT coalesce(max(modified), '') FROM record"),
            "unreadable": self._one("SELECT count(DISTINCT id) FROM quarantine"),
            "defective": self._one("SELECT count(*) FROM record WHERE defects <> ''"),
            "digest": f"sha256:{digest.hexdigest()}",
            **meta,
        }
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", sorted(facts.items()))
        self.connection.commit()

    def _one(self, statement: str) -> str:
        return str(self.connection.execute(statement).fetchone()[0])

    def _unlike_known(self, record: Record) -> Record:
        if isinstance(record, Quarantined):
            return record
        row = self.connection.execute("SELECT digest FROM record WHERE id = ?", (record.id,)).fetchone()
        if row is None or row[0] == record.digest:
            return record
        names = tuple(affected.name for affected in record.affected)
        why = "another record has the same id and says something else"
        return Quarantined(id=record.id, why=why, names=names, modified=record.modified)

    def _write(self, record: Record) -> None:
        match record:
            case Advisory():
                self._write_advisory(record)
            case Quarantined():
                self.connection.executemany(
                    "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?)",
                    [
                        (_storable(record.id), _storable(name), _storable(record.why), record.modified)
                        for name in record.names or ("",)
                    ],
                )
            case _:
                assert_never(record)

    def _write_advisory(self, record: Advisory) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                record.id,
                record.modified,
                record.published,
                record.withdrawn,
                int(record.severity),
                record.score,
                record.vector,
                _storable(record.summary),
                _storable(record.details),
                _joined(record.references),
                _joined(record.aliases),
                _joined(record.cwes),
                _joined(record.defects),
                record.digest,
            ),
        )
        if record.withdrawn:
            return
        self.connection.executemany(
            "INSERT OR REPLACE INTO affected VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (a.name, a.id, a.spans, _storable(a.versions), a.aliases, _storable(a.doubt), a.may_miss)
                for a in record.affected
            ],
        )


@contextmanager
def rebuilt(path: Path, *, from_existing: bool) -> Iterator[OsvWriter]:
    """A writer on a new file beside `path`, which takes its place when the block ends well.

    With `from_existing` the new file starts as a copy, and sqlite3 errors are the caller's to judge. On any error
    or interrupt the old file stays as it was.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be written", why=str(error.strerror)) from error
    os.close(descriptor)
    aside = Path(name)
    _forget_killed(path)
    try:
        connection = _fresh(aside, path if from_existing else None)
        try:
            yield OsvWriter(connection)
        except sqlite3.OperationalError as error:
            if from_existing:
                raise
            raise Unavailable(
                f"{path.name}: the advisory database could not be written",
                why=str(error),
                hint="is the disk full? Nothing was changed",
            ) from error
        finally:
            connection.close()
        _put_in_place(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def _fresh(aside: Path, copy_of: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(aside)
    # No journal: the file is thrown away unless everything went well.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    if copy_of is None:
        connection.executescript(_SCHEMA)
    else:
        with sqlite3.connect(f"{copy_of.absolute().as_uri()}?mode=ro", uri=True) as old:
            old.backup(connection)
        old.close()
    return connection


def _forget_killed(path: Path) -> None:
    """Remove what syncs that were killed have left beside `path`; a sync of today may still be writing."""
    for left in path.parent.glob(f".{path.name}.*.tmp"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                left.unlink()


def _put_in_place(aside: Path, path: Path) -> None:
    try:
        with open(aside, "rb") as stream:
            os.fsync(stream.fileno())
        os.replace(aside, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written", why=str(error.strerror)) from error


def _joined(texts: Iterable[str]) -> str:
    # A newline inside a text would split it when it is read back.
    return _storable("\n".join(text.replace("\n", " ") for text in texts))


def _storable(text: str) -> str:
    # A JSON text or the name of a file may hold lone surrogates, which no UTF-8 file can.
    return text.encode("utf-8", "backslashreplace").decode() if not text.isascii() else text
