"""Trailers at the end of a commit message, as git-interpret-trailers(1) reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRAILER = re.compile(r"([A-Za-z0-9-]+): (.*)")


def trailers(message: str) -> dict[str, str]:
    """The trailers of the last paragraph; empty when a line of it is none. Of several with a name the last one."""
    paragraph = message.rstrip().replace("\r\n", "\n").rpartition("\n\n")[2]
    found: dict[str, str] = {}
    for line in paragraph.split("\n"):
        match = _TRAILER.fullmatch(line.rstrip())
        if match is None:
            return {}
        found[match[1]] = match[2]
    return found


def with_trailers(message: str, added: Mapping[str, str]) -> str:
    """`message` with `added` behind the trailers that it has, in order; values are one line each."""
    known = trailers(message)
    body = message.rstrip()
    lines = "\n".join(f"{name}: {' '.join(value.split())}" for name, value in added.items())
    return f"{body}{chr(10) if known else chr(10) * 2}{lines}\n"
