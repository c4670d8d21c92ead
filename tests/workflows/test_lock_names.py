"""Pins by path alone: their names, read from where they are, for what needs names."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from pinkit.cli.app import run
from pinkit.errors import UsageError
from pinkit.formats.lock_reader import read_lock_text
from pinkit.workflows.lock_names import require_names, with_names

if TYPE_CHECKING:
    from pathlib import Path

FILES = {
    "own/pyproject.toml": b'[project]\nname = "My.Own"\nversion = "3"\n',
    "own/part/pyproject.toml": b'[project]\nname = "part"\ndynamic = ["version"]\n',
    "odd/pyproject.toml": b"[project]\nname = 3\n",
}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        pytest.param("-e ./own", ("my-own", "3"), id="a folder"),
        pytest.param("./own#subdirectory=part", ("part", ""), id="a folder in it"),
        pytest.param("./files/a_b-1.0-py3-none-any.whl", ("a-b", "1.0"), id="a wheel"),
        pytest.param("./a-b-1.0.tar.gz", ("a-b", "1.0"), id="an sdist"),
        pytest.param("./archive.zip", ("", ""), id="an archive that does not say"),
        pytest.param("./odd", ("", ""), id="a name that is none"),
        pytest.param("./gone", ("", ""), id="nothing there"),
        pytest.param("b==1", ("b", "1"), id="one of an index"),
    ],
)
def test_names_are_where_the_pins_are(line: str, found: tuple[str, str]) -> None:
    lock = with_names(read_lock_text(f"{line}\n".encode(), "r.txt").lock, FILES.get)
    assert [(pin.name, pin.version) for pin in lock.pins] == [found]
    if not found[0]:
        with pytest.raises(UsageError, match=r"^r\.txt:1: \./\w+(\.zip)? tells no name$"):
            require_names(lock, "r.txt")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/pyproject.toml").write_bytes(FILES["own/pyproject.toml"])
    (tmp_path / "r.txt").write_text("-e ./own\n    # via -r r.in\n")
    return tmp_path


def test_a_folder_has_its_name_in_every_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for form in ("cyclonedx", "spdx", "pylock", "requirements"):
        assert run(["export", "r.txt", "--to", form, "-o", form]) == 0, capsys.readouterr().err
    components = json.loads((folder / "cyclonedx").read_text())["components"]
    assert [(each["name"], each["version"]) for each in components] == [("my-own", "3")]
    assert "my-own" in {each["name"] for each in json.loads((folder / "spdx").read_text())["packages"]}
    (package,) = tomllib.loads((folder / "pylock").read_text())["packages"]
    assert (package["name"], package["directory"]["path"]) == ("my-own", "./own")
    assert "-e ./own\n" in (folder / "requirements").read_text()
    (folder / "own/pyproject.toml").unlink()
    assert run(["export", "r.txt", "--to", "cyclonedx"]) == 2


def test_a_folder_has_its_name_in_a_tree(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["tree", "r.txt"]) == 0
    assert capsys.readouterr().out.startswith("my-own 3")
    assert run(["why", "my-own", "r.txt"]) == 0
