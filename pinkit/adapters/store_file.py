"""The file behind the store: opened, made, and set aside when it is damaged or of another version."""

from __future__ import annotations

import os
import sqlite3
import time

SCHEMA_VERSION = 3
MEMORY = ":memory:"
BUSY_TIMEOUT_S = 20.0
_PAUSE_S = 0.01

_SUFFIXES = ("", "-wal", "-shm")

_SCHEMA = """
create table source (id integer primary key, url text not null unique);
create table page (
  source integer not null, name text not null, expires integer not null, etag text not null,
  modified text not null, url text not null, digest text not null,
  versions text not null, classes text not null, uploads blob not null, keys blob not null, status text not null,
  primary key (source, name)
);
create table body (
  source integer not null, name text not null, media text not null, content blob not null,
  primary key (source, name)
);
create table metadata (
  source integer not null, key blob not null, dependencies text not null, requires_python text not null,
  extras text not null, origin text not null,
  primary key (source, key)
);
create table files (
  source integer not null, name text not null, version text not null, page text not null,
  digests text not null, latest integer not null, lines text not null,
  primary key (source, name, version)
);
create table gone (
  source integer not null, name text not null, version text not null, digest text not null,
  primary key (source, name, version, digest)
);
create table view (id integer primary key, text text not null unique);
create table note (
  source integer not null, name text not null, view integer not null, page text not null, content blob not null,
  primary key (source, name, view)
);
create table computed (url text primary key, sha256 text not null, size integer not null);
"""


def connect(path: str) -> sqlite3.Connection:
    """A connection that any thread may use (one at a time), with the tables made.

    A file of another schema version is replaced by an empty one. Raises sqlite3.DatabaseError where the
    file is damaged, its subclass OperationalError where it cannot be opened.
    """
    connection = _connected(path)
    version = connection.execute("pragma user_version").fetchone()[0]
    if version not in (0, SCHEMA_VERSION):
        connection.close()
        _remove(path)
        connection = _connected(path)
        version = 0
    if version == 0:
        _make_tables(connection)
    return connection


def set_aside(path: str) -> None:
    """Rename a damaged file to "*.damaged", replacing an earlier one, so that a new one can be made."""
    for suffix in _SUFFIXES[1:]:
        _unlink(path + suffix)
    try:
        os.replace(path, f"{path}.damaged")
    except FileNotFoundError:
        return


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _keep_a_log(connection)
        # With a write-ahead log a crash of the process loses nothing, one of the system the last seconds.
        connection.execute("pragma synchronous=normal")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. While another process does that SQLite says "locked" without waiting."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("pragma journal_mode=wal")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _make_tables(connection: sqlite3.Connection) -> None:
    connection.execute("begin immediate")
    # Another process may have been quicker.
    if connection.execute("pragma user_version").fetchone()[0] == 0:
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"pragma user_version={SCHEMA_VERSION}")
    connection.execute("commit")


def _remove(path: str) -> None:
    for suffix in _SUFFIXES:
        _unlink(path + suffix)


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
