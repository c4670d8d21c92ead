"""Configurations imported from real projects make their locks again: 0 bytes below the header move."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def body(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(lines[next(i for i, line in enumerate(lines) if not line.startswith("#")) :])


def copy_of(project: Path, to: Path) -> Path:
    shutil.copytree(project, to, copy_function=shutil.copyfile)
    for path in to.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


@pytest.mark.parametrize(
    ("project", "pattern", "count"),
    [
        ("inventree", "[!_]*/**/requirements*.txt", 7),
        ("warehouse", "requirements/*.txt", 8),
        ("jax", "build/requirements_lock*.txt", 4),
    ],
)
def test_imported_locks_are_fixed_points(project, pattern, count, shared, tool, tmp_path):
    folder = copy_of(shared / "corpus" / project, tmp_path / project)
    tool.pinkit("import", cwd=folder)
    before = {path: path.read_text() for path in folder.glob(pattern) if path.name != "ipython.txt"}
    assert len(before) == count
    tool.lock(cwd=folder)
    moved = [
        str(path.relative_to(folder)) for path, text in before.items() if body(path.read_text()) != body(text)
    ]
    assert moved == []
    tool.lock("--check", "--refresh", cwd=folder)
