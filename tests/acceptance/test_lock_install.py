"""Real installers take the locks: pip with hashes required, pip and uv from pylock.toml."""

from __future__ import annotations

import json
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.markers import Marker
from packaging.pylock import Pylock

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENTS = {
    f"{platform}-{python}": {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": os_name,
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": sys_platform,
    }
    for platform, (os_name, machine, system, sys_platform) in {
        "linux": ("posix", "x86_64", "Linux", "linux"),
        "macos": ("posix", "arm64", "Darwin", "darwin"),
        "windows": ("nt", "AMD64", "Windows", "win32"),
    }.items()
    for python in ("3.11", "3.12", "3.13", "3.14")
}


def run(*command: str, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def new_environment(python: str, tmp_path: Path) -> str:
    run(python, "-m", "venv", str(tmp_path / "env"), cwd=tmp_path)
    return str(tmp_path / "env/bin/python")


def installed(python: str, tmp_path: Path) -> dict[str, str]:
    listed = json.loads(run(python, "-m", "pip", "list", "--format", "json", cwd=tmp_path))
    return {entry["name"].lower().replace("_", "-").replace(".", "-"): entry["version"] for entry in listed}


@pytest.mark.parametrize("folder", ["docs", "contrib/dev_reqs"])
def test_pip_installs_inventree_locks_with_hashes_required(folder, shared, tool, python312, tmp_path):
    root = shared / "corpus/inventree"
    lock = tmp_path / "requirements.txt"
    constraint = ["-c", "src/backend/requirements.txt"]
    target = ["--python-version", "3.12", "--python-platform", "linux"]
    lock.write_bytes((root / folder / "requirements.txt").read_bytes())
    tool.lock(f"{folder}/requirements.in", "-o", str(lock), *constraint, *target, cwd=root)
    python = new_environment(python312, tmp_path)
    run(
        python,
        "-m",
        "pip",
        "install",
        "-q",
        "-i",
        tool.index_url,
        "--require-hashes",
        "-r",
        str(lock),
        cwd=tmp_path,
    )
    assert "No broken requirements found" in run(python, "-m", "pip", "check", cwd=tmp_path)


@pytest.fixture(scope="module")
def pylock(tool, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pylock")
    (folder / "x.in").write_text("jupyter\n")
    common = ["x.in", "--universal", "--python-version", "3.11"]
    tool.lock(*common, "-o", "x.txt", "--no-annotate", cwd=folder)
    tool.lock(*common, "-o", "pylock.toml", cwd=folder)
    return folder / "pylock.toml"


def read(path: Path) -> Pylock:
    return Pylock.from_dict(tomllib.loads(path.read_text()))


def test_packaging_validates_pylock(pylock):
    assert read(pylock).validate() is None


def wanted(lock: Path, environment: dict[str, str]) -> set[tuple[str, str]]:
    """Pins of the requirements.txt lock whose marker holds, by packaging's own judgement."""
    pins = set()
    for line in lock.read_text().splitlines():
        if "==" not in line or line.startswith((" ", "#")):
            continue
        pin, _, marker = line.rstrip("\\ ").partition(" ; ")
        if not marker or Marker(marker).evaluate(environment):
            pins.add(tuple(pin.split("==")))
    return pins


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_selection_of_pylock_is_the_pins_of_the_text_lock(environment, pylock):
    chosen = {
        (package.name, str(package.version))
        for package in read(pylock).packages
        if package.marker is None or package.marker.evaluate(environment, context="lock_file")
    }
    assert chosen == wanted(pylock.with_name("x.txt"), environment)


def test_select_finds_a_file_for_each_pin_here(pylock):
    assert all(artifact is not None for _, artifact in read(pylock).select())


@pytest.fixture(scope="module")
def small_pylock(tool, python312, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    (folder / "x.in").write_text("trio\n")
    tool.lock("x.in", "-o", "pylock.toml", "--universal", "--python-version", "3.12", cwd=folder)
    return folder / "pylock.toml"


def test_pip_installs_from_pylock(small_pylock, tool, python312, tmp_path):
    python = new_environment(python312, tmp_path)
    run(python, "-m", "pip", "install", "-q", "-i", tool.index_url, "pip>=26", cwd=tmp_path)
    before = set(installed(python, tmp_path))
    run(python, "-m", "pip", "install", "-q", "-r", str(small_pylock), cwd=tmp_path)
    assert {name for name in installed(python, tmp_path) if name not in before} == names_for_linux(
        small_pylock
    )


def test_uv_installs_from_pylock(small_pylock, tool, python312, tmp_path):
    python = new_environment(python312, tmp_path)
    before = set(installed(python, tmp_path))
    preview = ["--preview-features", "pylock"]
    run(tool.uv, "pip", "install", "-q", *preview, "--python", python, "-r", str(small_pylock), cwd=tmp_path)
    assert {name for name in installed(python, tmp_path) if name not in before} == names_for_linux(
        small_pylock
    )


def names_for_linux(lock: Path) -> set[str]:
    environment = ENVIRONMENTS["linux-3.12"]
    return {
        p.name
        for p in read(lock).packages
        if p.marker is None or p.marker.evaluate(environment, context="lock_file")
    }
