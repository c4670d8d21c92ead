"""Texts of others as one short printable line that still tells two different texts apart."""

from __future__ import annotations

import hashlib

LONGEST = 200
_HEAD = 100


def short_line(text: str) -> str:
    """`text` on one line without control characters; of a long one the beginning, its length and its digest."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if len(line) <= LONGEST:
        return line
    digest = hashlib.sha256(line.encode()).hexdigest()
    return f"{line[:_HEAD].rstrip()}… ({len(line)} characters, sha256 {digest[:12]})"
