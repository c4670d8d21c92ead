"""Which listing answers for a project: the index strategy, find-links beside it, the store before the network."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from pinkit.adapters.listing import LONGEST_FRESH_S, Listing, Source
from pinkit.adapters.store import PageRow
from pinkit.errors import Unavailable
from pinkit.formats.index_rows import project_of
from pinkit.model.distribution import Project

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.adapters.network_side import NetworkSide
    from pinkit.adapters.store import Noted, Store

FIRST_INDEX = "first-index"
BEST_MATCH = "unsafe-best-match"


class Known:
    """A project and the listing behind it; None where no index has it, as the cache said if `remembered`."""

    __slots__ = ("_name", "_project", "listing", "remembered")

    def __init__(self, name: str, listing: Listing | None, *, remembered: bool = False) -> None:
        self._name, self.listing, self.remembered = name, listing, remembered
        self._project: Project | None = None

    @property
    def index(self) -> str:
        """Display name of the index that answers for the project."""
        return self.listing.source.name if self.listing is not None else ""

    @property
    def project(self) -> Project:
        """The project, without versions where no index has it."""
        if self._project is None:
            self._project = (
                project_of(self._name, self.listing.columns, self.index)
                if self.listing is not None
                else Project(name=self._name)
            )
        return self._project


class Links(Protocol):
    """Files of any project in one place."""

    def listing(self, name: str) -> Listing | None:
        """What the place has of a project."""
        ...


class ProjectFinder:
    """Finds projects in `sources`, in order. Any thread may ask.

    first-index: the first index that has the name answers alone, so that nobody can publish a newer version
    of a private name elsewhere. unsafe-best-match: the files of all. `flat` sources add their files always.
    """

    def __init__(
        self,
        sources: tuple[Source, ...],
        store: Store,
        side: Callable[[], NetworkSide],
        now_s: int,
        *,
        strategy: str = FIRST_INDEX,
        offline: bool = False,
        refresh: bool = False,
    ) -> None:
        self.sources = sources
        self._indexes = tuple(source for source in sources if not source.flat)
        self._flat = tuple(source for source in sources if source.flat)
        self._store, self._side, self._now_s = store, side, now_s
        self._first_only = strategy != BEST_MATCH
        self._offline, self._refresh = offline, refresh
        self._links: list[Links] | None = None
        self._guard = threading.Lock()

    def stored(self, name: str) -> Known | None:
        """What is known without the network; None when it has to be asked."""
        if self._links is None and any(not source.url.startswith("file:") for source in self._flat):
            return None
        listings: list[Listing] = []
        for source in self._indexes:
            listing = self._stored_listing(source, name)
            if listing is None:
                return None
            if listing.exists:
                listings.append(listing)
                if self._first_only:
                    break
        remembered = any(map(_is_asked, self._indexes))
        return self._known(name, listings, remembered=remembered)

    def noted(self, name: str, view: int) -> tuple[Known, bytes | None] | None:
        """As `stored`, with what was noted of the page for `view`; None where only `stored` can tell.

        Of the page no more is read than its head.
        """
        if self._flat or not self._first_only:
            return None
        for source in self._indexes:
            if source.url.startswith("file:"):
                return None
            head = self._store.noted(source.number, name, view)
            if head is None or not (self._offline or self._is_fresh(head)):
                return None
            if head.digest:
                return Known(name, Listing(source, name, head, self._store)), head.content
        return Known(name, None, remembered=bool(self._indexes)), None

    def learn(self, name: str) -> Known:
        """What the sources say, asked over the network where the store cannot tell. Raises Unavailable."""
        listings: list[Listing] = []
        remembered = False
        for source in self._indexes:
            kept = self._stored_listing(source, name)
            listing = self._fetched(source, name) if kept is None else kept
            remembered = remembered or (kept is not None and _is_asked(source))
            if listing.exists:
                listings.append(listing)
                if self._first_only:
                    break
        return self._known(name, listings, remembered=remembered)

    def listing(self, source: Source, name: str) -> Listing:
        """The page of one index, whatever the strategy."""
        kept = self._stored_listing(source, name)
        return self._fetched(source, name) if kept is None else kept

    def _fetched(self, source: Source, name: str) -> Listing:
        pages = self._side().pages
        if pages is None:
            raise Unavailable(
                f"{name} is not in the cache",
                why="the network may not be used with --offline",
                hint="run once without --offline",
            )
        return pages.fetch(source, name, self._store.page(source.number, name))

    def having(self, name: str) -> tuple[Listing, ...]:
        """What each source says that has the project, every one asked."""
        pages = [self.listing(source, name) for source in self._indexes]
        linked = [links.listing(name) for links in self._all_links()]
        return tuple(listing for listing in (*pages, *linked) if listing is not None and listing.exists)

    def _stored_listing(self, source: Source, name: str) -> Listing | None:
        if source.url.startswith("file:"):
            from pinkit.adapters.folders import folder_listing

            absent = PageRow(0, "", "", source.url, "")
            return folder_listing(source, name, self._store) or Listing(source, name, absent, self._store)
        row = self._store.page(source.number, name)
        if row is None or not (self._offline or self._is_fresh(row)):
            return None
        return Listing(source, name, row, self._store)

    def _is_fresh(self, row: PageRow | Noted) -> bool:
        # A page of a longer life was stored while the clock was wrong.
        return not self._refresh and self._now_s < row.expires <= self._now_s + LONGEST_FRESH_S

    def _known(self, name: str, listings: list[Listing], *, remembered: bool) -> Known:
        parts = list(listings)
        for links in self._all_links():
            linked = links.listing(name)
            if linked is not None:
                parts.append(linked)
        if not parts:
            return Known(name, None, remembered=remembered)
        listing = parts[0]
        if len(parts) > 1 or listing.source.flat or listing.source.url.startswith("file:"):
            from pinkit.adapters.merging import merged

            listing = merged(name, parts, self._store)
        return Known(name, listing)

    def _all_links(self) -> list[Links]:
        if self._links is None:
            with self._guard:
                if self._links is None:
                    self._links = [self._opened(source) for source in self._flat]
        return self._links

    def _opened(self, source: Source) -> Links:
        from pinkit.adapters.folders import LinkFolder, is_folder

        if is_folder(source.url):
            return LinkFolder(source, self._store)
        from pinkit.adapters.link_page import LinkPage

        return LinkPage(source, self._store, self._side().http)


def _is_asked(source: Source) -> bool:
    """Whether its answers are remembered; folders are looked into each time."""
    return not source.url.startswith("file:")
