"""The distributions of releases and their digests: stored as text once asked for, computed where unclaimed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pinkit.adapters.store import FilesRow, Store
from pinkit.formats.index_rows import distribution_lines, distributions_of, latest_upload

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.adapters.listing import Listing
    from pinkit.adapters.network_side import NetworkSide
    from pinkit.model.distribution import Distribution


class ReleaseFiles:
    """Reads releases of listings. `side` is asked only where a file has to be downloaded for its digest."""

    def __init__(self, store: Store, side: Callable[[], NetworkSide]) -> None:
        self._store, self._side = store, side
        self._rows: dict[tuple[str, str], FilesRow] = {}

    def distributions(self, listing: Listing, version: str) -> tuple[Distribution, ...]:
        """All distributions of a release, sorted by filename."""
        lines = self._lines(listing, version)
        return distributions_of(self._made(listing, version).lines if lines is None else lines)

    def speaker(self, listing: Listing, version: str) -> Distribution:
        """The distribution whose metadata speak for a release that exists."""
        lines = self._lines(listing, version)
        if lines is None:
            # Metadata are asked for before anything else is made of a release.
            return listing.speaker(version)
        from pinkit.formats.project_columns import metadata_file

        rows = lines.split("\n")
        return distributions_of(rows[metadata_file([row.partition("\t")[0] for row in rows])])[0]

    def prepare(self, listing: Listing, version: str) -> None:
        """Keep what will be asked of a release, while the files of its page are still decoded."""
        place = (listing.source.number, listing.name, version)
        if (listing.name, version) not in self._rows and self._store.digests(*place, listing.digest) is None:
            self._made(listing, version)

    def stored_digests(self, listing: Listing, version: str, cutoff: int | None) -> tuple[str, ...] | None:
        """As `digests`, where they are stored for this very page and no file is left out or without one."""
        if (listing.name, version) in self._rows:
            return None
        stored = self._store.digests(listing.source.number, listing.name, version, listing.digest)
        if stored is None or not stored[0] or not (cutoff is None or 0 <= stored[1] <= cutoff):
            return None
        return tuple(stored[0].split("\n"))

    def digests(self, listing: Listing, version: str, cutoff: int | None) -> tuple[str, ...]:
        """ "sha256:hex" of the distributions uploaded at or before `cutoff`, sorted."""
        lines, latest = self._claimed(listing, version)
        if lines and (cutoff is None or 0 <= latest <= cutoff):
            return tuple(lines.split("\n"))
        wanted = [
            distribution
            for distribution in self.distributions(listing, version)
            if cutoff is None or (distribution.upload_time is not None and distribution.upload_time <= cutoff)
        ]
        unclaimed = [distribution for distribution in wanted if not _claim(distribution)]
        computed = self._computed(listing, unclaimed).values()
        return tuple(sorted({*filter(None, map(_claim, wanted)), *computed}))

    def proved(self, listing: Listing, version: str) -> tuple[Distribution, ...]:
        """All distributions of a release, each with a sha256: what is not claimed is computed."""
        found = self.distributions(listing, version)
        computed = self._computed(listing, [each for each in found if not _claim(each)])
        return tuple(
            replace(each, hashes=tuple(sorted((*each.hashes, computed[each.url]))))
            if each.url in computed
            else each
            for each in found
        )

    def vanished(self, listing: Listing, version: str) -> frozenset[str]:
        """Digests that the index claimed for the release once, as far as this cache has seen, and no more."""
        now = {digest for file in self.distributions(listing, version) for digest in file.hashes}
        place = (listing.source.number, listing.name, version)
        return (self._store.gone(*place) | self._store.earlier_digests(*place)) - now

    def _lines(self, listing: Listing, version: str) -> str | None:
        """The distributions of a release as lines, where they have been made."""
        row = self._rows.get((listing.name, version))
        if row is not None:
            return row.lines
        return self._store.files(listing.source.number, listing.name, version, listing.digest)

    def _claimed(self, listing: Listing, version: str) -> tuple[str, int]:
        row = self._rows.get((listing.name, version))
        stored = None
        if row is None:
            stored = self._store.digests(listing.source.number, listing.name, version, listing.digest)
        if stored is None:
            row = row or self._made(listing, version)
            stored = (row.digests, row.latest)
        return stored

    def _made(self, listing: Listing, version: str) -> FilesRow:
        found = listing.distributions(version)
        claimed = {digest for distribution in found if (digest := _claim(distribution))}
        complete = all(_claim(distribution) for distribution in found)
        row = FilesRow(
            "\n".join(sorted(claimed)) if complete else "", latest_upload(found), distribution_lines(found)
        )
        self._rows[listing.name, version] = row
        place = (listing.source.number, listing.name, version)
        if complete:
            for digest in sorted(self._store.earlier_digests(*place) - claimed):
                self._store.put_gone(*place, digest)
        self._store.put_files(*place, listing.digest, row)
        return row

    def _computed(self, listing: Listing, unclaimed: list[Distribution]) -> dict[str, str]:
        """Digests, by URL, of files whose index claims none; what is not known is downloaded side by side."""
        # Bound to the page, because an address without a digest may get another content.
        keys = {f"{distribution.url} {listing.digest}": distribution for distribution in unclaimed}
        known = {key: found[0] for key in keys if (found := self._store.computed(key)) is not None}
        missing = [key for key in keys if key not in known]
        if missing:
            from pinkit.adapters.workers import Job

            side = self._side()
            jobs = {key: Job(partial(side.artifacts.sha256, keys[key])) for key in missing}
            for job in list(jobs.values())[1:]:
                side.workers.start(job)
            for key, job in jobs.items():
                digest, size = job.result()
                self._store.put_computed(key, digest, size)
                known[key] = digest
        return {keys[key].url: f"sha256:{digest}" for key, digest in known.items()}


def _claim(distribution: Distribution) -> str:
    return next((text for text in distribution.hashes if text.startswith("sha256:")), "")
