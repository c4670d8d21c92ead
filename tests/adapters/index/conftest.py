"""A loopback index and catalogs over it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.index import open_catalog
from pinkit.adapters.index_settings import IndexSettings, index_settings
from tests.support.index_server import IndexServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.adapters.catalog import IndexCatalog

QUIET = {"HOME": "/nonexistent", "PIP_CONFIG_FILE": "/dev/null", "NETRC": "/nonexistent"}


@dataclass
class World:
    """Catalogs that share one cache, with a clock that only tests move; `notes` and `pauses` are what happened."""

    folder: Path
    now: float = 1_700_000_000.0
    notes: list[str] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    open: list[IndexCatalog] = field(default_factory=list)

    def catalog(self, *urls: str, settings: IndexSettings | None = None, **options: Any) -> IndexCatalog:
        """A catalog of the indexes at `urls`, asked in that order; closes the one before it."""
        self.close()
        environ = options.pop("environ", QUIET)
        links = options.pop("find_links", ())
        settings = settings or index_settings(
            environ,
            named=tuple((f"index{at}", url) for at, url in enumerate(urls)),
            default=urls[-1],
            find_links=links,
        )
        opened = open_catalog(
            settings,
            str(self.folder),
            environ,
            self.notes.append,
            now=lambda: self.now,
            pause=self.pauses.append,
            **options,
        )
        self.open.append(opened)
        return opened

    def close(self) -> None:
        """Close what is open."""
        while self.open:
            self.open.pop().close()


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield server


@pytest.fixture
def other() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield server


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "cache")
    yield made
    made.close()


@pytest.fixture(params=["direct", "urllib3"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of asking: our own connections, and urllib3 for all that they leave to it."""
    if request.param == "urllib3":
        monkeypatch.setattr("pinkit.adapters.http.target_of", lambda _: "")
