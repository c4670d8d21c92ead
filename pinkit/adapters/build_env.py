"""Isolated environments to build in: a Python, the wheels that were pinned, and nothing else.

Made without running anything: a virtual environment is a directory of known shape, and a wheel is unpacked
into it. Equal wheels share one environment, which builds see read-only.
"""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_env_store import EnvironmentStore
from pinkit.adapters.sandbox_view import BASE_PYTHON, interpreter_paths
from pinkit.adapters.scratch import scratch
from pinkit.errors import IntegrityError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.adapters.build_env_store import KeepBounds
    from pinkit.ports import Sandbox

ENVIRONMENT_INSIDE = "/build/env"
_MAX_WHEEL_BYTES = 2048 * 1024 * 1024
_MAX_MEMBERS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python to build with, outside any virtual environment: its `version` is the minor ("3.12")."""

    path: Path
    version: str
    full_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnvironment:
    """A virtual environment at `directory`, which its scripts believe to be at `seen_as`.

    `digest` is the "sha256:hex" of all that it was made of: interpreter, place, `wheels` (filenames).
    """

    directory: Path
    seen_as: str
    interpreter: Interpreter
    digest: str
    wheels: tuple[str, ...] = ()

    @property
    def readable(self) -> tuple[Path, ...]:
        """What a sandbox must show for it to work."""
        return (*interpreter_paths(self.interpreter.path), self.directory)


def interpreter(python: Path = BASE_PYTHON) -> Interpreter:
    """The interpreter at `python`, or the one behind it when that is a virtual environment's. `Unavailable`."""
    code = "import os,platform,sys;print(os.path.realpath(sys.executable));print(platform.python_version())"
    asked = [str(python), "-I", "-S", "-c", code]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60, env={}).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{python} is no Python that runs here", str(error)) from error
    path, full_version = told.splitlines()[:2]
    major, minor = full_version.split(".")[:2]
    return Interpreter(path=Path(path), version=f"{major}.{minor}", full_version=full_version)


class BuildEnvironments:
    """Environments below `root`, each made once and kept within bounds; safe with several threads and processes.

    What it gives is there for as long as it is.
    """

    def __init__(self, root: Path, sandbox: Sandbox, bounds: KeepBounds | None = None) -> None:
        self._root, self._sandbox = root, sandbox
        self._store = EnvironmentStore(root, bounds)

    def with_wheels(
        self, python: Interpreter, wheels: Sequence[Path], *, backend: str = ""
    ) -> BuildEnvironment:
        """The environment of `python` with `wheels` (files whose digests were checked), in any order.

        `backend` is a module that is imported once, sandboxed, so that later builds find it compiled.
        Raises `IntegrityError` for a wheel that is malformed or writes outside.
        """
        digest = _digest(python, wheels, self._sandbox.level)
        name = digest[:32]
        final = self._store.place(name)
        seen_as = ENVIRONMENT_INSIDE if self._sandbox.level != "none" else str(final)
        made = BuildEnvironment(
            directory=final,
            seen_as=seen_as,
            interpreter=python,
            digest=f"sha256:{digest}",
            wheels=tuple(sorted(wheel.name for wheel in wheels)),
        )
        if not self._store.take(name):
            self._make(made, wheels, backend)
        return made

    def _make(self, wanted: BuildEnvironment, wheels: Sequence[Path], backend: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with scratch("environment", within=self._root) as place:
            new = place / "env"
            _lay_out(new, wanted.interpreter)
            for wheel in sorted(wheels, key=lambda path: path.name):
                _unpack(wheel, new, wanted)
            if backend and self._sandbox.level != "none":
                self._compile(new, wanted, backend)
            self._store.add(wanted.directory.name, new)

    def _compile(self, new: Path, wanted: BuildEnvironment, backend: str) -> None:
        module = backend.partition(":")[0]
        self._sandbox.run(
            [f"{wanted.seen_as}/bin/python", "-c", f"import {module}"],
            cwd=new,
            writable=[new],
            readable=interpreter_paths(wanted.interpreter.path),
            at={new: wanted.seen_as},
            timeout_s=120,
        )


def _digest(python: Interpreter, wheels: Sequence[Path], level: str) -> str:
    parts = [str(python.path), python.full_version, "direct" if level == "none" else "mapped"]
    for wheel in sorted(wheels, key=lambda path: path.name):
        with wheel.open("rb") as stream:
            parts.append(f"{wheel.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _lay_out(directory: Path, python: Interpreter) -> None:
    (directory / "bin").mkdir(parents=True)
    (directory / "lib" / f"python{python.version}" / "site-packages").mkdir(parents=True)
    settings = f"home = {python.path.parent}\ninclude-system-site-packages = false\nversion = {python.full_version}\n"
    (directory / "pyvenv.cfg").write_text(settings, encoding="utf-8")
    for name in ("python", "python3", f"python{python.version}"):
        (directory / "bin" / name).symlink_to(python.path)


def _unpack(wheel: Path, directory: Path, wanted: BuildEnvironment) -> None:
    from installer import install
    from installer.exceptions import InstallerError

    from pinkit.adapters.wheel_destination import Destination, SourceWheel

    try:
        _check_size(wheel)
        with SourceWheel.open(wheel) as source:
            install(
                source,
                Destination(directory, wanted.interpreter.version, f"{wanted.seen_as}/bin/python"),
                additional_metadata={"INSTALLER": b"pinkit\n"},
            )
    except (InstallerError, zipfile.BadZipFile, ValueError, KeyError, FileExistsError) as error:
        raise IntegrityError(f"{wheel.name} cannot be unpacked", str(error)) from error


def _check_size(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as zipped:
        entries = zipped.infolist()
    if len(entries) > _MAX_MEMBERS or sum(entry.file_size for entry in entries) > _MAX_WHEEL_BYTES:
        raise ValueError("it grows out of proportion when unpacked")
