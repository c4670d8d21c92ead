"""A .tar.gz writer that lets a test forge the gzip frame and every header."""

from __future__ import annotations

import io
import struct
import tarfile
import zlib
from dataclasses import dataclass, field
from typing import Any

MOMENT = 1714979298


@dataclass(frozen=True, kw_only=True)
class TarMember:
    """One member; `fields` are set on its TarInfo."""

    name: str
    content: bytes = b""
    mode: int = 0o644
    mtime: float = MOMENT
    kind: bytes = tarfile.REGTYPE
    fields: dict[str, Any] = field(default_factory=dict)
    pax: dict[str, str] = field(default_factory=dict)


def tar(members: list[TarMember], form: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for member in members:
            header = tarfile.TarInfo(member.name)
            header.size, header.mode, header.mtime, header.type = (
                len(member.content), member.mode, member.mtime, member.kind,
            )  # fmt: skip
            header.pax_headers = dict(member.pax)
            for name, value in member.fields.items():
                setattr(header, name, value)
            archive.addfile(header, io.BytesIO(member.content))
    return target.getvalue()


def gz(
    body: bytes,
    *,
    level: int = 9,
    moment: int = MOMENT,
    flags: int = 0,
    system: int = 255,
    texts: bytes = b"",
    crc: int | None = None,
    trailing: bytes = b"",
) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    packed = packer.compress(body) + packer.flush()
    head = b"\x1f\x8b\x08" + struct.pack("<BLBB", flags, moment, 2, system) + texts
    tail = struct.pack("<LL", zlib.crc32(body) if crc is None else crc, len(body) & 0xFFFFFFFF)
    return head + packed + tail + trailing


def demo() -> list[TarMember]:
    info = b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\n"
    return [
        TarMember(name="demo-1.0", mode=0o755, kind=tarfile.DIRTYPE),
        TarMember(name="demo-1.0/pyproject.toml", content=b"[build-system]\n"),
        TarMember(name="demo-1.0/demo.py", content=b"answer = 42\n" * 50),
        TarMember(name="demo-1.0/PKG-INFO", content=info),
    ]


def with_member(name: str, **changes: Any) -> list[TarMember]:
    from dataclasses import replace

    return [replace(m, **changes) if m.name.endswith(name) else m for m in demo()]
