"""`pinkit upgrade --test CMD`: the user's tests in the environment of the locks before and after."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pinkit.adapters.build_env import BuildEnvironments
from pinkit.adapters.catalog import IndexCatalog
from pinkit.adapters.environments import look_at
from pinkit.adapters.places import cache_dir
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.scratch import scratch
from pinkit.adapters.trial_environment import TrialEnvironments, run_as_user, run_sandboxed
from pinkit.cli.console import printable
from pinkit.cli.host_target import host_target
from pinkit.cli.wiring_sources import metadata_builds
from pinkit.errors import PinkitError, Unavailable, Unsolvable
from pinkit.formats.sources import shown_name
from pinkit.model.change import changes_between
from pinkit.model.upgrade import Proof
from pinkit.resolve.targets import single_target
from pinkit.workflows.installable import best_file
from pinkit.workflows.sync import applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pinkit.adapters.metadata_build import MetadataBuilds
    from pinkit.cli.settings import Settings
    from pinkit.cli.upgrade_request import UpgradeOptions
    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Lock, Pin
    from pinkit.model.target import Target
    from pinkit.ports import Catalog
    from pinkit.workflows.upgrade_steps import Locks

    Trial: TypeAlias = Callable[[Mapping[str, Lock]], tuple[Proof, ...]]


def trial_of(locks: Locks, options: UpgradeOptions, settings: Settings, *, root: str, top: str) -> Trial:
    """The "tests" check for given locks before; nothing where no pin differs.

    The project is at `top` of its repository, whose folder is `root`.
    """

    def trial(before: Mapping[str, Lock]) -> tuple[Proof, ...]:
        after = {path: outcome.lock for path, outcome in locks.now.items()}
        if not any(changes_between(before[path], lock) for path, lock in after.items()):
            return ()
        words = shlex.split(options.test)  # checked with the request
        with scratch("trial") as folder:
            run = _Run(words, options, settings, {p: o.catalog for p, o in locks.now.items()}, root, top)
            return (run.proof(before, after, folder),)

    return trial


@dataclass(frozen=True, slots=True)
class _Run:
    words: list[str]
    options: UpgradeOptions
    settings: Settings
    catalogs: Mapping[str, Catalog]
    root: str
    top: str

    def proof(self, before: Mapping[str, Lock], after: Mapping[str, Lock], folder: Path) -> Proof:
        """ "pass" only where the command succeeds afterwards; "unknown" where it failed before already, or could not
        be run."""
        try:
            sandbox = SystemSandbox(levels=()) if self.options.test_unsandboxed else SystemSandbox()
            cache = cache_dir(self.settings.cache_dir)
            environments = BuildEnvironments(Path(cache, "environments"), sandbox)
            builds = {key: _builds(catalog, cache) for key, catalog in self.catalogs.items()}
            python = next(iter(builds.values())).python
            trials = TrialEnvironments(environments=environments, python=python, folder=folder)
            markers = look_at(str(python.path)).markers
            target = single_target(python.version, host_target()[0])
            first, second = (
                self._code(trials, self._files(state, builds, markers, target), sandbox)
                for state in (before, after)
            )
        except PinkitError as error:
            why = next(iter(error.why.splitlines()), "")
            told = ": ".join(filter(None, (error.what, why)))
            return Proof(check="tests", result="unknown", detail=told)
        return judged(first, second)

    def _files(
        self,
        state: Mapping[str, Lock],
        builds: Mapping[str, MetadataBuilds],
        markers: Mapping[str, str],
        target: Target,
    ) -> list[tuple[Distribution, MetadataBuilds]]:
        """The files to install, each beside what builds for the index of its lock."""
        named = {path: lock for path, lock in state.items() if path in (self.options.test_locks or state)}
        owner = {pin: path for path, lock in reversed(named.items()) for pin in lock.pins}
        chosen = applicable([pin for lock in named.values() for pin in lock.pins], markers)
        return [
            (_file(pin, self.catalogs[owner[pin]], target), builds[owner[pin]])
            for _, pin in sorted(chosen.items())
        ]

    def _code(
        self,
        trials: TrialEnvironments,
        files: Sequence[tuple[Distribution, MetadataBuilds]],
        sandbox: SystemSandbox,
    ) -> int:
        environment = trials.holding(files)
        if self.options.test_unsandboxed:
            code, said = run_as_user(self.words, environment, Path(self.root, self.top))
        else:
            code, said = run_sandboxed(self.words, environment, sandbox, Path(self.root), self.top)
        if code:
            self.settings.console.warn(f"{self.words[0]} ended with {code}:\n{printable(said)}")
        return code


def _builds(catalog: Catalog, cache: str) -> MetadataBuilds:
    assert isinstance(catalog, IndexCatalog)
    return metadata_builds(catalog, cache, trusted=False)


def _file(pin: Pin, catalog: Catalog, target: Target) -> Distribution:
    if pin.source is not None:
        told = f"{shown_name(pin)} is pinned by a URL or path, not to a release of an index"
        raise Unavailable(told, "no environment can be made of it", "name the other locks with --test-lock")
    files = catalog.distributions(pin.name, pin.version)
    file = best_file(pin.name, [f for f in files if set(f.hashes) & set(pin.hashes)], target)
    if file is None:
        raise Unsolvable(f"{pin.name} {pin.version} has no file in its lock that fits {target.name}")
    return file


def judged(before: int, after: int) -> Proof:
    """The check for the exit codes of the command before and after."""
    if not after:
        said = "passed before and after" if not before else f"pass now; before they ended with {before}"
        return Proof(check="tests", result="pass", detail=said)
    if before:
        return Proof(check="tests", result="unknown", detail=f"ended with {before} before and {after} after")
    return Proof(check="tests", result="fail", detail=f"passed before, ended with {after} after")
