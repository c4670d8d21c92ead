"""The catalog over a real server: what it says, and what it asks for."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.catalog import Hooks
from pinkit.errors import Unavailable
from tests.support.distributions import sdist, wheel
from tests.support.index_server import Held

if TYPE_CHECKING:
    from tests.adapters.index.conftest import World
    from tests.support.index_server import IndexServer


@pytest.fixture
def demo(index: IndexServer) -> IndexServer:
    index.add("demo", wheel("demo", "1.0", ("other>=2", 'extra-thing; extra == "more"'), extras=("more",)))
    index.add("demo", sdist("demo", "1.0"), upload_time="2024-01-02T03:04:05.999999Z")
    index.add("demo", wheel("demo", "0.9.0"), yanked="broken", requires_python=">=3.8")
    index.add("demo", wheel("demo", "1.1rc1", tag="cp312-cp312-manylinux_2_28_x86_64"))
    return index


@pytest.mark.parametrize("html_only", [False, True], ids=["json", "html"])
def test_project(demo: IndexServer, world: World, html_only: bool) -> None:
    demo.html_only = html_only
    project = world.catalog(demo.url).project("demo")
    assert project.versions == ("0.9.0", "1.0", "1.1rc1")
    assert dict(project.classes) == {
        (">=3.8", "py3-none-any", True): 0b10,
        ("", "py3-none-any", False): 0b100,
        ("", "sdist", False): 0b100,
        ("", "cp312-cp312-manylinux_2_28_x86_64", False): 0b1000,
    }
    assert project.index == "index0"


def test_upload_times(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), upload_time="2024-01-02T03:04:05.9Z")
    index.add("demo", sdist("demo", "1.0"), upload_time="2024-01-02T03:04:07Z")
    index.add("demo", wheel("demo", "2.0"))
    project = world.catalog(index.url).project("demo")
    assert project.first_upload == (1704164645, 0)
    assert project.last_upload == (1704164647, 0)


def test_upload_times_are_absent_where_no_file_has_one(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"))
    project = world.catalog(index.url).project("demo")
    assert project.first_upload == project.last_upload == ()


def test_unknown_project(index: IndexServer, world: World) -> None:
    project = world.catalog(index.url).project("nothing")
    assert (project.versions, project.index) == ((), "")


def test_dependencies_come_in_file_order(demo: IndexServer, world: World) -> None:
    catalog = world.catalog(demo.url)
    assert catalog.dependencies("demo", "1.0") == (
        ("other", (), ">=2", ""),
        ("extra-thing", (), "", 'extra == "more"'),
    )
    assert catalog.extras("demo", "1.0") == ("more",)
    assert catalog.requires_python("demo", "1.0") == ""


def test_a_release_that_no_index_has(demo: IndexServer, world: World) -> None:
    catalog = world.catalog(demo.url)
    for ask in (catalog.dependencies, catalog.distributions):
        with pytest.raises(Unavailable, match="no index has demo 7"):
            ask("demo", "7")


def test_distributions(demo: IndexServer, world: World) -> None:
    for _ in ("cold", "warm"):
        found = world.catalog(demo.url).distributions("demo", "1.0")
        assert [each.filename for each in found] == ["demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"]
        built = wheel("demo", "1.0", ("other>=2", 'extra-thing; extra == "more"'), extras=("more",))
        assert found[0].size == len(built.content)
        assert found[0].url == f"{demo.origin}/files/demo-1.0-py3-none-any.whl"
        assert found[0].core_metadata is not None
        assert found[0].core_metadata.startswith("sha256:")
        assert found[1].core_metadata is None
        assert found[1].upload_time == 1704164645
        yanked = world.catalog(demo.url).distributions("demo", "0.9.0")[0]
        assert (yanked.yanked, yanked.requires_python) == ("broken", ">=3.8")


def test_digests_are_sorted_and_bounded_by_the_cutoff(index: IndexServer, world: World) -> None:
    early, late = wheel("demo", "1.0"), sdist("demo", "1.0")
    index.add("demo", early, upload_time="2024-01-01T00:00:00Z")
    index.add("demo", late, upload_time="2024-01-02T00:00:00Z")
    for _ in ("cold", "warm"):
        catalog = world.catalog(index.url)
        everything = catalog.digests("demo", "1.0", None)
        assert list(everything) == sorted(everything)
        assert len(everything) == 2
        assert catalog.digests("demo", "1.0", 1704153600) == everything
        before = catalog.digests("demo", "1.0", 1704153599)
        assert len(before) == 1
        assert before[0] in everything
        assert catalog.digests("demo", "1.0", 1) == ()


def test_digests_are_computed_where_the_index_claims_none(index: IndexServer, world: World) -> None:
    import hashlib

    index.hashes = False
    index.add("demo", wheel("demo", "1.0"), sdist("demo", "1.0"))
    expected = {
        f"sha256:{hashlib.sha256(each.content).hexdigest()}"
        for each in (wheel("demo", "1.0"), sdist("demo", "1.0"))
    }
    assert set(world.catalog(index.url).digests("demo", "1.0", None)) == expected
    asked = len(index.requests)
    assert set(world.catalog(index.url).digests("demo", "1.0", None)) == expected
    assert len(index.requests) == asked


def test_a_second_run_asks_nothing(demo: IndexServer, world: World) -> None:
    def look() -> tuple[object, ...]:
        catalog = world.catalog(demo.url)
        return (
            catalog.project("demo"),
            catalog.project("nothing"),
            catalog.dependencies("demo", "1.0"),
            catalog.distributions("demo", "1.0"),
            catalog.digests("demo", "1.0", None),
        )

    first = look()
    asked = len(demo.requests)
    assert look() == first
    assert len(demo.requests) == asked


def test_a_warm_run_imports_no_network_stack(demo: IndexServer, world: World) -> None:
    catalog = world.catalog(demo.url)
    catalog.dependencies("demo", "1.0")
    catalog.digests("demo", "1.0", None)
    world.close()
    script = f"""
import sys
from pinkit.adapters.index import open_catalog
from pinkit.adapters.index_settings import index_settings
environ = {{"PIP_CONFIG_FILE": "/dev/null"}}
settings = index_settings(environ, default={demo.url!r})
catalog = open_catalog(settings, {str(world.folder)!r}, environ, print, now=lambda: {world.now})
catalog.prefetch_projects(["demo"])
assert catalog.project("demo").versions
catalog.prefetch_dependencies([("demo", "1.0")])
assert catalog.dependencies("demo", "1.0")
assert catalog.digests("demo", "1.0", None)
catalog.close()
print(sorted({{"urllib3", "requests", "msgspec", "packaging", "email", "ssl", "http.client"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_prefetching_goes_on_by_itself(index: IndexServer, world: World) -> None:
    index.add("a", wheel("a", "1.0", ("b", "c; extra == 'x'")))
    index.add("b", wheel("b", "2.0", ("d",)))
    index.add("c", wheel("c", "1.0"))
    index.add("d", wheel("d", "3.0"))
    catalog = world.catalog(index.url)
    catalog.hooks = Hooks(
        guess=lambda project: project.versions[-1] if project.versions else None,
        follow=lambda _, dependencies: [name for name, _, _, marker in dependencies if "extra" not in marker],
    )
    catalog.prefetch_projects(["a"])
    # Asking for the end of the chain joins the work of the threads; nothing is fetched twice.
    for name in ("a", "b", "d"):
        version = catalog.project(name).versions[-1]
        catalog.prefetch_dependencies([(name, version)])
        catalog.dependencies(name, version)
    paths = index.paths()
    assert len(paths) == len(set(paths)) == 6
    assert "/simple/c/" not in paths


def test_progress_counts_what_is_done_and_wanted(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"))
    held = Held()
    index.fail("/simple/demo/", held)
    catalog = world.catalog(index.url)
    told: list[tuple[int, int | None]] = []

    def step(done: int, total: int | None = None) -> None:
        told.append((done, total))
        held.gate.set()

    catalog.step = step
    catalog.prefetch_projects(["demo"])
    while not index.requests:
        threading.Event().wait(0.001)
    assert catalog.project("demo").versions == ("1.0",)
    assert told[0] == (0, 1)
    assert all(total == 1 for _, total in told)


def test_until_when_answers_are_fresh(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"))
    index.add("more", wheel("more", "1.0"))
    catalog = world.catalog(index.url)
    assert catalog.fresh_until(7) == 7
    catalog.project("demo")
    assert catalog.fresh_until(2 * 10**9) == world.now + 600
    index.page_headers = {"Cache-Control": "max-age=60"}
    catalog.project("more")
    assert catalog.fresh_until(2 * 10**9) == world.now + 60
    catalog.project("nothing")
    assert catalog.fresh_until(7) == 7


def test_prefetching_unknown_things_is_harmless(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"))
    catalog = world.catalog(index.url)
    catalog.prefetch_dependencies([("demo", "1.0"), ("nothing", "1")])
    assert index.requests == []
    catalog.project("demo")
    catalog.project("nothing")
    catalog.prefetch_dependencies([("demo", "9"), ("nothing", "1")])
    assert len(index.requests) == 2


def test_prefetching_goes_on_where_metadata_are_stored_and_pages_are_stale(
    index: IndexServer, world: World
) -> None:
    index.add("a", wheel("a", "1.0", ("b",)))
    index.add("b", wheel("b", "2.0"))
    first = world.catalog(index.url)
    assert first.dependencies("a", "1.0")
    assert first.dependencies("b", "2.0") == ()
    index.requests.clear()
    world.now += 601
    catalog = world.catalog(index.url)
    catalog.hooks = Hooks(
        guess=lambda project: project.versions[-1],
        follow=lambda _, dependencies: [name for name, *_ in dependencies],
    )
    catalog.prefetch_projects(["a"])
    while "/simple/b/" not in index.paths():
        threading.Event().wait(0.001)
    assert index.paths() == ["/simple/a/", "/simple/b/"]


def test_notes_are_found_again_without_reading_the_page(demo: IndexServer, world: World) -> None:
    first = world.catalog(demo.url)
    assert first.notes("demo", "view") is None
    first.keep_notes("demo", "view", b"of nothing that is known")
    assert first.notes("demo", "view") is None
    digests = first.digests("demo", "1.0", None)
    first.keep_notes("demo", "view", b"noted")
    assert first.notes("demo", "view") == b"noted"
    again = world.catalog(demo.url)
    demo.requests.clear()
    assert again.notes("demo", "view") == b"noted"
    assert again.notes("demo", "another view") is None
    assert (again.index_of("demo"), again.digests("demo", "1.0", None)) == ("index0", digests)
    assert again.project("demo").versions == ("0.9.0", "1.0", "1.1rc1")
    assert demo.requests == []


def test_notes_end_with_their_page(demo: IndexServer, world: World) -> None:
    first = world.catalog(demo.url)
    first.project("demo")
    first.keep_notes("demo", "view", b"noted")
    demo.add("demo", wheel("demo", "2.0"))
    stale = world.catalog(demo.url, refresh=True)
    assert stale.notes("demo", "view") is None
    assert "2.0" in stale.project("demo").versions
    assert stale.notes("demo", "view") is None
    assert world.catalog(demo.url).notes("demo", "view") is None


def test_notes_of_a_page_that_is_asked_for_again_and_the_same(demo: IndexServer, world: World) -> None:
    first = world.catalog(demo.url)
    first.project("demo")
    first.keep_notes("demo", "view", b"noted")
    world.now += 100_000
    later = world.catalog(demo.url)
    assert later.notes("demo", "view") is None
    later.project("demo")
    assert later.notes("demo", "view") == b"noted"


def test_several_sources_for_one_project_are_noted_together(
    demo: IndexServer, other: IndexServer, world: World
) -> None:
    other.add("demo", wheel("demo", "5.0"))
    both = {"strategy": "unsafe-best-match"}
    first = world.catalog(demo.url, other.url, **both)
    assert first.project("demo").versions[-1] == "5.0"
    first.keep_notes("demo", "view", b"noted")
    again = world.catalog(demo.url, other.url, **both)
    assert again.notes("demo", "view") is None
    assert again.project("demo").versions[-1] == "5.0"
    assert again.notes("demo", "view") == b"noted"
    assert world.catalog(demo.url).notes("demo", "view") is None


def test_the_page_of_another_process(demo: IndexServer, world: World) -> None:
    first = world.catalog(demo.url)
    first.project("demo")
    first.keep_notes("demo", "view", b"noted")
    again = world.catalog(demo.url)
    assert again.notes("demo", "view") == b"noted"
    demo.add("demo", wheel("demo", "2.0"))
    from pinkit.adapters.index import open_catalog
    from pinkit.adapters.index_settings import index_settings

    environ = {"HOME": "/nonexistent", "PIP_CONFIG_FILE": "/dev/null", "NETRC": "/nonexistent"}
    settings = index_settings(environ, named=(("index0", demo.url),), default=demo.url)
    meanwhile = open_catalog(settings, str(world.folder), environ, print, refresh=True, now=lambda: world.now)
    meanwhile.project("demo")
    meanwhile.close()
    with pytest.raises(Unavailable, match="changed during the run"):
        again.project("demo")


def test_who_was_asked_for_before_there_were_hooks_is_followed_too(index: IndexServer, world: World) -> None:
    index.add("a", wheel("a", "1.0", ("b",)))
    index.add("b", wheel("b", "2.0"))
    catalog = world.catalog(index.url)
    catalog.project("a")
    assert index.paths() == ["/simple/a/"]
    catalog.hooks = Hooks(
        guess=lambda project: project.versions[-1] if project.versions else None,
        follow=lambda _, dependencies: [name for name, *_ in dependencies],
    )
    while len(index.paths()) < 4:
        threading.Event().wait(0.001)
    assert index.paths()[2] == "/simple/b/"
    assert catalog.dependencies("b", "2.0") == ()
