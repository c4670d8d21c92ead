"""A wheel's RECORD against what the wheel really holds (binary distribution format, "The .dist-info directory")."""

from __future__ import annotations

import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING

from pinkit.formats.zip_names import Anomaly

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNLISTED_SUFFIXES = ("RECORD", "RECORD.jws", "RECORD.p7s")
_STRONG = ("sha256", "sha384", "sha512")


def record_name(names: tuple[str, ...]) -> str:
    """The member that is the wheel's RECORD; "" when there is none or more than one."""
    found = [n for n in names if n.endswith(".dist-info/RECORD") and n.count("/") == 1]
    return found[0] if len(found) == 1 else ""


def record_lies(record: str, contents: Mapping[str, bytes]) -> tuple[Anomaly, ...]:
    """Every way in which RECORD (the member named `record`) is not the truth about `contents`; empty when true.

    Members, hashes and sizes are recomputed; RECORD itself and its signatures carry none.
    """
    try:
        rows = list(csv.reader(io.StringIO(contents[record].decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        return (Anomaly("record-lie", record, f"unreadable: {error}"),)
    lies: list[Anomaly] = []
    listed: set[str] = set()
    for row in rows:
        if len(row) != 3:
            lies.append(Anomaly("record-lie", record, f"a row of {len(row)} fields"))
            continue
        name, digest, size = row
        if name in listed:
            lies.append(Anomaly("record-lie", name, "listed twice"))
        listed.add(name)
        wrong = _row_lie(name, digest, size, contents, record)
        if wrong:
            lies.append(Anomaly("record-lie", name, wrong))
    expected = {n for n in contents if not n.endswith("/") and not _unlisted(n, record)}
    lies += [Anomaly("record-lie", name, "is not listed in RECORD") for name in sorted(expected - listed)]
    return tuple(lies)


def _row_lie(name: str, digest: str, size: str, contents: Mapping[str, bytes], record: str) -> str:
    content = contents.get(name)
    if content is None:
        return "is listed in RECORD, but not there"
    if _unlisted(name, record):
        return "has a hash in RECORD, which cannot be" if digest and name == record else ""
    algorithm, _, claimed = digest.partition("=")
    if algorithm not in _STRONG:
        return f"has no strong hash in RECORD ({algorithm or 'none'})"
    real = urlsafe_b64encode(hashlib.new(algorithm, content).digest()).rstrip(b"=").decode("ascii")
    if claimed.rstrip("=") != real:
        return "has another hash than RECORD says"
    if size and size != str(len(content)):
        return f"has {len(content)} bytes, RECORD says {size}"
    return ""


def _unlisted(name: str, record: str) -> bool:
    return name.startswith(record) and name.rpartition("/")[2] in _UNLISTED_SUFFIXES
