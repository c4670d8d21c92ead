"""Files in folders: pip's find-links and indexes at `file:` URLs. Looked at anew in every run, read when needed."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pinkit.adapters.listing import Listing, Source, unusable
from pinkit.adapters.store import PageRow, Store
from pinkit.errors import UsageError
from pinkit.formats.filenames import is_distribution, project_name
from pinkit.formats.urls import path_of_file_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.formats.project_columns import Groups
    from pinkit.formats.simple_api import File


def is_folder(url: str) -> bool:
    """Whether a find-links URL is that of a folder."""
    return url.startswith("file:") and os.path.isdir(path_of_file_url(url))


class FolderFile(NamedTuple):
    """A wheel or sdist in a folder; `changed` is its modification time in nanoseconds."""

    path: str
    size: int
    changed: int

    @property
    def filename(self) -> str:
        """The last part of the path."""
        return os.path.basename(self.path)


class LocalListing(Listing):
    """A project's files in a folder; `identity` changes when they do, `read` gives them."""

    __slots__ = ("_read",)

    def __init__(
        self, source: Source, name: str, store: Store, identity: object, read: Callable[[], list[File]]
    ) -> None:
        digest = sha256(repr(identity).encode()).hexdigest()
        super().__init__(source, name, PageRow(0, "", "", source.url, digest), store)
        self._read = read

    def all_files(self) -> list[File]:
        """The files, with absolute URLs."""
        return self._read()

    def _decoded(self) -> Groups:
        from pinkit.formats.project_columns import project_columns
        from pinkit.formats.simple_api import Page

        return project_columns(self.name, Page(self._read(), self.row.status))[1]


class LinkFolder:
    """A find-links folder: its files by project."""

    def __init__(self, source: Source, store: Store) -> None:
        self._source, self._store = source, store
        self._by_project: dict[str, list[FolderFile]] = {}
        for file in scanned(path_of_file_url(source.url)):
            name = project_name(file.filename)
            if name is not None:
                self._by_project.setdefault(name, []).append(file)

    def listing(self, name: str) -> Listing | None:
        """What the folder has of a project; None for nothing."""
        files = self._by_project.get(name)
        if files is None:
            return None
        return LocalListing(self._source, name, self._store, files, lambda: _entries(files))


def folder_listing(source: Source, name: str, store: Store) -> Listing | None:
    """The project of an index in a folder: NAME/index.html as pip reads it, else the files in NAME/; None without."""
    folder = os.path.join(path_of_file_url(source.url), name)
    page = os.path.join(folder, "index.html")
    if os.path.isfile(page):
        state = os.stat(page)
        identity = (page, state.st_size, state.st_mtime_ns)
        return LocalListing(source, name, store, identity, lambda: page_files(page))
    if not os.path.isdir(folder):
        return None
    files = scanned(folder)
    return LocalListing(source, name, store, files, lambda: _entries(files))


def scanned(folder: str) -> list[FolderFile]:
    """The wheels and sdists in a folder, sorted. UsageError where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            found = [
                FolderFile(os.path.abspath(entry.path), state.st_size, state.st_mtime_ns)
                for entry in entries
                if is_distribution(entry.name) and entry.is_file()
                for state in [entry.stat()]
            ]
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be read",
            why=str(error.strerror),
            hint="check --find-links and pip's configuration",
        ) from error
    return sorted(found)


def page_files(path: str) -> list[File]:
    """The files that a local HTML page links to."""
    from pinkit.formats.simple_html import parse_html
    from pinkit.formats.simple_types import InvalidPage

    url = Path(path).as_uri()
    try:
        return parse_html(Path(path).read_bytes(), url).files
    except InvalidPage as error:
        raise unusable(url, str(error)) from error


def _entries(files: list[FolderFile]) -> list[File]:
    from pinkit.formats.simple_api import File

    # The fragment is no part of the address; it makes a changed file another one for the store.
    return [
        File(
            filename=file.filename,
            url=f"{Path(file.path).as_uri()}#{file.changed}",
            size=file.size,
            requires_python=_requires_python(file.path) if file.path.endswith(".whl") else None,
        )
        for file in files
    ]


def _requires_python(wheel: str) -> str | None:
    """What an index would say of the wheel; nothing where it cannot be read, which its release will tell if asked."""
    from pinkit.adapters.remote_zip import wheel_metadata
    from pinkit.formats.core_metadata import InvalidMetadata, parse_own_metadata

    try:
        with open(wheel, "rb") as stream:
            return parse_own_metadata(wheel_metadata(stream, os.path.basename(wheel))).requires_python
    except (InvalidMetadata, OSError):
        return None
