"""One project's page of one source in memory: its columns, and its files when they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.adapters.store import PageRow
from pinkit.errors import Unavailable
from pinkit.formats.index_rows import KEY_BYTES, Columns
from pinkit.formats.urls import printable_url, without_credentials

if TYPE_CHECKING:
    from pinkit.adapters.store import Noted, Store
    from pinkit.formats.project_columns import Groups
    from pinkit.formats.simple_api import File
    from pinkit.model.distribution import Distribution


LONGEST_FRESH_S = 86_400
"""No page is used longer than a day without asking, whatever its server says."""


class Source(NamedTuple):
    """Where files are published: `name` for people, `url` without credentials, `number` in the store.

    `flat` is a folder or page of links to files of any project (pip's find-links), else `url` is the root
    of an index. `absent` are statuses that mean "no such project".
    """

    name: str
    url: str
    number: int
    flat: bool = False
    absent: frozenset[int] = frozenset({404, 410})


class Listing:
    """A page as stored; of a page whose head alone is at hand the rest is read when it is asked for.

    `groups` are decoded from the stored body when they are not at hand.
    """

    __slots__ = ("_groups", "_positions", "_row", "_store", "digest", "expires", "name", "source")

    def __init__(
        self, source: Source, name: str, row: PageRow | Noted, store: Store, groups: Groups | None = None
    ) -> None:
        self.source, self.name = source, name
        self.expires, self.digest = row.expires, row.digest
        self._row = row if isinstance(row, PageRow) else None
        self._store = store
        self._groups = groups
        self._positions: dict[str, int] | None = None

    @property
    def exists(self) -> bool:
        """Whether the source has this project at all."""
        return self.digest != ""

    @property
    def row(self) -> PageRow:
        """The page. Unavailable where another process has stored a newer one since its head was read."""
        row = self._row
        if row is None:
            row = self._store.page(self.source.number, self.name)
            if row is None or row.digest != self.digest:
                raise _changed(self.name)
            self._row = row
        return row

    @property
    def columns(self) -> Columns:
        """The page as columns."""
        return Columns._make(self.row[5:])

    def forget_files(self) -> None:
        """Give the memory of decoded files back."""
        self._groups = None

    def position(self, version: str) -> int:
        """The place of `version` among the versions; -1 when the page does not have it."""
        if self._positions is None:
            versions = self.row.versions.split("\n") if self.row.versions else []
            self._positions = {version: place for place, version in enumerate(versions)}
        return self._positions.get(version, -1)

    def metadata_key(self, version: str) -> bytes:
        """What identifies the file whose metadata speak for `version`; b"" when there is no such version."""
        place = self.position(version)
        return self.row.keys[place * KEY_BYTES : (place + 1) * KEY_BYTES] if place >= 0 else b""

    def files(self, version: str) -> list[File]:
        """The files of `version` as the index wrote them, sorted by filename."""
        return self._all().get(version, [])

    def all_files(self) -> list[File]:
        """All files, with absolute URLs."""
        import msgspec

        try:
            return [
                msgspec.structs.replace(file, url=self.absolute(file.url))
                for files in self._all().values()
                for file in files
            ]
        except ValueError as error:
            raise unusable(self.row.url, str(error)) from error

    def absolute(self, url: str) -> str:
        """`url` of a file, joined to the page's; its fragment and credentials taken off."""
        if url.startswith(("https://", "http://")) and "#" not in url and "@" not in url:
            return url
        from urllib.parse import urldefrag, urljoin

        return without_credentials(urldefrag(urljoin(self.row.url, url)).url)

    def distributions(self, version: str) -> tuple[Distribution, ...]:
        """The distributions of `version`, sorted by filename. Unavailable where a claim is malformed."""
        return tuple([self._distribution(file) for file in self.files(version)])

    def speaker(self, version: str) -> Distribution:
        """The distribution whose metadata speak for `version`, which exists. Unavailable as `distributions`."""
        from pinkit.formats.project_columns import metadata_file

        files = self.files(version)
        return self._distribution(files[metadata_file([file.filename for file in files])])

    def _distribution(self, file: File) -> Distribution:
        from pinkit.formats.distributions import distribution
        from pinkit.formats.simple_types import InvalidPage

        try:
            return distribution(file, self.absolute(file.url))
        except (InvalidPage, ValueError) as error:
            raise unusable(self.row.url, str(error)) from error

    def _all(self) -> Groups:
        # Another thread may forget them at any time.
        groups = self._groups
        if groups is None:
            groups = self._groups = self._decoded()
            self._store.decoded.keep(self, sum(map(len, groups.values())))
        return groups

    def _decoded(self) -> Groups:
        from hashlib import sha256

        from pinkit.adapters.page_body import read_page, unpacked
        from pinkit.formats.project_columns import project_columns

        media, packed = self._store.body(self.source.number, self.name) or ("", b"")
        body = unpacked(packed)
        if sha256(body).hexdigest() != self.digest:
            # Another process has stored a newer page since we read this one's columns.
            raise _changed(self.name)
        return project_columns(self.name, read_page(media, body, self.name, self.row.url))[1]


def _changed(name: str) -> Unavailable:
    return Unavailable(f"the cached page of {name} changed during the run", hint="run the command again")


def unusable(url: str, why: str) -> Unavailable:
    """The error for an answer that is no project page, or a lying one."""
    clean = "".join(char if char.isprintable() else "�" for char in why)
    return Unavailable(
        f"{printable_url(url)} is no usable project page",
        why=clean,
        hint="check that the index URL is the root of a simple index (PEP 503), often …/simple/",
    )
