"""Which folders an entry of a dependabot.yml is for."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from pinkit.formats.yaml_nodes import text, texts, value

if TYPE_CHECKING:
    from collections.abc import Collection


def is_for(entry: Any, folders: Collection[str]) -> bool:
    """Whether an entry is for one of these folders ("/docs"), or names no directory."""
    named = [each for each in (text(value(entry, "directory")), *texts(value(entry, "directories"))) if each]
    return not named or any(_pattern(each).fullmatch(folder) for each in named for folder in folders)


def _pattern(directory: str) -> re.Pattern[str]:
    """`*` stands for a part of a name, `**` for folders at any depth."""
    path = posixpath.normpath(f"/{directory.strip('/')}")
    parts = [_part(part) for part in path.strip("/").split("/")] if path != "/" else []
    return re.compile("".join(parts) or "/")


def _part(part: str) -> str:
    if part == "**":
        return "(?:/.*)?"
    return "/" + "[^/]*".join(map(re.escape, part.split("*")))
