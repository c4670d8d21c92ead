"""Environments that hold what locks pin, and a command of the user's run in them: in the sandbox, or as the user."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.scratch import scratch
from pinkit.adapters.source_tree import GIT_INSIDE, copy_project, shown_history
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.adapters.build_env import BuildEnvironment, BuildEnvironments, Interpreter
    from pinkit.adapters.metadata_build import MetadataBuilds
    from pinkit.model.distribution import Distribution
    from pinkit.ports import Sandbox

_RUN_TIMEOUT_S = 3_600
_SHOWN = 2_000
_PROJECT_INSIDE = "/build/project"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialEnvironments:
    """Environments of `python`. `folder` is the caller's to remove; wheels made of sdists are kept there."""

    environments: BuildEnvironments
    python: Interpreter
    folder: Path
    _wheels: dict[Distribution, Path] = field(default_factory=dict)

    def holding(self, files: Sequence[tuple[Distribution, MetadataBuilds]]) -> BuildEnvironment:
        """An environment with these wheels and sdists, one a project, each beside what its index builds with.

        An sdist is built in the sandbox. Raises `BuildFailed`, `IntegrityError`, `Unsolvable` (build requirements),
        `Unavailable`.
        """
        return self.environments.with_wheels(self.python, [self._wheel(*each) for each in files])

    def _wheel(self, file: Distribution, builds: MetadataBuilds) -> Path:
        known = self._wheels.get(file)
        if known is None:
            known = builds.artifacts.open_distribution(file)
            if not file.filename.endswith(".whl"):
                output = self.folder / f"built-{len(self._wheels)}"
                output.mkdir(parents=True)
                known = builds.wheel_of_sdist(known, output)
            self._wheels[file] = known
        return known


def run_sandboxed(
    command: Sequence[str], environment: BuildEnvironment, sandbox: Sandbox, project: Path, inner: str = ""
) -> tuple[int, str]:
    """(exit code, the end of what it printed) of a command in a copy of `project`, at `inner` of it.

    It finds the environment first on its path, and no network, home or variable of the user. `Unavailable` where
    nothing isolates, or a limit stopped it.
    """
    with scratch("trial") as place:
        tree = copy_project(project, place / "project")
        shown = shown_history(project, tree, place, sandbox.level)
        places = {path: f"{_PROJECT_INSIDE}/{target}" for path, target in shown}
        ended = sandbox.run(
            command,
            cwd=tree / inner,
            writable=[tree],
            readable=[*environment.readable, *(path for path, _ in shown)],
            env=dict(GIT_INSIDE) | _found_first(environment.seen_as, "/usr/local/bin:/usr/bin:/bin"),
            timeout_s=_RUN_TIMEOUT_S,
            at={**places, tree: _PROJECT_INSIDE, environment.directory: environment.seen_as},
        )
    if ended.stopped:
        raise Unavailable(f"{command[0]} could not be run to its end", f"stopped: {ended.stopped}")
    return ended.returncode, ended.output[-_SHOWN:]


def run_as_user(command: Sequence[str], environment: BuildEnvironment, folder: Path) -> tuple[int, str]:
    """As `run_sandboxed`, in the project itself and with all that the user may do. `Unavailable`."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    first = Path(environment.seen_as, "bin")
    inner = first / command[0]
    found = str(inner) if os.sep not in command[0] and inner.exists() else command[0]
    try:
        done = subprocess.run(
            [found, *command[1:]],
            cwd=folder,
            env=kept | _found_first(environment.seen_as, kept.get("PATH", os.defpath)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_RUN_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]} could not be run to its end", why=str(error)) from error
    return done.returncode, done.stdout.decode("utf-8", "replace")[-_SHOWN:]


def _found_first(environment: str, path: str) -> dict[str, str]:
    return {"VIRTUAL_ENV": environment, "PATH": f"{environment}/bin{os.pathsep}{path}"}
