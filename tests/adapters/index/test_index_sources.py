"""Several indexes, folders and pages of links: who answers for a name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.index_settings import index_settings
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.core_metadata import InvalidMetadata
from tests.adapters.index.conftest import QUIET
from tests.support.distributions import Built, sdist, wheel
from tests.support.index_server import IndexServer, Status

if TYPE_CHECKING:
    from pathlib import Path

    from tests.adapters.index.conftest import World


@pytest.fixture
def both(index: IndexServer, other: IndexServer) -> tuple[str, str]:
    """A private index with demo 1.0 and the public one with a newer demo of somebody else."""
    index.add("demo", wheel("demo", "1.0", ("private",)))
    other.add(
        "demo", wheel("demo", "1.0", ("public",), tag="py2.py3-none-any"), wheel("demo", "99", ("public",))
    )
    other.add("only", wheel("only", "1.0"))
    return index.url, other.url


def test_the_first_index_that_has_a_name_answers_alone(
    both: tuple[str, str], other: IndexServer, world: World
) -> None:
    catalog = world.catalog(*both)
    assert catalog.project("demo").versions == ("1.0",)
    assert catalog.project("demo").index == "index0"
    assert other.requests == []
    assert catalog.project("only").versions == ("1.0",)
    assert catalog.project("only").index == "index1"


def test_an_index_that_fails_is_not_skipped(both: tuple[str, str], index: IndexServer, world: World) -> None:
    # Else taking the private index down would let the public one's file in.
    index.always("/simple/demo/", Status(500))
    with pytest.raises(Unavailable):
        world.catalog(*both).project("demo")


def test_best_match_takes_the_files_of_all(both: tuple[str, str], world: World) -> None:
    for _ in ("cold", "warm"):
        catalog = world.catalog(*both, strategy="unsafe-best-match")
        assert catalog.project("demo").versions == ("1.0", "99")
        assert [each.filename for each in catalog.distributions("demo", "1.0")] == [
            "demo-1.0-py2.py3-none-any.whl",
            "demo-1.0-py3-none-any.whl",
        ]
        assert len(catalog.digests("demo", "1.0", None)) == 2
        assert catalog.dependencies("demo", "99")[0][0] == "public"


def test_best_match_of_one_filename_is_the_first_indexs(
    index: IndexServer, other: IndexServer, world: World
) -> None:
    index.add("demo", wheel("demo", "1.0", ("first",)))
    other.add("demo", wheel("demo", "1.0", ("second",)))
    catalog = world.catalog(index.url, other.url, strategy="unsafe-best-match")
    assert catalog.dependencies("demo", "1.0")[0][0] == "first"
    assert len(catalog.digests("demo", "1.0", None)) == 1


def test_which_indexes_have_a_name(both: tuple[str, str], world: World) -> None:
    catalog = world.catalog(*both)
    assert catalog.indexes_with("demo") == ("index0", "index1")
    assert catalog.indexes_with("only") == ("index1",)
    assert catalog.indexes_with("nothing") == ()


@pytest.mark.parametrize("form", ["files", "page", "links"])
def test_what_a_folder_has_of_a_release_is_known_though_another_index_answers(
    index: IndexServer, world: World, tmp_path: Path, form: str
) -> None:
    built = wheel("demo", "1.0", ("local",))
    index.add("demo", wheel("demo", "1.0"))
    folder = written(tmp_path / "links" if form == "links" else tmp_path / "root" / "demo", built)
    if form == "page":
        link = f'<a href="{built.filename}#{sha256(built).replace(":", "=")}">x</a>'
        (folder / "index.html").write_text(link, encoding="utf-8")
    for _ in ("cold", "warm"):
        if form == "links":
            catalog, place = world.catalog(index.url, find_links=(str(folder),)), folder.as_uri()
        else:
            catalog, place = world.catalog(index.url, (tmp_path / "root").as_uri()), "index1"
        assert catalog.indexes_with("demo") == ("index0", place)
        (found,) = catalog.distributions_on(place, "demo", "1.0")
        assert (found.filename, found.hashes) == (
            built.filename,
            (sha256(built),) if form == "page" else (),
        )
        assert catalog.distributions_on(place, "demo", "2.0") == ()


def written(folder: Path, *built: Built) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for each in built:
        (folder / each.filename).write_bytes(each.content)
    return folder


def sha256(built: Built) -> str:
    return f"sha256:{hashlib.sha256(built.content).hexdigest()}"


def test_a_folder_of_links_adds_its_files(index: IndexServer, world: World, tmp_path: Path) -> None:
    index.add("demo", wheel("demo", "1.0"))
    local = wheel("demo", "2.0", ("local",))
    folder = written(tmp_path / "links", local, sdist("mine", "1.0"), Built("notes.txt", b""))
    for _ in ("cold", "warm"):
        catalog = world.catalog(index.url, find_links=(str(folder),))
        assert catalog.project("demo").versions == ("1.0", "2.0")
        assert catalog.project("mine").versions == ("1.0",)
        assert catalog.dependencies("demo", "2.0")[0][0] == "local"
        assert catalog.digests("demo", "2.0", None) == (sha256(local),)
        opened = catalog.open_distribution(catalog.distributions("demo", "2.0")[0])
        assert opened == folder / local.filename
        assert catalog.indexes_with("mine") == (folder.as_uri(),)


def test_a_warm_run_with_a_folder_imports_no_network_stack(world: World, tmp_path: Path) -> None:
    import subprocess
    import sys

    folder = written(
        tmp_path / "links", wheel("demo", "1.0", ("x",)), sdist("demo", "1.0"), wheel("demo", "2.0")
    )
    script = f"""
import sys
from pinkit.adapters.index import open_catalog
from pinkit.adapters.index_settings import index_settings
environ = {{"PIP_CONFIG_FILE": "/dev/null"}}
settings = index_settings(environ, find_links=({str(folder)!r},), no_index=True)
catalog = open_catalog(settings, {str(world.folder)!r}, environ, print)
print(catalog.project("demo").versions, catalog.dependencies("demo", "1.0"), *catalog.digests("demo", "1.0", None))
catalog.close()
print(sorted({{"urllib3", "msgspec", "packaging", "email", "ssl", "http.client"}} & set(sys.modules)), file=sys.stderr)
"""
    cold, warm = (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        for _ in range(2)
    )
    assert cold.stdout == warm.stdout
    assert warm.stdout.count("sha256:") == 2
    assert warm.stderr == "[]\n"


def test_a_wheel_in_a_folder_says_itself_what_python_it_needs(world: World, tmp_path: Path) -> None:
    written(tmp_path / "root" / "demo", wheel("demo", "1.0", requires_python=">=3.13"), sdist("demo", "1.0"))
    project = world.catalog((tmp_path / "root").as_uri()).project("demo")
    assert [of for of, _ in project.classes] == [("", "sdist", False), (">=3.13", "py3-none-any", False)]


def test_a_folder_of_links_alone(index: IndexServer, world: World, tmp_path: Path) -> None:
    folder = written(tmp_path / "links", wheel("demo", "1.0", ("x",)))
    settings = index_settings(QUIET, default=index.url, find_links=(str(folder),), no_index=True)
    catalog = world.catalog(settings=settings)
    assert catalog.dependencies("demo", "1.0")[0][0] == "x"
    assert catalog.project("nothing").versions == ()
    assert index.requests == []


def test_best_match_of_a_page_with_a_broken_url(index: IndexServer, other: IndexServer, world: World) -> None:
    index.add("demo", wheel("demo", "1.0"), url="http://[bad/x#")
    other.add("demo", wheel("demo", "2.0"))
    with pytest.raises(Unavailable, match="no usable project page"):
        world.catalog(index.url, other.url, strategy="unsafe-best-match").project("demo")


def test_a_file_that_changes_in_its_folder_is_another_one(
    index: IndexServer, world: World, tmp_path: Path
) -> None:
    import os

    folder = written(tmp_path / "links", wheel("demo", "1.0", ("old",)))
    assert world.catalog(index.url, find_links=(str(folder),)).dependencies("demo", "1.0")[0][0] == "old"
    changed = wheel("demo", "1.0", ("new",))
    written(folder, changed)
    os.utime(folder / changed.filename, ns=(1, 1))
    catalog = world.catalog(index.url, find_links=(str(folder),))
    assert catalog.dependencies("demo", "1.0")[0][0] == "new"
    assert catalog.digests("demo", "1.0", None) == (sha256(changed),)


def test_a_page_of_links(index: IndexServer, world: World) -> None:
    built = wheel("demo", "1.0", ("linked",))
    index.put(f"/pool/{built.filename}", built.content)
    index.put(
        "/links.html", f'<a href="pool/{built.filename}#{sha256(built).replace(":", "=")}">demo</a>'.encode()
    )
    catalog = world.catalog(index.url, find_links=(f"{index.origin}/links.html",))
    assert catalog.project("demo").versions == ("1.0",)
    assert catalog.project("nothing").versions == ()
    assert catalog.dependencies("demo", "1.0")[0][0] == "linked"
    assert catalog.digests("demo", "1.0", None) == (sha256(built),)


def test_a_local_page_of_links(index: IndexServer, world: World, tmp_path: Path) -> None:
    built = wheel("demo", "1.0")
    written(tmp_path, built)
    page = tmp_path / "links.html"
    page.write_text(f'<a href="{built.filename}">x</a><a href="other-1.0.egg">y</a>', encoding="utf-8")
    catalog = world.catalog(index.url, find_links=(str(page),))
    assert catalog.project("demo").versions == ("1.0",)
    assert catalog.digests("demo", "1.0", None) == (sha256(built),)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/nothing.html", "could not be read"), ("/simple/demo/../login", "could not be read")],
)
def test_a_page_of_links_that_is_not_there(
    index: IndexServer, world: World, path: str, expected: str
) -> None:
    with pytest.raises(Unavailable, match=expected):
        world.catalog(index.url, find_links=(index.origin + path,)).project("demo")


def test_a_page_of_links_that_is_none(index: IndexServer, world: World) -> None:
    index.put("/login.html", b"<html><form></form></html>")
    with pytest.raises(Unavailable, match="no usable project page"):
        world.catalog(index.url, find_links=(f"{index.origin}/login.html",)).project("demo")


def test_a_page_of_links_offline(index: IndexServer, world: World) -> None:
    world.catalog(index.url).project("demo")
    with pytest.raises(Unavailable, match="--offline"):
        world.catalog(index.url, find_links=(f"{index.origin}/links.html",), offline=True).project("demo")


def test_a_folder_of_links_that_is_not_there(index: IndexServer, world: World, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        world.catalog(index.url, find_links=(str(tmp_path / "nowhere"),)).project("demo")


def test_an_index_in_a_folder(world: World, tmp_path: Path) -> None:
    root = tmp_path / "my index"
    built = wheel("demo", "1.0", ("x",))
    written(root / "demo", built, sdist("demo", "0.5"))
    linked = written(root / "files", wheel("paged", "3.0"))
    (root / "paged").mkdir()
    (root / "paged" / "index.html").write_text(
        '<a href="../files/paged-3.0-py3-none-any.whl">p</a>', encoding="utf-8"
    )
    (root / "bad").mkdir()
    (root / "bad" / "index.html").write_text("<form>", encoding="utf-8")
    for _ in ("cold", "warm"):
        catalog = world.catalog(root.as_uri())
        assert catalog.project("demo").versions == ("0.5", "1.0")
        assert catalog.dependencies("demo", "1.0")[0][0] == "x"
        assert catalog.digests("demo", "1.0", None) == (sha256(built),)
        assert catalog.project("paged").versions == ("3.0",)
        assert catalog.open_distribution(catalog.distributions("paged", "3.0")[0]).parent == linked
        assert catalog.project("nothing").versions == ()
    with pytest.raises(Unavailable, match="no usable project page"):
        world.catalog(root.as_uri()).project("bad")


def test_a_broken_wheel_in_a_folder(world: World, tmp_path: Path) -> None:
    written(tmp_path / "root" / "demo", wheel("demo", "1.0")._replace(content=b"no zip"))
    with pytest.raises(InvalidMetadata):
        world.catalog((tmp_path / "root").as_uri()).dependencies("demo", "1.0")


def test_offline_with_a_folder_alone(world: World, tmp_path: Path) -> None:
    written(tmp_path / "root" / "demo", wheel("demo", "1.0", ("x",)))
    catalog = world.catalog((tmp_path / "root").as_uri(), offline=True)
    assert catalog.dependencies("demo", "1.0")[0][0] == "x"
