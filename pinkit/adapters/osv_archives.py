"""Advisory records from a dump zip or a directory of JSON files, within limits."""

from __future__ import annotations

import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from pinkit.adapters.osv_build import OsvWriter
from pinkit.adapters.osv_db import OsvDatabase
from pinkit.errors import IntegrityError, Unavailable, UsageError
from pinkit.formats.osv import MAX_RECORD_BYTES, names_in, read_record
from pinkit.model.advisory import Quarantined, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_RECORDS = 2_000_000
MAX_TOTAL_BYTES = 8 << 30
_MAX_RATIO = 200
_SNIFFED_BYTES = 1 << 20


def open_advisories(path: Path, shown: str) -> OsvDatabase:
    """The `AdvisorySource` in `path`: a database, a dump zip, or a directory of records.

    A zip or a directory is read into memory, by the same code that builds the database on disk.
    """
    if path.is_dir():
        records = directory_records(path)
    elif path.suffix == ".zip" or zipfile.is_zipfile(path):
        records = zip_records(path, shown)
    else:
        return _database(path, shown)
    writer = OsvWriter.in_memory()
    writer.put(records)
    writer.finish(source=shown, synced_at=None)
    return OsvDatabase(writer.connection)


def _database(path: Path, shown: str) -> OsvDatabase:
    if not path.is_file():
        raise UsageError(f"{shown}: no such advisory database", hint="make one with `pinkit db sync`")
    with open(path, "rb") as stream:
        if stream.read(15) != b"SQLite format 3":
            raise UsageError(f"{shown}: neither a database, a dump zip nor a directory of records")
    return OsvDatabase.open(path)


def zip_records(
    path: Path | IO[bytes], shown: str, step: Callable[[int, int], None] = lambda _done, _total: None
) -> Iterator[Record]:
    """Every `*.json` member as a record. IntegrityError for a broken or hostile archive.

    A member past the size limit is quarantined; one that unpacks beyond all measure, or an archive that does
    so as a whole, is refused.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if m.filename.endswith(".json") and not m.is_dir()]
            _check_size(members, shown)
            for done, member in enumerate(members, 1):
                yield _member_record(archive, member, shown)
                step(done, len(members))
    except FileNotFoundError:
        raise UsageError(f"{shown}: no such file") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise IntegrityError(
            f"{shown} is no sound zip archive",
            why=str(error),
            hint="fetch it again; the old database is kept",
        ) from error


def directory_records(path: Path) -> Iterator[Record]:
    """Every `*.json` file of the directory as a record, in order of name.

    Unavailable when there is none, or one that cannot be read: nobody knows what it would say.
    """
    files = [file for file in sorted(path.glob("*.json")) if not file.is_dir()]
    if not files:
        raise Unavailable(f"{path.name}: no advisory records (*.json) in this directory")
    for file in files:
        yield _file_record(file)


def _file_record(file: Path) -> Record:
    try:
        if not file.is_file():
            raise Unavailable(f"{file.name}: no regular file, so no advisory record")
        if file.stat().st_size > MAX_RECORD_BYTES:
            with open(file, "rb") as stream:
                return _too_large(file.stem, stream.read(_SNIFFED_BYTES))
        return read_record(file.read_bytes(), file.stem)
    except OSError as error:
        raise Unavailable(
            f"{file.name}: an advisory record that cannot be read", why=str(error.strerror)
        ) from error


def _check_size(members: list[zipfile.ZipInfo], shown: str) -> None:
    total = sum(member.file_size for member in members)
    if len(members) > MAX_RECORDS or total > MAX_TOTAL_BYTES:
        raise IntegrityError(
            f"{shown} would unpack to {len(members)} records of {total >> 20} MiB",
            why=f"the limits are {MAX_RECORDS} records and {MAX_TOTAL_BYTES >> 20} MiB: this is a zip bomb",
        )
    if not members:
        raise IntegrityError(f"{shown} holds no advisory records", why="it has no *.json member")
    for member in members:
        if member.file_size > MAX_RECORD_BYTES and member.file_size > _MAX_RATIO * member.compress_size:
            raise IntegrityError(
                f"{shown}: {member.filename} unpacks to more than {_MAX_RATIO} times its size",
                why="this is a zip bomb",
            )


def _member_record(archive: zipfile.ZipFile, member: zipfile.ZipInfo, shown: str) -> Record:
    label = member.filename.rpartition("/")[2].removesuffix(".json")
    with archive.open(member) as stream:
        if member.file_size > MAX_RECORD_BYTES:
            return _too_large(label, stream.read(_SNIFFED_BYTES))
        # One byte more than declared: zipfile stops at the declared size and then checks the CRC.
        content = stream.read(member.file_size + 1)
    if len(content) != member.file_size:
        raise IntegrityError(f"{shown}: {member.filename} is not of the size that the archive says")
    return read_record(content, label)


def _too_large(label: str, start: bytes) -> Quarantined:
    return Quarantined(id=label, why=f"larger than {MAX_RECORD_BYTES >> 20} MiB", names=names_in(start))
