"""Edits to a wheel that was reproduced: none passes, each gets its name."""

from __future__ import annotations

import bz2
import struct
from dataclasses import replace

import pytest

from pinkit.model.rebuild import STANDINGS, Standing, Verdict
from pinkit.rebuild.compare import compare_wheels
from pinkit.rebuild.verdict import verdict_of

from .raw_zip import LATER, MOMENT, RECORD, Member, deflated, demo, record_of, row, sealed, with_member, write

INFO = "demo-1.0.dist-info/"


def added(name: str, content: bytes = b"import os\n", **changes: object) -> bytes:
    return write(sealed([*demo(), replace(Member(name=name, content=content), **changes)]))


def edited(name: str, old: bytes, new: bytes) -> bytes:
    (member,) = [m for m in demo() if m.name.endswith(name)]
    assert old in member.content
    return write(sealed(with_member(name, content=member.content.replace(old, new, 1))))


def re_recorded(old: str, new: str) -> bytes:
    text = demo()[-1].content.decode()
    assert old in text
    return write(with_member("RECORD", content=text.replace(old, new, 1).encode()))


def zip64_end(offset: int, count: int, size: int, at: int) -> bytes:
    record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)


def without(name: str) -> list[Member]:
    return [m for m in demo() if not m.name.endswith(name)]


SOURCE = demo()[0].content
CRLF = SOURCE.replace(b"\n", b"\r\n")
LINE = row(demo()[0])
HONEST = write(demo())
CENTRAL = HONEST.index(b"PK\1\2")
SIZE = HONEST.index(b"PK\5\6") - CENTRAL
COUNT = len(demo())
PASSING = {verdict for verdict, standing in STANDINGS.items() if standing is Standing.PASS}
EXTRA = struct.pack("<HH4s", 0xCAFE, 4, b"evil")
WIDE = struct.pack("<HHQQ", 1, 16, len(SOURCE), 7)
TWICE = Member(name="demo/part.py", content=b"import os\n")

TAMPERED: dict[str, tuple[str, bytes]] = {
    # contents, with a true RECORD
    "payload": ("payload", edited("__init__.py", b"42", b"43")),
    "data-file": ("payload", write(sealed(with_member("table.bin", content=b"x" * 256)))),
    "script": ("script", edited("scripts/demo", b"import demo", b"import evil")),
    "entry-point-changed": ("entry-points", edited("entry_points.txt", b"demo:answer", b"evil:answer")),
    "dependency-changed": ("metadata-meaning", edited("METADATA", b"other>=1", b"otherr>=1")),
    "dependency-behind-a-bare-return": ("metadata-meaning", edited("METADATA", b"Name: demo", b"Name: demo\rX: y")),
    "dependency-marker": ("metadata-meaning", edited("METADATA", b"'3.13'", b"'3.14'")),
    "description": ("metadata-meaning", edited("METADATA", b"Demo.", b"Demo!")),
    "wheel-tag": ("wheel-meaning", edited("WHEEL", b"py3-none", b"py2.py3-none")),
    "purelib-moved": ("wheel-meaning", edited("WHEEL", b"Purelib: true", b"Purelib: false")),
    "licence-text": ("metadata-text", edited("LICENSE", b"like", b"pay")),
    # members more or less
    "module-added": ("member-added", added("demo/more.py")),
    "pth-added": ("pth", added("demo.pth")),
    "pyc-added": ("pyc-added", added("demo/__pycache__/part.cpython-312.pyc")),
    "native-added": ("native-added", added("demo/part.cpython-312-x86_64-linux-gnu.so")),
    "native-in-libs": ("native-added", added("demo.libs/libz.so.1")),
    "script-added": ("script-added", added("demo-1.0.data/scripts/extra", mode=0o100755)),
    "entry-points-added": ("entry-points", added("other-1.0.dist-info/entry_points.txt")),
    "code-among-licences": ("member-added", added(INFO + "licenses/x.py")),
    "signature-added": ("signature", write([*demo(), Member(name=RECORD + ".jws", content=b"{}")])),
    "member-removed": ("missing", write(sealed(without("part.py")))),
    "record-removed": ("no-record", write(without("RECORD"))),
    # RECORD
    "payload-behind-record": ("record-lie", write(with_member("part.py", content=b"import os\n"))),
    "record-hash": ("record-lie", re_recorded("sha256=", "sha256=AAAA")),
    "record-size": ("record-lie", re_recorded(f",{len(SOURCE)}\n", ",1\n")),
    "record-row-removed": ("record-lie", re_recorded(LINE, "")),
    "record-row-twice": ("record-lie", re_recorded(LINE, LINE + LINE)),
    "record-weak-hash": ("record-lie", re_recorded("sha256=", "md5=")),
    "record-no-hash": ("record-lie", re_recorded(LINE, "demo/__init__.py,,\n")),
    "record-absent-member": ("record-lie", re_recorded(LINE, LINE + LINE.replace("__init__", "absent"))),
    "record-row-shape": ("record-lie", re_recorded(LINE, LINE.replace("\n", ",more\n"))),
    "record-hash-of-itself": ("record-lie", re_recorded(f"{RECORD},,", f"{RECORD},sha256=AAAA,3")),
    "record-not-text": ("record-lie", write(with_member("RECORD", content=b"\xff\xfe"))),
    # modes
    "exec-bit": ("exec-bit", write(with_member("part.py", mode=0o100755))),
    "exec-bit-removed": ("exec-bit", write(with_member("scripts/demo", mode=0o100644))),
    "setuid": ("special-mode", write(with_member("scripts/demo", mode=0o104755))),
    "owner-unreadable": ("mode", write(with_member("part.py", mode=0o100244))),
    "symlink": ("symlink", write(with_member("part.py", mode=0o120644))),
    "device": ("special-file", write(with_member("part.py", mode=0o020644))),
    # names
    "duplicate-name": ("duplicate-name", write(sealed([*demo(), TWICE]))),
    "duplicate-name-first": ("duplicate-name", write([TWICE, *demo()])),
    "case-collision": ("case-collision", added("demo/PART.py")),
    "unicode-collision": ("case-collision", write(sealed([*demo(), Member(name="é"), Member(name="e\u0301")]))),
    "file-directory-clash": ("file-directory-clash", added("demo/part.py/x.py")),
    "directory-with-data": ("directory-with-data", write([*demo(), Member(name="demo/d/", content=b"x")])),
    "climbing-name": ("unsafe-name", added("../evil.py")),
    "absolute-name": ("unsafe-name", added("/etc/evil.py")),
    "backslash-name": ("unsafe-name", added("demo\\evil.py")),
    "drive-name": ("unsafe-name", added("c:evil.py")),
    "nul-in-name": ("unsafe-name", added("demo/evil.py\0.txt")),
    "escape-in-name": ("unsafe-name", added("demo/\x1b[2Jx.py")),
    # bytes that belong to nobody
    "prefix-bytes": ("prefix-bytes", write(demo(), prefix=b"#!/bin/sh\nevil\n")),
    "trailing-bytes": ("trailing-bytes", write(demo(), trailing=b"evil")),
    "archive-comment": ("archive-comment", write(demo(), comment=b"evil")),
    "comment-cut-short": ("trailing-bytes", write(demo(), end={"comment": 9})),
    "member-comment": ("member-comment", write(with_member("part.py", comment=b"evil"))),
    "extra-field": ("extra-field", write(with_member("part.py", extra=EXTRA))),
    "local-extra-field": ("extra-field", write(with_member("part.py", local_extra=EXTRA))),
    "gap-between-members": ("hidden-bytes", write(with_member("part.py", gap=b"evil"))),
    "gap-before-directory": ("hidden-bytes", write(demo(), before_central=b"evil")),
    "gap-before-end": ("malformed", write(demo(), before_end=b"evil")),
    "behind-deflate": ("content-lie", write(with_member("part.py", tail=b"evil"))),
    "appended-archive": ("prefix-bytes", HONEST + write([Member(name="evil.py")])),
    "prepended-archive": ("prefix-bytes", write([Member(name="evil.py")]) + HONEST),
    "unlisted-member": ("hidden-bytes", write(demo(), before_central=write([Member(name="evil.py")]))),
    "truncated": ("malformed", HONEST[:-30]),
    "half": ("malformed", HONEST[: len(HONEST) // 2]),
    "no-archive": ("malformed", b"not a zip"),
    # headers that contradict
    "local-name": ("header-mismatch", write(with_member("part.py", local={"name": b"demo/evil.py"}))),
    "local-crc": ("header-mismatch", write(with_member("part.py", local={"crc": 1}))),
    "local-size": ("header-mismatch", write(with_member("part.py", local={"size": 1}))),
    "local-time": ("header-mismatch", write(with_member("part.py", local={"time": LATER}))),
    "local-flags": ("header-mismatch", write(with_member("part.py", local={"flags": 2}))),
    "local-method": ("header-mismatch", write(with_member("part.py", local={"method": 0}))),
    "descriptor-lie": ("header-mismatch", write(with_member("part.py", flags=8, local={"crc": 0}))),
    "central-crc": ("content-lie", write(with_member("part.py", central={"crc": 1}, local={"crc": 1}))),
    "central-size": ("content-lie", write(with_member("part.py", central={"size": 9}, local={"size": 9}))),
    "stored-size": ("size-lie", write(with_member("table.bin", central={"size": 9}, local={"size": 9}))),
    "overlap": ("overlap", write(with_member("part.py", central={"offset": 0, "name": b"demo/__init__.py"}))),
    "encrypted": ("encrypted", write(with_member("part.py", flags=1))),
    "bzip2": ("method", write(with_member("part.py", method=12, content=bz2.compress(b"x")))),
    "unknown-flag": ("header", write(with_member("part.py", flags=0x100))),
    "text-attribute": ("header", write(with_member("part.py", internal=1))),
    "dos-attribute": ("header", write(with_member("part.py", central={"dos": 4}))),
    "no-date": ("invalid-time", write(with_member("part.py", time=0))),
    "count-lie": ("count-lie", write(demo(), end={"count": COUNT - 1})),
    "split-archive": ("split-archive", write(demo(), end={"disk": 1})),
    "split-member": ("split-archive", write(with_member("part.py", central={"disk": 1}))),
    "directory-size-lie": ("malformed", write(demo(), end={"size": 5})),
    "directory-offset-lie": ("malformed", write(demo(), end={"offset": len(HONEST)})),
    "member-over-the-end": ("malformed", write(with_member("RECORD", central={"compressed": 1 << 20}))),
    "local-header-elsewhere": ("malformed", write(with_member("part.py", central={"offset": 3}))),
    # zip64
    "zip64-needless": ("zip64-record", write(demo(), before_end=zip64_end(CENTRAL, COUNT, SIZE, CENTRAL + SIZE))),
    "zip64-missing": ("malformed", write(demo(), end={"count": 0xFFFF})),
    "zip64-size": ("extra-field", write(with_member("__init__.py", extra=WIDE, central={"size": 0xFFFFFFFF}))),
}  # fmt: skip


def stale(members: list[Member]) -> bytes:
    """The same wheel, built at another time."""
    return write([replace(m, time=LATER) for m in members])


@pytest.mark.parametrize(("kind", "tampered"), TAMPERED.values(), ids=TAMPERED)
@pytest.mark.parametrize("rebuilt", [HONEST, stale(demo())], ids=["bit-identical", "other-times"])
def test_no_edit_passes_and_each_is_named(kind: str, tampered: bytes, rebuilt: bytes) -> None:
    comparison = compare_wheels(tampered, rebuilt)
    assert STANDINGS[verdict_of(comparison)] is Standing.FAIL
    assert kind in {d.kind for d in comparison.discrepancies}


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_no_single_changed_byte_passes(flip: int) -> None:
    for position in range(len(HONEST)):
        forged = bytearray(HONEST)
        forged[position] ^= flip
        assert verdict_of(compare_wheels(bytes(forged), HONEST)) not in PASSING, position


def test_no_single_byte_more_or_less_passes() -> None:
    for position in range(len(HONEST)):
        longer = HONEST[:position] + b"P" + HONEST[position:]
        shorter = HONEST[:position] + HONEST[position + 1 :]
        assert verdict_of(compare_wheels(longer, HONEST)) not in PASSING, position
        assert verdict_of(compare_wheels(shorter, HONEST)) not in PASSING, position


@pytest.mark.parametrize(
    ("name", "content", "edited_to", "kind"),
    [
        ("demo.pth", b"import one\n", b"import evil\n", "pth"),
        ("demo/__pycache__/part.cpython-312.pyc", b"one", b"evil", "pyc"),
        (RECORD + ".jws", b"{}", b"{1}", "signature"),
        (INFO + "top_level.txt", b"one\ntwo\n", b"two\none\n", "metadata-format"),
        (INFO + "top_level.txt", b"one\n", b"evil\n", "metadata-text"),
        (INFO + "METADATA.txt", b"one", None, "missing"),
        ("demo/sub/", b"", None, "directory-entry"),
    ],
)
def test_members_that_both_have_are_told_by_what_they_are(
    name: str, content: bytes, edited_to: bytes | None, kind: str
) -> None:
    rebuilt = [*demo(), Member(name=name, content=content)]
    published = demo() if edited_to is None else [*demo(), Member(name=name, content=edited_to)]
    found = compare_wheels(write(sealed(published)), write(sealed(rebuilt))).discrepancies
    assert (kind, name) in {(d.kind, d.member) for d in found}


def test_an_archive_that_needs_zip64_is_read_by_its_numbers() -> None:
    def large(members: list[Member], size_offset: int = 0) -> bytes:
        plain = write(members)
        start = plain.index(b"PK\1\2")
        size = plain.index(b"PK\5\6") - start
        ending = zip64_end(start, len(members), size + size_offset, start + size)
        return write(
            members, before_end=ending, end={"count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
        )

    later = [replace(m, time=LATER) for m in demo()]
    assert verdict_of(compare_wheels(large(demo()), large(later))) is Verdict.REPRODUCED_MODULO_TIME
    assert "zip64-record" not in {d.kind for d in compare_wheels(large(demo()), HONEST).discrepancies}
    assert [d.kind for d in compare_wheels(large(demo(), 1), HONEST).discrepancies] == ["malformed"]


def test_every_edit_is_another_one() -> None:
    assert len({tampered for _, tampered in TAMPERED.values()}) == len(TAMPERED)
    assert all(tampered != HONEST for _, tampered in TAMPERED.values())


WARNED: dict[str, tuple[str, Verdict, bytes]] = {
    "other-zlib": ("compression", Verdict.EQUIVALENT, write(with_member("__init__.py", level=1))),
    "stored": ("compression", Verdict.EQUIVALENT, write(with_member("part.py", method=0))),
    "order": ("order", Verdict.EQUIVALENT, write([*demo()[1:3], demo()[0], *demo()[3:]])),
    "umask": ("mode-umask", Verdict.EQUIVALENT, write(with_member("part.py", mode=0o100664))),
    "no-type-bits": ("mode-type", Verdict.EQUIVALENT, write(with_member("RECORD", mode=0o644))),
    "made-by": ("made-by", Verdict.EQUIVALENT, write(with_member("part.py", made_by=0x014))),
    "flags": ("flags", Verdict.EQUIVALENT, write(with_member("part.py", flags=0x800))),
    "directory-entry": ("directory-entry", Verdict.EQUIVALENT, write([Member(name="demo/", method=0), *demo()])),
    "generator": ("generator", Verdict.EQUIVALENT, edited("WHEEL", b"tests 1.0", b"tests 2.0")),
    "brackets": ("metadata-format", Verdict.EQUIVALENT, edited("METADATA", b"other>=1", b"other (>=1)")),
    "quotes": ("metadata-format", Verdict.EQUIVALENT, edited("METADATA", b"'3.13'", b'"3.13"')),
    "metadata-version": ("metadata-format", Verdict.EQUIVALENT, edited("METADATA", b"2.4", b"2.1")),
    "crlf": ("line-endings", Verdict.EQUIVALENT, write(sealed(with_member("__init__.py", content=CRLF)))),
    "licence-added": ("metadata-file", Verdict.EQUIVALENT, added(INFO + "licenses/NOTICE", b"x")),
    "licence-removed": ("metadata-file", Verdict.EQUIVALENT, write(sealed(without("LICENSE")))),
}  # fmt: skip


@pytest.mark.parametrize(("kind", "verdict", "published"), WARNED.values(), ids=WARNED)
def test_explained_difference_warns_with_its_class(kind: str, verdict: Verdict, published: bytes) -> None:
    comparison = compare_wheels(published, HONEST)
    assert verdict_of(comparison) is verdict
    assert kind in {d.kind for d in comparison.discrepancies}
    assert STANDINGS[verdict] is Standing.WARN


def test_times_alone_pass_and_are_told() -> None:
    comparison = compare_wheels(HONEST, stale(demo()))
    assert verdict_of(comparison) is Verdict.REPRODUCED_MODULO_TIME
    assert [(d.kind, d.detail) for d in comparison.discrepancies] == [
        ("timestamp", f"{COUNT} of {COUNT} members' zip times")
    ]


def test_equal_bytes_are_reproduced() -> None:
    assert verdict_of(compare_wheels(HONEST, bytes(HONEST))) is Verdict.REPRODUCED


def test_data_descriptors_of_a_streaming_archiver_are_no_anomaly() -> None:
    def streamed(time: int, lie: int = 0) -> bytes:
        member = demo()[0]
        import zlib

        numbers = (zlib.crc32(member.content) + lie, len(deflated(member.content)), len(member.content))
        descriptor = b"PK\7\x08" + struct.pack("<3L", *numbers)
        zeros = {"crc": 0, "compressed": 0, "size": 0, "descriptor": descriptor}
        return write(with_member("__init__.py", flags=8, time=time, local=zeros))

    assert verdict_of(compare_wheels(streamed(MOMENT), streamed(LATER))) is Verdict.REPRODUCED_MODULO_TIME
    kinds = {d.kind for d in compare_wheels(streamed(MOMENT, 1), HONEST).discrepancies}
    assert {"header-mismatch", "hidden-bytes"} <= kinds


def native_wheel(code: bytes, tag: bytes, *more: Member) -> bytes:
    wheel = b"Wheel-Version: 1.0\nGenerator: tests 1.0\nRoot-Is-Purelib: false\nTag: " + tag + b"\n"
    members = with_member("WHEEL", content=wheel)
    return write(
        sealed([*members, Member(name="demo/fast.cpython-312-x86_64-linux-gnu.so", content=code), *more])
    )


def test_machine_code_alone_is_partial_and_listed() -> None:
    library = Member(name="demo.libs/libz-1234.so.1", content=b"z")
    comparison = compare_wheels(
        native_wheel(b"ELF one", b"cp312-cp312-manylinux_2_28_x86_64", library),
        native_wheel(b"ELF two", b"cp312-cp312-linux_x86_64"),
        native=True,
    )
    assert verdict_of(comparison) is Verdict.PARTIAL
    assert {(d.kind, d.member) for d in comparison.discrepancies if d.kind == "native"} == {
        ("native", "demo/fast.cpython-312-x86_64-linux-gnu.so"),
        ("native", "demo.libs/libz-1234.so.1"),
    }


def test_machine_code_in_a_wheel_that_promises_none_is_payload() -> None:
    one, other = native_wheel(b"ELF one", b"py3-none-any"), native_wheel(b"ELF two", b"py3-none-any")
    assert verdict_of(compare_wheels(one, other)) is Verdict.DIFFERS


def test_machine_code_that_only_a_native_wheel_may_have_is_not_proved() -> None:
    """Some projects compile their modules on the publisher's machine only."""
    published = native_wheel(b"ELF", b"cp312-cp312-manylinux_2_28_x86_64")
    assert verdict_of(compare_wheels(published, HONEST, native=True)) is Verdict.PARTIAL
    assert verdict_of(compare_wheels(published, HONEST)) is Verdict.TAMPER_SUSPECT
    other = native_wheel(b"ELF", b"cp312-cp312-manylinux_2_28_x86_64", Member(name="demo/more.py"))
    assert verdict_of(compare_wheels(other, HONEST, native=True)) is Verdict.TAMPER_SUSPECT


def test_an_oddity_that_the_source_gives_on_both_sides_is_no_suspicion() -> None:
    def odd(level: int) -> bytes:
        return write(with_member("__init__.py", level=level, extra=EXTRA))

    assert verdict_of(compare_wheels(odd(1), odd(6))) is Verdict.EQUIVALENT


@pytest.mark.parametrize(
    "rebuilt", [b"junk", write(demo(), comment=b"x"), write(with_member("part.py", tail=b"x"))]
)
def test_a_bad_rebuild_is_never_a_pass(rebuilt: bytes) -> None:
    comparison = compare_wheels(HONEST, rebuilt)
    assert "rebuilt-oddity" in {d.kind for d in comparison.discrepancies}
    assert verdict_of(comparison) is Verdict.DIFFERS


def test_record_of_is_true() -> None:
    assert record_of(demo()).content == demo()[-1].content
