"""The advisory database: one SQLite file, read-only here. `osv_build` writes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pinkit.errors import Unavailable
from pinkit.model.advisory import Advised, Advisory, Affected, DatabaseFacts, Quarantined, Severity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

SCHEMA_VERSION = "1"
"""Another version is never migrated: the database is a copy of public records and is built again."""

_SEVERITIES = {int(severity): severity for severity in Severity}
_CHUNK = 500
_HINT = "build it again with `pinkit db sync --full`"


def recorded_source(path: Path) -> str:
    """Where the database in `path` was made from, whatever its schema; "" when it does not say."""
    if not path.is_file():
        return ""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            row = connection.execute("SELECT value FROM meta WHERE key = 'source'").fetchone()
    except sqlite3.Error:
        return ""
    return str(row[0]) if row else ""


class OsvDatabase:
    """An `AdvisorySource` over an open connection; `source` is how reports call it ("" = as recorded)."""

    def __init__(self, connection: sqlite3.Connection, source: str = "") -> None:
        self._connection = connection
        self._source = source
        self.meta: dict[str, str] = dict(connection.execute("SELECT key, value FROM meta"))

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """The database in `path`. Unavailable when it is missing, no database, or of another schema."""
        if not Path(path).is_file():
            raise Unavailable("there is no advisory database yet", hint="fetch it with `pinkit db sync`")
        try:
            connection = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)
            # WITHOUT this a reader on a read-only folder would want to create a journal.
            connection.execute("PRAGMA query_only = 1")
            database = cls(connection)
            if database.meta.get("schema") == SCHEMA_VERSION:
                database.facts()
        except (sqlite3.DatabaseError, ValueError) as error:
            raise Unavailable("the advisory database cannot be read", why=str(error), hint=_HINT) from error
        if database.meta.get("schema") != SCHEMA_VERSION:
            raise Unavailable("the advisory database was written by another version of pinkit", hint=_HINT)
        return database

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def facts(self) -> DatabaseFacts:
        """As the last sync recorded them."""
        meta = self.meta
        synced = meta.get("synced_at", "")
        return DatabaseFacts(
            source=self._source or meta.get("source", ""),
            records=int(meta.get("records", "0")),
            newest=meta.get("newest", ""),
            digest=meta.get("digest", ""),
            synced_at=int(synced) if synced else None,
            unreadable=int(meta.get("unreadable", "0")),
            defective=int(meta.get("defective", "0")),
        )

    def affected(self, releases: Collection[tuple[str, str]]) -> Advised:
        """All advisories of the projects; a database answers for every name."""
        names = sorted({name for name, _ in releases})
        by_name: dict[str, list[Affected]] = {}
        for row in self._select(
            "SELECT name, id, spans, versions, aliases, doubt, may_miss FROM affected WHERE name IN", names
        ):
            by_name.setdefault(row[0], []).append(_affected(row))
        unreadable: dict[str, list[Quarantined]] = {}
        for name, identity, why in self._select("SELECT name, id, why FROM quarantine WHERE name IN", names):
            unreadable.setdefault(name, []).append(Quarantined(id=identity, why=why, names=(name,)))
        return Advised(
            by_name={name: tuple(found) for name, found in by_name.items()},
            unreadable={name: tuple(found) for name, found in unreadable.items()},
            unanswered={},
        )

    def advisories(self, ids: Collection[str], *, details: bool) -> dict[str, Advisory]:
        """The records of `ids` for reports (without `affected`)."""
        long = "details, links" if details else "'', ''"
        rows = self._select(
            "SELECT id, modified, published, withdrawn, severity, score, vector, summary, "  # noqa: S608
            f"{long}, aliases, cwes, defects, digest FROM record WHERE id IN",
            sorted(set(ids)),
        )
        return {row[0]: _advisory(row) for row in rows}

    def quarantined(self) -> tuple[Quarantined, ...]:
        """Every record that could not be read, in order of id."""
        found: dict[str, tuple[str, list[str]]] = {}
        for identity, name, why in self._rows("SELECT id, name, why FROM quarantine ORDER BY id, name", ()):
            found.setdefault(identity, (why, []))[1].extend([name] if name else [])
        return tuple(Quarantined(id=i, why=why, names=tuple(names)) for i, (why, names) in found.items())

    def defects(self) -> tuple[tuple[str, str], ...]:
        """(id, what was unreadable inside) of every record that was read in part, in order of id."""
        return tuple(
            (identity, defects.replace("\n", "; "))
            for identity, defects in self._rows(
                "SELECT id, defects FROM record WHERE defects <> '' ORDER BY id", ()
            )
        )

    def _select(self, statement: str, values: Sequence[str]) -> Iterator[tuple[str, ...]]:
        for start in range(0, len(values), _CHUNK):
            part = values[start : start + _CHUNK]
            marks = ",".join("?" * len(part))
            yield from self._rows(f"{statement} ({marks}) ORDER BY 1, 2", part)

    def _rows(self, statement: str, values: Iterable[str]) -> Iterator[tuple[str, ...]]:
        try:
            yield from self._connection.execute(statement, tuple(values))
        except sqlite3.DatabaseError as error:
            raise Unavailable("the advisory database cannot be read", why=str(error), hint=_HINT) from error


def _affected(row: tuple[str, ...]) -> Affected:
    name, identity, spans, versions, aliases, doubt, may_miss = row
    return Affected(
        name=name,
        id=identity,
        spans=spans,
        versions=versions,
        aliases=aliases,
        doubt=doubt,
        may_miss=bool(may_miss),
    )


def _advisory(row: tuple[str, ...]) -> Advisory:
    return Advisory(
        id=row[0],
        modified=row[1],
        published=row[2],
        withdrawn=row[3],
        severity=_SEVERITIES[int(row[4])],
        score=float(row[5]),
        vector=row[6],
        summary=row[7],
        details=row[8],
        references=_list(row[9]),
        aliases=_list(row[10]),
        cwes=_list(row[11]),
        defects=_list(row[12]),
        digest=row[13],
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
