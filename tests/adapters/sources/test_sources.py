"""Direct references: what they say, how a lock records them, and every way in which they can be wrong."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.git import GitCache
from pinkit.adapters.metadata_build import MetadataBuilds
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.sources import Sources
from pinkit.errors import IntegrityError, PinkitError, UsageError
from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource
from pinkit.model.requirement import Origin, Requirement
from tests.support.repositories import PYPROJECT, commit, git

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution

ORIGIN = Origin(file="requirements.in", line=3)
OTHER = ("other", (), ">=2", "")
BACKEND = """
import os, subprocess
def prepare_metadata_for_build_wheel(directory, settings=None):
    version = "7"
    if os.path.exists(".git") or os.path.exists("../.git"):
        version = subprocess.check_output(["git", "describe", "--tags"]).decode().strip()
    os.mkdir(directory + "/demo-7.dist-info")
    with open(directory + "/demo-7.dist-info/METADATA", "w") as file:
        file.write("Metadata-Version: 2.1\\nName: demo\\nVersion: " + version + "\\nRequires-Dist: other>=2\\n")
    return "demo-7.dist-info"
"""
DYNAMIC = PYPROJECT.replace(
    'version = "{version}"\ndependencies = ["other>=2"]', 'dynamic = ["version", "dependencies"]'
)


class Local:
    """Opens file: URLs, and refuses what does not have the claimed digest (as the real one does)."""

    def resolve_build(
        self, requirements: object, *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        raise AssertionError(requirements)

    def open_distribution(self, distribution: Distribution) -> Path:
        path = Path(unquote(urlsplit(distribution.url).path))
        digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
        if distribution.hashes and digest not in distribution.hashes:
            raise IntegrityError(f"{distribution.filename} is not what its index claims")
        return path


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    sandbox = SystemSandbox()
    if sandbox.level == "none":
        pytest.skip(sandbox.why_none)
    builds = MetadataBuilds(
        sandbox=sandbox,
        resolver=Local(),
        artifacts=Local(),
        environments=BuildEnvironments(tmp_path / "environments", sandbox),
        python=interpreter(),
        cache=tmp_path / "metadata",
    )
    return Sources(builds=builds, artifacts=Local(), git=GitCache(folder=tmp_path / "git"), base=tmp_path)


def asked(url: str, name: str = "demo", **more: object) -> Requirement:
    return Requirement(name=name, origin=ORIGIN, url=url, **more)  # type: ignore[arg-type]


def static_project(folder: Path, version: str = "1") -> Path:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PYPROJECT.format(version=version), encoding="utf-8")
    return folder


def dynamic_project(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "pyproject.toml").write_text(DYNAMIC, encoding="utf-8")
    (folder / "own.py").write_text(BACKEND, encoding="utf-8")
    return folder


def archive_of(folder: Path, name: str = "demo-1.tar.gz") -> Path:
    path = folder.parent / name
    with tarfile.open(path, "w:gz") as out:
        out.add(folder, "demo-1")
    return path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_directory_says_statically_what_it_is(sources: Sources, tmp_path: Path) -> None:
    static_project(tmp_path / "demo")
    found = sources.resolve_source(asked("file:./demo", editable=True))
    assert (found.name, found.version, found.dependencies) == ("demo", "1", (OTHER,))
    assert found.repeatable
    assert found.source == DirectorySource(path="./demo", editable=True)


def test_a_directory_whose_backend_must_be_asked(sources: Sources, tmp_path: Path) -> None:
    dynamic_project(tmp_path / "demo")
    found = sources.resolve_source(asked("file:./demo"))
    assert (found.version, found.dependencies, found.repeatable) == ("7", (OTHER,), False)


def test_a_version_from_the_history_of_the_working_tree(sources: Sources, tmp_path: Path) -> None:
    dynamic_project(tmp_path / "demo")
    git(tmp_path / "demo", "init", "--quiet")
    git(tmp_path / "demo", "add", "--all")
    git(tmp_path / "demo", "commit", "--quiet", "--message", "one")
    git(tmp_path / "demo", "tag", "3.5")
    git(tmp_path / "demo", "config", "http.extraheader", "AUTHORIZATION: s3cret")
    before = sorted(path.name for path in (tmp_path / "demo").rglob("*"))
    assert sources.resolve_source(asked("file:./demo")).version == "3.5"
    assert sorted(path.name for path in (tmp_path / "demo").rglob("*")) == before


def test_extras_and_markers_of_a_static_project(sources: Sources, tmp_path: Path) -> None:
    static_project(tmp_path / "demo")
    with (tmp_path / "demo" / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(
            "[project.optional-dependencies]\nFast_Mode = [\"quick; python_version < '3.12'\", 'x[y]>1']\n"
        )
    found = sources.resolve_source(asked("file:./demo"))
    assert found.dependencies == (
        OTHER,
        ("quick", (), "", 'python_version < "3.12" and extra == "fast-mode"'),
        ("x", ("y",), ">1", 'extra == "fast-mode"'),
    )


@pytest.mark.parametrize("url", [False, True], ids=["path", "url"])
def test_an_archive_is_recorded_by_its_hash(sources: Sources, tmp_path: Path, url: bool) -> None:
    path = archive_of(static_project(tmp_path / "demo"))
    found = sources.resolve_source(asked(path.as_uri() if url else "file:./demo-1.tar.gz"))
    assert (found.version, found.dependencies) == ("1", (OTHER,))
    assert isinstance(found.source, ArchiveSource)
    assert found.source.hashes == (f"sha256:{sha256(path)}",)
    assert found.source.size == path.stat().st_size


def test_pkg_info_of_an_sdist_is_believed_from_metadata_2_2_on(sources: Sources, tmp_path: Path) -> None:
    folder = dynamic_project(tmp_path / "demo")
    info = (
        "Metadata-Version: 2.2\nName: demo\nVersion: 4\nRequires-Python: >=3.9\nRequires-Dist: fixed==1\n\n"
    )
    (folder / "PKG-INFO").write_text(info, encoding="utf-8")
    archive_of(folder)
    found = sources.resolve_source(asked("file:./demo-1.tar.gz"))
    assert (found.version, found.requires_python) == ("4", ">=3.9")
    assert found.dependencies == (("fixed", (), "==1", ""),)


@pytest.mark.parametrize(
    "info",
    [
        pytest.param("Metadata-Version: 2.1\nName: demo\nVersion: 4\n\n", id="old"),
        pytest.param(
            "Metadata-Version: 2.2\nName: demo\nVersion: 4\nDynamic: Requires-Dist\n\n", id="dynamic"
        ),
        pytest.param("nonsense", id="broken"),
    ],
)
def test_pkg_info_that_proves_nothing_leaves_it_to_the_backend(
    sources: Sources, tmp_path: Path, info: str
) -> None:
    folder = dynamic_project(tmp_path / "demo")
    (folder / "PKG-INFO").write_text(info, encoding="utf-8")
    archive_of(folder)
    assert sources.resolve_source(asked("file:./demo-1.tar.gz")).version == "7"


def test_a_wheel_says_what_it_is(sources: Sources, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "demo-1-py3-none-any.whl", "w") as out:
        out.writestr(
            "demo-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: Demo\nVersion: 1\nRequires-Dist: other>=2\n",
        )
    found = sources.resolve_source(asked("file:./demo-1-py3-none-any.whl", name=""))
    assert (found.name, found.version, found.dependencies, found.kind) == (
        "demo",
        "1",
        (OTHER,),
        "py3-none-any",
    )


def test_a_subdirectory_of_an_archive(sources: Sources, tmp_path: Path) -> None:
    static_project(tmp_path / "top" / "a", "5")
    dynamic_project(tmp_path / "top" / "b")
    archive_of(tmp_path / "top")
    assert sources.resolve_source(asked("file:./demo-1.tar.gz#subdirectory=a")).version == "5"
    assert sources.resolve_source(asked("file:./demo-1.tar.gz#subdirectory=b")).version == "7"


def test_a_repository_is_locked_to_a_commit(sources: Sources, tmp_path: Path) -> None:
    head = commit(tmp_path / "remote", "1")
    url = (tmp_path / "remote").as_uri()
    found = sources.resolve_source(asked(f"git+{url}@main"))
    assert (found.version, found.dependencies, found.repeatable) == ("1", (OTHER,), True)
    assert found.source == VcsSource(kind="git", url=url, commit=head, requested_revision="main")


def test_a_repository_whose_backend_asks_its_history(sources: Sources, tmp_path: Path) -> None:
    dynamic_project(tmp_path / "remote" / "python")
    commit(tmp_path / "remote", "1")
    git(tmp_path / "remote", "tag", "2.5")
    found = sources.resolve_source(asked(f"git+{(tmp_path / 'remote').as_uri()}#subdirectory=python"))
    assert (found.version, found.repeatable) == ("2.5", False)


def test_a_locked_commit_is_kept(sources: Sources, tmp_path: Path) -> None:
    first = commit(tmp_path / "remote", "1")
    url = (tmp_path / "remote").as_uri()
    kept = VcsSource(kind="git", url=url, commit=first, requested_revision="main")
    last = commit(tmp_path / "remote", "2")
    assert sources.resolve_source(asked(f"git+{url}@main"), kept).version == "1"
    fresh = sources.resolve_source(asked(f"git+{url}@main"))
    assert isinstance(fresh.source, VcsSource)
    assert fresh.source.commit == last
    git(tmp_path / "remote", "branch", "next")
    other = VcsSource(kind="git", url=url, commit=first, requested_revision="next")
    assert sources.resolve_source(asked(f"git+{url}@main"), other).version == "2"


@pytest.mark.parametrize(
    ("url", "error", "why"),
    [
        pytest.param("file:./gone", UsageError, "no such directory", id="directory"),
        pytest.param("file:./gone-1.tar.gz", UsageError, "no such file", id="archive"),
        pytest.param("file:./demo#subdirectory=gone", UsageError, "no directory 'gone'", id="subdirectory"),
        pytest.param("file:./demo#subdirectory=../..", UsageError, "no directory", id="subdirectory-out"),
        pytest.param("file:./demo-1.tar.gz#sha256=" + "0" * 64, IntegrityError, "not the archive", id="hash"),
        pytest.param("hg+https://host.example/x", UsageError, "hg is not supported", id="other-vcs"),
        pytest.param("file:./broken-1.whl", UsageError, "is no wheel", id="wheel"),
        pytest.param("file:./broken-1.tar.gz", IntegrityError, "no readable archive", id="no-archive"),
    ],
)
def test_references_that_are_wrong(
    sources: Sources, tmp_path: Path, url: str, error: type[PinkitError], why: str
) -> None:
    archive_of(static_project(tmp_path / "demo"))
    (tmp_path / "broken-1.whl").write_bytes(b"x")
    (tmp_path / "broken-1.tar.gz").write_bytes(b"x")
    with pytest.raises(error) as failure:
        sources.resolve_source(asked(url))
    assert why in failure.value.what


def test_hashes_beside_the_requirement_count(sources: Sources, tmp_path: Path) -> None:
    path = archive_of(static_project(tmp_path / "demo"))
    good, bad = f"sha256:{sha256(path)}", "sha256:" + "0" * 64
    assert sources.resolve_source(asked("file:./demo-1.tar.gz", hashes=(bad, good))).version == "1"
    with pytest.raises(IntegrityError) as failure:
        sources.resolve_source(asked("file:./demo-1.tar.gz", hashes=(bad,)))
    assert "requirements.in:3" in failure.value.why


def test_another_project_than_was_asked_for(sources: Sources, tmp_path: Path) -> None:
    static_project(tmp_path / "demo")
    with pytest.raises(UsageError) as failure:
        sources.resolve_source(asked("file:./demo", name="other"))
    assert failure.value.what == "requirements.in:3: other is asked for, but its source is demo"


def test_a_source_is_read_once(sources: Sources, tmp_path: Path) -> None:
    static_project(tmp_path / "demo")
    first = sources.resolve_source(asked("file:./demo"))
    (tmp_path / "demo" / "pyproject.toml").unlink()
    assert sources.resolve_source(asked("file:./demo")) is first
