"""The files of a project that other tools' locks may be found in."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT_FILES = ("pyproject.toml", ".pre-commit-config.yaml", "uv.lock", "poetry.lock")
MAX_FOLDERS = 20_000
MAX_LOCK_BYTES = 16 * 1024 * 1024

_SKIPPED = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox", ".nox", "site-packages"}
)


def project_files(root: str) -> tuple[str, ...]:
    """Paths below `root`, with forward slashes and sorted: its configuration, and every .in and .txt file.

    Folders of environments and version control are skipped, links to folders not followed.
    """
    found = [name for name in ROOT_FILES if os.path.isfile(os.path.join(root, name))]
    return tuple(sorted({*found, *_requirement_files(root)}))


def _requirement_files(root: str) -> Iterator[str]:
    for number, (folder, folders, names) in enumerate(os.walk(root)):
        if number >= MAX_FOLDERS:
            return
        folders[:] = [name for name in folders if name not in _SKIPPED]
        for name in names:
            path = os.path.join(folder, name)
            if (
                name.endswith((".in", ".txt"))
                and os.path.isfile(path)
                and os.path.getsize(path) <= MAX_LOCK_BYTES
            ):
                yield os.path.relpath(path, root).replace(os.sep, "/")
