"""Direct references: archives, folders, repositories; dynamic metadata of one's own project."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.pylock import Pylock

from tests.support.distributions import wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lock.conftest import Place

PROJECT = '[project]\nname = "local"\nversion = "0.1"\ndependencies = ["dep"]\n'


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def repository(folder: Path, pyproject: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(pyproject)
    if not (folder / ".git").exists():
        git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "x")
    return git(folder, "rev-parse", "HEAD")


def test_a_wheel_by_url_is_hashed(place: Place) -> None:
    built = wheel("tool", "3.0", ("dep",))
    place.index.put("/direct/tool-3.0-py3-none-any.whl", built.content)
    place.index.add("dep", wheel("dep", "1.0"))
    url = f"{place.index.origin}/direct/tool-3.0-py3-none-any.whl"
    place.write(r_in=f"tool @ {url}\n")
    said = place.lock("r.in", "--no-header", "-o", "r.txt")
    assert said.code == 0, said.err
    digest = hashlib.sha256(built.content).hexdigest()
    assert f"tool @ {url} \\\n    --hash=sha256:{digest}\n    # via -r r.in\n" in place.text("r.txt")
    assert "dep==1.0" in place.text("r.txt")
    place.write(r_in=f"tool @ {url}#sha256={'0' * 64}\n")
    assert place.lock("r.in", "-o", "r.txt").code == 5
    place.write(r_in=f"other @ {url}\n")
    assert place.lock("r.in").code == 2


def test_a_folder(place: Place) -> None:
    place.index.add("dep", wheel("dep", "1.0"))
    place.write(local__pyproject_toml=PROJECT, r_in="./local\n-e ./local\n")
    said = place.lock("r.in", "--no-header")
    assert said.code == 0, said.err
    assert "dep==1.0" in said.out
    assert "./local" in said.out


def test_a_repository_is_locked_to_a_commit_and_stays(place: Place) -> None:
    place.index.add("dep", wheel("dep", "1.0"))
    place.index.add("more", wheel("more", "1.0"))
    source = place.folder / "source"
    first = repository(source, PROJECT)
    place.write(r_in=f"local @ git+file://{source}@main\n")
    said = place.lock("r.in", "-o", "pylock.toml")
    assert said.code == 0, said.err
    lock = Pylock.from_dict(tomllib.loads(place.text("pylock.toml")))
    local = next(package for package in lock.packages if package.name == "local")
    assert local.vcs is not None
    assert (local.vcs.type, local.vcs.commit_id) == ("git", first)
    second = repository(source, PROJECT.replace('"dep"', '"dep", "more"'))
    place.lock("r.in", "-o", "pylock.toml")
    assert first in place.text("pylock.toml")
    place.lock("r.in", "-o", "pylock.toml", "-P", "local")
    assert second in place.text("pylock.toml")
    assert "more" in place.text("pylock.toml")


DYNAMIC = """
[project]
name = "mine"
version = "1"
dynamic = ["dependencies", "optional-dependencies"]
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
BACKEND = """
import os
def prepare_metadata_for_build_wheel(directory, config_settings=None):
    folder = os.path.join(directory, "mine-1.dist-info")
    os.mkdir(folder)
    with open(os.path.join(folder, "METADATA"), "w") as out:
        out.write("Metadata-Version: 2.1\\nName: mine\\nVersion: 1\\nProvides-Extra: x\\n"
                  "Requires-Dist: dep\\nRequires-Dist: extra-dep; extra == 'x'\\n")
    return "mine-1.dist-info"
def build_wheel(*a, **k): raise SystemExit("no")
def build_sdist(*a, **k): raise SystemExit("no")
"""


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
@pytest.mark.parametrize(("extra", "names"), [([], ["dep"]), (["--extra", "x"], ["dep", "extra-dep"])])
def test_dynamic_metadata_come_from_the_backend(place: Place, extra: list[str], names: list[str]) -> None:
    place.index.add("dep", wheel("dep", "1.0"))
    place.index.add("extra-dep", wheel("extra-dep", "1.0"))
    place.write(pyproject_toml=DYNAMIC, backend_py=BACKEND)
    said = place.lock("--no-header", "--no-annotate", *extra)
    assert said.code == 0, said.err
    assert [line.split("==")[0] for line in said.out.splitlines() if "==" in line] == names


def test_a_requirements_file_by_url(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.put("/inputs/base.txt", b"a\n")
    url = f"{place.index.origin}/inputs/base.txt"
    place.write(r_in=f"-r {url}\n")
    said = place.lock("r.in", "--no-header")
    assert said.code == 0, said.err
    assert f"# via -r {url}" in said.out
    assert place.lock("r.in", "--offline").code == 4
    place.write(r_in=f"-r {url}.gone\n")
    assert place.lock("r.in").code == 4
