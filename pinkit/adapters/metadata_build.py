"""Metadata that only a build backend knows, and wheels of sdists: built in the sandbox, from requirements that pinkit
pinned itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.adapters.archives import extract
from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.files import write_atomically
from pinkit.adapters.scratch import scratch
from pinkit.adapters.source_metadata import wheel_metadata
from pinkit.adapters.source_tree import GIT_INSIDE, copy_project, shown_history
from pinkit.errors import BuildFailed, PinkitError
from pinkit.model.build import Conditions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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

    def of_sdist(self, sdist: Path) -> str:
        """Text of the METADATA that the sdist's backend makes; remembered by the sdist's bytes and its build lock.

        Raises `BuildFailed`, `IntegrityError`, `Unsolvable` for build requirements, `Unavailable` also where nothing
        isolates the build.
        """
        with sdist.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return self._built(sdist.name, digest, lambda place: extract(sdist, place))

    def wheel_of_sdist(self, sdist: Path, output: Path) -> Path:
        """A wheel that the sdist's backend makes, in the empty directory `output`. Raises as `of_sdist` does."""
        with scratch("wheel") as place:
            asked = _Asked(tree=extract(sdist, place / "tree"), output=output, subdirectory="", shown=())
            try:
                system = build_system(asked.tree)
                return self._ready(system, self._environment(system, ()), asked).build("wheel")
            except PinkitError as error:
                raise type(error)(f"{sdist.name}: {error.what}", error.why, error.hint) from error

    def of_tree(self, tree: Path) -> str:
        """Text of the METADATA of the project at `tree`, which is copied first and never written."""
        return self._built(tree.name, "", lambda place: copy_project(tree, place), history=tree)

    def of_own_tree(self, tree: Path, subdirectory: str = "") -> str:
        """Text of the METADATA of the project at `subdirectory` of `tree`, a copy that the build may write."""
        return self._built(tree.name, "", lambda _: tree, subdirectory=subdirectory)

    def _built(
        self,
        name: str,
        digest: str,
        prepare: Callable[[Path], Path],
        *,
        subdirectory: str = "",
        history: Path | None = None,
    ) -> str:
        with scratch("metadata") as place:
            tree = prepare(place / "tree")
            output = place / "out"
            output.mkdir()
            shown = shown_history(history, tree, place, self.sandbox.level) if history else ()
            asked = _Asked(tree=tree, output=output, subdirectory=subdirectory, shown=shown)
            try:
                return self._ask(digest, asked)
            except PinkitError as error:
                raise _about(name, error) from error

    def _ask(self, digest: str, asked: _Asked) -> str:
        system = build_system(asked.tree / asked.subdirectory)
        environment = self._environment(system, ())
        remembered = self.cache / f"{digest[:32]}-{environment.digest[-32:]}.metadata"
        if digest and remembered.is_file():
            return remembered.read_text(encoding="utf-8")
        text = self._text(system, environment, asked)
        if digest:
            self.cache.mkdir(parents=True, exist_ok=True)
            write_atomically(remembered, text.encode())
        return text

    def _text(self, system: BuildSystem, environment: BuildEnvironment, asked: _Asked) -> str:
        backend = self._ready(system, environment, asked)
        directory = backend.metadata_directory()
        if directory is not None:
            return _read(directory / "METADATA")
        text = wheel_metadata(backend.build("wheel"))
        if text is None:
            raise BuildFailed("the build backend made no wheel with METADATA that can be read")
        return text

    def _ready(self, system: BuildSystem, environment: BuildEnvironment, asked: _Asked) -> Backend:
        """The backend in `environment`, or in one with what its hook asks for besides."""
        backend = self._backend(system, environment, asked)
        extra = backend.extra_requires("wheel")
        return self._backend(system, self._environment(system, extra), asked) if extra else backend

    def _environment(self, system: BuildSystem, extra: tuple[str, ...]) -> BuildEnvironment:
        asked = (*system.requires, *extra)
        pinned = self.resolver.resolve_build(asked, python=self.python.version) if asked else ()
        wheels = [self.artifacts.open_distribution(distribution) for distribution in pinned]
        return self.environments.with_wheels(self.python, wheels, backend=system.backend)

    def _backend(self, system: BuildSystem, environment: BuildEnvironment, asked: _Asked) -> Backend:
        return Backend(
            sandbox=self.sandbox,
            system=system,
            environment=environment,
            tree=asked.tree,
            subdirectory=asked.subdirectory,
            output=asked.output,
            conditions=Conditions(env=GIT_INSIDE if asked.shown else ()),
            shown=asked.shown,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    tree: Path
    output: Path
    subdirectory: str
    shown: tuple[tuple[Path, str], ...]


def _about(name: str, error: PinkitError) -> PinkitError:
    """The same error, told about `name`: whoever asked for its metadata did not ask for a build."""
    return type(error)(f"{name}: its metadata must be built, and {error.what}", error.why, error.hint)


def _read(path: Path) -> str:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_METADATA_BYTES:
        raise BuildFailed("the build backend made no METADATA that can be read")
    return path.read_text(encoding="utf-8", errors="replace")
