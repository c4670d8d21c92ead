"""An sdist written again so that only its contents decide its bytes; for backends that stamp it with the clock."""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 1 << 30


def rewritten(sdist: bytes, epoch: int) -> bytes:
    """The same members and contents: sorted, nobody's, of the time `epoch`, with modes 644 and 755.

    Raises ValueError for what is no tar.gz with files, directories and links.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(sdist), mode="r:gz") as tar:
            members = list(_contents(tar))
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ValueError(f"it is no readable tar.gz: {error}") from error
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w", format=tarfile.PAX_FORMAT) as out:
        for member, content in sorted(members, key=lambda pair: pair[0].name):
            out.addfile(_plain(member, epoch), io.BytesIO(content) if member.isreg() else None)
    compressed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=compressed, mtime=epoch) as stream:
        stream.write(written.getvalue())
    return compressed.getvalue()


def _contents(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, bytes]]:
    left = _MAX_BYTES
    for member in tar:
        left -= member.size
        if left < 0:
            raise ValueError("it grows out of proportion when unpacked")
        yield member, _content(tar, member)


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if not (member.isreg() or member.isdir() or member.issym()):
        raise ValueError(f"{member.name!r} is neither a file, a directory nor a link")
    stream = tar.extractfile(member) if member.isreg() else None
    return stream.read() if stream else b""


def _plain(member: tarfile.TarInfo, epoch: int) -> tarfile.TarInfo:
    plain = tarfile.TarInfo(member.name)
    plain.type, plain.size, plain.linkname = member.type, member.size, member.linkname
    plain.mtime = epoch
    plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return plain
