"""What `audit` reads from disk: locks of any format, and the osv-scanner.toml files beside them."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.files import read_bytes
from pinkit.errors import UsageError
from pinkit.model.audit import LockFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinkit.formats.lock_reader import LockText
    from pinkit.model.audit import Ignore

_INCLUDE = re.compile(r"(?:-r|--requirement)[\s=]*(.+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SCANNER_FILE = "osv-scanner.toml"


def read_locks(paths: Iterable[str], read: Callable[[str], bytes] = read_bytes) -> tuple[LockFile, ...]:
    """The locks in `paths`, each once, with the files that they include (`-r`) after them.

    A name like pylock.toml is read as PEP 751, everything else as a requirements.txt.
    """
    found: dict[str, LockFile] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path in found:
            continue
        content = read(path)
        if _is_pylock(path):
            found[path] = _pylock(content, path)
            continue
        from pinkit.formats.lock_reader import read_lock_text

        text = read_lock_text(content, path, legacy=True)
        found[path] = LockFile(path=path, lock=text.lock, unpinned=_unpinned(text, content))
        waiting += _included(text, path)
    return tuple(found.values())


def scanner_ignores(files: Iterable[LockFile]) -> tuple[Ignore, ...]:
    """The ignores of every osv-scanner.toml that lies beside one of the locks, in order of directory."""
    found: list[Ignore] = []
    for scope in sorted({posixpath.normpath(posixpath.dirname(file.path) or ".") for file in files}):
        path = posixpath.normpath(posixpath.join(scope, _SCANNER_FILE))
        if Path(path).is_file():
            from pinkit.formats.audit_settings import osv_scanner_ignores

            found += osv_scanner_ignores(read_bytes(path).decode("utf-8", "replace"), path, scope)
    return tuple(found)


def _is_pylock(path: str) -> bool:
    return path.endswith(".toml") and Path(path).name.startswith("pylock")


def _pylock(content: bytes, path: str) -> LockFile:
    from pinkit.formats.pylock_reader import read_pylock

    return LockFile(path=path, lock=read_pylock(content, path))


def _unpinned(text: LockText, content: bytes) -> tuple[tuple[int, str, str], ...]:
    from pinkit.formats.requirements_lines import decoded

    pinned = {pin.line for pin in text.lock.pins}
    lines = decoded(content, "").splitlines()
    found = []
    for problem in text.problems:
        line = lines[problem.line - 1].strip() if problem.line <= len(lines) else ""
        if problem.line not in pinned and line and not line.startswith("--"):
            name = _NAME.match(line)
            found.append((problem.line, name[0] if name else line, problem.what))
    return tuple(found)


def _included(text: LockText, path: str) -> list[str]:
    matches = (_INCLUDE.fullmatch(option.strip()) for _, option in text.includes)
    folder = path.rpartition("/")[0]
    inner = [match[1].strip().strip("\"'") for match in matches if match]
    for name in inner:
        if "://" in name:
            raise UsageError(
                f"{path} includes {name}, which is not fetched",
                why="an audit reads files, and what it leaves out would count as clean",
                hint="download it, and include the file",
            )
    # One spelling a file: files that include each other are read once.
    return [posixpath.normpath(posixpath.join(folder, name)) for name in inner]
