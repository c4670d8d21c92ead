"""When an answer is used again, revalidated, or fetched anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.page_fetch import fresh_s
from pinkit.errors import Unavailable
from tests.support.distributions import wheel

if TYPE_CHECKING:
    from tests.adapters.index.conftest import World
    from tests.support.index_server import IndexServer


@pytest.fixture
def demo(index: IndexServer) -> IndexServer:
    index.add("demo", wheel("demo", "1.0"))
    return index


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({}, 600, id="nothing-said"),
        pytest.param({"cache-control": "max-age=60, public"}, 60, id="max-age"),
        pytest.param({"cache-control": 'public, Max-Age="90"'}, 90, id="quoted"),
        pytest.param({"cache-control": "max-age=60", "age": "50"}, 10, id="age"),
        pytest.param({"cache-control": "max-age=60", "age": "500"}, 0, id="already-old"),
        pytest.param({"cache-control": "max-age=365000000, immutable"}, 86400, id="at-most-a-day"),
        pytest.param({"cache-control": "max-age=60, no-cache"}, 0, id="no-cache"),
        pytest.param({"cache-control": "no-store"}, 0, id="no-store"),
        pytest.param({"cache-control": "max-age=soon"}, 600, id="malformed"),
        pytest.param(
            {"expires": "Wed, 01 Jan 2025 00:02:00 GMT", "date": "Wed, 01 Jan 2025 00:00:00 GMT"},
            120,
            id="expires",
        ),
        pytest.param({"expires": "0", "date": "Wed, 01 Jan 2025 00:00:00 GMT"}, 0, id="expires-0"),
    ],
)
def test_lifetime(headers: dict[str, str], expected: int) -> None:
    assert fresh_s(headers) == expected


def versions(world: World, index: IndexServer, name: str = "demo", **options: bool) -> tuple[str, ...]:
    return world.catalog(index.url, **options).project(name).versions


@pytest.mark.parametrize("header", ["max-age=600", ""], ids=["said", "default"])
def test_an_answer_is_used_while_it_is_fresh(demo: IndexServer, world: World, header: str) -> None:
    demo.page_headers = {"Cache-Control": header}
    versions(world, demo)
    demo.add("demo", wheel("demo", "2.0"))
    world.now += 599
    assert versions(world, demo) == ("1.0",)
    world.now += 2
    assert versions(world, demo) == ("1.0", "2.0")


def test_a_stale_answer_is_revalidated(demo: IndexServer, world: World) -> None:
    versions(world, demo)
    world.now += 601
    assert versions(world, demo) == ("1.0",)
    assert demo.requests[-1].headers["if-none-match"]
    world.now += 599
    assert versions(world, demo) == ("1.0",)
    assert len(demo.requests) == 2


def test_last_modified_revalidates_where_there_is_no_etag(demo: IndexServer, world: World) -> None:
    demo.page_headers = {"ETag": "", "Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
    versions(world, demo)
    world.now += 601
    assert versions(world, demo) == ("1.0",)
    assert demo.requests[-1].headers["if-modified-since"] == "Wed, 01 Jan 2025 00:00:00 GMT"
    assert "if-none-match" not in demo.requests[-1].headers


def test_a_server_without_validators_is_asked_again(demo: IndexServer, world: World) -> None:
    demo.page_headers = {"ETag": ""}
    versions(world, demo)
    world.now += 601
    assert versions(world, demo) == ("1.0",)
    demo.add("demo", wheel("demo", "2.0"))
    world.now += 601
    assert versions(world, demo) == ("1.0", "2.0")


@pytest.mark.parametrize("directive", ["no-cache", "no-store", "max-age=0"])
def test_what_may_not_be_used_again_is_not(demo: IndexServer, world: World, directive: str) -> None:
    demo.page_headers = {"Cache-Control": directive}
    versions(world, demo)
    versions(world, demo)
    assert len(demo.requests) == 2
    assert ("if-none-match" in demo.requests[1].headers) == (directive != "no-store")


def test_a_clock_that_was_wrong_keeps_nothing_fresh(demo: IndexServer, world: World) -> None:
    world.now += 10**8
    versions(world, demo)
    world.now -= 10**8
    demo.add("demo", wheel("demo", "2.0"))
    assert versions(world, demo) == ("1.0", "2.0")


def test_within_a_run_the_answer_stays_the_same(demo: IndexServer, world: World) -> None:
    demo.page_headers = {"Cache-Control": "no-store"}
    catalog = world.catalog(demo.url)
    first = catalog.project("demo")
    demo.add("demo", wheel("demo", "2.0"))
    assert catalog.project("demo") is first
    assert len(catalog.distributions("demo", "1.0")) == 1


def test_that_there_is_no_such_project_is_remembered_as_long(index: IndexServer, world: World) -> None:
    assert versions(world, index) == ()
    index.add("demo", wheel("demo", "1.0"))
    assert versions(world, index) == ()
    world.now += 601
    assert versions(world, index) == ("1.0",)


def test_a_project_that_went_away(demo: IndexServer, world: World) -> None:
    versions(world, demo)
    demo.remove("demo")
    world.now += 601
    assert versions(world, demo) == ()


def test_refresh_asks_whatever_is_stored(demo: IndexServer, world: World) -> None:
    versions(world, demo)
    demo.add("demo", wheel("demo", "2.0"))
    assert versions(world, demo, refresh=True) == ("1.0", "2.0")
    assert demo.requests[-1].headers["cache-control"] == "no-cache"


def test_offline_answers_from_the_store_however_old(demo: IndexServer, world: World) -> None:
    online = world.catalog(demo.url)
    online.dependencies("demo", "1.0")
    digests = online.digests("demo", "1.0", None)
    asked = len(demo.requests)
    world.now += 10**8
    offline = world.catalog(demo.url, offline=True)
    assert offline.project("demo").versions == ("1.0",)
    assert offline.dependencies("demo", "1.0") == ()
    assert offline.digests("demo", "1.0", None) == digests
    assert len(demo.requests) == asked


def test_offline_says_what_is_not_there(demo: IndexServer, world: World) -> None:
    offline = world.catalog(demo.url, offline=True)
    with pytest.raises(Unavailable, match="demo is not in the cache"):
        offline.project("demo")
    world.catalog(demo.url).project("demo")
    offline = world.catalog(demo.url, offline=True)
    with pytest.raises(Unavailable, match="not in the cache"):
        offline.dependencies("demo", "1.0")
    with pytest.raises(Unavailable, match="not in the cache"):
        offline.open_distribution(offline.distributions("demo", "1.0")[0])
    assert demo.requests[1:] == []


def test_two_indexes_do_not_share_answers(demo: IndexServer, other: IndexServer, world: World) -> None:
    other.add("demo", wheel("demo", "1.0", ("lies",)))
    same = dict.fromkeys(["sha256"], "0" * 64)
    demo.remove("demo")
    demo.add("demo", wheel("demo", "1.0", ("truth",)), hashes=same)
    other.remove("demo")
    other.add("demo", wheel("demo", "1.0", ("lies",)), hashes=same)
    assert world.catalog(other.url).dependencies("demo", "1.0")[0][0] == "lies"
    assert world.catalog(demo.url).dependencies("demo", "1.0")[0][0] == "truth"
