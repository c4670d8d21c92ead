"""Several listings of one project as one: for unsafe-best-match, and for find-links beside an index."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from pinkit.adapters.listing import Listing, Source
from pinkit.adapters.store import PageRow

if TYPE_CHECKING:
    from pinkit.adapters.store import Store
    from pinkit.formats.simple_api import File, Page


class MergedListing(Listing):
    """A listing whose files are those of others: of files with one name the first listing's."""

    __slots__ = ("_parts",)

    def __init__(self, source: Source, name: str, row: PageRow, store: Store, parts: list[Listing]) -> None:
        super().__init__(source, name, row, store)
        self._parts = parts

    def _decoded(self) -> dict[str, list[File]]:
        from pinkit.formats.project_columns import project_columns

        return project_columns(self.name, _union(self._parts))[1]


def merged(name: str, parts: list[Listing], store: Store) -> Listing:
    """All files of all `parts`, at least one. It has a source of its own, so that the store finds it again."""
    urls = " ".join(part.source.url for part in parts)
    source = Source(parts[0].source.name, urls, store.source(f"merged: {urls}"))
    digest = sha256("\n".join(part.digest for part in parts).encode()).hexdigest()
    row = store.page(source.number, name)
    if row is None or row.digest != digest:
        from pinkit.formats.project_columns import project_columns

        columns, _ = project_columns(name, _union(parts))
        row = PageRow(0, "", "", "", digest, *columns)
        store.put_page(source.number, name, row, "", b"")
    # It is as fresh as its parts, which are looked at in every run.
    row = row._replace(expires=min(part.expires for part in parts))
    return MergedListing(source, name, row, store, parts)


def _union(parts: list[Listing]) -> Page:
    from pinkit.formats.simple_api import Page

    files: dict[str, File] = {}
    for part in parts:
        for file in part.all_files():
            files.setdefault(file.filename, file)
    return Page(list(files.values()), parts[0].row.status)
