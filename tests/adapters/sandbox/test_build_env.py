"""Environments of unpacked wheels: files that several of them hold, and those that none may replace."""

from __future__ import annotations

import subprocess
import warnings
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.errors import IntegrityError
from tests.support.distributions import zip_bytes

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def environments(tmp_path: Path) -> BuildEnvironments:
    return BuildEnvironments(tmp_path / "environments", SystemSandbox(levels=()))


def wheel(folder: Path, name: str, **members: str) -> Path:
    info = f"{name}-1.dist-info"
    told = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **members,
    }
    told[f"{info}/RECORD"] = "".join(f"{member},,\n" for member in [*told, f"{info}/RECORD"])
    path = folder / f"{name}-1-py3-none-any.whl"
    path.write_bytes(zip_bytes({member: text.encode() for member, text in told.items()}))
    return path


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
def test_of_wheels_with_the_same_file_the_last_by_name_counts(
    tmp_path: Path, environments: BuildEnvironments, backwards: bool
) -> None:
    wheels = [wheel(tmp_path, name, **{"tests/__init__.py": f"of = {name!r}"}) for name in ("a", "b")]
    made = environments.with_wheels(interpreter(), wheels[:: -1 if backwards else 1])
    command = [f"{made.directory}/bin/python", "-c", "import tests; print(tests.of)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout == "b\n"


@pytest.mark.parametrize("path", ["bin/python", "pyvenv.cfg"])
def test_no_wheel_replaces_what_makes_an_environment(
    tmp_path: Path, environments: BuildEnvironments, path: str
) -> None:
    python = interpreter()
    before = python.path.read_bytes()
    with pytest.raises(IntegrityError, match="cannot be unpacked"):
        environments.with_wheels(python, [wheel(tmp_path, "a", **{f"a-1.data/data/{path}": "spoilt"})])
    assert python.path.read_bytes() == before


def test_a_wheel_that_holds_a_file_twice_is_refused(tmp_path: Path, environments: BuildEnvironments) -> None:
    twice = wheel(tmp_path, "a", **{"a.py": "one", "a-1.data/purelib/a.py": "two"})
    with pytest.raises(IntegrityError, match="cannot be unpacked"):
        environments.with_wheels(interpreter(), [twice])


def test_nothing_outside_is_replaced(tmp_path: Path, environments: BuildEnvironments) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    climbing = "../" * 20 + str(outside).lstrip("/")
    with pytest.raises(IntegrityError, match="cannot be unpacked"):
        environments.with_wheels(interpreter(), [wheel(tmp_path, "a", **{f"a-1.data/data/{climbing}": "x"})])
    assert outside.read_text() == "kept"


def test_compiled_files_of_a_wheel_are_left_out_silently(
    tmp_path: Path, environments: BuildEnvironments
) -> None:
    with warnings.catch_warnings(record=True) as told:
        members = {"a/__init__.py": "", "a/__pycache__/__init__.cpython-311.pyc": "x"}
        made = environments.with_wheels(interpreter(), [wheel(tmp_path, "a", **members)])
    assert [str(each.message) for each in told] == []
    assert not [*made.directory.rglob("*.pyc")]
