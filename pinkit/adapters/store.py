"""The cache of index answers: one SQLite file whose columns are plain text, so that reading decodes nothing.

Everything here may be lost. Several processes may share the file; a process that dies leaves it whole.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pinkit.adapters.decoded_pages import DecodedPages
from pinkit.adapters.store_file import MEMORY, connect, set_aside
from pinkit.adapters.store_writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

FILENAME = "index.sqlite"


class PageRow(NamedTuple):
    """A stored answer for one project of one source.

    `expires` is seconds since the epoch. `digest` is of the body ("" = the index has no such project); the
    last five fields are `formats.project_columns.Columns`.
    """

    expires: int
    etag: str
    modified: str
    url: str
    digest: str
    versions: str = ""
    classes: str = ""
    uploads: bytes = b""
    keys: bytes = b""
    status: str = "active"


class Noted(NamedTuple):
    """The head of a stored page, and what was noted of that page for one view (None = nothing)."""

    expires: int
    digest: str
    content: bytes | None


class MetadataRow(NamedTuple):
    """Dependencies as lines, requires_python, extras (comma-joined), and how they were learned."""

    dependencies: str
    requires_python: str
    extras: str
    origin: str


class FilesRow(NamedTuple):
    """The distributions of a release: digests as lines, time of the last upload or -1, distributions as lines."""

    digests: str
    latest: int
    lines: str


_VIEWS_KEPT = 16
_OF_RELEASE = "from files where source=? and name=? and version=? and page=?"


class Store:
    """Reads from any thread; writes go to a thread of their own and are on disk after `close`.

    `decoded` bounds what of the pages is decoded in memory. `note` is told when a broken file was set aside or
    when nothing can be written; work goes on without.
    """

    def __init__(self, folder: str, note: Callable[[str], None]) -> None:
        self._note = note
        self._closed = False
        self.decoded = DecodedPages()
        self._bodies: dict[tuple[int, str], tuple[str, bytes]] = {}
        self._guard = threading.Lock()
        self._connection, self.path = _opened(folder, note)
        self._writer = Writer(self.path, note)
        self._own: set[tuple[object, ...]] = set()
        self._fresh = self._one("select 1 from page union all select 1 from metadata limit 1", ()) is None

    def source(self, url: str) -> int:
        """The number of an index; `url` carries no credentials."""
        question = "select id from source where url=?"
        row = self._one(question, (url,))
        if row is None:
            self._one("insert or ignore into source (url) values (?)", (url,))
            row = self._one(question, (url,))
        return int(row[0]) if row else 0

    def page(self, source: int, name: str) -> PageRow | None:
        """The stored page, fresh or not."""
        if self._cannot_have(("page", source, name)):
            return None
        row = self._one(
            "select expires, etag, modified, url, digest, versions, classes, uploads, keys, status"
            " from page where source=? and name=?",
            (source, name),
        )
        return PageRow._make(row) if row else None

    def view(self, text: str) -> int:
        """The number of a view; the notes of views that are many views older are dropped."""
        question = "select id from view where text=?"
        row = self._one(question, (text,))
        if row is None:
            self._one("insert or ignore into view (text) values (?)", (text,))
            row = self._one(question, (text,))
            if row is not None:
                self._writer.put("delete from note where view<=?", (row[0] - _VIEWS_KEPT,))
        return int(row[0]) if row else 0

    def noted(self, source: int, name: str, view: int) -> Noted | None:
        """The head of a stored page, fresh or not, with what was noted of it for `view`."""
        if self._cannot_have(("page", source, name)):
            return None
        row = self._one(
            "select page.expires, page.digest, note.content from page left join note"
            " on note.source=page.source and note.name=page.name and note.view=? and note.page=page.digest"
            " where page.source=? and page.name=?",
            (view, source, name),
        )
        return Noted._make(row) if row else None

    def put_note(self, source: int, name: str, view: int, page: str, content: bytes) -> None:
        """Keep what was noted for `view` of the page with digest `page`."""
        self._writer.put("replace into note values (?,?,?,?,?)", (source, name, view, page, content))

    def put_page(self, source: int, name: str, row: PageRow, media: str, body: bytes) -> None:
        """Keep a page with its body (gzip-compressed or empty)."""
        self._own.add(("page", source, name))
        self._writer.put("replace into page values (?,?,?,?,?,?,?,?,?,?,?,?)", (source, name, *row))
        self.hold_body(source, name, media, body)
        written = partial(self._bodies.pop, (source, name), None)
        self._writer.put("replace into body values (?,?,?,?)", (source, name, media, body), written)

    def hold_body(self, source: int, name: str, media: str, body: bytes) -> None:
        """Hold a body in memory: until it is on disk, or for this run where it may not be stored."""
        self._bodies[source, name] = (media, body)

    def touch_page(self, source: int, name: str, row: PageRow) -> None:
        """Keep a new expiry of a page that did not change."""
        self._writer.put(
            "update page set expires=?, etag=?, modified=? where source=? and name=? and digest=?",
            (row.expires, row.etag, row.modified, source, name, row.digest),
        )

    def body(self, source: int, name: str) -> tuple[str, bytes] | None:
        """(media type, compressed body) of a page."""
        held = self._bodies.get((source, name))
        if held is not None:
            return held
        row = self._one("select media, content from body where source=? and name=?", (source, name))
        return (row[0], row[1]) if row else None

    def metadata(self, source: int, key: bytes) -> MetadataRow | None:
        """What is known of the metadata of the file that `key` identifies."""
        if self._cannot_have(("metadata", source, key)):
            return None
        row = self._one(
            "select dependencies, requires_python, extras, origin from metadata where source=? and key=?",
            (source, key),
        )
        return MetadataRow._make(row) if row else None

    def put_metadata(self, source: int, key: bytes, row: MetadataRow) -> None:
        """Keep metadata; they never change for a key."""
        self._own.add(("metadata", source, key))
        self._writer.put("replace into metadata values (?,?,?,?,?,?)", (source, key, *row))

    def files(self, source: int, name: str, version: str, page: str) -> str | None:
        """The distributions of a release as lines, if they were made from the page with digest `page`."""
        if self._cannot_have(("files", source, name, version)):
            return None
        row = self._one(f"select lines {_OF_RELEASE}", (source, name, version, page))
        return str(row[0]) if row else None

    def digests(self, source: int, name: str, version: str, page: str) -> tuple[str, int] | None:
        """All digests of a release, a line each ("" where some are not known), and the time of its last upload."""
        if self._cannot_have(("files", source, name, version)):
            return None
        row = self._one(f"select digests, latest {_OF_RELEASE}", (source, name, version, page))
        return (row[0], row[1]) if row else None

    def earlier_digests(self, source: int, name: str, version: str) -> frozenset[str]:
        """Digests of a release as they were made from whichever page was seen last."""
        if self._cannot_have(("files", source, name, version)):
            return frozenset()
        row = self._one(
            "select digests from files where source=? and name=? and version=?", (source, name, version)
        )
        return frozenset(row[0].split("\n")) if row and row[0] else frozenset()

    def gone(self, source: int, name: str, version: str) -> frozenset[str]:
        """Digests of files that the index had for a release once and has no more."""
        if self._cannot_have(("gone", source, name, version)):
            return frozenset()
        question = "select group_concat(digest, ' ') from gone where source=? and name=? and version=?"
        row = self._one(question, (source, name, version))
        return frozenset(row[0].split(" ")) if row and row[0] else frozenset()

    def put_gone(self, source: int, name: str, version: str, digest: str) -> None:
        """Remember that a file of a release is there no more."""
        self._own.add(("gone", source, name, version))
        self._writer.put("replace into gone values (?,?,?,?)", (source, name, version, digest))

    def put_files(self, source: int, name: str, version: str, page: str, files: FilesRow) -> None:
        """Keep the distributions of a release of the page with digest `page`."""
        self._own.add(("files", source, name, version))
        self._writer.put("replace into files values (?,?,?,?,?,?,?)", (source, name, version, page, *files))

    def computed(self, url: str) -> tuple[str, int] | None:
        """(sha256 in hex, size) of a file that was downloaded because its index claims no sha256."""
        row = self._one("select sha256, size from computed where url=?", (url,))
        return (row[0], row[1]) if row else None

    def put_computed(self, url: str, digest: str, size: int) -> None:
        """Keep a computed digest."""
        self._writer.put("replace into computed values (?,?,?)", (url, digest, size))

    def settle(self) -> None:
        """Put on disk what is known so far, for others that open the same file."""
        self._writer.settle()

    def close(self) -> None:
        """Put everything on disk. Threads that are late find an empty store."""
        self._writer.close()
        with self._guard:
            self._closed = True
            self._connection.close()

    def _cannot_have(self, key: tuple[object, ...]) -> bool:
        """Whether nothing is stored under `key` for sure: the store was empty, and this run did not put it there.

        All threads share the connection, so a question that needs no answer should not wait for it.
        """
        return self._fresh and key not in self._own

    def _one(self, sql: str, parameters: tuple[object, ...]) -> tuple[Any, ...] | None:
        with self._guard:
            if self._closed:
                return None
            try:
                row: tuple[Any, ...] | None = self._connection.execute(sql, parameters).fetchone()
            except sqlite3.OperationalError as error:
                self._do_without(f"the cache cannot be used ({error}); this run goes on without it")
                return None
            except sqlite3.DatabaseError as error:
                set_aside(self.path)
                self._do_without(
                    f"the cache is damaged ({error}); this run goes on without it, the next starts anew"
                )
                return None
        return row

    def _do_without(self, note: str) -> None:
        self._connection.close()
        self._connection, self.path = connect(MEMORY), MEMORY
        self._note(note)


def _opened(folder: str, note: Callable[[str], None]) -> tuple[sqlite3.Connection, str]:
    path = os.path.join(folder, FILENAME)
    try:
        # Pages of private indexes are nobody else's business.
        os.makedirs(folder, mode=0o700, exist_ok=True)
        return connect(path), path
    except sqlite3.OperationalError as error:
        reason = str(error)
    except OSError as error:
        reason = str(error.strerror)
    except sqlite3.DatabaseError as error:
        set_aside(path)
        note(
            f"the cache was damaged ({error}) and starts anew; the old file is kept beside it as {FILENAME}.damaged"
        )
        return connect(path), path
    note(f"no cache: {path} cannot be opened ({reason})")
    return connect(MEMORY), MEMORY
