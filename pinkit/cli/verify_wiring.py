"""Wiring of `pinkit verify`: sandbox, interpreters, build environments, catalog, threads."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_env import BuildEnvironments
from pinkit.adapters.interpreters import interpreters
from pinkit.adapters.places import cache_dir
from pinkit.adapters.rebuild_cache import AttemptCache
from pinkit.adapters.rebuild_executor import Rebuilder
from pinkit.adapters.rebuild_pool import RebuildPool
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.cli.audit_discovery import Project
from pinkit.cli.wiring import Wiring, host_target
from pinkit.errors import Unavailable
from pinkit.formats.requirements_txt import InputOptions
from pinkit.resolve.tags import Wheels
from pinkit.resolve.targets import MINORS, single_target
from pinkit.workflows.build_resolver import BuildSolver
from pinkit.workflows.verify_pins import VerifyTools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinkit.adapters.catalog import IndexCatalog
    from pinkit.cli.settings import Settings
    from pinkit.cli.verify_report import VerifyOptions
    from pinkit.model.audit import LockFile
    from pinkit.ports import BuildResolver
    from pinkit.workflows.rebuild_wheel import Rebuilds

_STRONGEST = "bubblewrap"


@contextmanager
def verify_tools(
    options: VerifyOptions, settings: Settings, files: Sequence[LockFile] = ()
) -> Iterator[VerifyTools]:
    """What verify works with; `files` are locks whose own indexes are asked.

    Raises `Unavailable` where builds would be less isolated than asked.
    """
    sandbox = SystemSandbox(allow_unsandboxed=options.allow_unsandboxed)
    _require(sandbox, options)
    folder = Path(cache_dir(settings.cache_dir))
    platform = host_target()[0]
    with _catalog(settings, files) as catalog, RebuildPool(options.jobs or os.cpu_count() or 1) as pool:
        rebuilder = Rebuilder(
            sandbox=sandbox,
            resolver=BuildSolver(catalog=catalog, platform=platform),
            artifacts=catalog,
            environments=BuildEnvironments(folder / "environments", sandbox),
            interpreters={m: p for m, p in interpreters(options.pythons).items() if m in MINORS},
            cache=AttemptCache(folder / "rebuilds"),
            timeout_s=options.timeout_s,
        )
        yield VerifyTools(
            catalog=catalog,
            artifacts=catalog,
            rebuilds=rebuilder,
            executor=pool,
            progress=settings.console,
            fits=lambda tags, minor: Wheels([single_target(minor, platform)]).accepting(tags) != 0,
        )


@contextmanager
def _catalog(settings: Settings, files: Sequence[LockFile]) -> Iterator[IndexCatalog]:
    """The indexes that the locks name, else the configured ones."""
    project = Project(settings.config)
    named = list(dict.fromkeys(url for file in files for url in file.lock.index_urls))
    inputs = InputOptions(index_url=named[0], extra_index_urls=tuple(named[1:])) if named else InputOptions()
    wiring = Wiring(settings, project.workplace)
    try:
        yield wiring.catalog(project.settings.defaults, inputs)
    finally:
        wiring.close()


def with_resolver(rebuilds: Rebuilds, resolver: BuildResolver) -> Rebuilds:
    """The same rebuilds with build environments from `resolver`, and no attempt remembered."""
    assert isinstance(rebuilds, Rebuilder)
    return replace(rebuilds, resolver=resolver, cache=AttemptCache(None))


def _require(sandbox: SystemSandbox, options: VerifyOptions) -> None:
    if options.require_sandbox and sandbox.level != _STRONGEST:
        why = sandbox.why_none or f"this machine gives only {sandbox.level}"
        raise Unavailable("builds cannot be isolated as --require-sandbox asks", why, "install bubblewrap")
