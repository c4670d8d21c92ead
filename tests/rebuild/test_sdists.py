"""Two sdists: what passes, what is explained, what is not."""

from __future__ import annotations

import tarfile
from dataclasses import replace

import pytest

from pinkit.model.rebuild import Level, Verdict
from pinkit.rebuild.compare_sdists import compare_sdists
from pinkit.rebuild.verdict import verdict_of

from .raw_tar import MOMENT, TarMember, demo, gz, tar, with_member

HONEST = gz(tar(demo()))
LATER = MOMENT + 4711


def kinds(published: bytes, rebuilt: bytes = HONEST) -> set[str]:
    return {d.kind for d in compare_sdists(published, rebuilt).discrepancies}


def test_equal_bytes_are_reproduced() -> None:
    assert verdict_of(compare_sdists(HONEST, bytes(HONEST))) is Verdict.REPRODUCED


@pytest.mark.parametrize(
    "rebuilt",
    [
        gz(tar(demo()), moment=0),
        gz(tar([replace(m, mtime=LATER) for m in demo()])),
        gz(tar([replace(m, mtime=LATER) for m in demo()]), moment=LATER),
    ],
    ids=["gzip-time", "member-times", "both"],
)
def test_times_alone_pass(rebuilt: bytes) -> None:
    comparison = compare_sdists(HONEST, rebuilt)
    assert comparison.level is Level.MODULO_TIME
    assert verdict_of(comparison) is Verdict.REPRODUCED_MODULO_TIME


def stamped(*times: str, more: dict[str, str] | None = None) -> bytes:
    """The demo with these pax times, one a member."""
    members = zip(demo(), times, strict=True)
    return gz(tar([replace(m, pax={**(more or {}), "mtime": time}) for m, time in members]))


OURS = ("1714979298.5", "1714979299.1234567", "1714979298.25", "1714979290.0")


@pytest.mark.parametrize(
    "published",
    [
        stamped("1700000000.1", "1700000001.123456", "1700000002.12345", "1600000000.1234567"),
        stamped(*(time.replace("17", "16", 1) for time in OURS)),
    ],
    ids=["other-lengths", "same-lengths"],
)
def test_fractions_of_seconds_are_times_too(published: bytes) -> None:
    comparison = compare_sdists(published, stamped(*OURS))
    assert comparison.level is Level.MODULO_TIME
    assert verdict_of(comparison) is Verdict.REPRODUCED_MODULO_TIME


@pytest.mark.parametrize(
    "more",
    [
        {"comment": "evil"},
        {"path": "demo-1.0/other.py"},
        {"uname": "me"},
    ],
    ids=["comment", "path", "owner"],
)
def test_nothing_hides_beside_a_time(more: dict[str, str]) -> None:
    found = compare_sdists(stamped(*OURS, more=more), stamped(*OURS))
    assert verdict_of(found) is Verdict.TAMPER_SUSPECT


def test_nothing_hides_in_a_field_of_time() -> None:
    body = bytearray(tar([replace(m, mtime=7) for m in demo()]))
    rebuilt = gz(bytes(body))
    body[136:148] = b"7\0evil code\0"
    checksum = sum(body[:148]) + 8 * 32 + sum(body[156:512])
    body[148:156] = b"%06o\0 " % checksum
    assert verdict_of(compare_sdists(gz(bytes(body)), rebuilt)) is Verdict.EQUIVALENT


def test_no_single_changed_byte_passes_beside_fractions_of_seconds_but_their_digits() -> None:
    body = tar([replace(demo()[1], mtime=MOMENT + 0.5)])
    rebuilt = gz(body)
    for position in range(2048):  # both headers and what they hold
        forged = bytearray(body)
        forged[position] ^= 0x01
        passes = verdict_of(compare_sdists(gz(bytes(forged)), rebuilt)) is Verdict.REPRODUCED_MODULO_TIME
        digit = body[position : position + 1].isdigit() and b"mtime=" in body[position - 18 : position]
        assert not passes or digit, position


EXPLAINED: dict[str, tuple[str, bytes]] = {
    "other-zlib": ("compression", gz(tar(demo()), level=1)),
    "owner": ("owner", gz(tar(with_member("demo.py", fields={"uname": "me", "uid": 1000})))),
    "umask": ("mode-umask", gz(tar(with_member("demo.py", mode=0o664)))),
    "order": ("order", gz(tar([demo()[0], *demo()[:0:-1]]))),
    "directory": ("directory-entry", gz(tar(demo()[1:]))),
    "gzip-name": ("gzip-header", gz(tar(demo()), flags=8, texts=b"demo.tar\0")),
    "gzip-system": ("gzip-header", gz(tar(demo()), system=3)),
    "format": ("tar-format", gz(tar(demo(), tarfile.GNU_FORMAT))),
    "metadata": ("metadata-format", gz(tar(with_member("PKG-INFO", content=b"Name: demo\nVersion: 1.0\n")))),
    "float-times": ("timestamp", gz(tar([replace(m, mtime=MOMENT + 0.5) for m in demo()]))),
    "pax-times-of-other-form": (
        "timestamp",
        gz(tar([replace(m, pax={"mtime": "1714979298.5e0"}) for m in demo()])),
    ),
}


@pytest.mark.parametrize(("kind", "published"), EXPLAINED.values(), ids=EXPLAINED)
def test_explained_difference_warns(kind: str, published: bytes) -> None:
    assert kind in kinds(published)
    assert verdict_of(compare_sdists(published, HONEST)) is Verdict.EQUIVALENT


BODY = tar(demo())
EDITED: dict[str, tuple[str, bytes]] = {
    "payload": ("payload", gz(tar(with_member("demo.py", content=b"evil")))),
    "added": ("member-added", gz(tar([*demo(), TarMember(name="demo-1.0/setup.py")]))),
    "removed": ("missing", gz(tar(demo()[:-1]))),
    "exec-bit": ("exec-bit", gz(tar(with_member("demo.py", mode=0o755)))),
    "setuid": ("special-mode", gz(tar(with_member("demo.py", mode=0o4644)))),
    "link": ("header", gz(tar(with_member("demo.py", kind=tarfile.SYMTYPE, fields={"linkname": "x"}, content=b"")))),
    "device": ("header", gz(tar(with_member("demo.py", kind=tarfile.CHRTYPE, content=b"")))),
    "pax-record": ("extra-field", gz(tar(with_member("demo.py", pax={"comment": "evil"})))),
    "metadata": ("metadata-meaning", gz(tar(with_member("PKG-INFO", content=b"Name: evil\n")))),
    "duplicate": ("duplicate-name", gz(tar([*demo(), demo()[2]]))),
    "case": ("case-collision", gz(tar([*demo(), TarMember(name="demo-1.0/DEMO.py")]))),
    "trailing": ("trailing-bytes", gz(BODY, trailing=b"evil")),
    "second-frame": ("trailing-bytes", HONEST + HONEST),
    "crc": ("content-lie", gz(BODY, crc=1)),
    "gzip-comment": ("archive-comment", gz(BODY, flags=16, texts=b"evil\0")),
    "gzip-extra": ("extra-field", gz(BODY, flags=4, texts=b"\4\0evil")),
    "after-the-end": ("hidden-bytes", gz(BODY + b"evil" + bytes(508))),
    "padding": ("hidden-bytes", gz(BODY.replace(b"[build-system]\n\0", b"[build-system]\nE"))),
    "truncated": ("malformed", HONEST[:-40]),
    "no-gzip": ("malformed", b"not an archive, of some length"),
    "no-end-of-name": ("malformed", b"\x1f\x8b\x08\x08" + b"x" * 40),
    "damaged": ("malformed", HONEST[:40] + b"\xff" * 8 + HONEST[48:]),
    "no-tar": ("malformed", gz(b"x" * 2048)),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "published"), EDITED.values(), ids=EDITED)
def test_no_edit_passes_and_each_is_named(kind: str, published: bytes) -> None:
    assert kind in kinds(published)
    assert verdict_of(compare_sdists(published, HONEST)) in (Verdict.DIFFERS, Verdict.TAMPER_SUSPECT)


@pytest.mark.parametrize("rebuilt", [b"junk" * 9, gz(BODY, trailing=b"x")], ids=["no-archive", "odd"])
def test_a_bad_rebuild_is_never_a_pass(rebuilt: bytes) -> None:
    assert "rebuilt-oddity" in kinds(HONEST, rebuilt)
    assert verdict_of(compare_sdists(HONEST, rebuilt)) is Verdict.DIFFERS


def test_no_single_changed_byte_passes_but_those_of_the_gzip_time() -> None:
    for position in range(len(HONEST)):
        forged = bytearray(HONEST)
        forged[position] ^= 0x41
        passes = verdict_of(compare_sdists(bytes(forged), HONEST)) is Verdict.REPRODUCED_MODULO_TIME
        assert passes == (4 <= position < 8), position
