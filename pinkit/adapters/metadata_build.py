"""Metadata that only a build backend knows: built in the sandbox, from requirements that pinkit pinned itself."""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.archives import extract
from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.files import write_atomically
from pinkit.adapters.source_tree import copy_project
from pinkit.errors import BuildFailed, PinkitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.adapters.build_env import BuildEnvironment, BuildEnvironments, Interpreter
    from pinkit.model.build import BuildSystem
    from pinkit.ports import Artifacts, BuildResolver, Sandbox

_MAX_METADATA_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class MetadataBuilds:
    """Builds core metadata in the sandbox. `cache` is a directory for answers about immutable sdists."""

    sandbox: Sandbox
    resolver: BuildResolver
    artifacts: Artifacts
    environments: BuildEnvironments
    python: Interpreter
    cache: Path
    constraints: tuple[str, ...] = ()

    def of_sdist(self, sdist: Path) -> str:
        """Text of the METADATA that the sdist's backend makes; remembered by the sdist's bytes and its build lock.

        Raises `BuildFailed`, `IntegrityError`, `Unsolvable` for build requirements, `Unavailable` also where nothing
        isolates the build.
        """
        with sdist.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._built(sdist.name, digest, lambda scratch: extract(sdist, scratch))

    def of_tree(self, tree: Path) -> str:
        """Text of the METADATA of the project at `tree`, which is copied first and never written."""
        return self._built(tree.name, "", lambda scratch: copy_project(tree, scratch))

    def _built(self, name: str, digest: str, prepare: Callable[[Path], Path]) -> str:
        with tempfile.TemporaryDirectory(prefix="pinkit-metadata-") as scratch:
            tree = prepare(Path(scratch, "tree"))
            output = Path(scratch, "out")
            output.mkdir()
            try:
                return self._ask(digest, tree, output)
            except PinkitError as error:
                raise _about(name, error) from error

    def _ask(self, digest: str, tree: Path, output: Path) -> str:
        system = build_system(tree)
        environment = self._environment(system, ())
        remembered = self.cache / f"{digest[:32]}-{environment.digest[-32:]}.metadata"
        if digest and remembered.is_file():
            return remembered.read_text(encoding="utf-8")
        text = self._text(system, environment, tree, output)
        if digest:
            self.cache.mkdir(parents=True, exist_ok=True)
            write_atomically(remembered, text.encode())
        return text

    def _text(self, system: BuildSystem, environment: BuildEnvironment, tree: Path, output: Path) -> str:
        backend = self._backend(system, environment, tree, output)
        extra = backend.extra_requires("wheel")
        if extra:
            backend = self._backend(system, self._environment(system, extra), tree, output)
        directory = backend.metadata_directory()
        if directory is not None:
            return _read(directory / "METADATA")
        return _wheel_metadata(backend.build("wheel"))

    def _environment(self, system: BuildSystem, extra: tuple[str, ...]) -> BuildEnvironment:
        asked = (*system.requires, *extra, *self.constraints)
        pinned = self.resolver.resolve_build(asked, python=self.python.version) if asked else ()
        wheels = [self.artifacts.open_distribution(distribution) for distribution in pinned]
        return self.environments.with_wheels(self.python, wheels, backend=system.backend)

    def _backend(
        self, system: BuildSystem, environment: BuildEnvironment, tree: Path, output: Path
    ) -> Backend:
        return Backend(sandbox=self.sandbox, system=system, environment=environment, tree=tree, output=output)


def _about(name: str, error: PinkitError) -> PinkitError:
    """The same error, told about `name`: whoever asked for its metadata did not ask for a build."""
    return type(error)(f"{name}: its metadata must be built, and {error.what}", error.why, error.hint)


def _read(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_METADATA_BYTES:
        raise BuildFailed("the build backend made no METADATA that can be read")
    return path.read_text(encoding="utf-8", errors="replace")


def _wheel_metadata(wheel: Path) -> str:
    try:
        with zipfile.ZipFile(wheel) as zipped:
            names = [n for n in zipped.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA")]
            if len(names) != 1 or zipped.getinfo(names[0]).file_size > _MAX_METADATA_BYTES:
                raise BuildFailed("the build backend made a wheel without METADATA that can be read")
            return zipped.read(names[0]).decode("utf-8", "replace")
    except zipfile.BadZipFile as error:
        raise BuildFailed("the build backend made no readable wheel", str(error)) from error
