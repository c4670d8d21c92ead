"""Two sdists (tar.gz), member by member: what differs in the bytes and under which name."""

from __future__ import annotations

import io
import tarfile
import zlib
from typing import TYPE_CHECKING

from pinkit.model.rebuild import Comparison, Level
from pinkit.rebuild.classes import discrepancy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.model.rebuild import Discrepancy

_MAX_BYTES = 1 << 30
_GZIP_HEADER_BYTES = 10
_OWNER = ("uid", "gid", "uname", "gname")


def compare_sdists(first: bytes, second: bytes) -> Comparison:
    """How far two sdists agree; discrepancies sorted by member, those of the archive first."""
    if first == second:
        return Comparison(level=Level.BYTES)
    try:
        found = sorted(_differences(first, second), key=lambda d: (d.member, d.kind, d.detail))
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("malformed", "", str(error)),))
    if not found:
        found = [discrepancy("compression", "", "the same tar, compressed to other bytes")]
    kinds = {d.kind for d in found}
    level = Level.MODULO_TIME if kinds == {"timestamp"} else Level.CLASSES
    if kinds & {"payload", "missing", "member-added", "mode", "exec-bit"}:
        level = Level.PAYLOAD
    return Comparison(level=level, discrepancies=tuple(found))


def _differences(first: bytes, second: bytes) -> Iterator[Discrepancy]:
    yield from _gzip_differences(first, second)
    before, after = _members(first), _members(second)
    for name in sorted(before.keys() - after.keys()):
        yield discrepancy("missing", name, "only the first sdist has it")
    for name in sorted(after.keys() - before.keys()):
        yield discrepancy("member-added", name, "only the second sdist has it")
    common = before.keys() & after.keys()
    if [n for n in before if n in common] != [n for n in after if n in common]:
        yield discrepancy("order", "", "the same members in another order")
    for name in sorted(common):
        yield from _member_differences(name, *before[name], *after[name])


def _gzip_differences(first: bytes, second: bytes) -> Iterator[Discrepancy]:
    if first[:2] != b"\x1f\x8b" or second[:2] != b"\x1f\x8b":
        return
    if first[4:8] != second[4:8]:
        yield discrepancy("timestamp", "", "the time in the gzip header")
    rest = (first[:4] + first[8:_GZIP_HEADER_BYTES], second[:4] + second[8:_GZIP_HEADER_BYTES])
    if rest[0] != rest[1]:
        yield discrepancy("made-by", "", "flags or system in the gzip header")


def _members(sdist: bytes) -> dict[str, tuple[tarfile.TarInfo, bytes]]:
    found: dict[str, tuple[tarfile.TarInfo, bytes]] = {}
    total = 0
    with tarfile.open(fileobj=io.BytesIO(sdist), mode="r:*") as tar:
        for member in tar:
            total += member.size
            if total > _MAX_BYTES:
                raise ValueError("it grows out of proportion when unpacked")
            stream = tar.extractfile(member) if member.isreg() else None
            found[member.name] = (member, stream.read() if stream else member.linkname.encode())
    return found


def _member_differences(
    name: str, first: tarfile.TarInfo, content: bytes, second: tarfile.TarInfo, other: bytes
) -> Iterator[Discrepancy]:
    if first.type != second.type or content != other:
        yield discrepancy("payload", name, _first_difference(content, other))
    if first.mtime != second.mtime:
        yield discrepancy("timestamp", name, "its time in the tar")
    owners = [field for field in _OWNER if getattr(first, field) != getattr(second, field)]
    if owners:
        yield discrepancy("owner", name, ", ".join(owners))
    if first.mode != second.mode:
        detail = f"{first.mode:03o} and {second.mode:03o}"
        yield discrepancy("exec-bit" if (first.mode ^ second.mode) & 0o111 else "mode-umask", name, detail)


def _first_difference(content: bytes, other: bytes) -> str:
    lines = zip(content.splitlines(), other.splitlines(), strict=False)
    for number, (one, two) in enumerate(lines, start=1):
        if one != two:
            shown = (one[:80].decode("utf-8", "replace"), two[:80].decode("utf-8", "replace"))
            return f"line {number}: {shown[0]!r} and {shown[1]!r}"
    return f"{len(content)} and {len(other)} bytes"
