"""Project pages over the network: conditional requests, freshness, and what each status means."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

from pinkit.adapters.http import has_known_end
from pinkit.adapters.listing import LONGEST_FRESH_S, Listing, Source, unusable
from pinkit.adapters.page_body import MAX_PAGE_BYTES, media_type, packed, read_page, unpacked
from pinkit.adapters.store import PageRow, Store
from pinkit.errors import Unavailable
from pinkit.formats.simple_types import ACCEPT, InvalidPage
from pinkit.formats.urls import printable_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.adapters.http import Answer, Http

DEFAULT_FRESH_S = 600
DECODERS = 2
SMALL_BYTES = 100_000
"""A page that was sent in so few bytes is decoded at once."""


class PageFetcher:
    """Fetches project pages and stores them. `now` gives seconds since the epoch. Any thread may ask."""

    def __init__(self, http: Http, store: Store, now: Callable[[], float], *, refresh: bool = False) -> None:
        self._http, self._store, self._now, self._refresh = http, store, now, refresh
        self._decoding = threading.BoundedSemaphore(DECODERS)

    def fetch(self, source: Source, name: str, stored: PageRow | None) -> Listing:
        """The page of `name`, asked of the index; `stored` is what is revalidated.

        Raises Unavailable when the index does not answer or when its answer is no project page.
        """
        url = f"{source.url.rstrip('/')}/{name}/"
        answer = self._http.get(url, self._headers(stored), limit=MAX_PAGE_BYTES)
        if answer.status == 304 and stored is not None:
            return self._still_true(source, name, stored, answer.headers)
        if answer.status in source.absent:
            return self._absent(source, name, answer)
        if answer.status != 200:
            raise _refusal(url, answer.status)
        try:
            return self._page(source, name, stored, answer)
        except InvalidPage as error:
            raise unusable(answer.url, str(error)) from error

    def _headers(self, stored: PageRow | None) -> dict[str, str]:
        headers = {"Accept": ACCEPT, "Accept-Encoding": "gzip"}
        if self._refresh:
            headers["Cache-Control"] = "no-cache"
        if stored is not None and stored.etag:
            headers["If-None-Match"] = stored.etag
        if stored is not None and stored.modified:
            headers["If-Modified-Since"] = stored.modified
        return headers

    def _still_true(self, source: Source, name: str, stored: PageRow, headers: Mapping[str, str]) -> Listing:
        row = stored._replace(expires=self._expires(headers), etag=headers.get("etag", stored.etag))
        self._store.touch_page(source.number, name, row)
        return Listing(source, name, row, self._store)

    def _absent(self, source: Source, name: str, answer: Answer) -> Listing:
        row = PageRow(self._expires(answer.headers), "", "", answer.url, "")
        self._store.put_page(source.number, name, row, "", b"")
        return Listing(source, name, row, self._store)

    def _page(self, source: Source, name: str, stored: PageRow | None, answer: Answer) -> Listing:
        headers = answer.headers
        media = media_type(headers.get("content-type", ""))
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip"}:
            raise InvalidPage(f"content encoding {encoding!r} was not asked for")
        # Decoding holds Python's lock most of the time: more threads at large pages would only hold more memory.
        # Small ones do not wait for them: they lead on to further requests.
        with self._decoding if len(answer.body) > SMALL_BYTES else nullcontext():
            return self._decoded(source, name, stored, answer, media, is_packed="gzip" in encoding)

    def _decoded(
        self,
        source: Source,
        name: str,
        stored: PageRow | None,
        answer: Answer,
        media: str,
        *,
        is_packed: bool,
    ) -> Listing:
        from hashlib import sha256

        headers = answer.headers
        body = unpacked(answer.body) if is_packed else answer.body
        head = PageRow(
            self._expires(headers),
            headers.get("etag", ""),
            headers.get("last-modified", ""),
            answer.url.partition("?")[0],
            sha256(body).hexdigest(),
        )
        if stored is not None and stored.digest == head.digest and stored.url == head.url:
            row = stored._replace(expires=head.expires, etag=head.etag, modified=head.modified)
            self._store.touch_page(source.number, name, row)
            return Listing(source, name, row, self._store)
        if (
            media == "html"
            and not is_packed
            and not has_known_end(headers)
            and b"</html>" not in body[-999:].lower()
        ):
            raise InvalidPage("it may be cut off: it has neither a length nor an end")
        from pinkit.formats.project_columns import project_columns

        columns, groups = project_columns(name, read_page(media, body, name, head.url))
        row = PageRow._make((*head[:5], *columns))
        listing = Listing(source, name, row, self._store, groups)
        self._store.decoded.keep(listing, sum(map(len, groups.values())))
        compressed = answer.body if is_packed else packed(body)
        if "no-store" in headers.get("cache-control", "").lower():
            self._store.hold_body(source.number, name, media, compressed)
        else:
            self._store.put_page(source.number, name, row, media, compressed)
        return listing

    def _expires(self, headers: Mapping[str, str]) -> int:
        return int(self._now()) + fresh_s(headers)


def fresh_s(headers: Mapping[str, str]) -> int:
    """Seconds that an answer may be used without asking again (RFC 9111, 4.2), at most a day.

    Ten minutes where the server says nothing.
    """
    directives = {}
    for part in headers.get("cache-control", "").lower().split(","):
        key, _, argument = part.strip().partition("=")
        directives[key] = argument.strip('"')
    if "no-store" in directives or "no-cache" in directives:
        return 0
    age = _number(headers.get("age", "")) or 0
    lifetime = _number(directives.get("max-age", ""))
    if lifetime is None:
        lifetime = _until_expires(headers)
    return DEFAULT_FRESH_S if lifetime is None else max(0, min(lifetime - age, LONGEST_FRESH_S))


def _until_expires(headers: Mapping[str, str]) -> int | None:
    if "expires" not in headers:
        return None
    from email.utils import parsedate_to_datetime

    try:
        expires = parsedate_to_datetime(headers["expires"])
        date = parsedate_to_datetime(headers.get("date", ""))
        return int((expires - date).total_seconds())
    except (ValueError, TypeError, IndexError):
        # An invalid date, most often "0", means "already stale" (RFC 9111, 5.3).
        return 0


def _number(text: str) -> int | None:
    return int(text[:10]) if text.isdecimal() and text.isascii() else None


def _refusal(url: str, status: int) -> Unavailable:
    hint = ""
    if status in {401, 403, 407}:
        hint = "give credentials in the index URL, the environment, netrc or keyring"
    return Unavailable(
        f"{printable_url(url)} could not be read", why=f"the server answered {status}", hint=hint
    )
