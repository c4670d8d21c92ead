"""Names of files, including the traps of old ones."""

from __future__ import annotations

import pytest

from pinkit.formats.filenames import FilenameReader, is_distribution, project_name

CASES = [
    pytest.param("demo", "demo-1.0-py3-none-any.whl", ("1.0", "py3-none-any"), id="wheel"),
    pytest.param(
        "demo", "demo-1.0-2local-py2.py3-none-any.whl", ("1.0", "py2.py3-none-any"), id="build-number"
    ),
    pytest.param("demo-kit", "Demo.Kit-1.0-py3-none-any.whl", ("1.0", "py3-none-any"), id="wheel-spelling"),
    pytest.param("demo", "other-1.0-py3-none-any.whl", None, id="wheel-of-another"),
    pytest.param("demo", "demo-kit-1.0-py3-none-any.whl", None, id="dash-in-wheel-name"),
    pytest.param("demo", "demo-1.0-any.whl", None, id="short-wheel"),
    pytest.param("demo", "demo-1.0.tar.gz", ("1.0", "sdist"), id="sdist"),
    pytest.param("demo-kit", "demo_kit-1.0.tar.gz", ("1.0", "sdist"), id="sdist-pep625"),
    pytest.param("demo-kit", "demo-kit-1.0.zip", ("1.0", "sdist"), id="sdist-dashes"),
    pytest.param("demo", "demo-1.0-2.tar.gz", ("1.0-2", "sdist"), id="implicit-post"),
    pytest.param("demo-2", "demo-2-1.0.tar.gz", ("1.0", "sdist"), id="digit-in-name"),
    pytest.param("demo-2", "demo-2-1.0-3.tgz", ("1.0-3", "sdist"), id="digit-in-name-and-post"),
    pytest.param("demo", "demo-2-1.0.tar.gz", None, id="file-of-demo-2"),
    pytest.param("demo", "demo-latest.tar.gz", None, id="no-version"),
    pytest.param("demo", "demo.tar.gz", None, id="no-dash"),
    pytest.param("demo", "demo-1.0.win-amd64.exe", None, id="installer"),
    pytest.param("demo", "demo-1.0-py2.7.egg", None, id="egg"),
    pytest.param("demo", "demo-1.0.tar.gz.asc", None, id="signature"),
    pytest.param("demo", "demo-1.0+local.1.tar.bz2", ("1.0+local.1", "sdist"), id="local"),
]


@pytest.mark.parametrize(("name", "filename", "expected"), CASES)
def test_parse(name: str, filename: str, expected: tuple[str, str] | None) -> None:
    assert FilenameReader(name).parse(filename) == expected


def test_one_reader_reads_several_spellings() -> None:
    reader = FilenameReader("demo-kit")
    names = ["demo-kit-1.0.tar.gz", "demo_kit-2.0.tar.gz", "Demo.Kit-3.0.zip", "demo-kit-4.0-1.tar.gz"]
    assert [reader.parse(name) for name in names] == [
        ("1.0", "sdist"),
        ("2.0", "sdist"),
        ("3.0", "sdist"),
        ("4.0-1", "sdist"),
    ]


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("Demo.Kit-1.0-py3-none-any.whl", "demo-kit"),
        ("demo-kit-1.0.tar.gz", "demo-kit"),
        ("demo-kit-1.0-rc1.tar.gz", "demo-kit"),
        ("demo.tar.gz", None),
        ("demo-1.whl", None),
        ("notes.txt", None),
    ],
)
def test_project_name(filename: str, expected: str | None) -> None:
    assert project_name(filename) == expected


@pytest.mark.parametrize(("filename", "expected"), [("a-1.whl", True), ("a-1.zip", True), ("a-1.egg", False)])
def test_is_distribution(filename: str, expected: bool) -> None:
    assert is_distribution(filename) is expected
