"""From what the metadata are learned: each rung, in order, and never more than is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.errors import Unavailable
from tests.support.distributions import Built, metadata_text, sdist, wheel
from tests.support.index_server import Endless, IndexServer, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.index.conftest import World

WHEEL = "/files/demo-1.0-py3-none-any.whl"
EXPECTED = (("other", (), ">=2", ""),)
PAYLOAD = bytes(range(256)) * 4000


def big(size: int = 1) -> Built:
    """A wheel that does not fit into the first range request, its directory neither."""
    import random

    return wheel("demo", "1.0", ("other>=2",), payload=random.Random(size).randbytes(300_000))


def test_sidecar(index: IndexServer, world: World) -> None:
    index.add("demo", big())
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert index.paths() == ["/simple/demo/", f"{WHEEL}.metadata"]


def test_an_unhashed_sidecar(index: IndexServer, world: World) -> None:
    index.add("demo", big(), core_metadata=True)
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert index.paths()[-1] == f"{WHEEL}.metadata"


def test_an_unhashed_sidecar_that_may_be_cut_off(index: IndexServer, world: World) -> None:
    index.add("demo", big(), core_metadata=True)
    index.always(f"{WHEEL}.metadata", Endless(metadata_text("demo", "1.0"), 1))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert index.paths()[-1] == WHEEL


@pytest.mark.parametrize("key", ["dist_info_metadata", "data_dist_info_metadata"])
def test_older_names_of_the_claim(index: IndexServer, world: World, key: str) -> None:
    index.add("demo", big(), sidecar=False, **{key: True})
    index.put(f"{WHEEL}.metadata", metadata_text("demo", "1.0", ("other>=2",)))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert index.paths()[-1] == f"{WHEEL}.metadata"


@pytest.mark.parametrize("missing", [404, 403, 410])
def test_a_claimed_sidecar_that_is_not_there(index: IndexServer, world: World, missing: int) -> None:
    index.add("demo", big(), sidecar="claimed")
    index.always(f"{WHEEL}.metadata", Status(missing))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED


def test_a_sidecar_that_cannot_be_had(index: IndexServer, world: World) -> None:
    index.add("demo", big())
    index.always(f"{WHEEL}.metadata", Status(418))
    with pytest.raises(Unavailable, match="could not be read"):
        world.catalog(index.url).dependencies("demo", "1.0")


def test_ranges_of_the_wheel(index: IndexServer, world: World) -> None:
    index.add("demo", big(), sidecar=False)
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    asked = [seen.headers.get("range") for seen in index.requests[1:]]
    assert asked == ["bytes=-16384"]


def test_metadata_far_from_the_end(index: IndexServer, world: World) -> None:
    import random

    from tests.support.distributions import zip_bytes

    content = zip_bytes(
        {
            "demo-1.0.dist-info/METADATA": metadata_text("demo", "1.0", ("other>=2",)),
            "demo.py": random.Random(3).randbytes(200_000),
        }
    )
    index.add("demo", Built("demo-1.0-py3-none-any.whl", content))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert all("range" in seen.headers for seen in index.requests[1:])
    assert len(index.requests) == 3


def test_a_small_wheel_is_one_range(index: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0", ("other>=2",)), sidecar=False)
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert len(index.requests) == 2


def test_a_vendored_dist_info_is_not_the_wheels_own(index: IndexServer, world: World) -> None:
    from tests.support.distributions import zip_bytes

    members = {
        "vendored-9.dist-info/METADATA": metadata_text("vendored", "9", ("wrong",)),
        "demo-1.0.dist-info/METADATA": metadata_text("demo", "1.0", ("other>=2",)),
    }
    index.add("demo", Built("demo-1.0-py3-none-any.whl", zip_bytes(members)))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Status(206, {}, b"x" * 10), id="206-without-content-range"),
        pytest.param(Status(206, {"Content-Range": "bytes 0-99/100"}, b"x" * 10), id="206-too-short"),
        pytest.param(Status(206, {"Content-Range": "bytes 90-99/50"}, b"x" * 10), id="206-past-the-end"),
        pytest.param(Status(416), id="416"),
        pytest.param(Status(501), id="501"),
    ],
)
def test_servers_that_do_ranges_wrongly(index: IndexServer, world: World, answer: Status) -> None:
    index.add("demo", big(), sidecar=False)
    index.fail(WHEEL, answer)
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert "range" not in index.requests[-1].headers


def test_without_ranges_the_whole_wheel_and_the_server_is_remembered(
    index: IndexServer, world: World
) -> None:
    index.ranges = False
    index.add("demo", big(), sidecar=False)
    index.add("more", wheel("more", "1.0", ("x",), payload=PAYLOAD), sidecar=False)
    catalog = world.catalog(index.url)
    assert catalog.dependencies("demo", "1.0") == EXPECTED
    asked = len(index.requests)
    catalog.dependencies("more", "1.0")
    assert index.paths()[asked:] == ["/simple/more/", "/files/more-1.0-py3-none-any.whl"]


def test_the_choice_of_the_file(index: IndexServer, world: World) -> None:
    index.add("demo", sdist("demo", "1.0", ("from-sdist",)))
    index.add("demo", wheel("demo", "1.0", ("from-b",), tag="cp312-cp312-win_amd64"))
    index.add("demo", wheel("demo", "1.0", ("from-a",), tag="cp311-cp311-win_amd64"))
    assert world.catalog(index.url).dependencies("demo", "1.0")[0][0] == "from-a"
    index.add("demo", wheel("demo", "1.0", ("from-any",), tag="py3-none-any"))
    world.now += 601
    assert world.catalog(index.url).dependencies("demo", "1.0")[0][0] == "from-any"


STATIC = """
[project]
name = "demo"
version = "1.0"
dependencies = ["other>=2"]
[project.optional-dependencies]
More-Of = ["third; python_version < '3.9' or os_name == 'nt'", "fourth[x] @ https://index.example/f.zip"]
"""


@pytest.mark.parametrize("suffix", [".tar.gz", ".zip"])
def test_static_sdist(index: IndexServer, world: World, suffix: str) -> None:
    index.add("demo", sdist("demo", "1.0", ("other>=2",), suffix=suffix))
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED


def test_pyproject_of_an_sdist(index: IndexServer, world: World) -> None:
    index.add("demo", sdist("demo", "1.0", metadata_version="2.1", pyproject=STATIC))
    catalog = world.catalog(index.url)
    assert catalog.dependencies("demo", "1.0") == (
        *EXPECTED,
        ("third", (), "", '(python_version < "3.9" or os_name == "nt") and extra == "more-of"'),
        ("fourth", ("x",), "@ https://index.example/f.zip", 'extra == "more-of"'),
    )
    assert catalog.extras("demo", "1.0") == ("more-of",)


NEEDS_BUILD = [
    pytest.param({"metadata_version": "2.1"}, id="old-metadata"),
    pytest.param({"dynamic": ("Requires-Dist",)}, id="dynamic-dependencies"),
    pytest.param(
        {"metadata_version": "1.0", "pyproject": "[build-system]\nrequires=[]"}, id="no-project-table"
    ),
    pytest.param({"metadata_version": "1.0", "pyproject": "not toml ["}, id="no-toml"),
    pytest.param({"metadata_version": "1.0", "pyproject": '[project]\nname="else"'}, id="another-name"),
    pytest.param(
        {"metadata_version": "1.0", "pyproject": '[project]\nname="demo"\ndynamic=["dependencies"]'},
        id="dynamic",
    ),
]


@pytest.mark.parametrize("keywords", NEEDS_BUILD)
def test_a_build_is_the_last_rung(index: IndexServer, world: World, keywords: dict[str, object]) -> None:
    index.add("demo", sdist("demo", "1.0", ("guess",), **keywords))  # type: ignore[arg-type]
    built: list[tuple[str, str, str]] = []

    def build(name: str, version: str, path: Path) -> bytes:
        built.append((name, version, path.name))
        return metadata_text(name, version, ("from-build",))

    for _ in ("cold", "warm"):
        catalog = world.catalog(index.url, build=build)
        catalog.project("demo")
        catalog.prefetch_dependencies([("demo", "1.0")])
        assert catalog.dependencies("demo", "1.0") == (("from-build", (), "", ""),)
    assert built == [("demo", "1.0", "demo-1.0.tar.gz")]


def test_nothing_is_built_where_nothing_may(index: IndexServer, world: World) -> None:
    index.add("demo", sdist("demo", "1.0", metadata_version="1.1"))
    with pytest.raises(Unavailable, match="no metadata without a build"):
        world.catalog(index.url).dependencies("demo", "1.0")


def test_an_sdist_with_its_own_sidecar(index: IndexServer, world: World) -> None:
    built = sdist("demo", "1.0", ("other>=2",))
    index.add("demo", built, core_metadata=True)
    index.put(f"/files/{built.filename}.metadata", built.metadata)
    assert world.catalog(index.url).dependencies("demo", "1.0") == EXPECTED
    assert index.paths()[-1].endswith(".tar.gz.metadata")


def test_a_distribution_is_opened_once_and_verified(index: IndexServer, world: World) -> None:
    built = big()
    index.add("demo", built)
    catalog = world.catalog(index.url)
    distribution = catalog.distributions("demo", "1.0")[0]
    path = catalog.open_distribution(distribution)
    assert path.read_bytes() == built.content
    asked = len(index.requests)
    assert catalog.open_distribution(distribution) == path
    assert len(index.requests) == asked
    path.write_bytes(b"damaged")
    assert catalog.open_distribution(distribution).read_bytes() == built.content
