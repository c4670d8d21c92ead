"""The Catalog of the configured indexes: from the store while it is fresh, else fetched ahead by threads.

A warm run opens the store and nothing else: the network stack is imported with the first answer that is missing.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pinkit import __version__
from pinkit.adapters.release_files import ReleaseFiles
from pinkit.adapters.store import MetadataRow
from pinkit.errors import Unavailable
from pinkit.formats.index_rows import dependencies_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from pinkit.adapters.lazy_network import NetworkHolder
    from pinkit.adapters.listing import Listing
    from pinkit.adapters.network_side import NetworkSide
    from pinkit.adapters.project_finder import Known, ProjectFinder
    from pinkit.adapters.store import Store
    from pinkit.adapters.workers import Job
    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.requirement import Dependency
    from pinkit.ports import Step

K = TypeVar("K")
T = TypeVar("T")
_POLL_S = 0.1
UNUSABLE = "unusable"
"""Origin of a stored row whose dependencies are the error's three texts, requires_python the pinkit that said so."""


class Hooks(NamedTuple):
    """What the workflow knows better, so that threads can go on alone. Both are called from any thread.

    `guess` is the version that will probably be chosen, None for no idea. `follow` are the projects that
    a project with those dependencies will probably bring in.
    """

    guess: Callable[[Project], str | None]
    follow: Callable[[str, tuple[Dependency, ...]], Iterable[str]]


class IndexCatalog:
    """Implements `ports.Catalog`. Close it: then all that was learned is on disk.

    `network` makes the other side when it is first needed. `hooks` and `step` (told done and wanted while
    waiting) may be set later.
    """

    def __init__(self, finder: ProjectFinder, store: Store, network: NetworkHolder) -> None:
        self.step: Step | None = None
        self._finder, self._store, self._network = finder, store, network
        self._files = ReleaseFiles(store, network.side)
        self._known: dict[str, Known] = {}
        self._metadata: dict[tuple[str, str], MetadataRow] = {}
        self._dependencies: dict[tuple[str, str], tuple[Dependency, ...]] = {}
        self._projects_asked: dict[str, Job[Known]] = {}
        self._metadata_asked: dict[tuple[str, str], Job[MetadataRow | None]] = {}
        self._views: dict[str, int] = {}
        self._notes: dict[tuple[str, int], bytes] = {}
        self._guard = threading.Lock()
        self._hooks: Hooks | None = None
        self._learned: list[Known] = []

    @property
    def hooks(self) -> Hooks | None:
        """What threads are guided by; None: they do only what they are asked."""
        return self._hooks

    @hooks.setter
    def hooks(self, hooks: Hooks | None) -> None:
        with self._guard:
            self._hooks = hooks
            waiting, self._learned = self._learned, []
        for known in waiting:
            self._go_on(known)

    def project(self, name: str) -> Project:
        """See `ports.Catalog`."""
        return self._project(name).project

    def index_of(self, name: str) -> str:
        """See `ports.Catalog`."""
        return self._project(name).index

    def remembers_absence(self, name: str) -> bool:
        """See `ports.Catalog`."""
        known = self._project(name)
        return known.listing is None and known.remembered

    def notes(self, name: str, view: str) -> bytes | None:
        """See `ports.Catalog`."""
        number = self._view(view)
        kept = self._notes.get((name, number))
        if kept is not None:
            return kept
        known = self._known.get(name)
        if known is None:
            found = None if name in self._projects_asked else self._finder.noted(name, number)
            if found is None:
                return None
            self._known.setdefault(name, found[0])
            return found[1]
        if known.listing is None:
            return None
        head = self._store.noted(known.listing.source.number, name, number)
        return head.content if head is not None and head.digest == known.listing.digest else None

    def keep_notes(self, name: str, view: str, notes: bytes) -> None:
        """See `ports.Catalog`."""
        known = self._known.get(name)
        if known is not None and known.listing is not None:
            number, listing = self._view(view), known.listing
            self._notes[name, number] = notes
            self._store.put_note(listing.source.number, name, number, listing.digest, notes)

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        """See `ports.Catalog`. InvalidMetadata (an Unavailable) where only this release is unusable."""
        found = self._dependencies.get((name, version))
        if found is None:
            found = dependencies_of(self._metadata_row(name, version).dependencies)
            self._dependencies[name, version] = found
        return found

    def requires_python(self, name: str, version: str) -> str:
        """Requires-Python of the release's metadata, for indexes whose pages do not say it."""
        return self._metadata_row(name, version).requires_python

    def extras(self, name: str, version: str) -> tuple[str, ...]:
        """The extras that the release declares, normalised, in file order."""
        declared = self._metadata_row(name, version).extras
        return tuple(declared.split(",")) if declared else ()

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        """See `ports.Catalog`."""
        return self._files.distributions(self._listing(name, version), version)

    def proved(self, name: str, version: str) -> tuple[Distribution, ...]:
        """See `ports.Catalog`."""
        return self._files.proved(self._listing(name, version), version)

    def digests(self, name: str, version: str, cutoff: int | None) -> tuple[str, ...]:
        """See `ports.Catalog`."""
        known = self._known.get(name)
        found = None
        if known is not None and known.listing is not None:
            found = self._files.stored_digests(known.listing, version, cutoff)
        if found is None:
            found = self._files.digests(self._listing(name, version), version, cutoff)
        return found

    def vanished(self, name: str, version: str) -> frozenset[str]:
        """ "sha256:hex" of files that the index had for the release once, as far as the cache has seen."""
        known = self._known.get(name)
        if known is None or known.listing is None:
            return frozenset()
        return self._files.vanished(known.listing, version)

    def open_distribution(self, distribution: Distribution) -> Path:
        """The bytes of a distribution in the cache, verified against every claim. Never write to the path."""
        return self._network.side().artifacts.open(distribution)

    def network(self) -> NetworkSide:
        """The connections and threads of this catalog, for adapters that read more of its files."""
        return self._network.side()

    def indexes_with(self, name: str) -> tuple[str, ...]:
        """Display names of all configured indexes that have the project, every one asked, in order."""
        return tuple(listing.source.name for listing in self._finder.having(name))

    def distributions_on(self, index: str, name: str, version: str) -> tuple[Distribution, ...]:
        """See `ports.Catalog`."""
        asked = (listing for listing in self._finder.having(name) if listing.source.name == index)
        return tuple(file for listing in asked for file in listing.distributions(version))

    def prefetch_projects(self, names: Iterable[str]) -> None:
        """See `ports.Catalog`."""
        for name in names:
            if name not in self._known and name not in self._projects_asked and self._stored(name) is None:
                self._ask_project(name)

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        """See `ports.Catalog`. Releases of projects that are not known yet are passed over."""
        for name, version in releases:
            known = self._known.get(name)
            if known is not None and known.listing is not None:
                self._prefetch_metadata(known.listing, version)

    def fresh_until(self, otherwise: int) -> int:
        """The moment (seconds since the epoch) at which the first page that was used grows stale.

        `otherwise` stands for projects that no index has, and where no page was used.
        """
        listings = [known.listing for known in self._known.values()]
        times = [listing.expires if listing is not None else otherwise for listing in listings]
        return min(times, default=otherwise)

    def settle(self) -> None:
        """Put on disk what was learned so far, so that another catalog of this cache knows it."""
        self._store.settle()

    def close(self) -> None:
        """Stop fetching ahead and put what was learned on disk."""
        self._network.close()
        self._store.close()

    def _view(self, text: str) -> int:
        number = self._views.get(text)
        if number is None:
            number = self._views[text] = self._store.view(text)
        return number

    def _project(self, name: str) -> Known:
        known = self._known.get(name)
        if known is None and name not in self._projects_asked:
            known = self._stored(name)
        return known or self._awaited(self._ask_project(name))

    def _stored(self, name: str) -> Known | None:
        known = self._finder.stored(name)
        return None if known is None else self._known.setdefault(name, known)

    def _listing(self, name: str, version: str) -> Listing:
        listing = self._project(name).listing
        if listing is None or listing.position(version) < 0:
            hint = "it may have been deleted; choose another release"
            raise Unavailable(f"no index has {name} {version}", hint=hint)
        return listing

    def _metadata_row(self, name: str, version: str) -> MetadataRow:
        row = self._metadata.get((name, version))
        if row is None:
            listing = self._listing(name, version)
            row = self._stored_metadata(listing, version) or self._awaited(
                self._ask_metadata(listing, version)
            )
            if row is None:
                # The threads never run third-party code for a guess; the one who really asks does.
                speaker = self._files.speaker(listing, version)
                built = self._network.side().ladder.built(name, version, speaker)
                row = self._remember(listing, version, built)
        if row.origin == UNUSABLE:
            from pinkit.formats.core_metadata import InvalidMetadata

            raise InvalidMetadata(*row.dependencies.split("\n", 2))
        return row

    def _stored_metadata(self, listing: Listing, version: str) -> MetadataRow | None:
        key = listing.metadata_key(version)
        row = self._store.metadata(listing.source.number, key) if key else None
        if row is not None and row.origin == UNUSABLE and row.requires_python != __version__:
            # A later pinkit may read what an earlier one could not.
            return None
        return None if row is None else self._metadata.setdefault((listing.name, version), row)

    def _prefetch_metadata(self, listing: Listing, version: str) -> MetadataRow | None:
        """What is stored; else they are asked for, unless they are already."""
        release = (listing.name, version)
        if release in self._metadata or release in self._metadata_asked or listing.position(version) < 0:
            return None
        row = self._stored_metadata(listing, version)
        if row is None:
            self._ask_metadata(listing, version)
        return row

    def _ask_project(self, name: str) -> Job[Known]:
        return self._asked(self._projects_asked, name, lambda: self._learn_project(name))

    def _ask_metadata(self, listing: Listing, version: str) -> Job[MetadataRow | None]:
        return self._asked(
            self._metadata_asked, (listing.name, version), lambda: self._learn_metadata(listing, version)
        )

    def _asked(self, asked: dict[K, Job[T]], key: K, work: Callable[[], T]) -> Job[T]:
        from pinkit.adapters.workers import Job

        with self._guard:
            job = asked.get(key)
            if job is not None:
                return job
            job = asked[key] = Job(work)
        self._network.side().workers.start(job)
        return job

    def _learn_project(self, name: str) -> Known:
        known = self._known.setdefault(name, self._finder.learn(name))
        with self._guard:
            if self._hooks is None:
                self._learned.append(known)
        self._go_on(known)
        return known

    def _go_on(self, known: Known) -> None:
        """Fetch ahead what the version that will probably be chosen needs."""
        listing = known.listing
        version = None if self._hooks is None or listing is None else self._hooks.guess(known.project)
        if listing is None or version is None:
            return
        row = self._prefetch_metadata(listing, version)
        if row is not None:
            self._follow(listing.name, row)
        # Only a guess: who really asks for this release hears of what is wrong with it.
        with suppress(Unavailable):
            self._files.prepare(listing, version)

    def _follow(self, name: str, row: MetadataRow) -> None:
        if self._hooks is not None and row.origin != UNUSABLE:
            self.prefetch_projects(self._hooks.follow(name, dependencies_of(row.dependencies)))

    def _learn_metadata(self, listing: Listing, version: str) -> MetadataRow | None:
        from pinkit.formats.core_metadata import InvalidMetadata

        try:
            speaker = self._files.speaker(listing, version)
            row = self._network.side().ladder.learned(listing.name, version, speaker)
        except InvalidMetadata as error:
            row = MetadataRow(f"{error.what}\n{error.why}\n{error.hint}", __version__, "", UNUSABLE)
            return self._remember(listing, version, row)
        if row is None:
            return None
        self._remember(listing, version, row)
        self._follow(listing.name, row)
        return row

    def _remember(self, listing: Listing, version: str, row: MetadataRow) -> MetadataRow:
        self._store.put_metadata(listing.source.number, listing.metadata_key(version), row)
        return self._metadata.setdefault((listing.name, version), row)

    def _awaited(self, job: Job[T]) -> T:
        self._network.side().get_ready()
        if self.step is not None:
            job.run()
            while not job.wait(_POLL_S):
                done = [
                    *map(_done, [*self._projects_asked.values()]),
                    *map(_done, [*self._metadata_asked.values()]),
                ]
                self.step(sum(done), len(done))
        return job.result()


def _done(job: Job[T]) -> bool:
    return job.done
