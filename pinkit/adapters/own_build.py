"""Builds the user's own project, each time from a fresh copy, under the conditions of a variant."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.facilities import shuffled_root
from pinkit.adapters.file_order import opposite_order
from pinkit.adapters.scratch import remove, scratch
from pinkit.adapters.source_tree import GIT_INSIDE, copy_project, copy_tree, git_moment, shown_history
from pinkit.errors import BuildFailed
from pinkit.model.build import Conditions
from pinkit.model.variation import Product
from pinkit.rebuild.advice import family
from pinkit.rebuild.rewrite_sdist import rewritten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.adapters.build_env import BuildEnvironment, BuildEnvironments, Interpreter
    from pinkit.model.build import BuildSystem
    from pinkit.model.variation import Kind, Variant
    from pinkit.ports import Artifacts, BuildResolver, Sandbox

_STAMPS_SDISTS = frozenset({"setuptools", "pdm"})
_MAX_BYTES = 1 << 30
_CLOCK_STEP_S = 2  # the coarsest time that archives hold, in zip


@dataclass(slots=True, kw_only=True)
class OwnBuilds:
    """Builds of the project at `project`. `released`: as `pinkit build` makes them, sources and sdists made even."""

    sandbox: Sandbox
    resolver: BuildResolver
    artifacts: Artifacts
    environments: BuildEnvironments
    python: Interpreter
    project: Path
    released: bool = False
    timeout_s: float = 900.0
    _environments: dict[Kind, BuildEnvironment] = field(default_factory=dict)
    _system: BuildSystem | None = None
    _ended: float = 0.0
    _one_at_a_time: threading.RLock = field(default_factory=threading.RLock)
    _snapshot: tempfile.TemporaryDirectory[str] | None = None
    _root: tempfile.TemporaryDirectory[str] | None = None

    @property
    def sources(self) -> Path:
        """A copy of the project's sources as they were when first asked for: all builds are of the same."""
        with self._one_at_a_time:
            if self._snapshot is None:
                self._snapshot = tempfile.TemporaryDirectory(prefix="pinkit-sources-")
                copy_project(self.project, Path(self._snapshot.name, "tree"))
            return Path(self._snapshot.name, "tree")

    @property
    def system(self) -> BuildSystem:
        """The project's build system. Raises `UsageError` where it is malformed."""
        if self._system is None:
            self._system = build_system(self.sources)
        return self._system

    @property
    def size_bytes(self) -> int:
        """How much the sources take."""
        return sum(path.lstat().st_size for path in _all(self.sources))

    @property
    def epoch(self) -> int:
        """SOURCE_DATE_EPOCH of the project: the time of its last commit, without one that of its newest file."""
        moment = git_moment(self.project)
        if moment is None:
            moment = max(int(path.lstat().st_mtime) for path in _all(self.sources))
        return max(moment, 315_532_800)  # zip begins in 1980

    def wheels(self) -> tuple[str, ...]:
        """Filenames of the wheels in the environments prepared so far, sorted."""
        return tuple(sorted({name for env in self._environments.values() for name in env.wheels}))

    def prepare(self, kind: Kind) -> None:
        """Make the environment for `kind`: requirements resolved, fetched by hash, the backend asked for more."""
        if kind in self._environments:
            return
        environment = self._environment(())
        with scratch("build") as place:
            tree = copy_tree(self.sources, place / "tree")
            backend = self._backend(environment, tree, place, None)
            extra = backend.extra_requires(kind)
        self._environments[kind] = self._environment(extra) if extra else environment

    def build(self, kind: Kind, variant: Variant) -> Product:
        """The product of one build. Raises `BuildFailed` and what the sandbox raises."""
        with scratch("build") as place, self._place(variant) as tree:
            copy_tree(self.sources, tree, backwards=variant.order == "copy")
            self._adapt(tree, variant)
            backend = self._backend(self._environments[kind], tree, place, variant)
            with opposite_order(tree) if variant.order == "disorderfs" else nullcontext():
                made = backend.build(kind)
            if made.stat().st_size > _MAX_BYTES:
                raise BuildFailed(f"{made.name} is larger than {_MAX_BYTES >> 30} GiB")
            content = self._finished(kind, made.read_bytes(), variant)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self._ended = time.time()
        return Product(filename=made.name, content=content, digest=digest)

    def of(self, project: Path) -> OwnBuilds:
        """The same builder for another tree of the project, with the environments made so far."""
        return replace(self, project=project, _system=None, _root=None, _snapshot=None)

    def let_the_clock_move(self) -> None:
        """Return when the clock shows another time, in every format, than when the last build ended."""
        passed = self._ended % _CLOCK_STEP_S
        left = self._ended - passed + _CLOCK_STEP_S - time.time()
        if left > 0:
            time.sleep(left)

    def _environment(self, extra: tuple[str, ...]) -> BuildEnvironment:
        asked = (*self.system.requires, *extra)
        pinned = self.resolver.resolve_build(asked, python=self.python.version) if asked else ()
        wheels = [self.artifacts.open_distribution(distribution) for distribution in pinned]
        return self.environments.with_wheels(self.python, wheels, backend=self.system.backend)

    def _backend(
        self, environment: BuildEnvironment, tree: Path, place: Path, variant: Variant | None
    ) -> Backend:
        output = place / "out"
        output.mkdir()
        shown = shown_history(self.project, tree, place, self.sandbox.level)
        conditions = variant.conditions if variant else Conditions()
        env = dict(conditions.env)
        if shown:
            env |= dict(GIT_INSIDE)
        return Backend(
            sandbox=self.sandbox,
            system=self.system,
            environment=environment,
            tree=tree,
            output=output,
            conditions=replace(conditions, env=tuple(env.items()), timeout_s=self.timeout_s),
            shown=shown,
            readable=(Path(env["LOCPATH"]),) if env.get("LOCPATH") else (),
        )

    @contextmanager
    def _place(self, variant: Variant) -> Iterator[Path]:
        """A directory to come for the copy of the sources, removed afterwards."""
        if self.sandbox.level != "none":
            root = shuffled_root() if variant.order == "copy" else None
            with scratch("tree", within=root) as place:
                yield place / "tree"
            return
        # Without a sandbox the path is the real one: the same for every build, so one after another.
        with self._one_at_a_time:
            if self._root is None:
                self._root = tempfile.TemporaryDirectory(prefix="pinkit-tree-")
            tree = Path(self._root.name + variant.conditions.path)
            try:
                yield tree
            finally:
                remove(tree)

    def _adapt(self, tree: Path, variant: Variant) -> None:
        moment = dict(variant.conditions.env).get("SOURCE_DATE_EPOCH")
        for path in _all(tree):
            info = path.lstat()
            if variant.group_writable and not path.is_symlink():
                path.chmod(info.st_mode & 0o7777 | 0o020)
            if self.released:
                _make_even(path, int(moment) if moment else None)
            elif variant.mtime_shift_s:
                shifted = (info.st_mtime + variant.mtime_shift_s,) * 2
                os.utime(path, shifted, follow_symlinks=False)

    def _finished(self, kind: Kind, content: bytes, variant: Variant) -> bytes:
        epoch = dict(variant.conditions.env).get("SOURCE_DATE_EPOCH")
        if not self.released or kind != "sdist" or epoch is None:
            return content
        if family(self.system.backend) not in _STAMPS_SDISTS:
            return content
        try:
            return rewritten(content, int(epoch))
        except ValueError as error:
            raise BuildFailed("the sdist cannot be written again", str(error)) from error


def _make_even(path: Path, moment: int | None) -> None:
    """What a checkout on any machine would be: modes 644 and 755, one time."""
    if not path.is_symlink():
        mode = path.lstat().st_mode
        path.chmod(0o755 if path.is_dir() or mode & 0o100 else 0o644)
    if moment is not None:
        os.utime(path, (moment, moment), follow_symlinks=False)


def _all(tree: Path) -> Iterator[Path]:
    """Everything in the tree, directories after what is in them, so that their times stay."""
    for folder, directories, files in os.walk(tree, topdown=False):
        yield from (Path(folder, name) for name in (*files, *directories))
    yield tree
