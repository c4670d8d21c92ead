"""The Pythons on this machine that builds may run with, by minor version."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_env import Interpreter, interpreter
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_EXECUTABLE = re.compile(r"python3\.(\d{1,2})\Z")
_VERSION_FOLDERS = ("~/.pyenv/versions", "~/.local/share/uv/python")
"""Where version managers keep one folder per interpreter."""


def interpreters(extra: Iterable[str] = ()) -> Mapping[str, Interpreter]:
    """Minor ("3.12") -> interpreter, ascending: our own, `extra` paths, those on PATH and of version managers.

    For each minor the first found counts. `Unavailable` when one of `extra` does not run.
    """
    found: dict[str, Interpreter] = {}
    for named in extra:
        told = interpreter(Path(named))
        found.setdefault(told.version, told)
    own = interpreter()
    found.setdefault(own.version, own)
    for minor, path in _candidates():
        if minor not in found:
            try:
                told = interpreter(path)
            except Unavailable:  # a shim without its interpreter: the next place may have one
                continue
            found.setdefault(told.version, told)
    return {minor: found[minor] for minor in sorted(found, key=_order)}


def _candidates() -> Iterator[tuple[str, Path]]:
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    for versions in _VERSION_FOLDERS:
        place = Path(versions).expanduser()
        if place.is_dir():
            folders += [version / "bin" for version in sorted(place.iterdir(), reverse=True)]
    for folder in folders:
        if not folder.is_dir() or folder.name == "shims":
            continue
        for path in sorted(folder.iterdir()):
            match = _EXECUTABLE.match(path.name)
            if match:
                yield f"3.{match[1]}", path


def _order(minor: str) -> tuple[int, ...]:
    return tuple(int(part) for part in minor.split("."))
