"""What `build` and `verify build` share: the project's builder with its adapters, and the run over it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.facilities import facilities
from pinkit.adapters.own_build import OwnBuilds
from pinkit.adapters.places import cache_dir
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.cli.host_target import host_target
from pinkit.cli.wiring import open_catalog
from pinkit.errors import ExitCode, Unavailable, UsageError
from pinkit.model.variation import BuildReport
from pinkit.rebuild.variation import applications, applied_factors
from pinkit.workflows.build_resolver import BuildSolver
from pinkit.workflows.verify_build import BuildCheck, verify_build

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pinkit.cli.settings import Settings
    from pinkit.model.variation import Kind, Product

KINDS: tuple[Kind, ...] = ("wheel", "sdist")


@contextmanager
def own_builds(
    options: Settings, project: str, python: str, *, released: bool, require_sandbox: bool
) -> Iterator[OwnBuilds]:
    """Builds of the project at the path `project`; says on the console where nothing isolates them."""
    folder = Path(project)
    if not (folder / "pyproject.toml").is_file() and not (folder / "setup.py").is_file():
        raise UsageError(
            f"{project}: no project", "there is neither pyproject.toml nor setup.py", "name its directory"
        )
    sandbox = SystemSandbox(allow_unsandboxed=not require_sandbox)
    if sandbox.level == "none":
        if require_sandbox:
            raise Unavailable("nothing isolates builds here", sandbox.why_none, "install bubblewrap")
        options.console.warn("nothing isolates this build: it runs as you, with all that you may do")
    with open_catalog(options) as catalog:
        yield OwnBuilds(
            sandbox=sandbox,
            resolver=BuildSolver(catalog=catalog, platform=host_target()[0]),
            artifacts=catalog,
            environments=BuildEnvironments(Path(cache_dir(options.cache_dir), "environments"), sandbox),
            python=interpreter(Path(python)) if python else interpreter(),
            project=folder.resolve(),
            released=released,
        )


def checked(
    options: Settings,
    builds: OwnBuilds,
    *,
    kinds: Sequence[Kind],
    epochs: Sequence[int | None],
    only: Collection[str] = (),
    jobs: int = 0,
) -> tuple[BuildReport, dict[Kind, Product]]:
    """The report over all builds, varied by every factor that is possible here (of `only`, if any are named)."""
    backend = builds.system.backend
    possible = facilities(
        Path(cache_dir(options.cache_dir)),
        sandbox=builds.sandbox,
        backend=backend,
        size_bytes=builds.size_bytes,
        python=builds.python.path,
    )
    factors = [f for f in applied_factors(possible) if not only or f.name in only]
    with ThreadPoolExecutor(jobs or len(os.sched_getaffinity(0))) as executor:
        check = BuildCheck(
            builder=builds,
            executor=executor,
            progress=options.console,
            backend=backend,
            facilities=possible,
            factors=factors,
            kinds=kinds,
            epochs=epochs,
        )
        series, products = verify_build(check)
    report = BuildReport(
        backend=backend,
        python=builds.python.full_version,
        sandbox=builds.sandbox.level,
        series=series,
        factors=tuple(a for a in applications(possible) if not only or a.factor in only),
        wheels=builds.wheels(),
    )
    return report, products


def exit_code(report: BuildReport, *, allow_inconclusive: bool = False) -> int:
    """0 reproducible, 1 not, 4 where a build failed and that is not allowed."""
    codes = [ExitCode.YES]
    if any(s.blames and not s.failure for s in report.series if s.epoch is not None):
        codes.append(ExitCode.NO)
    if not report.answered and not allow_inconclusive:
        codes.append(ExitCode.UNAVAILABLE)
    return int(ExitCode.worst(*codes))


def wanted_kinds(asked: Sequence[str]) -> tuple[Kind, ...]:
    """The kinds to build; both where none is named. Raises `UsageError` for another word."""
    for kind in asked:
        if kind not in KINDS:
            raise UsageError(f"--kind {kind}: no such kind", hint="say wheel or sdist")
    return tuple(kind for kind in KINDS if not asked or kind in asked)
