"""Copies of the user's project: what comes along, what stays behind, what is never touched."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.source_tree import copy_project, copy_tree, git_moment, is_modified, shown_history
from pinkit.errors import UsageError
from tests.support.repositories import commit, git

if TYPE_CHECKING:
    from pathlib import Path


def names(tree: Path) -> set[str]:
    return {
        path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_symlink() or path.is_file()
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tree = tmp_path / "project"
    for name in (
        "a.py",
        "sub/b.py",
        "dist/old.whl",
        "build/lib/a.py",
        ".venv/bin/python",
        "sub/build/kept.py",
    ):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name, encoding="utf-8")
    (tree / "link").symlink_to("a.py")
    (tree / "to").symlink_to("sub", target_is_directory=True)
    return tree


def test_without_git_all_but_caches_and_products_comes_along(project: Path, tmp_path: Path) -> None:
    assert names(copy_project(project, tmp_path / "copy")) == {
        "a.py",
        "sub/b.py",
        "sub/build/kept.py",
        "link",
        "to",
    }
    assert os.readlink(tmp_path / "copy" / "to") == "sub"


def test_with_git_what_is_not_ignored_comes_along(project: Path, tmp_path: Path) -> None:
    (project / ".gitignore").write_text("dist/\n.venv/\n*.log\n", encoding="utf-8")
    (project / "debug.log").touch()
    commit(project)
    (project / "sub" / "b.py").unlink()
    (project / "new.py").touch()
    found = names(copy_project(project, tmp_path / "copy"))
    assert found == {
        *("a.py", "build/lib/a.py", "sub/build/kept.py", "link", "to"),
        *(".gitignore", "pyproject.toml", "new.py"),
    }


def test_modes_and_times_are_kept(project: Path, tmp_path: Path) -> None:
    (project / "a.py").chmod(0o750)
    for path in (project / "a.py", project / "sub"):
        os.utime(path, (1_000, 1_000))
    tree = copy_project(project, tmp_path / "copy")
    assert stat.S_IMODE((tree / "a.py").stat().st_mode) == 0o750
    assert ((tree / "a.py").stat().st_mtime, (tree / "sub").stat().st_mtime) == (1_000, 1_000)


def test_a_copy_of_a_tree_has_everything_in_any_order(project: Path, tmp_path: Path) -> None:
    everything = names(project)
    assert names(copy_tree(project, tmp_path / "one")) == everything
    assert names(copy_tree(project, tmp_path / "two", backwards=True)) == everything


def test_pipes_and_sockets_stay_behind(project: Path, tmp_path: Path) -> None:
    os.mkfifo(project / "pipe")
    assert "pipe" not in names(copy_project(project, tmp_path / "copy"))


def test_a_submodule_comes_along(project: Path, tmp_path: Path) -> None:
    commit(tmp_path / "part", "9")
    commit(project)
    git(project, "submodule", "--quiet", "add", (tmp_path / "part").as_uri(), "part")
    git(project, "commit", "--quiet", "--message", "part")
    assert "part/pyproject.toml" in names(copy_project(project, tmp_path / "copy"))


def test_no_such_project(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        copy_project(tmp_path / "gone", tmp_path / "copy")


def test_moment_and_state_of_the_working_tree(project: Path) -> None:
    assert git_moment(project) is None
    assert not is_modified(project)
    commit(project)
    assert git_moment(project) == 1_000_000_000
    assert not is_modified(project)
    (project / "dist").mkdir(exist_ok=True)
    (project / "dist" / "demo-1.0.tar.gz").write_bytes(b"left by a build")
    assert not is_modified(project)
    (project / "new.py").write_text("", encoding="utf-8")
    assert is_modified(project)
    (project / "new.py").unlink()
    (project / "a.py").write_text("changed", encoding="utf-8")
    assert is_modified(project)


def test_what_an_earlier_build_left_is_no_source(project: Path, tmp_path: Path) -> None:
    (project / "build").mkdir(exist_ok=True)
    (project / "build" / "tool.py").write_text("", encoding="utf-8")
    commit(project)
    (project / "dist").mkdir(exist_ok=True)
    (project / "dist" / "demo-1.0.tar.gz").write_bytes(b"left by a build")
    (project / "build" / "left.o").write_bytes(b"")
    copied = names(copy_project(project, tmp_path / "copy"))
    assert "build/tool.py" in copied
    assert not copied & {"dist/demo-1.0.tar.gz", "build/left.o"}


def test_history_is_shown_without_its_settings(project: Path, tmp_path: Path) -> None:
    commit(project)
    git(project, "config", "http.extraheader", "AUTHORIZATION: s3cret")
    git(project, "config", "core.sshCommand", "s3cret")
    (history, where), (settings, there) = shown_history(
        project, tmp_path / "t1", made(tmp_path / "t1"), "bubblewrap"
    )
    assert (history, where, there) == (project / ".git", ".git", ".git/config")
    assert "s3cret" not in settings.read_text(encoding="utf-8")
    assert "repositoryformatversion" in settings.read_text(encoding="utf-8")


def test_history_of_a_linked_worktree_is_gathered(project: Path, tmp_path: Path) -> None:
    commit(project)
    git(project, "tag", "v1")
    (project / "a.py").write_text("later", encoding="utf-8")
    commit(project, "2")
    git(project, "worktree", "add", "--quiet", str(tmp_path / "linked"), "v1")
    tree = copy_project(tmp_path / "linked", tmp_path / "copy")
    assert shown_history(tmp_path / "linked", tree, made(tmp_path / "scratch"), "none") == ()
    assert git(tree, "describe", "--tags", "--dirty") == "v1"


def test_history_is_copied_where_nothing_can_show_it(project: Path, tmp_path: Path) -> None:
    head = commit(project)
    git(project, "config", "http.extraheader", "AUTHORIZATION: s3cret")
    tree = copy_project(project, tmp_path / "copy")
    assert shown_history(project, tree, tmp_path, "none") == ()
    assert git(tree, "rev-parse", "HEAD") == head
    assert "s3cret" not in (tree / ".git" / "config").read_text(encoding="utf-8")


def test_no_history_is_no_matter(project: Path, tmp_path: Path) -> None:
    assert shown_history(project, tmp_path, tmp_path, "bubblewrap") == ()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder
