"""Opens the catalog: settings, store and network put together. Cheap until the first answer is missing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pinkit.adapters.catalog import IndexCatalog
from pinkit.adapters.lazy_network import NetworkHolder
from pinkit.adapters.listing import Source
from pinkit.adapters.project_finder import FIRST_INDEX, ProjectFinder
from pinkit.adapters.store import Store
from pinkit.formats.urls import without_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.adapters.index_settings import IndexSettings
    from pinkit.adapters.network_side import NetworkSide
    from pinkit.ports import MetadataBuilder


def open_catalog(
    settings: IndexSettings,
    folder: str,
    environ: Mapping[str, str],
    note: Callable[[str], None],
    *,
    strategy: str = FIRST_INDEX,
    offline: bool = False,
    refresh: bool = False,
    build: MetadataBuilder | None = None,
    store: Store | None = None,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> IndexCatalog:
    """The catalog of the indexes in `settings`, its cache in `folder`.

    `note` hears what the reader should know of the cache. `store` may be given when it is already open; the
    catalog closes it. `now` and `pause` are the clock.
    """
    kept = store or Store(folder, note)
    sources = (
        *(_source(kept, index.name, index.url) for index in settings.indexes),
        *(_source(kept, without_credentials(link), link, flat=True) for link in settings.find_links),
    )

    def side() -> NetworkSide:
        from pinkit.adapters.network_side import NetworkSide, network_of

        return NetworkSide(
            network_of(settings.pip),
            [
                *((index.name, index.url) for index in settings.indexes),
                *(("", link) for link in settings.find_links),
            ],
            environ,
            kept,
            folder,
            now,
            offline=offline,
            refresh=refresh,
            build=build,
            pause=pause,
        )

    holder = NetworkHolder(side)
    finder = ProjectFinder(
        sources, kept, holder.side, int(now()), strategy=strategy, offline=offline, refresh=refresh
    )
    return IndexCatalog(finder, kept, holder)


def _source(store: Store, name: str, url: str, *, flat: bool = False) -> Source:
    bare = without_credentials(url)
    return Source(name, bare, store.source(bare), flat)
