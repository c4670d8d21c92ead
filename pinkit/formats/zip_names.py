"""What is odd about a zip member by its own fields: names that escape or collide, links, encryption, extras."""

from __future__ import annotations

import stat
import unicodedata
from typing import NamedTuple

_STORED, _DEFLATED = 0, 8
_ENCRYPTED_FLAGS = 0x2041
_PLAIN_TYPES = (0, stat.S_IFREG, stat.S_IFDIR)


class Anomaly(NamedTuple):
    """A peculiarity of an archive: its `kind`, the `member` it is at ("" = the archive), in words."""

    kind: str
    member: str
    detail: str


def entry_anomalies(
    name: str, mode: int, flags: int, method: int, size: int, compressed: int, extra: bytes, comment: bytes
) -> list[Anomaly]:
    """Oddities of one member; almost always none."""
    found: list[Anomaly] = []
    kind = stat.S_IFMT(mode)
    if kind not in _PLAIN_TYPES:
        found.append(Anomaly("symlink" if kind == stat.S_IFLNK else "special-file", name, f"mode {mode:#o}"))
    if flags & _ENCRYPTED_FLAGS:
        found.append(Anomaly("encrypted", name, f"flags {flags:#x}"))
    if method not in (_STORED, _DEFLATED):
        found.append(
            Anomaly("method", name, f"compression method {method} is not allowed in wheels' readers")
        )
    if method == _STORED and size != compressed:
        found.append(Anomaly("size-lie", name, f"stored in {compressed} bytes, said to be {size}"))
    if name.endswith("/") and size:
        found.append(Anomaly("directory-with-data", name, f"{size} bytes in a directory entry"))
    if extra:
        found.append(Anomaly("extra-field", name, f"{len(extra)} bytes in the central directory"))
    if comment:
        found.append(Anomaly("member-comment", name, f"{len(comment)} bytes"))
    if _unsafe(name):
        found.append(
            Anomaly("unsafe-name", name, "absolute, climbing, or with characters that readers treat apart")
        )
    return found


def name_anomalies(names: tuple[str, ...]) -> list[Anomaly]:
    """Names that are there twice, or that some file system cannot tell apart."""
    found: list[Anomaly] = []
    seen: dict[str, str] = {}
    exact: set[str] = set()
    for name in names:
        key = _folded(name)
        if name in exact:
            found.append(Anomaly("duplicate-name", name, "two members have this name; readers take either"))
        elif key in seen:
            found.append(Anomaly("case-collision", name, f"{seen[key]!r} is the same file on some systems"))
        exact.add(name)
        seen.setdefault(key, name)
    parents = {parent: key for key in seen for parent in _parents(key)}
    found += [
        Anomaly("file-directory-clash", seen[parent], f"a file, and the directory of {seen[key]!r}")
        for parent, key in parents.items()
        if parent in seen
    ]
    return found


def _parents(key: str) -> list[str]:
    parts = key.removesuffix("/").split("/")
    return ["/".join(parts[:i]) for i in range(1, len(parts))]


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name).casefold()


def _unsafe(name: str) -> bool:
    if not name or name[0] == "/" or "\\" in name or ":" in name or not name.isprintable():
        return True
    if ".." not in name and "//" not in name and "./" not in name:
        return False
    return any(part in ("", ".", "..") for part in name.removesuffix("/").split("/"))
