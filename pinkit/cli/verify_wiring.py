"""Wiring of `pinkit verify`: the workbench, its tools in this process, and the executor that rebuilds."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.git_tree import GitTree
from pinkit.adapters.rebuild_cache import AttemptCache
from pinkit.adapters.rebuild_executor import Rebuilder
from pinkit.adapters.rebuild_pool import rebuild_pool
from pinkit.cli.audit_discovery import Project
from pinkit.cli.verify_worker import Workbench, lent, rebuilt, tools_of
from pinkit.cli.wiring import Wiring
from pinkit.formats.requirements_txt import InputOptions
from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.formats.urls import without_credentials
from pinkit.workflows.verify_pins import VerifyTools

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinkit.cli.settings import Settings
    from pinkit.cli.verify_options import VerifyOptions
    from pinkit.cli.verify_worker import Tools
    from pinkit.cli.workplace import Workplace
    from pinkit.model.audit import LockFile
    from pinkit.ports import BuildResolver
    from pinkit.workflows.rebuild_task import Rebuilds


@contextmanager
def verify_tools(
    options: VerifyOptions,
    settings: Settings,
    files: Sequence[LockFile] = (),
    *,
    indexes: LockSettings | None = None,
) -> Iterator[VerifyTools]:
    """What verify works with; `files` are locks whose own indexes are asked, else the configured ones.

    `indexes` has those of a lock and its command line, in place of the configured ones. Raises `Unavailable` where
    builds would be less isolated than asked.
    """
    project = Project(settings.config)
    named = tuple(dict.fromkeys(url for file in files for url in file.lock.index_urls))
    defaults = project.settings.defaults if indexes is None else indexes
    wiring = Wiring(settings, project.workplace)
    try:
        catalog = wiring.catalog(
            defaults, InputOptions(index_url=named[0] if named else None, extra_index_urls=named[1:])
        )
        bench = workbench(options, settings, indexes_of(defaults, named, project.workplace))
        tools = tools_of(bench, catalog)
        bench = replace(bench, planned=tools.rebuilder.pythons)
        pool = rebuild_pool(options.executor, options.jobs or os.cpu_count() or 1)
        with lent(bench, tools), pool as executor, _stopping(tools):
            yield VerifyTools(
                catalog=catalog,
                artifacts=catalog,
                rebuilds=tools.rebuilder,
                rebuild=partial(rebuilt, bench),
                executor=executor,
                progress=settings.console,
                fits=tools.fits,
                repositories={name: GitTree(path=path) for name, path in options.repositories().items()},
            )
    finally:
        wiring.close()


@contextmanager
def _stopping(tools: Tools) -> Iterator[None]:
    """Builds under way go no further than the end of what they run once this is left by an exception."""
    try:
        yield
    except BaseException:
        tools.stop()
        raise


def workbench(options: VerifyOptions, settings: Settings, indexes: LockSettings) -> Workbench:
    """The bench that these options ask for."""
    return Workbench(
        indexes=indexes,
        cache_dir=os.path.abspath(settings.cache_dir) if settings.cache_dir else "",
        offline=settings.offline,
        pythons=options.pythons,
        require_sandbox=options.require_sandbox,
        allow_unsandboxed=options.allow_unsandboxed,
        timeout_s=options.timeout_s,
    )


def indexes_of(defaults: LockSettings, named: Sequence[str], workplace: Workplace) -> LockSettings:
    """The indexes of the configuration, or those that locks name, as a worker may know them: without credentials."""
    default, *extra = named or ("",)
    links = (
        link if "://" in link else Path(workplace.path(link)).absolute().as_uri()
        for link in defaults.find_links
    )
    return LockSettings(
        index_url=without_credentials(defaults.index_url or default),
        extra_index_urls=tuple(map(without_credentials, (*defaults.extra_index_urls, *extra))),
        indexes=tuple(
            IndexSetting(url=without_credentials(index.url), name=index.name) for index in defaults.indexes
        ),
        find_links=tuple(map(without_credentials, links)),
        no_index=defaults.no_index,
        index_strategy=defaults.index_strategy,
    )


def with_resolver(rebuilds: Rebuilds, resolver: BuildResolver) -> Rebuilds:
    """The same rebuilds with build environments from `resolver`, and no attempt remembered."""
    assert isinstance(rebuilds, Rebuilder)
    return replace(rebuilds, resolver=resolver, cache=AttemptCache(None))
