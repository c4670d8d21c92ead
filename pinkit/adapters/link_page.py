"""Pages of plain links to files of any project: pip's find-links with the URL of a page."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pinkit.adapters.folders import LocalListing, page_files
from pinkit.adapters.listing import Listing, Source, unusable
from pinkit.adapters.page_body import MAX_PAGE_BYTES
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.filenames import project_name
from pinkit.formats.simple_html import parse_html
from pinkit.formats.simple_types import InvalidPage
from pinkit.formats.urls import path_of_file_url, printable_url

if TYPE_CHECKING:
    from pinkit.adapters.http import Http
    from pinkit.adapters.store import Store
    from pinkit.formats.simple_api import File


class LinkPage:
    """The files that a page links to, by project; read once. `http` is None offline."""

    def __init__(self, source: Source, store: Store, http: Http | None) -> None:
        self._source, self._store = source, store
        self._by_project: dict[str, list[File]] = {}
        for file in _linked(source.url, http):
            name = project_name(file.filename)
            if name is not None:
                self._by_project.setdefault(name, []).append(file)

    def listing(self, name: str) -> Listing | None:
        """What the page has of a project; None for nothing."""
        files = self._by_project.get(name)
        if files is None:
            return None
        identity = [(file.url, file.hashes) for file in files]
        return LocalListing(self._source, name, self._store, identity, lambda: files)


def _linked(url: str, http: Http | None) -> list[File]:
    if url.startswith("file:"):
        path = path_of_file_url(url)
        if not os.path.exists(path):
            hint = "check --find-links and pip's configuration"
            raise UsageError(f"find-links: {path} does not exist", hint=hint)
        return page_files(path)
    if http is None:
        why = "pages of links are not kept in the cache"
        raise Unavailable(f"{printable_url(url)} cannot be read with --offline", why=why)
    answer = http.get(url, {"Accept": "text/html", "Accept-Encoding": "identity"}, limit=MAX_PAGE_BYTES)
    if answer.status != 200:
        raise Unavailable(
            f"{printable_url(url)} could not be read", why=f"the server answered {answer.status}"
        )
    try:
        return parse_html(answer.body, answer.url).files
    except InvalidPage as error:
        raise unusable(answer.url, str(error)) from error
