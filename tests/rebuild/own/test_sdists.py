"""Two sdists compared, and one written again so that only its contents decide."""

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

from pinkit.model.rebuild import Level
from pinkit.rebuild.compare_sdist import compare_sdists
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


@pytest.mark.parametrize(
    ("other", "kinds", "level"),
    [
        pytest.param(sdist(), set(), Level.BYTES, id="equal"),
        pytest.param(sdist(gzip_time=5), {("timestamp", "")}, Level.MODULO_TIME, id="gzip-time"),
        pytest.param(
            sdist(change=of("demo.py", mtime=5)),
            {("timestamp", "demo-1/demo.py")},
            Level.MODULO_TIME,
            id="time",
        ),
        pytest.param(
            sdist(change=of("demo.py", uid=5, uname="me")),
            {("owner", "demo-1/demo.py")},
            Level.CLASSES,
            id="owner",
        ),
        pytest.param(
            sdist(change=of("demo.py", mode=0o664)),
            {("mode-umask", "demo-1/demo.py")},
            Level.CLASSES,
            id="umask",
        ),
        pytest.param(
            sdist(change=of("demo.py", mode=0o755)),
            {("exec-bit", "demo-1/demo.py")},
            Level.PAYLOAD,
            id="exec-bit",
        ),
        pytest.param(
            sdist({**MEMBERS, "demo-1/demo.py": b"x = 1\ny = 3\n"}),
            {("payload", "demo-1/demo.py")},
            Level.PAYLOAD,
            id="content",
        ),
        pytest.param(
            sdist({**MEMBERS, "demo-1/new": b""}), {("member-added", "demo-1/new")}, Level.PAYLOAD, id="added"
        ),
        pytest.param(
            sdist({"demo-1/PKG-INFO": b"Name: demo\n", "demo-1/demo.py": b"x = 1\ny = 2\n"}),
            {("missing", "demo-1/run.sh")},
            Level.PAYLOAD,
            id="missing",
        ),
        pytest.param(sdist(dict(reversed(MEMBERS.items()))), {("order", "")}, Level.CLASSES, id="order"),
        pytest.param(sdist(level=1), {("compression", "")}, Level.CLASSES, id="compression"),
        pytest.param(b"\x1f\x8bjunk", {("malformed", "")}, Level.PAYLOAD, id="no-sdist"),
    ],
)
def test_a_difference_has_a_name(other: bytes, kinds: set[tuple[str, str]], level: Level) -> None:
    found = compare_sdists(sdist(), other)
    assert {(d.kind, d.member) for d in found.discrepancies} == kinds
    assert found.level == level


def test_the_first_line_that_differs_is_shown() -> None:
    other = sdist({**MEMBERS, "demo-1/demo.py": b"x = 1\ny = 3\n"})
    (found,) = compare_sdists(sdist(), other).discrepancies
    assert found.detail == "line 2: 'y = 2' and 'y = 3'"


def test_a_bomb_is_not_unpacked_in_memory() -> None:
    entry = tarfile.TarInfo("demo-1/zeros")
    entry.size = 5 << 30
    (found,) = compare_sdists(sdist(), gzip.compress(entry.tobuf())).discrepancies
    assert found.kind == "malformed"
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


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x1f\x8bjunk", gzip.compress(b"junk" * 200)])
def test_what_is_no_sdist_is_not_written_again(content: bytes) -> None:
    with pytest.raises(ValueError, match="no readable"):
        rewritten(content, 7)


def test_devices_are_not_written_again() -> None:
    with pytest.raises(ValueError, match="neither a file"):
        rewritten(sdist(change=of("run.sh", type=tarfile.FIFOTYPE, size=0)), 7)
