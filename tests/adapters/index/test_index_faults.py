"""What goes wrong on the way to an index, each with its exit class; nothing lost, nothing half-written."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters import page_body
from pinkit.adapters.catalog import Hooks
from pinkit.adapters.http_network import Network
from pinkit.errors import ExitCode, IntegrityError, PinkitError, Unavailable
from pinkit.formats.core_metadata import InvalidMetadata
from tests.support.distributions import metadata_text, sdist, wheel, zip_bytes
from tests.support.index_server import (
    Body,
    Drip,
    Dropped,
    Endless,
    Fault,
    HeadDrip,
    IndexServer,
    Silent,
    Status,
    Truncated,
)
from tests.support.ports import held_port

if TYPE_CHECKING:
    from tests.adapters.index.conftest import World

PAGE = "/simple/demo/"


pytestmark = pytest.mark.usefixtures("client")


@pytest.fixture
def demo(index: IndexServer) -> IndexServer:
    index.add("demo", wheel("demo", "1.0", ("other",)))
    return index


RECOVERED = [
    pytest.param([Status(500)], id="500-then-200"),
    pytest.param([Status(502), Status(503)], id="502-503-then-200"),
    pytest.param([Status(429, {"Retry-After": "3"})], id="429-then-200"),
    pytest.param([Dropped()], id="connection-dropped"),
    pytest.param([Truncated(5)], id="truncated-then-whole"),
    pytest.param([Dropped(), Status(500), Truncated(1)], id="three-in-a-row"),
]


@pytest.mark.parametrize("faults", RECOVERED)
def test_what_passes_is_tried_again(demo: IndexServer, world: World, faults: list[Fault]) -> None:
    demo.fail(PAGE, *faults)
    assert world.catalog(demo.url).project("demo").versions == ("1.0",)
    assert len(world.pauses) == len(faults)


def test_retry_after_is_honoured(demo: IndexServer, world: World) -> None:
    demo.fail(PAGE, Status(429, {"Retry-After": "7"}), Status(500))
    world.catalog(demo.url).project("demo")
    assert world.pauses[0] == 7
    assert 0 < world.pauses[1] < 1


def refused(
    world: World, url: str, kind: type[PinkitError] = Unavailable, code: ExitCode = ExitCode.UNAVAILABLE
) -> str:
    """The text of the error that asking for the project gives; it names the class and the exit code."""
    with pytest.raises(kind) as caught:
        world.catalog(url).project("demo")
    assert caught.value.exit_code is code
    return f"{caught.value.what}\n{caught.value.why}\n{caught.value.hint}"


REFUSED = [
    pytest.param(Status(500), "the server answered 500; tried 4 times", id="500-for-ever"),
    pytest.param(Status(429, {"Retry-After": "86400"}), "come back in 86400 s", id="429-tomorrow"),
    pytest.param(Status(403), "the server answered 403", id="403"),
    pytest.param(Status(401), "the server answered 401", id="401"),
    pytest.param(Status(418), "the server answered 418", id="strange-status"),
    pytest.param(Dropped(), "tried 4 times", id="dropped-for-ever"),
    pytest.param(Truncated(20), "tried 4 times", id="truncated-for-ever"),
    pytest.param(Status(302, {"Location": PAGE}), "more than 10 redirects", id="redirect-loop"),
    pytest.param(Status(302, {"Location": "ftp://index.example/"}), "not HTTP", id="redirect-to-ftp"),
    pytest.param(Status(302, {"Location": "http://[bad/"}), "no URL", id="redirect-to-nonsense"),
    pytest.param(
        Status(302, {"Location": f"http://{'a' * 300}/"}), "could not be read", id="redirect-to-long-host"
    ),
    pytest.param(Status(302), "the server answered 302", id="redirect-to-nowhere"),
    pytest.param(Body(b"<html><form>log in</form></html>", "text/html"), "no index page", id="login-page"),
    pytest.param(Body(b"<html>", "text/html"), "no index page", id="empty-html"),
    pytest.param(Body(b"{", "application/json"), "malformed JSON", id="half-json"),
    pytest.param(Body(b'{"name":"demo","files":[{"filename":1}]}'), "malformed JSON", id="wrong-type"),
    pytest.param(Body(b'{"name":"other","files":[]}'), "the page is that of 'other'", id="another-project"),
    pytest.param(Body(b'{"meta":{"api-version":"2.0"},"name":"demo","files":[]}'), "version 2.0", id="api-2"),
    pytest.param(Body(b"GIF89a", "image/gif"), "'image/gif' is no index page", id="image"),
    pytest.param(Body(b"x", headers={"Content-Encoding": "br"}), "'br' was not asked for", id="encoding"),
    pytest.param(
        Body(b"plain text", headers={"Content-Encoding": "gzip"}), "compressed is broken", id="no-gzip"
    ),
    pytest.param(
        Body(zlib.compress(b"{}" * 999, wbits=31)[:-9], headers={"Content-Encoding": "gzip"}),
        "cut off",
        id="half-gzip",
    ),
    pytest.param(
        Body(b'{"name":"demo","files":[{"filename":"../../demo-1.0.tar.gz","url":"x"}]}'),
        "unsafe filename",
        id="path-escape-in-filename",
    ),
    pytest.param(
        Body(b'{"name":"demo","files":[{"filename":"demo-1.0\\u001b[2J.tar.gz","url":"x"}]}'),
        "unsafe filename",
        id="escape-sequence-in-filename",
    ),
]


@pytest.mark.parametrize(("fault", "expected"), REFUSED)
def test_what_is_no_answer_is_never_an_empty_project(
    demo: IndexServer, world: World, fault: Fault, expected: str
) -> None:
    demo.always(PAGE, fault)
    text = refused(world, demo.url)
    assert expected in text
    assert text.isprintable() or "\n" in text
    assert "\x1b" not in text


HTML_PAGE = (
    b'<!DOCTYPE html><html><body><a href="demo-1.0.zip">x</a><a href="demo-2.0.zip">y</a></body></html>'
)


def test_html_without_a_length_must_have_an_end(demo: IndexServer, world: World) -> None:
    demo.always(PAGE, Endless(HTML_PAGE[:70], 1, content_type="text/html"))
    assert "may be cut off" in refused(world, demo.url)
    demo.always(PAGE, Endless(HTML_PAGE, 1, content_type="text/html"))
    assert world.catalog(demo.url).project("demo").versions == ("1.0", "2.0")


def test_json_without_a_length(demo: IndexServer, world: World) -> None:
    page = b'{"name":"demo","files":[{"filename":"demo-1.0.zip","url":"x","hashes":{}}]}'
    demo.always(PAGE, Endless(page[:-2], 1))
    assert "malformed JSON" in refused(world, demo.url)
    demo.always(PAGE, Endless(page, 1))
    assert world.catalog(demo.url).project("demo").versions == ("1.0",)


def test_server_down(world: World) -> None:
    with held_port() as port:
        assert "connection refused; tried 4 times" in refused(world, f"http://127.0.0.1:{port}/simple/")
    assert len(world.pauses) == 3


def test_unresolvable_host(world: World) -> None:
    refused(world, "http://index.invalid/simple/")


def test_a_page_of_200_mb(demo: IndexServer, world: World) -> None:
    demo.always(PAGE, Endless(b" " * (1 << 20), 200))
    assert "more than 64 MiB" in refused(world, demo.url)


def test_a_page_that_announces_200_mb(demo: IndexServer, world: World) -> None:
    demo.always(PAGE, Status(200, {"Content-Type": "application/json", "Content-Length": str(200 << 20)}))
    assert "more than 64 MiB" in refused(world, demo.url)
    assert world.pauses == []


def test_a_page_that_unpacks_to_more_than_64_mib(demo: IndexServer, world: World) -> None:
    bomb = zlib.compress(b" " * (page_body.MAX_PAGE_BYTES + 1), 9, wbits=31)
    demo.always(PAGE, Body(bomb, headers={"Content-Encoding": "gzip"}))
    assert "unpacks to more than 64 MiB" in refused(world, demo.url)


def slow_network(monkeypatch: pytest.MonkeyPatch, **limits: Any) -> None:
    from pinkit.adapters import network_side

    monkeypatch.setattr(network_side, "network_of", lambda _: Network(**limits))


def test_a_slow_drip_is_given_up(demo: IndexServer, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_network(monkeypatch, total_s=0.2, attempts=1)
    demo.always(PAGE, Drip())
    assert "not complete after 0.2 s" in refused(world, demo.url)


def test_a_slow_head_is_given_up(demo: IndexServer, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_network(monkeypatch, read_s=0.2, attempts=2)
    demo.always(PAGE, HeadDrip())
    assert "tried 2 times" in refused(world, demo.url)


def test_silence_is_given_up(demo: IndexServer, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_network(monkeypatch, read_s=0.2, attempts=2)
    demo.always(PAGE, Silent())
    assert "tried 2 times" in refused(world, demo.url)


def test_a_fault_leaves_what_was_known(demo: IndexServer, world: World) -> None:
    world.catalog(demo.url).project("demo")
    world.now += 601
    demo.always(PAGE, Status(500))
    refused(world, demo.url)
    assert world.catalog(demo.url, offline=True).project("demo").versions == ("1.0",)


METADATA = "/files/demo-1.0-py3-none-any.whl.metadata"


def test_a_sidecar_that_is_not_what_was_claimed(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), sidecar="wrong")
    with pytest.raises(IntegrityError, match="not what its index claims") as caught:
        world.catalog(index.url).dependencies("demo", "1.0")
    assert caught.value.exit_code is ExitCode.INTEGRITY
    assert world.pauses == []


def test_a_sidecar_of_another_release(index: IndexServer, world: World) -> None:
    lying = wheel("demo", "1.0", metadata=metadata_text("other", "1.0"))
    index.add("demo", lying)
    with pytest.raises(InvalidMetadata, match=r"demo 1\.0 cannot be used"):
        world.catalog(index.url).dependencies("demo", "1.0")


def test_a_requirement_that_is_none(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0", ("???",)), wheel("demo", "0.9", ("fine",)))
    catalog = world.catalog(index.url)
    with pytest.raises(InvalidMetadata):
        catalog.dependencies("demo", "1.0")
    assert catalog.dependencies("demo", "0.9") == (("fine", (), "", ""),)


def test_unusable_metadata_are_not_asked_for_again(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0", ("???",)))
    texts = []
    for _ in ("cold", "warm"):
        catalog = world.catalog(index.url)
        for ask in (catalog.dependencies, catalog.dependencies, catalog.requires_python):
            with pytest.raises(InvalidMetadata) as caught:
                ask("demo", "1.0")
            texts.append((caught.value.what, caught.value.why, caught.value.hint))
    assert len(set(texts)) == 1
    assert len(index.requests) == 2


@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole"])
def test_a_zip_bomb_in_a_wheel(index: IndexServer, world: World, ranges: bool) -> None:
    index.ranges = ranges
    index.add(
        "demo", wheel("demo", "1.0", metadata=metadata_text("demo", "1.0") + b" " * (9 << 20)), sidecar=False
    )
    with pytest.raises(InvalidMetadata) as caught:
        world.catalog(index.url).dependencies("demo", "1.0")
    assert "unpacks to more than 8 MiB" in caught.value.why


def test_a_sidecar_may_be_sent_compressed(demo: IndexServer, world: World) -> None:
    text = wheel("demo", "1.0", ("other",)).metadata
    demo.always(METADATA, Body(zlib.compress(text, wbits=31), headers={"Content-Encoding": "gzip"}))
    assert world.catalog(demo.url).dependencies("demo", "1.0")[0][0] == "other"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (zlib.compress(b" " * (9 << 20), wbits=31), "more than 8 MiB"),
        (zlib.compress(b"Name: demo", wbits=31)[:-5], "cut off"),
        (b"plain text, that is", "broken"),
    ],
    ids=["bomb", "half", "lie"],
)
def test_a_compressed_sidecar_that_cannot_be_read(
    demo: IndexServer, world: World, body: bytes, expected: str
) -> None:
    demo.always(METADATA, Body(body, headers={"Content-Encoding": "gzip"}))
    with pytest.raises(Unavailable) as caught:
        world.catalog(demo.url).dependencies("demo", "1.0")
    assert expected in caught.value.why


def test_a_sidecar_that_is_huge(demo: IndexServer, world: World) -> None:
    demo.always(METADATA, Endless(b"x" * (1 << 20), 20))
    with pytest.raises(Unavailable, match="too large"):
        world.catalog(demo.url).dependencies("demo", "1.0")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no zip at all", id="no-zip"),
        pytest.param(zip_bytes({"demo.py": b""}), id="no-metadata"),
        pytest.param(
            zip_bytes({"a-1.dist-info/METADATA": b"", "b-1.dist-info/METADATA": b""}),
            id="two-foreign-metadata",
        ),
        pytest.param(wheel("demo", "1.0").content[:-30], id="cut-off"),
    ],
)
@pytest.mark.parametrize("ranges", [True, False], ids=["ranges", "whole"])
def test_a_broken_wheel(index: IndexServer, world: World, content: bytes, ranges: bool) -> None:
    index.ranges = ranges
    index.add("demo", wheel("demo", "1.0")._replace(content=content), sidecar=False)
    with pytest.raises(InvalidMetadata, match="no usable metadata"):
        world.catalog(index.url).dependencies("demo", "1.0")


def test_no_digest_is_computed_of_what_may_be_cut_off(index: IndexServer, world: World) -> None:
    index.hashes = False
    index.add("demo", wheel("demo", "1.0"), size=None)
    index.always("/files/demo-1.0-py3-none-any.whl", Endless(b"half of it", 1))
    with pytest.raises(Unavailable) as caught:
        world.catalog(index.url).digests("demo", "1.0", None)
    assert "may be cut off" in caught.value.why


@pytest.mark.parametrize("fault", [Status(404), Status(500)])
def test_a_file_that_is_not_there(index: IndexServer, world: World, fault: Fault) -> None:
    index.add("demo", wheel("demo", "1.0"))
    index.always("/files/demo-1.0-py3-none-any.whl", fault)
    catalog = world.catalog(index.url)
    with pytest.raises(Unavailable, match="could not be read"):
        catalog.open_distribution(catalog.distributions("demo", "1.0")[0])
    assert not list(world.folder.rglob(".part.*"))


def test_every_claimed_digest_counts(index: IndexServer, world: World) -> None:
    built = wheel("demo", "1.0")
    right = {"sha256": hashlib.sha256(built.content).hexdigest(), "shake_128": "00", "unheard-of": "00"}
    index.add("demo", built, hashes=right)
    index.add("demo", wheel("demo", "2.0"), hashes=right | {"sha512": "0" * 128}, size=len(built.content))
    index.put("/files/demo-2.0-py3-none-any.whl", built.content)
    catalog = world.catalog(index.url)
    assert catalog.open_distribution(catalog.distributions("demo", "1.0")[0]).read_bytes() == built.content
    with pytest.raises(IntegrityError) as caught:
        catalog.open_distribution(catalog.distributions("demo", "2.0")[0])
    assert "sha512" in caught.value.why


def test_a_file_of_another_size(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), size=10_000)
    catalog = world.catalog(index.url)
    with pytest.raises(IntegrityError) as caught:
        catalog.open_distribution(catalog.distributions("demo", "1.0")[0])
    assert "where the index says 10000" in caught.value.why


def test_a_file_larger_than_claimed_is_not_read_on(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), size=10)
    index.always("/files/demo-1.0-py3-none-any.whl", Endless(b"x" * (1 << 20), 200))
    catalog = world.catalog(index.url)
    with pytest.raises(IntegrityError) as caught:
        catalog.open_distribution(catalog.distributions("demo", "1.0")[0])
    assert "more than the 10 bytes" in caught.value.why


def test_an_error_page_larger_than_the_file_is_no_forgery(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), size=10)
    index.always("/files/demo-1.0-py3-none-any.whl", Status(404, {}, b"not here " * 1000))
    catalog = world.catalog(index.url)
    with pytest.raises(Unavailable, match="could not be read"):
        catalog.open_distribution(catalog.distributions("demo", "1.0")[0])


def test_a_cache_that_cannot_hold_files(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"))
    catalog = world.catalog(index.url)
    found = catalog.distributions("demo", "1.0")[0]
    (world.folder / "files").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be kept"):
        catalog.open_distribution(found)


def test_a_wheel_with_a_wrong_hash(index: IndexServer, world: World) -> None:
    index.ranges = False
    index.add("demo", wheel("demo", "1.0"), sidecar=False, hashes={"sha256": "0" * 64})
    with pytest.raises(IntegrityError, match="not what its index claims"):
        world.catalog(index.url).dependencies("demo", "1.0")
    assert not list(world.folder.rglob("*.whl"))
    assert not list(world.folder.rglob(".part.*"))


@pytest.mark.parametrize("path", ["../../evil", "/etc/evil", "demo-1.0/../../evil"])
@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_a_path_escape_in_an_sdist(index: IndexServer, world: World, path: str, suffix: str) -> None:
    index.add("demo", sdist("demo", "1.0", members={path: b""}, suffix=suffix))
    with pytest.raises(IntegrityError, match="leaves the archive") as caught:
        world.catalog(index.url).dependencies("demo", "1.0")
    assert caught.value.exit_code is ExitCode.INTEGRITY


def test_a_malformed_digest_of_a_guess_hurts_nobody(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "2.0"), hashes={"sha256": "abc"})
    index.add("demo", wheel("demo", "1.0", ("fine",)))
    catalog = world.catalog(index.url)
    catalog.hooks = Hooks(guess=lambda project: project.versions[-1], follow=lambda *_: ())
    catalog.prefetch_projects(["demo"])
    assert catalog.project("demo").versions == ("1.0", "2.0")
    assert catalog.dependencies("demo", "1.0")[0][0] == "fine"
    with pytest.raises(Unavailable, match="no usable project page"):
        catalog.dependencies("demo", "2.0")


@pytest.mark.parametrize("hashes", [{"sha256": "abc"}, {"sha256": "x" * 64}, {"a b": "00"}])
def test_a_malformed_digest_is_no_missing_one(
    index: IndexServer, world: World, hashes: dict[str, str]
) -> None:
    index.add("demo", wheel("demo", "1.0"), hashes=hashes)
    with pytest.raises(Unavailable, match="no usable project page"):
        world.catalog(index.url).digests("demo", "1.0", None)


@pytest.mark.parametrize(
    "url", ["ftp://index.example/x", "javascript:x", "http://[bad/x.whl#", "http://index.example/\u202e"]
)
def test_a_url_that_is_none(index: IndexServer, world: World, url: str) -> None:
    index.add("demo", wheel("demo", "1.0"), url=url)
    with pytest.raises(Unavailable, match="no usable project page"):
        world.catalog(index.url).distributions("demo", "1.0")
