"""Settings to adapters: the catalogs of a run, and what locks are made with. Nothing heavy is imported early."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from pinkit.adapters.catalog import Hooks
from pinkit.adapters.index import open_catalog as opened
from pinkit.adapters.index_settings import index_settings
from pinkit.adapters.places import cache_dir
from pinkit.cli.host_target import host_target
from pinkit.formats.urls import without_credentials
from pinkit.workflows.lock import LockTools

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.adapters.catalog import IndexCatalog
    from pinkit.adapters.index_settings import IndexSettings
    from pinkit.cli.settings import Settings
    from pinkit.cli.workplace import Workplace
    from pinkit.formats.pyproject import Pyproject
    from pinkit.formats.requirements_txt import InputOptions
    from pinkit.formats.settings import LockSettings
    from pinkit.ports import Catalog, Inspector, SourceReader
    from pinkit.resolve.lanes import Lanes
    from pinkit.resolve.world import World

_LATER_S = 600
"""How long an answer about a project that no index has is taken as fresh."""


class Wiring:
    """The adapters of one run, each made when it is first asked for and closed together."""

    def __init__(
        self,
        options: Settings,
        workplace: Workplace,
        *,
        refresh: bool = False,
        allow_unsandboxed: bool = False,
    ) -> None:
        self._options, self._workplace = options, workplace
        self._refresh, self._unsandboxed = refresh, allow_unsandboxed
        self._catalogs: dict[tuple[object, ...], IndexCatalog] = {}
        self._readers: dict[int, SourceReader] = {}
        self._build_constraints: tuple[str, ...] = ()
        self._stack = ExitStack()
        self._folder = cache_dir(options.cache_dir)

    def close(self) -> None:
        """Close every catalog: what was learned goes to disk, threads end."""
        for catalog in self._catalogs.values():
            catalog.close()
        self._stack.close()

    def settle(self) -> None:
        """Let other runs, and further catalogs of this one, know what its catalogs learned so far."""
        for catalog in self._catalogs.values():
            catalog.settle()

    def catalog(self, settings: LockSettings, inputs: InputOptions) -> IndexCatalog:
        """The catalog of a lock's indexes; one for all locks that have the same."""
        asked = self._indexes(settings, inputs)
        key = (asked.indexes, asked.find_links, settings.index_strategy)
        found = self._catalogs.get(key)
        if found is None:
            if asked.find_links or any(index.url.startswith("file:") for index in asked.indexes):
                self._workplace.repeatable = False
            found = self._catalogs[key] = self._opened(asked, settings.index_strategy)
            found.step = self._stack.enter_context(self._options.console.task("asking the index"))
        return found

    def index_lines(self, settings: LockSettings, inputs: InputOptions) -> tuple[str, ...]:
        """The index options to write into a lock: none unless asked for; never with credentials."""
        if not settings.emit_index_url:
            return ()
        asked = self._indexes(settings, inputs)
        lines = [f"--{'extra-' if place else ''}index-url {url}" for place, url in enumerate(asked.urls)]
        return tuple(lines + [f"--find-links {link}" for link in settings.find_links])

    def index_places(self, settings: LockSettings, inputs: InputOptions) -> dict[str, str]:
        """The URLs of a lock's indexes by display name, without credentials."""
        asked = self._indexes(settings, inputs)
        return {index.name: without_credentials(index.url) for index in asked.indexes}

    def build_with(self, constraints: tuple[str, ...]) -> None:
        """Let builds of metadata from now on obey these requirements."""
        self._build_constraints = constraints

    def index_urls(self, settings: LockSettings, inputs: InputOptions) -> tuple[str, ...]:
        """The URLs of a lock's indexes without credentials, the default one first."""
        return self._indexes(settings, inputs).urls

    def fresh_until(self) -> int:
        """Seconds since the epoch until which every page that was used counts as fresh."""
        return min((c.fresh_until(int(time.time()) + _LATER_S) for c in self._catalogs.values()), default=0)

    def sources(self, catalog: Catalog) -> SourceReader:
        """The reader of direct references whose downloads and builds use `catalog`."""
        reader = self._readers.get(id(catalog))
        if reader is None:
            from pinkit.cli.wiring_sources import source_reader

            mine = next(each for each in self._catalogs.values() if each is catalog)
            reader = self._readers[id(catalog)] = source_reader(
                mine,
                self._folder,
                self._workplace.base,
                offline=self._options.offline,
                trusted=self._unsandboxed,
            )
        return reader

    def inspector(self, catalog: Catalog) -> Inspector:
        """What looks into the files of one of these catalogs."""
        from pinkit.adapters.inspector import IndexInspector

        mine = next(each for each in self._catalogs.values() if each is catalog)
        return IndexInspector(mine.network, self._folder, self._options.console)

    def built(self, name: str, project: Pyproject) -> Pyproject:
        """The metadata of a pyproject.toml that only its backend knows (PEP 621, dynamic)."""
        from pinkit.cli.wiring_sources import built_project
        from pinkit.formats.requirements_txt import InputOptions
        from pinkit.formats.settings import LockSettings

        catalog = self.catalog(LockSettings(), InputOptions())
        from pathlib import Path

        folder = Path(self._workplace.path(name)).parent
        return built_project(project, folder, catalog, self._folder, trusted=self._unsandboxed)

    def _opened(self, asked: IndexSettings, strategy: str) -> IndexCatalog:
        catalog: IndexCatalog | None = None

        def build(name: str, version: str, sdist: Path) -> bytes:
            from pinkit.cli.wiring_sources import metadata_builds

            if catalog is None:
                raise AssertionError("a build before the catalog")
            self._options.console.detail(f"building metadata of {name} {version}")
            builds = metadata_builds(
                catalog, self._folder, trusted=self._unsandboxed, constraints=self._build_constraints
            )
            return builds.of_sdist(sdist).encode()

        catalog = opened(
            asked,
            self._folder,
            os.environ,
            self._options.console.warn,
            strategy=strategy or "first-index",
            offline=self._options.offline,
            refresh=self._refresh,
            build=build,
        )
        return catalog

    def _indexes(self, settings: LockSettings, inputs: InputOptions) -> IndexSettings:
        links = (*settings.find_links, *inputs.find_links)
        asked = index_settings(
            os.environ,
            default=settings.index_url or inputs.index_url or "",
            extra=(*settings.extra_index_urls, *inputs.extra_index_urls),
            named=tuple((index.name, index.url) for index in settings.indexes),
            find_links=tuple(link if "://" in link else self._workplace.path(link) for link in links),
            no_index=bool(settings.no_index or inputs.no_index),
        )
        if inputs.trusted_hosts:
            trusted = (*asked.pip.trusted_hosts, *inputs.trusted_hosts)
            asked = asked._replace(pip=asked.pip._replace(trusted_hosts=trusted))
        return asked


@contextmanager
def lock_tools(
    options: Settings, workplace: Workplace, *, refresh: bool = False, allow_unsandboxed: bool = False
) -> Iterator[tuple[LockTools, Wiring]]:
    """What locks are made with, and the wiring behind it; everything is closed afterwards."""
    wiring = Wiring(options, workplace, refresh=refresh, allow_unsandboxed=allow_unsandboxed)
    try:
        yield (
            LockTools(
                catalog=wiring.catalog,
                index_lines=wiring.index_lines,
                index_places=wiring.index_places,
                build_with=wiring.build_with,
                read=workplace.read,
                found=workplace.found,
                sources=wiring.sources,
                built=wiring.built,
                environment=os.environ,
                host=host_target,
                now=int(time.time()),
                guide=guide,
                progress=options.console,
                near=workplace.near,
            ),
            wiring,
        )
    finally:
        wiring.close()


@contextmanager
def open_catalog(options: Settings) -> Iterator[IndexCatalog]:
    """The catalog of the indexes that pip is configured for."""
    from pinkit.cli.workplace import Workplace
    from pinkit.formats.requirements_txt import InputOptions
    from pinkit.formats.settings import LockSettings

    wiring = Wiring(options, Workplace())
    try:
        yield wiring.catalog(LockSettings(), InputOptions())
    finally:
        wiring.close()


def guide(catalog: Catalog, world: World, lanes: Lanes) -> None:
    """Let the catalog's threads go ahead: which version will be chosen, and what it will bring in."""
    from pinkit.workflows.foresight import Foresight

    follow = Foresight(lanes, world.roots).follow
    catalog.hooks = Hooks(guess=world.guess, follow=follow)  # type: ignore[attr-defined]
