"""Carries out one plan: build environment, fresh sources, both hooks in the sandbox, comparison."""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.archives import extract
from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.checkout import checked_out, cloned, give_times
from pinkit.adapters.scratch import scratch
from pinkit.adapters.source_tree import GIT_INSIDE, shown_history
from pinkit.errors import BuildFailed, Unavailable, Unsolvable, UsageError
from pinkit.formats.pep508 import normalized_name, parse_requirement
from pinkit.model.build import Conditions
from pinkit.model.checkout import Checkout
from pinkit.model.rebuild import Attempt, Level
from pinkit.rebuild.compare_artifacts import compare_artifacts
from pinkit.rebuild.plan import unbounded
from pinkit.rebuild.plan_sdist import times_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinkit.adapters.build_env import BuildEnvironment, BuildEnvironments, Interpreter
    from pinkit.adapters.rebuild_cache import AttemptCache
    from pinkit.model.build import BuildSystem
    from pinkit.model.distribution import Distribution
    from pinkit.model.rebuild_plan import Plan, SourceModes
    from pinkit.model.variation import Kind
    from pinkit.ports import Artifacts, BuildResolver, Sandbox

_Used = tuple["tuple[Distribution, ...]", "BuildEnvironment"]
_UNIVERSAL = "\n[bdist_wheel]\nuniversal = 1\n"
_BDIST_WHEEL = re.compile(r"^\[bdist_wheel\][^\n]*\n", re.M)
_TAGS = (
    *(("bdist_wheel", option) for option in ("universal", "python_tag", "python-tag")),
    ("wheel", "universal"),
)
_MAX_REASON_LINES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilder:
    """Builds published wheels again on this machine. Safe with several threads.

    `planned` are the minors that plans are made for, those that are here unless said otherwise: a worker plans like
    the machine that sent it the work. A plan whose Python is not here raises `Unavailable`.
    """

    sandbox: Sandbox
    resolver: BuildResolver
    artifacts: Artifacts
    environments: BuildEnvironments
    interpreters: Mapping[str, Interpreter]
    cache: AttemptCache
    timeout_s: float = 900.0
    planned: tuple[str, ...] = ()

    @property
    def pythons(self) -> tuple[str, ...]:
        """Minors that plans are made for, ascending."""
        return self.planned or tuple(self.interpreters)

    def attempt(
        self,
        *,
        source: Path | Checkout,
        project: str,
        published: bytes,
        plan: Plan,
        kind: Kind = "wheel",
        native: bool = False,
    ) -> Attempt:
        """The plan's attempt at `published`, a `kind`, from the sdist at `source` or from a commit.

        `project` is its normalised name. `native` says that the published wheel's filename promises machine code.

        A build that fails, or requirements that no wheels satisfy, are the attempt's `failure`. Raises
        `IntegrityError` for a source that is not safe to unpack, `Unavailable` where nothing isolates, or git does
        not give the commit.
        """
        with scratch("rebuild") as folder:
            work = _Work(self, source, project, plan, folder, kind, native)
            try:
                return work.attempt(published)
            except (BuildFailed, Unsolvable, UsageError) as error:
                return Attempt(plan=plan, sandbox=self.sandbox.level, failure=_reason(error))


@dataclass(slots=True)
class _Work:
    tools: Rebuilder
    source: Path | Checkout
    project: str
    plan: Plan
    scratch: Path
    kind: Kind
    native: bool

    def attempt(self, published: bytes) -> Attempt:
        """The attempt with what `[build-system]` requires; when that fails or differs, with what the hook asks too.

        Bytes that are the published ones prove themselves, however they were built: most builds need no second
        run of the backend for that.
        """
        tree = self._fresh_tree("built")
        system = build_system(tree / self._folder)
        wheels, environment = self._environment(system, ())
        known, plan = self._key(published, environment), self.plan
        remembered = self.tools.cache.load(known, self.plan)
        if remembered is not None:
            return remembered
        made = self._built(published, system, (wheels, environment), tree)
        if not _proved(made):
            shutil.rmtree(tree, ignore_errors=True)
            made = self._asked(published, system, (wheels, environment), made)
        if made.plan == plan:  # else asking the backend for more has changed it
            self.tools.cache.save(known, made)
        return made

    def _asked(self, published: bytes, system: BuildSystem, used: _Used, made: Attempt) -> Attempt:
        """The attempt with what the backend asks for, `made` when it asks for nothing more."""
        extra = self._backend(system, used[1], self._fresh_tree("asked")).extra_requires(self.kind)
        if not self._unsatisfied(system, extra, used[0]):
            return made
        tree = self._fresh_tree("again")  # asking may have left traces in the other one
        return self._built(published, system, self._environment(system, extra), tree)

    def _built(self, published: bytes, system: BuildSystem, used: _Used, tree: Path) -> Attempt:
        wheels, environment = used
        self._adapt(tree, published)
        tried = Attempt(plan=self.plan, requirements=wheels, sandbox=self.tools.sandbox.level)
        try:
            rebuilt = self._backend(system, environment, tree).build(self.kind).read_bytes()
        except BuildFailed as error:
            return replace(tried, failure=_reason(error))
        made = replace(
            tried,
            python=environment.interpreter.full_version,
            comparison=compare_artifacts(published, rebuilt, native=self.native),
        )
        # With the published times put in, proved bytes are the published ones: the same in every run.
        result = published if _proved(made) else rebuilt
        return replace(made, rebuilt=f"sha256:{hashlib.sha256(result).hexdigest()}")

    def _key(self, published: bytes, environment: BuildEnvironment) -> str:
        conditions = f"{environment.digest} {self.tools.sandbox.level} {'native' if self.native else 'pure'}"
        if isinstance(self.source, Checkout):
            source_digest = f"{self.source.digest} {self.source.name}"
        else:
            with self.source.open("rb") as stream:
                source_digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return self.tools.cache.key(published, source_digest, conditions, self.plan)

    @property
    def _folder(self) -> str:
        """Where the project is in its tree."""
        return self.source.folder if isinstance(self.source, Checkout) else ""

    def _fresh_tree(self, name: str) -> Path:
        if not isinstance(self.source, Checkout):
            return extract(self.source, self.scratch / name)
        clone = self.scratch / "clone"
        return checked_out(clone if clone.exists() else self._cloned(clone), self.scratch / name)

    def _cloned(self, clone: Path) -> Path:
        assert isinstance(self.source, Checkout)
        return cloned(self.source, clone, on_branch=self.plan.on_branch)

    def _environment(
        self, system: BuildSystem, extra: Iterable[str]
    ) -> tuple[tuple[Distribution, ...], BuildEnvironment]:
        python = self.tools.interpreters.get(self.plan.python)
        if python is None:
            raise Unavailable(f"Python {self.plan.python} is not on this machine", "the build needs it")
        requirements = merged_requirements((*system.requires, *extra), self.plan.pins, self.project)
        pinned = self._resolved(requirements)
        wheels = [self.tools.artifacts.open_distribution(distribution) for distribution in pinned]
        return pinned, self.tools.environments.with_wheels(python, wheels, backend=system.backend)

    def _resolved(self, requirements: tuple[str, ...]) -> tuple[Distribution, ...]:
        """What satisfies the requirements at the cutoff; one that was only inferred gives way, and the plan says it."""
        resolve = self.tools.resolver.resolve_build
        try:
            return resolve(requirements, python=self.plan.python, cutoff=self.plan.cutoff)
        except Unsolvable:
            if not self.plan.cutoff_inferred:
                raise
        self.plan = unbounded(self.plan, "nothing of then satisfies the requirements: no cutoff")
        return resolve(requirements, python=self.plan.python)

    def _unsatisfied(self, system: BuildSystem, extra: Iterable[str], wheels: Sequence[Distribution]) -> bool:
        """Whether the backend asks for more than the environment was resolved for; a bare name may be there already."""
        asked = set(merged_requirements(system.requires, self.plan.pins, self.project))
        names = {normalized_name(wheel.filename.partition("-")[0]) for wheel in wheels}
        wanted = merged_requirements((*system.requires, *extra), self.plan.pins, self.project)
        return any(text not in asked and normalized_name(text) not in names for text in wanted)

    def _backend(self, system: BuildSystem, environment: BuildEnvironment, tree: Path) -> Backend:
        output = self.scratch / "out"
        output.mkdir(exist_ok=True)
        shown: tuple[tuple[Path, str], ...] = ()
        env = _build_environment(self.plan)
        if isinstance(self.source, Checkout):  # many backends tell version and files by it
            shown = shown_history(self.scratch / "clone", tree, self.scratch, self.tools.sandbox.level)
            env += GIT_INSIDE
        conditions = Conditions(env=env, umask=self.plan.umask, timeout_s=self.tools.timeout_s)
        return Backend(
            sandbox=self.tools.sandbox,
            system=system,
            environment=environment,
            tree=tree,
            output=output,
            subdirectory=self._folder,
            conditions=conditions,
            shown=shown,
        )

    def _adapt(self, tree: Path, published: bytes) -> None:
        """Give the sources what the plan supposes of the publisher's: modes of its umask, a universal tag.

        A published sdist tells the times that its files had, too.
        """
        if self.plan.universal:
            declare_universal(tree / self._folder / "setup.cfg")
        change_modes(tree, self.plan.source_modes)
        if self.kind == "sdist":
            give_times(tree / self._folder, times_of(published))


def _proved(made: Attempt) -> bool:
    return made.comparison is not None and made.comparison.level in (Level.BYTES, Level.MODULO_TIME)


def merged_requirements(requires: Iterable[str], pins: Sequence[str], project: str) -> tuple[str, ...]:
    """Build requirements with the plan's pins in place of those on the same projects.

    A pin on `project` itself is left out: a backend builds itself from its own sources.
    """
    wanted = {name: pin for pin in pins if (name := normalized_name(pin.partition("==")[0])) != project}
    kept = [text for text in requires if _name(text) not in wanted]
    return tuple(dict.fromkeys([*kept, *wanted.values()]))


def _name(requirement: str) -> str:
    try:
        return parse_requirement(requirement).name
    except ValueError as error:
        raise BuildFailed("a build requirement is malformed", str(error)) from error


def _build_environment(plan: Plan) -> tuple[tuple[str, str], ...]:
    fixed = {
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "TZ": plan.timezone or "UTC0",
    }
    if plan.source_date_epoch is not None:
        fixed["SOURCE_DATE_EPOCH"] = str(plan.source_date_epoch)
    return tuple(sorted(fixed.items()))


def declare_universal(path: Path) -> None:
    """What `--universal` on the publisher's command line said, which no hook's interface has room for.

    A setup.cfg that says something of tags itself is left as it is, as is one that is malformed.
    """
    if path.is_symlink():
        return
    text = path.read_text(encoding="utf-8", errors="surrogateescape") if path.is_file() else ""
    settings = configparser.RawConfigParser(strict=False)
    try:
        settings.read_string(text)
    except configparser.Error:
        return
    if any(settings.has_option(section, option) for section, option in _TAGS):
        return
    if settings.has_section("bdist_wheel"):
        text = _BDIST_WHEEL.sub(r"\g<0>universal = 1\n", text, count=1)
    else:
        text += _UNIVERSAL
    moment = path.stat().st_mtime if path.exists() else path.parent.stat().st_mtime
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    os.utime(path, (moment, moment))


def change_modes(tree: Path, wanted: SourceModes) -> None:
    """Give every file and directory of the tree the write bits that `wanted` means."""
    if wanted == "kept":
        return
    for folder, _, files in os.walk(tree):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            if not path.is_symlink():
                mode = path.stat().st_mode & 0o7777
                path.chmod(mode | 0o020 if wanted == "loosened" else mode & ~0o022)


def _reason(error: BuildFailed | Unsolvable | UsageError) -> str:
    told = "\n".join(error.why.strip().splitlines()[-_MAX_REASON_LINES:])
    return f"{error.what}\n{told}".strip()
