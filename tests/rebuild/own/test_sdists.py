"""An sdist written again so that only its contents decide its bytes."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.rebuild.rewrite_sdist import rewritten

if TYPE_CHECKING:
    from collections.abc import Callable

MEMBERS = {
    "demo-1/PKG-INFO": b"Name: demo\n",
    "demo-1/demo.py": b"x = 1\ny = 2\n",
    "demo-1/run.sh": b"#!/bin/sh\n",
}


def sdist(
    members: dict[str, bytes] | None = None,
    *,
    change: Callable[[tarfile.TarInfo], None] = lambda entry: None,
    gzip_time: int = 0,
    level: int = 9,
) -> bytes:
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as out:
        top = tarfile.TarInfo("demo-1")
        top.type, top.mode = tarfile.DIRTYPE, 0o755
        change(top)
        out.addfile(top)
        for name, content in (MEMBERS if members is None else members).items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1_000
            entry.mode = 0o755 if name.endswith(".sh") else 0o644
            change(entry)
            out.addfile(entry, io.BytesIO(content))
    return gzipped(tar.getvalue(), gzip_time, level)


def gzipped(content: bytes, moment: int = 0, level: int = 9) -> bytes:
    """gzip whose header does not tell the level (RFC 1952)."""
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    header = b"\x1f\x8b\x08\x00" + struct.pack("<L", moment) + b"\x02\xff"
    trailer = struct.pack("<LL", zlib.crc32(content), len(content) & 0xFFFFFFFF)
    return header + deflate.compress(content) + deflate.flush() + trailer


def of(member: str, **values: object) -> Callable[[tarfile.TarInfo], None]:
    def change(entry: tarfile.TarInfo) -> None:
        if entry.name.endswith(member):
            for name, value in values.items():
                setattr(entry, name, value)

    return change


def test_a_bomb_is_not_unpacked_in_memory() -> None:
    entry = tarfile.TarInfo("demo-1/zeros")
    entry.size = 5 << 30
    with pytest.raises(ValueError, match="out of proportion"):
        rewritten(gzip.compress(entry.tobuf()), 7)


@given(
    order=st.permutations(list(MEMBERS)),
    owner=st.integers(0, 5000),
    moment=st.integers(0, 2_000_000_000),
    group=st.sampled_from([0, 0o020]),
)
def test_only_the_contents_decide_what_is_written_again(
    order: list[str], owner: int, moment: int, group: int
) -> None:
    def change(entry: tarfile.TarInfo) -> None:
        entry.uid, entry.uname, entry.mtime, entry.mode = owner, f"user{owner}", moment, entry.mode | group

    other = sdist({name: MEMBERS[name] for name in order}, change=change, gzip_time=moment)
    assert rewritten(other, 7) == rewritten(sdist(), 7)


def test_what_is_written_again_keeps_contents_and_executables() -> None:
    again = rewritten(sdist(), 1_234_567)
    with tarfile.open(fileobj=io.BytesIO(again)) as tar:
        entries = tar.getmembers()
        found = {e.name: tar.extractfile(e).read() for e in entries if e.isreg()}  # type: ignore[union-attr]
    assert found == MEMBERS
    assert {(e.name, oct(e.mode)) for e in entries} == {
        ("demo-1", "0o755"),
        ("demo-1/PKG-INFO", "0o644"),
        ("demo-1/demo.py", "0o644"),
        ("demo-1/run.sh", "0o755"),
    }
    assert {(e.uid, e.uname, e.mtime) for e in entries} == {(0, "", 1_234_567)}
    assert rewritten(again, 1_234_567) == again


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"\x1f\x8bjunk", gzip.compress(b"junk" * 200, mtime=0)]
)
def test_what_is_no_sdist_is_not_written_again(content: bytes) -> None:
    with pytest.raises(ValueError, match="no readable"):
        rewritten(content, 7)


def test_devices_are_not_written_again() -> None:
    with pytest.raises(ValueError, match="neither a file"):
        rewritten(sdist(change=of("run.sh", type=tarfile.FIFOTYPE, size=0)), 7)
