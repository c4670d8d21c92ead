"""Kept build environments stay within bounds; what anyone uses stays."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.build_env_store import EnvironmentStore, KeepBounds
from pinkit.errors import Unavailable

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
SMALL = KeepBounds(total_bytes=250 << 10, unused_days=10)


class Shelf:
    """A store whose clock stands where it is put, and processes that come and go."""

    def __init__(self, root: Path) -> None:
        self.root, self.time = root, 1000.0 * DAY
        root.mkdir()

    def store(self) -> EnvironmentStore:
        return EnvironmentStore(self.root, SMALL, now=lambda: self.time)

    def made(self, store: EnvironmentStore, name: str, size: int = 100 << 10) -> None:
        new = self.root / f"pinkit-environment-{name}"
        (new / "lib").mkdir(parents=True)
        (new / "lib" / "file").write_bytes(b"x" * size)
        store.add(name, new)
        self.time += 60

    def kept(self) -> list[str]:
        return sorted(path.name for path in self.root.iterdir() if path.is_dir())


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "environments")


def test_the_longest_unused_go_when_there_is_too_much(shelf: Shelf) -> None:
    for name in ("one", "two"):
        shelf.made(shelf.store(), name)
    assert shelf.store().take("one")
    shelf.time += 60
    shelf.made(shelf.store(), "three")
    assert shelf.kept() == ["one", "three"]
    assert sorted(path.name for path in shelf.root.iterdir()) == ["one", "one.size", "three", "three.size"]
    assert not shelf.store().take("two")


def test_what_is_long_unused_goes_whatever_there_is(shelf: Shelf) -> None:
    shelf.made(shelf.store(), "old", 1)
    shelf.time += 5 * DAY
    shelf.made(shelf.store(), "used", 1)
    shelf.time += 6 * DAY
    shelf.made(shelf.store(), "new", 1)
    assert shelf.kept() == ["new", "used"]


def test_what_is_in_use_stays(shelf: Shelf) -> None:
    user = shelf.store()
    shelf.made(user, "mine")
    shelf.time += 100 * DAY
    for name in ("two", "three", "four"):
        shelf.made(shelf.store(), name)
    assert shelf.kept() == ["four", "mine"]
    del user
    gc.collect()
    shelf.made(shelf.store(), "five")
    assert "mine" not in shelf.kept()


def test_what_another_process_uses_stays(shelf: Shelf) -> None:
    shelf.made(shelf.store(), "theirs")
    code = (
        "import sys; from pathlib import Path; from pinkit.adapters.build_env_store import EnvironmentStore as S\n"
        "s = S(Path(sys.argv[1])); print(s.take('theirs'), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(shelf.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        assert user.stdout.readline() == "True\n"
        os.utime(shelf.root / "theirs", (0, 0))
        shelf.made(shelf.store(), "mine", 300 << 10)
        assert "theirs" in shelf.kept()
        user.communicate("")
    shelf.made(shelf.store(), "next")
    assert "theirs" not in shelf.kept()


def test_the_first_of_two_that_make_the_same_counts(shelf: Shelf) -> None:
    one, other = shelf.store(), shelf.store()
    shelf.made(one, "same", 1)
    before = (shelf.root / "same").stat().st_ino
    shelf.made(other, "same", 1)
    assert (shelf.root / "same").stat().st_ino == before
    assert other.take("same")


def test_what_others_make_and_remove_meanwhile_is_no_matter(shelf: Shelf) -> None:
    ended = threading.Event()

    def others() -> None:
        while not ended.is_set():
            for number in range(20):
                (shelf.root / f"pinkit-environment-{number}").mkdir()
            for number in range(20):
                (shelf.root / f"pinkit-environment-{number}").rmdir()

    beside = threading.Thread(target=others)
    beside.start()
    try:
        for _ in range(300):
            shelf.store().tidy()
    finally:
        ended.set()
        beside.join()


def test_what_cannot_be_kept_is_told(shelf: Shelf) -> None:
    (shelf.root / "name").touch()  # no directory can take its place
    with pytest.raises(Unavailable, match="cannot be kept"):
        shelf.made(shelf.store(), "name")


def test_what_a_killed_process_left_goes_after_a_day(shelf: Shelf) -> None:
    left = shelf.root / "pinkit-environment-left"
    left.mkdir()
    os.utime(left, (shelf.time, shelf.time))
    shelf.store().tidy()
    assert left.exists()
    shelf.time += 2 * DAY
    shelf.store().tidy()
    assert not left.exists()


def test_a_size_that_is_not_written_is_measured(shelf: Shelf) -> None:
    for name in ("one", "two"):
        shelf.made(shelf.store(), name)
        (shelf.root / f"{name}.size").write_text("?")
    shelf.made(shelf.store(), "three")
    assert shelf.kept() == ["three", "two"]
