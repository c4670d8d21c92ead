"""Unpacking: what is kept, and every trick that must be refused."""

from __future__ import annotations

import io
import os
import stat
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.archives import Bounds, extract
from pinkit.errors import IntegrityError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIR, LINK, HARD, FIFO, BLOCK = (
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.BLKTYPE,
)
Member = tuple[str, bytes, str]  # name, type, link target or content


def tar(path: Path, *members: Member, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as out:  # type: ignore[call-overload]
        for name, kind, text in members:
            entry = tarfile.TarInfo(name)
            entry.type, entry.mtime, entry.mode = kind, 1_000_000_000, 0o755 if kind == DIR else 0o644
            if kind == tarfile.REGTYPE:
                entry.size = len(text)
                out.addfile(entry, io.BytesIO(text.encode()))
            else:
                entry.linkname = text
                out.addfile(entry)
    return path


def file(name: str, text: str = "x") -> Member:
    return (name, tarfile.REGTYPE, text)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar_of_any_compression_keeps_contents_and_times(tmp_path: Path, mode: str) -> None:
    archive = tar(tmp_path / "p-1.tar", ("p-1", DIR, ""), file("p-1/sub/a.py", "print()"), mode=mode)
    top = extract(archive, tmp_path / "out")
    assert top == tmp_path / "out" / "p-1"
    assert (top / "sub" / "a.py").read_text(encoding="utf-8") == "print()"
    assert (top / "sub" / "a.py").stat().st_mtime == 1_000_000_000
    assert top.stat().st_mtime == 1_000_000_000


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(0o644, 0o644, id="file"),
        pytest.param(0o755, 0o755, id="executable"),
        pytest.param(0o664, 0o664, id="group"),
        pytest.param(0o6755, 0o755, id="set-id"),
        pytest.param(0o000, 0o600, id="locked"),
    ],
)
def test_modes_are_kept_whatever_the_umask(tmp_path: Path, given: int, kept: int) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as out:
        entry = tarfile.TarInfo("p/f")
        entry.mode, entry.uid = given, 4242
        out.addfile(entry)
    before = os.umask(0o077)
    try:
        top = extract(tmp_path / "a.tar", tmp_path / "out")
    finally:
        os.umask(before)
    made = (top / "f").stat()
    assert stat.S_IMODE(made.st_mode) == kept
    assert made.st_uid == os.getuid()


def test_zip_keeps_contents_modes_and_links(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as out:
        out.writestr(zipfile.ZipInfo("p/"), "")
        script = zipfile.ZipInfo("p/run", (2001, 9, 9, 1, 46, 40))
        script.external_attr = (stat.S_IFREG | 0o755) << 16
        out.writestr(script, "#!")
        link = zipfile.ZipInfo("p/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(link, "run")
    top = extract(tmp_path / "p.zip", tmp_path / "out")
    assert stat.S_IMODE((top / "run").stat().st_mode) == 0o755
    assert (top / "run").stat().st_mtime == 1_000_000_000
    assert os.readlink(top / "link") == "run"


def test_links_within_are_kept_and_hard_links_become_copies(tmp_path: Path) -> None:
    archive = tar(
        tmp_path / "a.tgz",
        file("p/a", "one"),
        ("p/d/link", LINK, "../a"),
        ("p/hard", HARD, "p/a"),
        ("p/x", LINK, "gone/for/good"),
    )
    top = extract(archive, tmp_path / "out")
    assert (top / "d" / "link").read_text(encoding="utf-8") == "one"
    assert (top / "hard").read_text(encoding="utf-8") == "one"
    assert (top / "hard").stat().st_ino != (top / "a").stat().st_ino


def test_several_tops_give_the_destination(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tgz", file("a"), file("b"))
    assert extract(archive, tmp_path / "out") == tmp_path / "out"


@pytest.mark.parametrize(
    ("members", "why"),
    [
        pytest.param([file("../evil")], "leaves the directory", id="parent"),
        pytest.param([file("p/../../evil")], "leaves the directory", id="parent-inside"),
        pytest.param([file("/evil")], "leaves the directory", id="absolute"),
        pytest.param([file("C:/evil")], "leaves the directory", id="drive"),
        pytest.param([("p/l", LINK, "/etc/passwd")], "leads out", id="absolute-link"),
        pytest.param([("p/l", LINK, "../../evil")], "leads out", id="link-up"),
        pytest.param([("p/l", LINK, "a/../../../evil")], "leads out", id="link-through-a-name"),
        pytest.param([("p/l", LINK, ".")], "", id="link-to-itself-is-fine"),
        pytest.param([("p/l", LINK, "d"), file("p/l/evil")], "no directory", id="file-through-link"),
        pytest.param([("p", LINK, "."), ("p/q", LINK, "..")], "no directory", id="link-through-link"),
        pytest.param([file("p/a"), file("p/a/b")], "no directory", id="file-below-file"),
        pytest.param([("p/h", HARD, "/etc/passwd")], "leaves the directory", id="hard-link-out"),
        pytest.param([("p/h", HARD, "p/none")], "hard link to no file", id="hard-link-to-nothing"),
        pytest.param([("p/l", LINK, "x"), ("p/h", HARD, "p/l")], "hard link", id="hard-link-to-link"),
        pytest.param([("p/f", FIFO, "")], "neither", id="fifo"),
        pytest.param([("p/b", BLOCK, "")], "neither", id="device"),
        pytest.param([file("p/A"), file("p/a")], "only in case", id="case"),
        pytest.param([file("P/a"), file("p/b")], "only in case", id="case-of-directory"),
        pytest.param([file("p/\u00e9"), file("p/e\u0301")], "only in case", id="composition"),
        pytest.param([file("p/a"), file("p/a")], "comes twice", id="twice"),
        pytest.param([file("p/a"), ("p/a", DIR, "")], "comes twice", id="file-then-directory"),
        pytest.param([("p/a", DIR, ""), file("p/a")], "comes twice", id="directory-then-file"),
        pytest.param([file("./")], "has no name", id="nameless"),
    ],
)
def test_tricks_are_refused(tmp_path: Path, members: list[Member], why: str) -> None:
    archive = tar(tmp_path / "a.tgz", *members)
    if not why:
        extract(archive, tmp_path / "deep" / "out")
        return
    with pytest.raises(IntegrityError) as refusal:
        extract(archive, tmp_path / "deep" / "out")
    assert why in refusal.value.why
    assert not (tmp_path / "deep" / "evil").exists()
    assert not (tmp_path / "evil").exists()


def test_names_of_others_reach_no_terminal(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tgz", file("../\x1b[2Jx"))
    with pytest.raises(IntegrityError) as refusal:
        extract(archive, tmp_path / "out")
    assert "\x1b" not in refusal.value.why


def zip_of(name: str, attributes: int = 0, text: str = "x") -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as out:
            entry = zipfile.ZipInfo("x")
            entry.filename = name
            entry.external_attr = attributes << 16
            out.writestr(entry, text)

    return write


@pytest.mark.parametrize(
    ("write", "why"),
    [
        pytest.param(zip_of("../evil"), "leaves the directory", id="parent"),
        pytest.param(zip_of("p\\..\\evil"), "understand differently", id="backslash"),
        pytest.param(zip_of("p/l", stat.S_IFLNK | 0o777, "../../x"), "leads out", id="link-out"),
        pytest.param(zip_of("p/f", stat.S_IFIFO | 0o644), "neither", id="fifo"),
    ],
)
def test_zip_tricks_are_refused(tmp_path: Path, write: Callable[[Path], None], why: str) -> None:
    write(tmp_path / "a.zip")
    with pytest.raises(IntegrityError) as refusal:
        extract(tmp_path / "a.zip", tmp_path / "deep" / "out")
    assert why in refusal.value.why
    assert not (tmp_path / "deep" / "evil").exists()


def test_encrypted_zip_is_no_readable_archive(tmp_path: Path) -> None:
    zip_of("p/a")(tmp_path / "a.zip")
    raw = bytearray((tmp_path / "a.zip").read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", raw, raw.index(signature) + offset, 1)
    (tmp_path / "a.zip").write_bytes(raw)
    with pytest.raises(IntegrityError):
        extract(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        pytest.param(Bounds(members=3), "one member too many", id="members"),
        pytest.param(Bounds(total_bytes=3000), "out of proportion", id="total"),
        pytest.param(Bounds(free_bytes=3000, ratio=1), "out of proportion", id="ratio"),
    ],
)
def test_bombs_are_refused(tmp_path: Path, bounds: Bounds, why: str) -> None:
    archive = tar(tmp_path / "a.tgz", *(file(f"p/{number}", "x" * 1000) for number in range(4)))
    with pytest.raises(IntegrityError) as refusal:
        extract(archive, tmp_path / "out", bounds)
    assert why in refusal.value.why


def test_zip_bomb_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("p/zeros", bytes(4_000_000))
    with pytest.raises(IntegrityError):
        extract(tmp_path / "a.zip", tmp_path / "out", Bounds(free_bytes=1_000_000, ratio=100))
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*") if path.is_file()) <= 1_000_000


def test_a_header_that_wants_all_memory_is_refused(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("pax")
    entry.type, entry.size = tarfile.XHDTYPE, 512 * 1024 * 1024
    (tmp_path / "a.tar").write_bytes(entry.tobuf() + bytes(8 * 1024 * 1024))
    with pytest.raises(IntegrityError) as refusal:
        extract(tmp_path / "a.tar", tmp_path / "out")
    assert "larger than any real one" in refusal.value.why


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>not found</html>" * 100, id="page"),
        pytest.param(b"\x1f\x8b\x08\x00" + b"junk" * 20, id="broken-gzip"),
        pytest.param(b"PK\x03\x04junk", id="broken-zip"),
        pytest.param(b"\xfd7zXZ\x00junkjunk", id="broken-xz"),
        pytest.param(b"BZh9junk", id="broken-bz2"),
    ],
)
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.tar.gz").write_bytes(content)
    with pytest.raises(IntegrityError):
        extract(tmp_path / "a.tar.gz", tmp_path / "out")


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tgz", file("p/a", os.urandom(9000).hex()))
    archive.write_bytes(archive.read_bytes()[:4000])
    with pytest.raises(IntegrityError):
        extract(archive, tmp_path / "out")


def test_a_name_too_long_for_this_machine_is_told(tmp_path: Path) -> None:
    archive = tar(tmp_path / "a.tgz", file("p/" + "x" * 300))
    with pytest.raises(Unavailable):
        extract(archive, tmp_path / "out")
