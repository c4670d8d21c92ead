"""An sdist against a real repository: tags, blobs, and what is no file of the project."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.git_tree import GitTree
from pinkit.errors import Unavailable
from pinkit.model.rebuild import Verdict
from pinkit.rebuild.compare_git import tags_for
from pinkit.rebuild.statement import evidence
from pinkit.workflows.verify_source import verify_source

from .raw_tar import TarMember, gz, tar
from .small_world import SmallIndex

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.rebuild import Outcome

FILES = {
    "pyproject.toml": b"[build-system]\n",
    "demo.py": b"answer = 42\n",
    "run.sh": b"#!/bin/sh\n",
    "setup.cfg": b"[metadata]\nname = demo\n",
    "tests/test_demo.py": b"import demo\n",
}


class Clone:
    """A repository with one commit, tagged `v1.0`."""

    def __init__(self, folder: Path, below: str = "") -> None:
        self.folder = folder
        for name, content in FILES.items():
            path = folder / below / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / below / "run.sh").chmod(0o755)
        (folder / below / "link.py").symlink_to("demo.py")
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        self.git("tag", "-a", "v1.0", "-m", "release")

    def git(self, *arguments: str) -> None:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
        subprocess.run(["git", "-C", str(self.folder), *who, *arguments], check=True)


def members(**changes: bytes | None) -> list[TarMember]:
    found = {name: content for name, content in FILES.items() if not name.startswith("tests/")}
    found["PKG-INFO"] = b"Name: demo\n"
    found["demo.egg-info/SOURCES.txt"] = b"demo.py\n"
    names = {"demo": "demo.py", "cfg": "setup.cfg", "more": "more.py", "moved": "lib/moved.py"}
    for short, content in changes.items():
        if content is None:
            del found[names[short]]
        else:
            found[names[short]] = content
    made = [
        TarMember(name=f"demo-1.0/{name}", content=content, mode=0o755 if name == "run.sh" else 0o644)
        for name, content in found.items()
    ]
    link = TarMember(name="demo-1.0/link.py", kind=tarfile.SYMTYPE, fields={"linkname": "demo.py"})
    return [TarMember(name="demo-1.0", kind=tarfile.DIRTYPE, mode=0o755), *made, link]


def verified(clone: Clone, folder: Path, made: list[TarMember], version: str = "1.0") -> Outcome:
    path = folder / f"demo-{version}.tar.gz"
    path.write_bytes(gz(tar(made)))
    index = SmallIndex()
    (sdist,) = index.publish("demo", version, path)
    return verify_source("demo", version, sdist, index, GitTree(path=clone.folder))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def kinds(outcome: Outcome) -> dict[str, str]:
    return {d.member: d.kind for d in outcome.discrepancies if d.member}


@pytest.mark.parametrize("below", ["", "packages/demo"], ids=["at-the-top", "in-a-directory"])
def test_files_of_the_tag_are_equivalent_and_generated_ones_named(tmp_path: Path, below: str) -> None:
    outcome = verified(Clone(tmp_path / "clone", below), tmp_path, members())
    assert outcome.verdict is Verdict.EQUIVALENT
    assert kinds(outcome) == {"PKG-INFO": "generated", "demo.egg-info/SOURCES.txt": "generated"}
    assert outcome.source_digest.startswith("gitCommit:")
    assert outcome.source_digest.removeprefix("gitCommit:").encode() in evidence(outcome)


@pytest.mark.parametrize(
    ("made", "member", "kind", "verdict"),
    [
        (members(demo=b"evil\n"), "demo.py", "payload", Verdict.DIFFERS),
        (members(more=b"evil\n"), "more.py", "member-added", Verdict.TAMPER_SUSPECT),
        (members(demo=b"answer = 42\r\n"), "demo.py", "line-endings", Verdict.EQUIVALENT),
        (members(moved=FILES["demo.py"]), "lib/moved.py", "moved", Verdict.EQUIVALENT),
        (members(cfg=b"[metadata]\nname = demo\n[egg_info]\n"), "setup.cfg", "generated", Verdict.EQUIVALENT),
        (members(cfg=b"[metadata]\nname = evil\n"), "setup.cfg", "payload", Verdict.DIFFERS),
        (members(demo=None), "", "", Verdict.EQUIVALENT),
    ],
    ids=["edited", "added", "crlf", "moved", "egg-info", "setup-cfg", "left-out"],
)
def test_each_difference_has_its_class(
    clone: Clone, tmp_path: Path, made: list[TarMember], member: str, kind: str, verdict: Verdict
) -> None:
    outcome = verified(clone, tmp_path, made)
    assert outcome.verdict is verdict
    assert not member or kinds(outcome)[member] == kind


def test_execute_bits_and_links_are_compared(clone: Clone, tmp_path: Path) -> None:
    from dataclasses import replace

    changed = [replace(m, mode=0o644) if m.name.endswith("run.sh") else m for m in members()]
    assert kinds(verified(clone, tmp_path, changed))["run.sh"] == "exec-bit"
    changed = [
        replace(m, fields={"linkname": "run.sh"}) if m.kind == tarfile.SYMTYPE else m for m in members()
    ]
    assert kinds(verified(clone, tmp_path, changed))["link.py"] == "payload"
    hard = TarMember(name="demo-1.0/link.py", kind=tarfile.LNKTYPE, fields={"linkname": "demo-1.0/demo.py"})
    assert kinds(verified(clone, tmp_path, [*members()[:-1], hard]))["link.py"] == "payload"


def test_a_device_is_no_source(clone: Clone, tmp_path: Path) -> None:
    made = [*members(), TarMember(name="demo-1.0/dev", kind=tarfile.CHRTYPE)]
    outcome = verified(clone, tmp_path, made)
    assert (outcome.verdict, [d.kind for d in outcome.discrepancies]) == (
        Verdict.TAMPER_SUSPECT,
        ["malformed"],
    )


def test_zip_sdists_are_compared_too(clone: Clone, tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("demo-1.0/demo.py", FILES["demo.py"])
    index = SmallIndex()
    path = tmp_path / "demo-1.0.zip"
    path.write_bytes(target.getvalue())
    (sdist,) = index.publish("demo", "1.0", path)
    assert (
        verify_source("demo", "1.0", sdist, index, GitTree(path=clone.folder)).verdict is Verdict.EQUIVALENT
    )


def test_a_release_without_a_tag_has_no_source(clone: Clone, tmp_path: Path) -> None:
    outcome = verified(clone, tmp_path, members(), "2.0")
    assert (outcome.verdict, outcome.reason) == (Verdict.NO_SOURCE, "no tag names this release")


def test_tags_of_different_commits_decide_nothing(clone: Clone, tmp_path: Path) -> None:
    (clone.folder / "demo.py").write_bytes(b"other\n")
    clone.git("commit", "-qam", "two")
    clone.git("tag", "1.0.0")
    outcome = verified(clone, tmp_path, members())
    assert (outcome.verdict, outcome.reason) == (
        Verdict.NO_SOURCE,
        "tags v1.0, 1.0.0 stand for different commits",
    )


def test_a_folder_that_is_no_clone_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="git cannot read"):
        GitTree(path=tmp_path).tags()
    (tmp_path / "empty").mkdir()
    index = SmallIndex()
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(gz(tar(members())))
    (sdist,) = index.publish("demo", "1.0", path)
    outcome = verify_source("demo", "1.0", sdist, index, GitTree(path=tmp_path / "empty"))
    assert outcome.verdict is Verdict.SKIPPED


@pytest.mark.parametrize(
    ("version", "tags", "named"),
    [
        ("1.0", ["1.0", "v1.0", "v1.0.1", "v1.0rc1", "w11.0"], ("1.0", "v1.0")),
        ("2026.4.22", ["2026.04.22"], ("2026.04.22",)),
        ("1.2", ["demo-1.2", "other-1.2", "demo/v1.2", "release-1.2", "release_1_2"], None),
        ("1.0", ["x", "", "v", "1.0-other"], ()),
        ("not a version", ["x1.0", "1-other"], ()),
    ],
    ids=["plain", "zero-padded", "named", "none", "no-version"],
)
def test_tags_that_name_a_release(version: str, tags: list[str], named: tuple[str, ...] | None) -> None:
    expected = ("demo-1.2", "demo/v1.2", "release-1.2", "release_1_2") if named is None else named
    assert tags_for("demo", version, tags) == expected
