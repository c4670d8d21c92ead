"""Text of others inside Markdown of ours: shown as it is, and without effect at any forge.

Forges act on text: `@name` notifies, `#1`, `!1` and `owner/repository#1` link and "closes #1" closes, a URL is
fetched for a preview, a line that begins with "/" is a command at GitLab, HTML is rendered. Each is broken here by an
escape or a zero-width space. Versions stay whole.
"""

from __future__ import annotations

import re

_BREAK = "\u200b"
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]()+|~^$"} | {"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ACTIVE = re.compile(r"([@#!%$~^&](?=[\w\"]))")
_REFERENCE = re.compile(r"(?<![0-9A-Za-z])(gh)-(?=\d)", re.IGNORECASE)
_COMMIT = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9]*[a-f])(?=[a-f]*[0-9])([0-9a-f]{6})(?=[0-9a-f]{1,58}(?![0-9A-Za-z]))",
    re.IGNORECASE,
)
_LINK = re.compile(r"(www)(?=\.)|(:)(?=//)|(mailto|xmpp)(?=:)", re.IGNORECASE)
_HTTPS = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9._~/%+=?&;,:@-]*")
_BLOCK = re.compile(r"[#=-]|\d+[.)](?:\s|$)")
"""What makes a heading, a rule or a list of a line that begins with it."""

_LONGEST, _TITLE = 2_000, 255


def quiet(text: str) -> str:
    """One line of plain text that no forge acts on, for titles and commit messages; at most 2,000 characters."""
    line = " ".join(_printable(text).split())
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1].rstrip() + "…"
    line = _ACTIVE.sub(rf"\1{_BREAK}", line)
    line = _REFERENCE.sub(rf"\1{_BREAK}-", line)
    line = _COMMIT.sub(rf"\1{_BREAK}", line)
    line = _LINK.sub(lambda match: match[0] + _BREAK, line)
    return _BREAK + line if line.startswith("/") else line


def title(text: str) -> str:
    """`quiet` text in 255 characters, the most that a title has at every forge."""
    line = quiet(text)
    return line if len(line) <= _TITLE else f"{line[: _TITLE - 1].rstrip()}…"


def shown(text: str) -> str:
    """One line of Markdown that reads as `text` and has no effect, inside a table cell too."""
    line = quiet(text)
    return (_BREAK if _BLOCK.match(line) else "") + line.translate(_SPECIAL)


def code(text: str) -> str:
    """A Markdown code span of one line; backticks become apostrophes, bars broken bars."""
    # No escape holds a bar in every table: GFM splits cells first, and reads two backslashes before it as one.
    line = " ".join(_printable(text).replace("`", "'").replace("|", "¦").split())[:_LONGEST]
    return f"`{line}`" if line else ""


def linked(label: str, url: str) -> str:
    """A Markdown link to a plain https URL; the label alone for every other URL."""
    return f"[{shown(label)}](<{url}>)" if _HTTPS.fullmatch(url) else shown(label)


def _printable(text: str) -> str:
    # Cf (bidirectional overrides, zero-width characters) is not printable either.
    return "".join(char if char.isprintable() else " " for char in text)
