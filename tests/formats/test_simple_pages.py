"""Project pages in JSON and HTML, and what is made of them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.formats.distributions import distribution
from pinkit.formats.index_rows import (
    Columns,
    dependencies_of,
    dependency_lines,
    distribution_lines,
    distributions_of,
    latest_upload,
    project_of,
)
from pinkit.formats.project_columns import metadata_key, project_columns
from pinkit.formats.simple_api import File, Page, parse_json, sidecar, upload_seconds
from pinkit.formats.simple_html import parse_html
from pinkit.formats.simple_types import InvalidPage
from pinkit.model.distribution import Distribution, Project

URL = "https://index.example/simple/demo/"


def page(*files: dict[str, Any], **keys: Any) -> bytes:
    return json.dumps({"meta": {"api-version": "1.0"}, "name": "demo", "files": list(files), **keys}).encode()


def entry(filename: str, **keys: Any) -> dict[str, Any]:
    return {
        "filename": filename,
        "url": filename,
        "hashes": {},
        **{k.replace("_", "-"): v for k, v in keys.items()},
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({}, "active"),
        ({"project-status": {"status": "archived", "reason": "done"}}, "archived"),
        ({"project-status": "quarantined"}, "quarantined"),
        ({"project-status": {"status": "invented"}}, "active"),
        ({"project-status": None}, "active"),
        ({"unknown-key": 1}, "active"),
    ],
)
def test_status(status: dict[str, Any], expected: str) -> None:
    assert parse_json(page(**status), "demo").status == expected


def test_names_compare_normalised() -> None:
    assert parse_json(page(name="De.Mo_x"), "de-mo-x").files == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, None),
        ({"core-metadata": False}, None),
        ({"core-metadata": True}, ""),
        ({"core-metadata": {"sha256": "AB"}}, "sha256:ab"),
        ({"core-metadata": {"md5": "ab"}}, ""),
        ({"dist-info-metadata": {"sha256": "ab"}}, "sha256:ab"),
        ({"data-dist-info-metadata": True}, ""),
        # The newer key wins, whatever it says (PEP 714).
        ({"core-metadata": False, "dist-info-metadata": True}, None),
    ],
)
def test_sidecar_claims(keys: dict[str, Any], expected: str | None) -> None:
    (file,) = parse_json(page(entry("demo-1.0.tar.gz") | keys), "demo").files
    assert sidecar(file) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:01:00Z", 60),
        ("1970-01-01T00:01:00.999999Z", 60),
        ("1970-01-01T01:01:00+01:00", 60),
        ("1970-01-01T00:01:00", 60),
        ("", None),
        (None, None),
        ("yesterday", None),
    ],
)
def test_upload_time(text: str | None, expected: int | None) -> None:
    assert upload_seconds(text) == expected


HTML = """<!DOCTYPE html><html><head><title>Links for demo</title>
<base href="/pool/"><base href="/ignored/"></head><body>
<a href="demo-1.0.tar.gz#sha256=00ff&amp;egg=demo" data-requires-python="&gt;=3.8" data-yanked>demo 1.0</a>
<a href="demo-1.1.tar.gz#egg=demo" data-yanked="too &lt;bad&gt;" data-provenance="https://index.example/p">x</a>
<a href="https://files.example/a%2Bb/demo-1.2%2Blocal-py3-none-any.whl" data-dist-info-metadata="sha256=AA">y</a>
<a href="demo-1.3-py3-none-any.whl" data-core-metadata="true" data-dist-info-metadata="false">z</a>
<a href="demo-1.4-py3-none-any.whl" data-core-metadata="false">z</a>
<a href="demo-1.5-py2.7.egg">egg</a><a name="top">no link</a><a href="http://[broken/demo-1.6.zip">bad</a>
</body></html>"""


def test_html() -> None:
    files = parse_html(HTML.encode(), URL).files
    assert [file.filename for file in files] == [
        "demo-1.0.tar.gz",
        "demo-1.1.tar.gz",
        "demo-1.2+local-py3-none-any.whl",
        "demo-1.3-py3-none-any.whl",
        "demo-1.4-py3-none-any.whl",
    ]
    first, second, third, fourth, fifth = files
    assert first.url == "https://index.example/pool/demo-1.0.tar.gz"
    assert (first.hashes, first.requires_python, first.yanked) == ({"sha256": "00ff"}, ">=3.8", "")
    assert (second.hashes, second.yanked, second.provenance) == ({}, "too <bad>", "https://index.example/p")
    assert (third.yanked, sidecar(third)) == (False, "sha256:aa")
    assert (sidecar(fourth), sidecar(fifth)) == ("", None)


@pytest.mark.parametrize(
    "body",
    [
        "<title>Links for demo</title>",
        "<title>Index of /simple/demo</title>",
        '<meta name="pypi:repository-version" content="1.3">',
        '<a href="demo-1.0.zip">x</a>',
    ],
)
def test_html_that_is_an_index(body: str) -> None:
    assert parse_html(body.encode(), URL).status == "active"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", "no index page"),
        ("<a href='/login'>log in</a>", "no index page"),
        ('<meta name="pypi:repository-version" content="2.0"><a href="demo-1.0.zip">x</a>', "version 2.0"),
    ],
)
def test_html_that_is_none(body: str, expected: str) -> None:
    with pytest.raises(InvalidPage, match=expected):
        parse_html(body.encode(), URL)


def test_html_status_and_charset() -> None:
    body = '<meta name="pypi:project-status" content="archived"><a href="demo-1.0.zip">é</a>'
    assert parse_html(body.encode("latin-1"), URL, "latin-1").status == "archived"
    assert parse_html(body.encode(), URL, "no-such-charset").status == "archived"


def made(*files: File) -> tuple[Columns, dict[str, list[File]]]:
    return project_columns("demo", Page(list(files)))


def test_equal_versions_are_one_release_named_by_the_file_that_speaks() -> None:
    columns, groups = made(
        File(filename="demo-1.0.0.tar.gz", url=""),
        File(filename="demo-1.0-py3-none-any.whl", url=""),
        File(filename="demo-2.0RC1.tar.gz", url=""),
        File(filename="demo-notes-1.0.txt", url=""),
        File(filename="demo-nonsense-py3-none-any.whl", url=""),
    )
    assert columns.versions == "1.0\n2.0rc1"
    assert [file.filename for file in groups["1.0"]] == ["demo-1.0-py3-none-any.whl", "demo-1.0.0.tar.gz"]


def test_of_two_entries_for_one_filename_the_first_counts() -> None:
    _, groups = made(File(filename="demo-1.tar.gz", url="a"), File(filename="demo-1.tar.gz", url="b"))
    assert [file.url for file in groups["1"]] == ["a"]


def test_the_order_of_the_page_does_not_matter() -> None:
    files = [
        File(
            filename=f"demo-{version}{suffix}",
            url="",
            upload_time=f"2024-01-0{day}T00:00:00Z",
            requires_python=python,
        )
        for version, day in (("1.0", 1), ("1.10", 2), ("1.9", 3))
        for suffix, python in (
            ("-py3-none-any.whl", ">=3.8"),
            (".tar.gz", None),
            ("-cp312-cp312-win32.whl", ""),
        )
    ]
    expected = made(*files)[0]
    for seed in range(10):
        random.Random(seed).shuffle(files)
        assert made(*files)[0] == expected


def test_columns_become_a_project() -> None:
    columns, _ = made(
        File(
            filename="demo-1.tar.gz",
            url="",
            upload_time="1970-01-01T00:00:05Z",
            requires_python=" >= 3.8\n,<4 ",
        ),
        File(filename="demo-1-py3-none-any.whl", url="", upload_time="1970-01-01T00:00:09Z", yanked="bad"),
        File(filename="demo-2.tar.gz", url=""),
    )
    assert project_of("demo", columns, "here") == Project(
        name="demo",
        versions=("1", "2"),
        classes=(
            (("", "py3-none-any", True), 0b10),
            (("", "sdist", False), 0b100),
            ((">= 3.8 ,<4", "sdist", False), 0b10),
        ),
        first_upload=(5, 0),
        last_upload=(9, 0),
        index="here",
    )


def test_a_page_without_files() -> None:
    assert project_of("demo", made()[0], "here") == Project(name="demo", index="here")


@pytest.mark.parametrize("claim", [{}, {"sha256": "zz"}, {"sha256": "00"}, {"md5": "00"}])
def test_a_file_without_a_usable_digest_is_known_by_what_is_said_of_it(claim: dict[str, str]) -> None:
    one = File(filename="demo-1.tar.gz", url="a", hashes=claim, size=3)
    same = File(filename="demo-1.tar.gz", url="a", hashes=claim, size=3)
    larger = File(filename="demo-1.tar.gz", url="a", hashes=claim, size=4)
    assert metadata_key(one) == metadata_key(same)
    assert metadata_key(one) != metadata_key(larger)
    assert len(metadata_key(one)) == 32


def test_a_distribution_as_claimed() -> None:
    file = File(
        filename="demo-1.tar.gz",
        url="x",
        hashes={"SHA256": "AB" * 32, "md5": "0" * 32},
        size=-1,
        yanked="why\x1b[31m  so",
        provenance="bad\x1b",
    )
    assert distribution(file, "https://index.example/demo-1.tar.gz") == Distribution(
        filename="demo-1.tar.gz",
        url="https://index.example/demo-1.tar.gz",
        hashes=("md5:" + "0" * 32, "sha256:" + "ab" * 32),
        yanked="why [31m so",
    )


texts = st.text("abc<>=,.* '\"é", max_size=8).map(lambda text: " ".join(text.split()))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.builds(
            Distribution,
            filename=st.from_regex(r"[a-z]+-1\.zip", fullmatch=True),
            url=st.just("https://index.example/x"),
            hashes=st.lists(st.sampled_from(["md5:00", "sha256:00"]), max_size=2, unique=True).map(tuple),
            size=st.none() | st.integers(0, 10**9),
            upload_time=st.none() | st.integers(0, 10**10),
            requires_python=texts,
            yanked=st.none() | texts,
            core_metadata=st.sampled_from([None, "", "sha256:00"]),
            provenance=st.sampled_from(["", "https://index.example/p"]),
        ),
        max_size=4,
    )
)
def test_distributions_survive_the_store(found: list[Distribution]) -> None:
    assert distributions_of(distribution_lines(found)) == tuple(found)
    times = [each.upload_time for each in found]
    assert latest_upload(found) == (-1 if None in times else max(times, default=0))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z]+", fullmatch=True),
            st.lists(st.from_regex(r"[a-z]+", fullmatch=True), max_size=2).map(tuple),
            st.sampled_from(["", ">=1,<2", "@ https://index.example/x.zip"]),
            st.sampled_from(["", 'extra == "x"', 'python_version < "3.9" and os_name == "nt"']),
        ),
        max_size=5,
    )
)
def test_dependencies_survive_the_store(found: list[tuple[str, tuple[str, ...], str, str]]) -> None:
    assert dependencies_of(dependency_lines(found)) == tuple(found)
