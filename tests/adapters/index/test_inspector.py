"""Looking into files of a real index on loopback: by ranges, whole, remembered, and when it cannot be."""

from __future__ import annotations

import io
import random
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.inspector import MOST_BYTES, WHOLE_BYTES, IndexInspector
from pinkit.adapters.remote_zip import wheel_metadata
from pinkit.errors import IntegrityError
from pinkit.formats.core_metadata import MAX_BYTES, InvalidMetadata
from pinkit.model.contents import Contents, Unread
from tests.support.distributions import Built, sdist, wheel
from tests.support.index_server import Status

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from pinkit.model.contents import Inspected
    from pinkit.model.distribution import Distribution
    from tests.adapters.index.conftest import World
    from tests.support.index_server import IndexServer

SMALL = wheel("lib", "1.0", fields=("License: MIT",), generator="flit 3")
LARGE = wheel(
    "lib", "1.0", fields=("License: MIT",), generator="flit 3", payload=random.Random(1).randbytes(1 << 20)
)
SOURCE = sdist(
    "lib", "1.0", pyproject='[build-system]\nrequires = []\nbuild-backend = "own"\n', fields=("License: MIT",)
)
EMPTY_ZIP = b"PK\5\6" + bytes(18)


class Steps:
    """Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, int]] = []

    @contextmanager
    def task(self, label: str, total: int = 0) -> Iterator[object]:
        self.said.append((label, total))
        yield lambda done, total=None: self.said.append((label, done))

    def note(self, text: str) -> None:
        raise AssertionError(text)

    warn = note


class Look:
    """An inspector over a catalog of the index."""

    def __init__(self, world: World, index: IndexServer, **options: Any) -> None:
        self.index, self.steps = index, Steps()
        self.catalog = world.catalog(index.url, **options)
        self.inspector = IndexInspector(self.catalog.network, str(world.folder), self.steps)

    def files(self) -> tuple[Distribution, ...]:
        return self.catalog.distributions("lib", "1.0")

    def one(self) -> Inspected:
        (found,) = self.inspector.inspect(self.files())
        return found


def requests(index: IndexServer) -> list[str]:
    return [path for path in index.paths() if not path.startswith("/simple/")]


@pytest.mark.parametrize("built", [SMALL, LARGE], ids=["whole", "by ranges"])
def test_a_wheel_is_read(world: World, index: IndexServer, built: Built) -> None:
    index.add("lib", built)
    found = Look(world, index).one()
    assert isinstance(found, Contents)
    assert (found.licences, found.backend) == (("License: MIT",), "flit")
    assert found.installed is not None
    assert found.installed.import_names == ("lib",)
    assert found.in_part == (built is LARGE)


def test_of_a_large_wheel_little_is_fetched(world: World, index: IndexServer) -> None:
    assert len(LARGE.content) > WHOLE_BYTES
    index.add("lib", LARGE)
    Look(world, index).one()
    asked = [seen.headers.get("range", "") for seen in index.requests if seen.path.startswith("/files/")]
    assert asked
    assert all(text.startswith("bytes=") for text in asked)


@pytest.mark.parametrize("claimed", [True, False], ids=["size known", "size unknown"])
def test_servers_without_ranges(world: World, index: IndexServer, claimed: bool) -> None:
    index.ranges = False
    index.add("lib", LARGE, **({} if claimed else {"size": None}))
    found = Look(world, index).one()
    if claimed:
        assert isinstance(found, Contents)
    else:
        assert found == Unread(why="a file of unknown size is not fetched for a look")


def test_an_sdist_is_read(world: World, index: IndexServer) -> None:
    index.add("lib", SOURCE)
    found = Look(world, index).one()
    assert found == Contents(
        licences=("License: MIT",), backend="own", said_in=("PKG-INFO", "pyproject.toml")
    )


def test_an_sdist_that_is_too_large_is_not_fetched(world: World, index: IndexServer) -> None:
    index.add("lib", SOURCE, size=MOST_BYTES + 1)
    assert Look(world, index).one() == Unread(
        why=f"a file of {MOST_BYTES + 1} bytes is not fetched for a look"
    )
    assert requests(index) == []


def test_files_are_asked_once_and_then_remembered(world: World, index: IndexServer) -> None:
    index.add("lib", SMALL, SOURCE)
    look = Look(world, index)
    first = look.inspector.inspect(look.files() * 2)
    assert len(first) == 4
    assert look.steps.said == [
        ("looking into files", 2),
        ("looking into files", 1),
        ("looking into files", 2),
    ]
    index.requests.clear()
    again = Look(world, index)
    assert again.inspector.inspect(again.files() * 2) == first
    assert requests(index) == []
    assert again.steps.said == []


def test_broken_entries_and_those_of_other_readers_are_read_anew(world: World, index: IndexServer) -> None:
    index.add("lib", SMALL)
    first = Look(world, index).one()
    (entry,) = (world.folder / "contents").rglob("*.json")
    entry.write_bytes(b'{"people": 1}')
    assert Look(world, index).one() == first


def test_a_cache_that_cannot_be_written_is_done_without(world: World, index: IndexServer) -> None:
    index.add("lib", SMALL)
    world.folder.mkdir(exist_ok=True)
    (world.folder / "contents").write_bytes(b"a file is in the way")
    assert isinstance(Look(world, index).one(), Contents)


def test_files_without_a_digest_are_not_remembered(world: World, index: IndexServer) -> None:
    index.hashes = False
    index.add("lib", LARGE)
    Look(world, index).one()
    index.requests.clear()
    assert isinstance(Look(world, index).one(), Contents)
    assert requests(index)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"no zip", "it is no readable wheel: File is not a zip file", id="no zip"),
        pytest.param(
            SMALL.content[:-30],
            "it is no readable wheel: File is not a zip file",
            id="cut off",
        ),
    ],
)
def test_what_is_no_wheel_is_told(world: World, index: IndexServer, content: bytes, why: str) -> None:
    index.add("lib", Built(SMALL.filename, content))
    assert Look(world, index).one() == Unread(why=why)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_broken_compression_is_told(world: World, index: IndexServer, method: int) -> None:
    """zipfile has another exception for each kind of it."""
    text = random.Random(2).randbytes(4_000)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("lib-1.0.dist-info/METADATA", text)
        start = archive.infolist()[0].header_offset + 30 + len("lib-1.0.dist-info/METADATA")
    content = bytearray(packed.getvalue())
    content[start + 40 : start + 80] = bytes(range(200, 240))
    index.add("lib", Built(SMALL.filename, bytes(content)))
    found = Look(world, index).one()
    assert isinstance(found, Unread)
    assert found.why.startswith("it is no readable wheel: ")
    with pytest.raises(InvalidMetadata):
        wheel_metadata(io.BytesIO(bytes(content)), SMALL.filename)


def test_more_text_than_any_honest_wheel_has(world: World, index: IndexServer) -> None:
    bomb = wheel("lib", "1.0", members={"dist-info/entry_points.txt": bytes(MAX_BYTES + 1)})
    assert len(bomb.content) < WHOLE_BYTES
    index.add("lib", bomb)
    why = "it is no readable wheel: lib-1.0.dist-info/entry_points.txt is larger than 8 MiB"
    assert Look(world, index).one() == Unread(why=why)


def test_more_members_than_any_honest_wheel_has(
    world: World, index: IndexServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinkit.adapters.inspector.MOST_MEMBERS", 3)
    index.add("lib", SMALL)
    assert Look(world, index).one() == Unread(why="it is no readable wheel: it has more than 3 members")


def test_a_wheel_without_metadata(world: World, index: IndexServer) -> None:
    index.add("lib", Built(SMALL.filename, EMPTY_ZIP))
    assert Look(world, index).one() == Unread(why="it is no readable wheel: it has 0 METADATA files")


def test_refusals_are_told(world: World, index: IndexServer) -> None:
    index.add("lib", SMALL)
    index.always(f"/files/{SMALL.filename}", Status(403))
    assert Look(world, index).one() == Unread(why="the server answered 403")


def test_other_bytes_than_claimed_stop_everything(world: World, index: IndexServer) -> None:
    index.add("lib", SMALL, hashes={"sha256": "0" * 64})
    with pytest.raises(IntegrityError):
        Look(world, index).one()


def test_offline_only_the_cache_answers(world: World, index: IndexServer) -> None:
    index.add("lib", LARGE, provenance=f"{index.origin}/p")
    look = Look(world, index)
    look.files()
    offline = Look(world, index, offline=True)
    assert offline.one() == Unread(why="the network may not be used with --offline")
    assert offline.inspector.publishers(offline.files()) == (Unread(why="it is not cached"),)


def test_publishers_are_asked_once(world: World, index: IndexServer) -> None:
    index.put("/p", b'{"attestation_bundles": [{"publisher": {"kind": "GitHub", "repository": "a/b"}}]}')
    index.add("lib", SMALL, provenance=f"{index.origin}/p")
    index.add("lib", SOURCE)
    for _ in range(2):
        look = Look(world, index)
        assert look.inspector.publishers(look.files()) == (("GitHub a/b",), ())
    assert requests(index) == ["/p"]
    (seen,) = [seen for seen in index.requests if seen.path == "/p"]
    assert seen.headers["accept"].startswith("application/vnd.pypi.integrity.v1+json")


@pytest.mark.parametrize(
    ("provenance", "why"),
    [
        pytest.param("/none", "the server answered 404", id="not there"),
        pytest.param("/bad", "it is no JSON", id="no provenance"),
        pytest.param("file:///etc/hostname", "its address is no URL of a server", id="a file"),
    ],
)
def test_provenance_that_cannot_be_read(world: World, index: IndexServer, provenance: str, why: str) -> None:
    index.put("/bad", b"{")
    url = provenance if provenance.startswith("file") else index.origin + provenance
    index.add("lib", SMALL, provenance=url)
    look = Look(world, index)
    assert look.inspector.publishers(look.files()) == (Unread(why=why),)
