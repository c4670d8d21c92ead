"""The user's files: read with limits, replaced whole or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.files import make_folders, read_bytes, write_atomically
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_replaces_through_a_symlink_keeping_the_mode(tmp_path: Path) -> None:
    real = tmp_path / "real.txt"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(real)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["link.txt", "real.txt"]


def test_a_new_file_gets_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new.txt", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.txt").stat().st_mode) == 0o640


@pytest.mark.parametrize("path", ["missing/x.txt", "folder"])
def test_what_cannot_be_written_is_said(tmp_path: Path, path: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError):
        write_atomically(tmp_path / path, b"x")
    assert [p.name for p in tmp_path.iterdir()] == ["folder"]


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_bytes(tmp_path / "missing")
    with pytest.raises(UsageError, match="cannot be read"):
        read_bytes(tmp_path)


def test_kill_in_the_middle_leaves_the_old_file_whole(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_bytes(b"old" * 1000)
    code = (
        "import os, signal, sys\nfrom pinkit.adapters import files\n"
        "os.replace = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_atomically(sys.argv[1], b'new' * 100000)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(lock)], check=False)
    assert done.returncode == -9
    assert lock.read_bytes() == b"old" * 1000


def test_a_folder_is_made_or_it_is_told_why_not(tmp_path: Path) -> None:
    make_folders(tmp_path / "a" / "b")
    make_folders(tmp_path / "a" / "b")
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError, match="cannot be made"):
            make_folders(path)
