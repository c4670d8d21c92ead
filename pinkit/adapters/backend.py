"""Calls the hooks of build backends (PEP 517) in the sandbox, without network."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pinkit.errors import BuildFailed, IntegrityError, UsageError
from pinkit.formats.build_system import InvalidBuildSystem, parse_build_system
from pinkit.model.build import Conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.adapters.build_env import BuildEnvironment
    from pinkit.model.build import BuildSystem
    from pinkit.ports import Sandbox

Kind = Literal["wheel", "sdist"]
_HOOK_INSIDE = "/build/hook.py"
_OUTPUT_INSIDE = "/build/out"
_RESULT = ".hook-result.json"
_MAX_RESULT_BYTES = 1024 * 1024
_MAX_PYPROJECT_BYTES = 4 * 1024 * 1024
_TOLD_LINES = 15


def build_system(tree: Path) -> BuildSystem:
    """The build system of the project at `tree`. Raises `UsageError` where its pyproject.toml is malformed."""
    path = tree / "pyproject.toml"
    try:
        text = None
        if path.is_file() and path.stat().st_size <= _MAX_PYPROJECT_BYTES:
            text = path.read_text(encoding="utf-8")
        return parse_build_system(text)
    except (InvalidBuildSystem, UnicodeDecodeError) as error:
        raise UsageError(f"{tree.name}: the project does not say how to build it", str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The backend of one source tree, callable under given conditions.

    `tree` and `output` are directories of pinkit's own that the build may write; the project is at
    `subdirectory` of the tree. `shown` maps further files of the host to paths inside the tree that the build
    may read; `readable` are files that it may read where they are.
    """

    sandbox: Sandbox
    system: BuildSystem
    environment: BuildEnvironment
    tree: Path
    output: Path
    subdirectory: str = ""
    conditions: Conditions = field(default_factory=Conditions)
    shown: tuple[tuple[Path, str], ...] = ()
    readable: tuple[Path, ...] = ()

    def extra_requires(self, kind: Kind) -> tuple[str, ...]:
        """What the backend asks for beyond `[build-system]` to build a `kind`."""
        value = self._call(f"get_requires_for_build_{kind}", [None])
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise BuildFailed(f"{self.system.backend} asks for build requirements that are no list of texts")
        return tuple(value)

    def build(self, kind: Kind) -> Path:
        """The wheel or sdist that the backend makes of the tree; a regular file in `output`."""
        value = self._call(f"build_{kind}", [self._output_inside, None])
        return self._made(value, f"build_{kind}")

    def metadata_directory(self) -> Path | None:
        """The .dist-info directory that `prepare_metadata_for_build_wheel` makes; None without that hook."""
        value = self._call("prepare_metadata_for_build_wheel", [self._output_inside, None])
        return (
            None if value is None else self._made(value, "prepare_metadata_for_build_wheel", directory=True)
        )

    @property
    def _mapped(self) -> bool:
        return self.sandbox.level != "none"

    @property
    def _output_inside(self) -> str:
        return _OUTPUT_INSIDE if self._mapped else str(self.output)

    def _call(self, hook: str, arguments: list[str | None]) -> object:
        """What the hook returns; None where an optional hook is missing."""
        script = Path(__file__).with_name("build_hook.py")
        result = self.output / _RESULT
        try:
            result.unlink(missing_ok=True)
        except OSError as error:  # an earlier hook put something else there, or locked the directory
            raise BuildFailed(f"{self.system.backend} made its output directory unusable") from error
        asked = {
            "backend": self.system.backend,
            "backend_path": self.system.backend_path,
            "hook": hook,
            "arguments": arguments,
            "result": f"{self._output_inside}/{_RESULT}",
        }
        ended = self.sandbox.run(
            self._command(_HOOK_INSIDE if self._mapped else str(script), json.dumps(asked)),
            cwd=self.tree / self.subdirectory,
            writable=[self.tree, self.output],
            readable=[*self.environment.readable, script, *self.readable, *(path for path, _ in self.shown)],
            env=self._environment(),
            timeout_s=self.conditions.timeout_s,
            at=self._places(script) if self._mapped else None,
            hostname=self.conditions.hostname,
        )
        if ended.stopped or ended.returncode != 0:
            why = ended.stopped or f"exit status {ended.returncode}"
            raise BuildFailed(f"{self.system.backend} failed in {hook} ({why})", _last_lines(ended.output))
        told = _result(result, hook)
        if "missing" in told and hook.startswith("build_"):
            raise BuildFailed(f"{self.system.backend} has no {hook}: it is no build backend (PEP 517)")
        return told.get("value")

    def _command(self, script: str, asked: str) -> list[str]:
        python = f"{self.environment.seen_as}/bin/python"
        set_umask = ["sh", "-c", f'umask {self.conditions.umask:03o} && exec "$@"', "sh"]
        return [*set_umask, *self.conditions.wrapper, python, script, asked]

    def _environment(self) -> dict[str, str]:
        path = f"{self.environment.seen_as}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        return {"PATH": path, "VIRTUAL_ENV": self.environment.seen_as, **dict(self.conditions.env)}

    def _places(self, script: Path) -> Mapping[Path, str]:
        return {
            **{path: f"{self.conditions.path}/{inside}" for path, inside in self.shown},
            self.tree: self.conditions.path,
            self.output: _OUTPUT_INSIDE,
            self.environment.directory: self.environment.seen_as,
            script: _HOOK_INSIDE,
        }

    def _made(self, value: object, hook: str, *, directory: bool = False) -> Path:
        """What the hook says it made, which may be a lie: only a plain entry of `output` is believed."""
        if not isinstance(value, str) or value != os.path.basename(value) or value in ("", ".", ".."):
            raise BuildFailed(f"{self.system.backend} returned no filename from {hook}")
        path = self.output / value
        try:
            mode = path.lstat().st_mode
        except OSError as error:
            raise BuildFailed(f"{self.system.backend} made nothing in {hook}", str(error.strerror)) from error
        if not (stat.S_ISDIR(mode) if directory else stat.S_ISREG(mode)):
            raise IntegrityError(f"{self.system.backend} made something else than a file in {hook}")
        return path


def _result(path: Path, hook: str) -> dict[str, object]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            told = json.loads(file.read(_MAX_RESULT_BYTES))
    except (OSError, ValueError) as error:
        # Without the path: no two runs have the same.
        why = error.strerror if isinstance(error, OSError) else error
        raise BuildFailed(f"the build backend ended without an answer from {hook}", str(why)) from error
    if not isinstance(told, dict):
        raise BuildFailed(f"the build backend gave no answer that makes sense from {hook}")
    return told


def _last_lines(output: str) -> str:
    return "\n".join(output.strip().splitlines()[-_TOLD_LINES:])
