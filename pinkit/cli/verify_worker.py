"""What an executor carries to a worker: plain data that says how to rebuild, and the call that makes tools there.

A process makes its tools once for each `Workbench`; the process that ordered the work lends its own to its threads.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pinkit.adapters.build_env import BuildEnvironments
from pinkit.adapters.interpreters import interpreters
from pinkit.adapters.places import cache_dir
from pinkit.adapters.rebuild_cache import AttemptCache
from pinkit.adapters.rebuild_executor import Rebuilder
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.cli.console import Console
from pinkit.cli.host_target import host_target
from pinkit.cli.settings import Settings
from pinkit.cli.wiring import Wiring
from pinkit.cli.workplace import Workplace
from pinkit.errors import Unavailable
from pinkit.formats.filenames import FilenameReader
from pinkit.formats.requirements_txt import InputOptions
from pinkit.formats.settings import LockSettings
from pinkit.resolve.tags import Wheels
from pinkit.resolve.targets import MINORS, single_target
from pinkit.workflows.build_resolver import BuildSolver
from pinkit.workflows.rebuild_task import fitting_pythons, rebuild_task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinkit.adapters.catalog import IndexCatalog
    from pinkit.model.rebuild import Outcome
    from pinkit.workflows.rebuild_task import Task

_STRONGEST = "bubblewrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """All that a worker has to know to rebuild as it was asked; pickled, it holds no credentials.

    `indexes` are URLs and choices without credentials: a worker finds its own in its pip configuration, environment,
    netrc or keyring. `planned` are the minors that plans are made for, `pythons` paths of further interpreters.
    "" for `cache_dir` is the worker's usual place.
    """

    indexes: LockSettings = field(default_factory=LockSettings)
    cache_dir: str = ""
    offline: bool = False
    planned: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    require_sandbox: bool = False
    allow_unsandboxed: bool = False
    timeout_s: float = 900.0


class Tools(NamedTuple):
    """The tools of one process. `fits` says whether a wheel of a tag set runs on a Python minor here.

    `stop` lets builds that are under way begin nothing more.
    """

    catalog: IndexCatalog
    rebuilder: Rebuilder
    fits: Callable[[str, str], bool]
    stop: Callable[[], None]


_made: dict[tuple[int, Workbench], Tools] = {}
_making = threading.Lock()


def rebuilt(bench: Workbench, task: Task) -> Outcome:
    """The outcome of `task` with the tools of the process that runs this.

    Raises `Unavailable` (cannot be fetched, not isolated as asked, not for this platform) and `IntegrityError`.
    """
    with _making:
        tools = _made.get((os.getpid(), bench))
        if tools is None:
            tools = _made[os.getpid(), bench] = tools_of(bench, _catalog(bench))
    if task.native:
        _check_platform(task, tools)
    return rebuild_task(task, tools.catalog, tools.rebuilder)


@contextmanager
def lent(bench: Workbench, tools: Tools) -> Iterator[None]:
    """Let `rebuilt` use these tools for this bench in this process."""
    key = (os.getpid(), bench)
    _made[key] = tools
    try:
        yield
    finally:
        _made.pop(key, None)


def tools_of(bench: Workbench, catalog: IndexCatalog) -> Tools:
    """The tools for `bench` on this machine over `catalog`. `Unavailable` where less isolates than was asked."""
    sandbox = SystemSandbox(allow_unsandboxed=bench.allow_unsandboxed)
    if bench.require_sandbox and sandbox.level != _STRONGEST:
        why = sandbox.why_none or f"this machine gives only {sandbox.level}"
        raise Unavailable("builds cannot be isolated as --require-sandbox asks", why, "install bubblewrap")
    folder, platform = Path(cache_dir(bench.cache_dir)), host_target()[0]
    rebuilder = Rebuilder(
        sandbox=sandbox,
        resolver=BuildSolver(catalog=catalog, platform=platform),
        artifacts=catalog,
        environments=BuildEnvironments(folder / "environments", sandbox),
        interpreters={m: p for m, p in interpreters(bench.pythons).items() if m in MINORS},
        cache=AttemptCache(folder / "rebuilds"),
        timeout_s=bench.timeout_s,
        planned=bench.planned,
    )

    def fits(tags: str, minor: str) -> bool:
        return Wheels([single_target(minor, platform)]).accepting(tags) != 0

    return Tools(catalog, rebuilder, fits, sandbox.stop)


def _catalog(bench: Workbench) -> IndexCatalog:
    """A catalog for the life of this process: what it learns goes to the cache as it comes."""
    settings = Settings(
        config="", cache_dir=bench.cache_dir, offline=bench.offline, console=Console(verbosity=-1)
    )
    return Wiring(settings, Workplace()).catalog(bench.indexes, InputOptions())


def _check_platform(task: Task, tools: Tools) -> None:
    """Another platform's build of native code would differ, and say nothing about the published one."""
    filename = task.published.filename
    parsed = FilenameReader(task.name).parse(filename)
    minors = fitting_pythons(filename, task.name, tools.rebuilder.pythons)
    if parsed and not any(tools.fits(parsed[1], minor) for minor in minors):
        raise Unavailable(f"{filename} is for another platform", "this worker cannot build it")
