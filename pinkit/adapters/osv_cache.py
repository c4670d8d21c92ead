"""Records fetched live, kept by id and time of change: the same record is never fetched twice."""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing
from typing import TYPE_CHECKING

from pinkit.formats.osv import MAX_RECORD_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS record (id TEXT PRIMARY KEY, modified TEXT NOT NULL, body BLOB NOT NULL)"
)
_CHUNK = 500


class OsvCache:
    """A cache in `folder`, or none at all (None). It is an optimisation: whatever fails here is fetched again."""

    def __init__(self, folder: Path | None) -> None:
        self._path = folder / "osv-live.sqlite3" if folder else None

    def load(self, wanted: Mapping[str, str]) -> dict[str, bytes]:
        """The bodies at hand of the records (id -> modified) that have not changed since."""
        if self._path is None or not self._path.exists():
            return {}
        ids = sorted(wanted)
        found: dict[str, bytes] = {}
        try:
            with closing(sqlite3.connect(self._path)) as connection:
                for start in range(0, len(ids), _CHUNK):
                    part = ids[start : start + _CHUNK]
                    marks = ",".join("?" * len(part))
                    rows = connection.execute(
                        f"SELECT id, modified, body FROM record WHERE id IN ({marks})",  # noqa: S608 - marks only
                        part,
                    )
                    found.update({i: _unpacked(body) for i, modified, body in rows if wanted[i] == modified})
        except (sqlite3.Error, zlib.error):
            return {}
        return found

    def keep(self, bodies: Mapping[str, bytes], modified: Mapping[str, str]) -> None:
        """Remember these bodies under the times that the service named for them."""
        if self._path is None or not bodies:
            return
        rows = [
            (i, modified[i], zlib.compress(body, 1)) for i, body in sorted(bodies.items()) if modified.get(i)
        ]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path)) as connection, connection:
                connection.execute(_SCHEMA)
                connection.executemany("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", rows)
        except (sqlite3.Error, OSError):
            return


def _unpacked(body: bytes) -> bytes:
    return zlib.decompressobj().decompress(body, MAX_RECORD_BYTES + 1)
