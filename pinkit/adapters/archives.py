"""Unpacking of sdists and other source archives that nobody vouches for: everything odd is refused.

Kept: permission bits (never set-id) and modification times, because builds read both. Refused with
`IntegrityError`: names that leave the directory, links that do, devices, names that differ only in case or
come twice, and archives that grow out of proportion.
"""

from __future__ import annotations

import bz2
import calendar
import gzip
import lzma
import os
import stat
import tarfile
import unicodedata
import zipfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, NoReturn, cast

from pinkit.errors import IntegrityError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

_MIB = 1024 * 1024
_CHUNK = 1 * _MIB
_HEADER_BYTES = 4 * _MIB  # tarfile holds a whole extended header in memory
_UNREADABLE = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    NotImplementedError,
    RuntimeError,  # zipfile: encrypted
    gzip.BadGzipFile,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an archive may grow to. Past `free_bytes` it may not exceed `ratio` times its own size."""

    members: int = 100_000
    total_bytes: int = 2048 * _MIB
    free_bytes: int = 64 * _MIB
    ratio: int = 100


def extract(archive: Path, destination: Path, bounds: Bounds | None = None) -> Path:
    """The top directory of `archive` (a tar of any compression, or a zip), unpacked below `destination`.

    `destination` itself where the archive has several top entries. Raises `IntegrityError`; then what was
    unpacked so far must not be used.
    """
    limits = bounds or Bounds()
    destination.mkdir(parents=True, exist_ok=True)
    tree = _Tree(archive.name, destination, _allowed_bytes(archive, limits), limits.members)
    try:
        if zipfile.is_zipfile(archive) and not _is_tar(archive):
            _unpack_zip(archive, tree)
        else:
            _unpack_tar(archive, tree)
    except _UNREADABLE as error:
        raise IntegrityError(f"{archive.name} is no readable archive", _plain(str(error))) from error
    except OSError as error:
        if error.errno is None:  # bz2 says so of bad content
            raise IntegrityError(f"{archive.name} is no readable archive", _plain(str(error))) from error
        raise Unavailable(f"{archive.name} cannot be unpacked here", _plain(str(error.strerror))) from error
    tree.finish()
    tops = list(destination.iterdir())
    return tops[0] if len(tops) == 1 and tops[0].is_dir() and not tops[0].is_symlink() else destination


def _allowed_bytes(archive: Path, limits: Bounds) -> int:
    grown = max(limits.free_bytes, archive.stat().st_size * limits.ratio)
    return min(limits.total_bytes, grown)


def _is_tar(archive: Path) -> bool:
    with archive.open("rb") as stream:
        return not stream.read(4).startswith(b"PK")


def _unpack_tar(archive: Path, tree: _Tree) -> None:
    with _decompressed(archive) as plain:
        bounded = _Bounded(plain, tree)
        with tarfile.open(fileobj=cast("IO[bytes]", bounded), mode="r|") as tar:
            while member := bounded.header(tar):
                _unpack_member(tar, member, tree)


def _unpack_member(tar: tarfile.TarFile, member: tarfile.TarInfo, tree: _Tree) -> None:
    mode, mtime = member.mode, float(member.mtime)
    if member.isdir():
        tree.directory(member.name, mode, mtime)
    elif member.isreg():
        content = tar.extractfile(member)
        assert content is not None
        tree.file(member.name, mode, mtime, content, member.size)
    elif member.issym():
        tree.link(member.name, member.linkname)
    elif member.islnk():
        tree.copy(member.name, member.linkname, mode, mtime)
    else:
        tree.refuse(member.name, "is neither a file, a directory nor a link")


def _unpack_zip(archive: Path, tree: _Tree) -> None:
    with zipfile.ZipFile(archive) as zipped:
        for entry in zipped.infolist():
            if entry.orig_filename != entry.filename or "\\" in entry.filename:
                tree.refuse(entry.orig_filename, "has a name that readers understand differently")
            mode = entry.external_attr >> 16
            mtime = float(calendar.timegm((*entry.date_time, 0, 0, 0)))
            kind = stat.S_IFMT(mode)
            if entry.is_dir():
                tree.directory(entry.filename, mode or 0o755, mtime)
            elif kind in (0, stat.S_IFREG):
                with zipped.open(entry) as content:
                    tree.file(entry.filename, mode or 0o644, mtime, content, entry.file_size)
            elif kind == stat.S_IFLNK and entry.file_size <= 4096:
                tree.link(entry.filename, zipped.read(entry).decode("utf-8"))
            else:
                tree.refuse(entry.filename, "is neither a file, a directory nor a link")


def _decompressed(archive: Path) -> IO[bytes]:
    with archive.open("rb") as stream:
        magic = stream.read(6)
    if magic.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(archive))
    if magic.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.open(archive))
    if magic in (b"\xfd7zXZ\x00",) or magic.startswith(b"\x5d\x00\x00"):
        return cast("IO[bytes]", lzma.open(archive))
    return archive.open("rb")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


@dataclass(slots=True)
class _Bounded:
    """A stream that refuses to give more than its archive may hold; headers count too."""

    stream: IO[bytes]
    tree: _Tree
    given: int = 0
    header_left: int | None = _HEADER_BYTES  # the first header is read when tarfile opens

    def header(self, tar: tarfile.TarFile) -> tarfile.TarInfo | None:
        """The next member of `tar`, whose header is not larger than a header may be."""
        self.header_left = _HEADER_BYTES
        member = tar.next()
        self.header_left = None
        return member

    def read(self, size: int) -> bytes:
        chunk = self.stream.read(size)
        self.given += len(chunk)
        if self.header_left is not None:
            self.header_left -= len(chunk)
            if self.header_left < 0:
                self.tree.refuse("a header", "is larger than any real one")
        if self.given > 2 * self.tree.allowed:
            self.tree.refuse("it", "grows out of proportion when unpacked")
        return chunk


@dataclass(slots=True)
class _Tree:
    """The directory being filled: every name is judged before anything is made."""

    archive: str
    root: Path
    allowed: int
    members: int
    written: int = 0
    seen: dict[str, str] = field(default_factory=dict)
    links: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    directories: dict[str, tuple[int, float]] = field(default_factory=dict)

    def directory(self, name: str, mode: int, mtime: float) -> None:
        path = self._judged(name, repeatable=True)
        if path == ".":
            return
        target = self.root / path
        with suppress(FileExistsError):
            target.mkdir(parents=True)
        self.directories[path] = (mode & 0o777 | 0o700, mtime)

    def file(self, name: str, mode: int, mtime: float, content: IO[bytes], size: int) -> None:
        path = self._judged(name)
        if self.written + size > self.allowed:
            self.refuse(name, "grows out of proportion when unpacked")
        with (self._fresh(path)).open("xb") as out:
            for chunk in _chunks(content):
                self.written += len(chunk)
                if self.written > self.allowed:
                    self.refuse(name, "grows out of proportion when unpacked")
                out.write(chunk)
        self.files.add(path)
        self._stamp(path, mode, mtime)

    def link(self, name: str, target: str) -> None:
        path = self._judged(name)
        parts = PurePosixPath(target).parts
        ups = next((i for i, part in enumerate(parts) if part != ".."), len(parts))
        depth = path.count("/")
        # ".." after a name could leave through another link: only leading ones can be judged by the text.
        if target.startswith("/") or not target or ups > depth or ".." in parts[ups:] or "\0" in target:
            self.refuse(name, "is a link that leads out of the archive")
        self._fresh(path).symlink_to(target)
        self.links.add(path)

    def copy(self, name: str, original: str, mode: int, mtime: float) -> None:
        """A hard link: to a file unpacked before; a copy of it, so that the two cannot change each other."""
        source = self._normal(original)
        if source not in self.files:
            self.refuse(name, "is a hard link to no file of the archive")
        with (self.root / source).open("rb") as content:
            self.file(name, mode, mtime, content, (self.root / source).stat().st_size)

    def finish(self) -> None:
        """Directories get their modes and times last: filling them changed those."""
        for path in sorted(self.directories, key=lambda p: p.count("/"), reverse=True):
            self._stamp(path, *self.directories[path])

    def refuse(self, name: str, why: str) -> NoReturn:
        raise IntegrityError(
            f"{self.archive} is not safe to unpack",
            f"{_plain(name)} {why}",
            "do not use it; tell its publisher",
        )

    def _judged(self, name: str, *, repeatable: bool = False) -> str:
        path = self._normal(name)
        if path == "." and not repeatable:
            self.refuse(name, "has no name")
        self.members -= 1
        if self.members < 0:
            self.refuse(name, "is one member too many")
        for parent in _parents(path):
            if parent in self.links or parent in self.files:
                self.refuse(name, "lies below something that is no directory")
            self._claim(parent, name, repeatable=True)
        self._claim(path, name, repeatable=repeatable)
        if repeatable and (path in self.links or path in self.files):
            self.refuse(name, "comes twice")
        return path

    def _normal(self, name: str) -> str:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
        if name.startswith("/") or drive or ".." in parts or "\0" in name:
            self.refuse(name, "leaves the directory that it is unpacked to")
        return "/".join(parts) or "."

    def _claim(self, path: str, name: str, *, repeatable: bool) -> None:
        folded = unicodedata.normalize("NFC", path).casefold()
        earlier = self.seen.setdefault(folded, path)
        if earlier != path:
            self.refuse(name, f"differs only in case from {_plain(earlier)}")
        if not repeatable and (path in self.files or path in self.links or path in self.directories):
            self.refuse(name, "comes twice")

    def _fresh(self, path: str) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def _stamp(self, path: str, mode: int, mtime: float) -> None:
        target = self.root / path
        target.chmod(mode & 0o777 | 0o600)
        give_time(target, mtime)


def give_time(path: str | Path, moment: float) -> None:
    """Let a file have the modification time that an archive tells, in seconds: reading it back gives the same float.

    A time past what the file system can hold is the archive's lie, not a reason to fail: the nearest that it can.
    """
    # Whole seconds apart from the rest: their product with 10**9 is past what a float holds to the nanosecond.
    seconds, rest = divmod(max(0.0, min(moment, 2.0**34 - 1)), 1)
    os.utime(path, ns=(int(seconds) * 10**9 + round(rest * 1e9),) * 2)


def _parents(path: str) -> Iterator[str]:
    end = path.find("/")
    while end != -1:
        yield path[:end]
        end = path.find("/", end + 1)


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    while chunk := content.read(_CHUNK):
        yield chunk
