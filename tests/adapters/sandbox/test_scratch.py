"""Scratch directories are gone afterwards, whatever was done to them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pinkit.adapters.scratch import remove, scratch


def test_it_is_there_private_and_gone(tmp_path: Path) -> None:
    with scratch("test", within=tmp_path) as path:
        assert path.parent == tmp_path
        assert path.stat().st_mode & 0o077 == 0
        (path / "a").touch()
    assert list(tmp_path.iterdir()) == []


def test_it_is_gone_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch("test", within=tmp_path):
        1 / 0  # noqa: B018
    assert list(tmp_path.iterdir()) == []


def test_locked_directories_are_removed(tmp_path: Path) -> None:
    with scratch("test", within=tmp_path) as path:
        (path / "locked" / "below").mkdir(parents=True)
        (path / "locked").chmod(0)
    assert list(tmp_path.iterdir()) == []


def test_what_is_nested_too_deep_is_removed(tmp_path: Path) -> None:
    before = Path.cwd()
    with scratch("test", within=tmp_path) as path:
        os.chdir(path)
        try:
            for _ in range(1500):
                os.mkdir("deeper")
                os.chdir("deeper")
        finally:
            os.chdir(before)
    assert list(tmp_path.iterdir()) == []


def test_what_is_gone_already_is_no_matter(tmp_path: Path) -> None:
    remove(tmp_path / "gone")


VANISHES = """
import os, sys
def hook(event, arguments):
    if event == "os.remove" and not done:
        done.append(1)
        {what}
done = []
sys.addaudithook(hook)
from pathlib import Path
from pinkit.adapters.scratch import scratch
with scratch("test", within=Path(sys.argv[1])) as path:
    for number in range(3):
        (path / str(number)).touch()
"""


@pytest.mark.parametrize(
    ("what", "ends"),
    [("os.remove(os.path.join(path, arguments[0]))", ""), ("raise KeyboardInterrupt", "KeyboardInterrupt")],
    ids=["another-removes-a-file", "ctrl-c"],
)
def test_whatever_comes_between_it_is_gone(tmp_path: Path, what: str, ends: str) -> None:
    command = [sys.executable, "-c", VANISHES.format(what=what), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr.rpartition("\n")[0].rpartition("\n")[2] == ends
    assert list(tmp_path.iterdir()) == []


def test_what_needs_programs_is_left_where_there_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no-directory").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    remove(tmp_path / "no-directory")
    assert (tmp_path / "no-directory").exists()
