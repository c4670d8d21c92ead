"""METADATA and PKG-INFO."""

from __future__ import annotations

import io

import pytest

from pinkit.errors import IntegrityError
from pinkit.formats.core_metadata import InvalidMetadata, has_static_dependencies, parse_metadata
from pinkit.formats.sdist_metadata import static_metadata
from tests.support.distributions import metadata_text, sdist, tar_bytes, zip_bytes


def parsed(text: str) -> object:
    return parse_metadata(text.encode(), "demo-kit", "1.0")


def test_all_fields() -> None:
    found = parse_metadata(
        b"Metadata-Version: 2.2\r\nname: Demo_Kit\r\nVERSION: 1.0.0\r\nRequires-Python: >=3.8\r\n"
        b"Requires-Dist: other (>=1)\r\nRequires-Dist: third\r\n  ; extra == 'X.Y'\r\nRequires-Dist: other (>=1)\r\n"
        b"Provides-Extra: X.Y\r\nProvides-Extra: x-y\r\nDynamic: License\r\nDescription: a\r\n        b: c\r\n\r\n"
        b"Requires-Dist: in-the-text\r\n",
        "demo-kit",
        "1.0",
    )
    assert found.dependencies == (("other", (), ">=1", ""), ("third", (), "", 'extra == "x-y"'))
    assert (found.requires_python, found.extras, found.dynamic) == (">=3.8", ("x-y",), {"license"})
    assert has_static_dependencies(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "no Name", id="empty"),
        pytest.param("Name: demo-kit\n", "no Version", id="no-version"),
        pytest.param("Version: 1.0\n\nName: demo-kit\n", "no Name", id="name-in-the-text"),
        pytest.param("Name: other\nVersion: 1.0\n", "that of other 1.0", id="another-name"),
        pytest.param("Name: demo-kit\nVersion: 2.0\n", "that of demo-kit 2.0", id="another-version"),
        pytest.param("Name: demo-kit\nVersion: 1.0\nRequires-Dist: <<\n", "column", id="no-requirement"),
    ],
)
def test_unusable(text: str, expected: str) -> None:
    with pytest.raises(InvalidMetadata) as caught:
        parsed(text)
    assert expected in caught.value.why


@pytest.mark.parametrize("nasty", ["a\x1b[2Jb", "a @ https://index.example/\x1b", 'a; extra == "\x1b"'])
def test_control_characters_go_nowhere(nasty: str) -> None:
    with pytest.raises(InvalidMetadata) as caught:
        parsed(f"Name: demo-kit\nVersion: 1.0\nRequires-Dist: {nasty}\n")
    assert caught.value.why.isprintable()


@pytest.mark.parametrize(
    ("version", "dynamic", "expected"),
    [
        ("2.2", (), True),
        ("2.4", ("Classifier",), True),
        ("3.0", (), True),
        ("2.1", (), False),
        ("", (), False),
        ("new", (), False),
        ("2.2", ("requires-dist",), False),
        ("2.2", ("Provides-Extra",), False),
        ("2.2", ("Requires-Python",), False),
    ],
)
def test_static(version: str, dynamic: tuple[str, ...], expected: bool) -> None:
    text = metadata_text("demo", "1.0", metadata_version=version, dynamic=dynamic)
    assert has_static_dependencies(parse_metadata(text, "demo", "1.0")) is expected


def static(content: bytes, filename: str = "demo-1.0.tar.gz") -> object:
    return static_metadata(io.BytesIO(content), filename, "demo", "1.0")


@pytest.mark.parametrize(
    ("content", "filename"),
    [
        pytest.param(b"", "demo-1.0.tar.gz", id="empty"),
        pytest.param(b"no archive", "demo-1.0.tar.gz", id="no-tar"),
        pytest.param(b"no archive", "demo-1.0.zip", id="no-zip"),
        pytest.param(sdist("demo", "1.0").content[:60], "demo-1.0.tar.gz", id="cut-off"),
        pytest.param(
            tar_bytes({"demo-1.0/PKG-INFO": b"x" * (9 << 20)}), "demo-1.0.tar.gz", id="huge-pkg-info"
        ),
        pytest.param(
            zip_bytes({"demo-1.0/PKG-INFO": b"x" * (9 << 20)}), "demo-1.0.zip", id="huge-pkg-info-in-zip"
        ),
    ],
)
def test_broken_sdists(content: bytes, filename: str) -> None:
    with pytest.raises(InvalidMetadata, match="no readable archive"):
        static(content, filename)


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    from pinkit.formats import sdist_metadata

    monkeypatch.setattr(sdist_metadata, "MAX_MEMBERS", 3)
    many = {f"demo-1.0/{number}": b"" for number in range(5)}
    for content, filename in ((tar_bytes(many), "demo-1.0.tar.gz"), (zip_bytes(many), "demo-1.0.zip")):
        with pytest.raises(InvalidMetadata) as caught:
            static(content, filename)
        assert "too much" in caught.value.why


def test_an_sdist_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    from pinkit.formats import sdist_metadata

    monkeypatch.setattr(sdist_metadata, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(InvalidMetadata):
        static(tar_bytes({"demo-1.0/zeros": bytes(2000)}))


@pytest.mark.parametrize("path", ["C:/evil", "a/../../b", "\\\\host\\x", "/x"])
def test_paths_that_leave(path: str) -> None:
    with pytest.raises(IntegrityError, match="leaves the archive"):
        static(tar_bytes({path: b""}))


@pytest.mark.parametrize(
    "pyproject",
    [
        '[project]\nname = "demo"\ndependencies = "other"',
        '[project]\nname = "demo"\ndependencies = ["<<"]',
        '[project]\nname = "demo"\n[project.optional-dependencies]\nx = [1]',
        '[project]\nname = "demo"\noptional-dependencies = ["x"]',
    ],
)
def test_a_pyproject_that_breaks_the_standard(pyproject: str) -> None:
    content = sdist("demo", "1.0", metadata_version="1.0", pyproject=pyproject).content
    with pytest.raises(InvalidMetadata, match=r"pyproject\.toml of demo"):
        static(content)


def test_only_the_top_level_counts() -> None:
    inner = metadata_text("demo", "1.0", ("inner",), metadata_version="2.2")
    assert static(tar_bytes({"demo-1.0/sub/PKG-INFO": inner, "demo-1.0/setup.py": b""})) is None


def test_paths_with_a_leading_dot() -> None:
    inner = metadata_text("demo", "1.0", ("other",), metadata_version="2.2")
    assert static(tar_bytes({"./demo-1.0/PKG-INFO": inner})) is not None
