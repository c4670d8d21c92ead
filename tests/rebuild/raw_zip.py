"""A zip writer that lets a test forge any field, and a small wheel of the tests' own to forge."""

from __future__ import annotations

import hashlib
import struct
import zlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from typing import Any

RECORD = "demo-1.0.dist-info/RECORD"
MOMENT = (2024 - 1980) << 25 | 5 << 21 | 6 << 16 | 7 << 11 | 8 << 5 | 9
LATER = (2025 - 1980) << 25 | 1 << 21 | 2 << 16 | 3 << 11 | 4 << 5 | 5


@dataclass(frozen=True, kw_only=True)
class Member:
    """One member; `local` and `central` override header fields by name, in that header only."""

    name: str
    content: bytes = b""
    mode: int = 0o100644
    time: int = MOMENT
    method: int = 8
    level: int = 6
    flags: int = 0
    extra: bytes = b""
    local_extra: bytes = b""
    comment: bytes = b""
    made_by: int = 0x314
    internal: int = 0
    tail: bytes = b""
    gap: bytes = b""
    local: dict[str, Any] = field(default_factory=dict)
    central: dict[str, Any] = field(default_factory=dict)


def deflated(content: bytes, level: int = 6) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def write(
    members: list[Member],
    *,
    prefix: bytes = b"",
    before_central: bytes = b"",
    before_end: bytes = b"",
    comment: bytes = b"",
    trailing: bytes = b"",
    end: dict[str, int] | None = None,
) -> bytes:
    """The archive; offsets do not count `prefix`."""
    body = bytearray()
    central = bytearray()
    for member in members:
        body += member.gap
        packed = (
            deflated(member.content, member.level) if member.method == 8 else member.content
        ) + member.tail
        fields: dict[str, Any] = {
            "name": member.name.encode(),
            "needed": 20,
            "flags": member.flags | (0 if member.name.isascii() else 0x800),
            "method": member.method,
            "time": member.time,
            "crc": zlib.crc32(member.content),
            "compressed": len(packed),
            "size": len(member.content),
        }
        here = {**fields, "offset": len(body), **member.central}
        there = {**fields, **member.local}
        body += struct.pack(
            "<4s5H3L2H", b"PK\3\4", there["needed"], there["flags"], there["method"], there["time"] & 0xFFFF,
            there["time"] >> 16, there["crc"], there["compressed"], there["size"], len(there["name"]),
            len(member.local_extra),
        )  # fmt: skip
        body += there["name"] + member.local_extra + packed + there.get("descriptor", b"")
        central += struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", member.made_by, here["needed"], here["flags"], here["method"],
            here["time"] & 0xFFFF, here["time"] >> 16, here["crc"], here["compressed"], here["size"],
            len(here["name"]), len(member.extra), len(member.comment), here.get("disk", 0), member.internal,
            (member.mode << 16) | here.get("dos", 0), here["offset"],
        )  # fmt: skip
        central += here["name"] + member.extra + member.comment
    body += before_central
    numbers = {"disk": 0, "count": len(members), "size": len(central), "offset": len(body), **(end or {})}
    record = struct.pack(
        "<4s4H2LH", b"PK\5\6", numbers["disk"], 0, numbers.get("here", numbers["count"]), numbers["count"],
        numbers["size"], numbers["offset"], numbers.get("comment", len(comment)),
    )  # fmt: skip
    return prefix + bytes(body) + bytes(central) + before_end + record + comment + trailing


def row(member: Member) -> str:
    digest = urlsafe_b64encode(hashlib.sha256(member.content).digest()).rstrip(b"=").decode()
    return f"{member.name},sha256={digest},{len(member.content)}\n"


def record_of(members: list[Member], **changes: Any) -> Member:
    rows = "".join(row(m) for m in members if m.name != RECORD and not m.name.endswith("/"))
    return replace(Member(name=RECORD, content=(rows + f"{RECORD},,\n").encode()), **changes)


def sealed(members: list[Member]) -> list[Member]:
    """`members` with a true RECORD as the last one: what an attacker who takes care would write."""
    others = [m for m in members if m.name != RECORD]
    return [*others, record_of(others)]


def demo() -> list[Member]:
    """The members of a small honest wheel."""
    source = b"def answer():\n    return 42\n" * 30
    metadata = (
        b"Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nRequires-Dist: other>=1\n"
        b"Requires-Dist: third[x]>=2,<3; python_version < '3.13'\n\nDemo.\n"
    )
    wheel = b"Wheel-Version: 1.0\nGenerator: tests 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    return sealed(
        [
            Member(name="demo/__init__.py", content=source),
            Member(name="demo/part.py", content=source[::-1]),
            Member(name="demo/table.bin", content=bytes(range(256)), method=0),
            Member(name="demo-1.0.data/scripts/demo", content=b"#!python\nimport demo\n", mode=0o100755),
            Member(name="demo-1.0.dist-info/METADATA", content=metadata),
            Member(name="demo-1.0.dist-info/WHEEL", content=wheel),
            Member(
                name="demo-1.0.dist-info/entry_points.txt", content=b"[console_scripts]\ndemo = demo:answer\n"
            ),
            Member(name="demo-1.0.dist-info/licenses/LICENSE", content=b"Do as you like.\n"),
        ]
    )


def with_member(name: str, **changes: Any) -> list[Member]:
    """The demo's members with `changes` to the member whose name ends so; RECORD is left as it was."""
    members = demo()
    (index,) = [i for i, m in enumerate(members) if m.name.endswith(name)]
    members[index] = replace(members[index], **changes)
    return members
