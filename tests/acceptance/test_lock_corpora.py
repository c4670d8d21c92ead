"""Locks that real projects keep, locked again in place: nothing may move.

InvenTree and jax lock with uv, warehouse with pip-compile. pinkit's header differs from theirs; below it each byte
stays.
"""

from __future__ import annotations

import difflib
import re
import shutil
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

INVENTREE_HOOK = re.compile(r"- id: pip-compile\n\s+name: (?P<name>.*)\n\s+args: \[(?P<args>.*?)\]")
INVENTREE_SETTINGS = ("--no-strip-extras",)
"""From its `[tool.uv.pip]`; hooks without a Python of their own use its python-version."""

JAX_INPUTS = ("build/requirements.in", "build/test-requirements.txt", "build/nvidia-requirements.txt")
JAX_LOCKS = {
    "3.12": ("3.12", "build/nonfreethreading-requirements.txt", "build/requirements_lock_3_12.txt"),
    "3.13": ("3.13", "build/nonfreethreading-requirements.txt", "build/requirements_lock_3_13.txt"),
    "3.14": ("3.14", "build/nonfreethreading-requirements.txt", "build/requirements_lock_3_14.txt"),
    "3.14t": ("3.14", "build/freethreading-requirements.txt", "build/requirements_lock_3_14_ft.txt"),
}
WAREHOUSE_LOCKS = ("deploy", "dev", "docs-blog", "docs-dev", "docs-user", "lint", "main", "tests")


def body(text: str) -> list[str]:
    """Lines below the header comment."""
    lines = text.splitlines(keepends=True)
    start = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    return lines[start:]


def moved(before: str, after: str) -> list[str]:
    """The body's differences as a unified diff without context."""
    return list(difflib.unified_diff(body(before), body(after), "before", "after", n=0))


def copy_of(project: Path, to: Path) -> Path:
    """A writable copy: the corpus itself is read-only."""
    shutil.copytree(project, to, copy_function=shutil.copyfile)
    for path in to.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return to


@pytest.fixture(scope="module")
def relocked(shared, tool, tmp_path_factory):
    """A function: lock again in place, and return what moved below the header."""
    copies: dict[str, Path] = {}

    def relock(project: str, output: str, *arguments: str) -> list[str]:
        if project not in copies:
            copies[project] = copy_of(shared / "corpus" / project, tmp_path_factory.mktemp(project) / project)
        lock = copies[project] / output
        before = lock.read_text()
        tool.lock(*arguments, "-o", output, cwd=copies[project])
        return moved(before, lock.read_text())

    return relock


def inventree_hooks(shared: Path) -> dict[str, list[str]]:
    """Arguments of each hook by its output, in the order of the configuration."""
    text = (shared / "corpus/inventree/.pre-commit-config.yaml").read_text()
    hooks = [[a.strip() for a in found["args"].split(",")] for found in INVENTREE_HOOK.finditer(text)]
    return {arguments[arguments.index("-o") + 1]: arguments for arguments in hooks}


INVENTREE_OUTPUTS = (
    "src/backend/requirements.txt",
    "src/backend/requirements-3.14.txt",
    "src/backend/requirements-dev.txt",
    "src/backend/requirements-dev-3.14.txt",
    "contrib/dev_reqs/requirements.txt",
    "docs/requirements.txt",
    "contrib/container/requirements.txt",
)


def test_every_hook_of_inventree_is_tried(shared):
    assert sorted(inventree_hooks(shared)) == sorted(INVENTREE_OUTPUTS)


@pytest.mark.parametrize("output", INVENTREE_OUTPUTS)
def test_inventree_is_a_fixed_point(output, shared, relocked):
    arguments = inventree_hooks(shared)[output]
    at = arguments.index("-o")
    arguments = arguments[:at] + arguments[at + 2 :]
    if not any(a.startswith("--python-version") for a in arguments):
        arguments.append("--python-version=3.12")
    assert relocked("inventree", output, *arguments, *INVENTREE_SETTINGS, "--python-platform", "linux") == []


@pytest.mark.parametrize("name", JAX_LOCKS)
def test_jax_is_a_fixed_point(name, relocked):
    python, more, output = JAX_LOCKS[name]
    arguments = [*JAX_INPUTS, more, "--universal", "--python-version", python, "--no-strip-extras"]
    assert relocked("jax", output, *arguments) == []


@pytest.mark.parametrize("name", WAREHOUSE_LOCKS)
def test_warehouse_is_a_fixed_point(name, relocked):
    arguments = [
        f"requirements/{name}.in",
        "--python-version",
        "3.14",
        "--python-platform",
        "linux",
        "--no-strip-extras",
    ]
    assert relocked("warehouse", f"requirements/{name}.txt", *arguments) == []
