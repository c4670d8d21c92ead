"""The store: shared, damaged, of another version, killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.store import FILENAME, FilesRow, MetadataRow, PageRow, Store
from pinkit.adapters.store_file import SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path

ROW = PageRow(10, "etag", "date", "https://index.example/demo/", "d1", "1.0", "2\t0\tsdist\t", b"", b"k" * 32)
METADATA = MetadataRow("other\t\t>=2\t", ">=3.8", "more", "sidecar")


def no_note(text: str) -> None:
    raise AssertionError(text)


def test_what_is_put_comes_back(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    source = store.source("https://index.example/")
    store.put_page(source, "demo", ROW, "json", b"body")
    store.put_metadata(source, b"k" * 32, METADATA)
    store.put_files(source, "demo", "1.0", "d1", FilesRow("sha256:x", 7, "lines"))
    store.put_computed("url", "x", 3)
    store.close()

    again = Store(str(tmp_path), no_note)
    assert again.source("https://index.example/") == source
    assert again.source("https://other.example/") != source
    assert again.page(source, "demo") == ROW
    assert again.body(source, "demo") == ("json", b"body")
    assert again.metadata(source, b"k" * 32) == METADATA
    assert again.files(source, "demo", "1.0", "d1") == "lines"
    assert again.digests(source, "demo", "1.0", "d1") == ("sha256:x", 7)
    assert again.computed("url") == ("x", 3)
    again.close()


def test_what_is_settled_is_known_to_others(tmp_path: Path) -> None:
    first = Store(str(tmp_path), no_note)
    source = first.source("https://index.example/")
    first.settle()
    for name in ("one", "two"):
        first.put_page(source, name, ROW, "json", b"body")
        first.settle()
        second = Store(str(tmp_path), no_note)
        assert second.page(source, name) == ROW
        second.close()
    first.close()
    first.settle()


def test_the_folder_is_ones_own(tmp_path: Path) -> None:
    Store(str(tmp_path / "new"), no_note).close()
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_what_is_not_there(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    assert store.page(1, "demo") is None
    assert store.body(1, "demo") is None
    assert store.metadata(1, b"") is None
    assert store.files(1, "demo", "1.0", "d1") is None
    assert store.digests(1, "demo", "1.0", "d1") is None
    assert store.computed("url") is None
    store.close()


def test_files_of_another_page_do_not_count(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    store.put_files(1, "demo", "1.0", "d1", FilesRow("sha256:x", 7, "lines"))
    store.close()
    again = Store(str(tmp_path), no_note)
    assert again.files(1, "demo", "1.0", "d2") is None
    assert again.digests(1, "demo", "1.0", "d2") is None
    again.close()


def test_touching_moves_the_expiry_of_the_same_page_only(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    store.put_page(1, "demo", ROW, "json", b"")
    store.touch_page(1, "demo", ROW._replace(expires=20))
    store.touch_page(1, "demo", ROW._replace(expires=30, digest="d2"))
    store.close()
    again = Store(str(tmp_path), no_note)
    assert again.page(1, "demo") == ROW._replace(expires=20)
    again.close()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"this is no database, but it is long enough to look like one" * 20, id="text"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 4096, id="header-only"),
    ],
)
def test_a_damaged_file_is_set_aside(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILENAME).write_bytes(content)
    notes: list[str] = []
    store = Store(str(tmp_path), notes.append)
    store.put_computed("key", "answer", 1)
    store.close()
    assert len(notes) == 1
    assert "damaged" in notes[0]
    assert (tmp_path / f"{FILENAME}.damaged").read_bytes() == content
    again = Store(str(tmp_path), no_note)
    assert again.computed("key") == ("answer", 1)
    again.close()


def test_damage_that_shows_while_reading(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    for number in range(300):
        store.put_computed(f"key{number}", "x" * 400, 1)
    store.close()
    path = tmp_path / FILENAME
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    notes: list[str] = []
    store = Store(str(tmp_path), notes.append)
    assert [store.computed(f"key{number}") for number in range(300)] == [None] * 300
    store.put_computed("after", "x", 1)
    store.close()
    assert any("damaged" in note for note in notes)
    again = Store(str(tmp_path), no_note)
    assert again.computed("key0") is None
    again.close()


def test_another_schema_version_is_rebuilt(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / FILENAME)
    connection.execute("create table computed (other)")
    connection.execute(f"pragma user_version={SCHEMA_VERSION + 1}")
    connection.close()
    store = Store(str(tmp_path), no_note)
    store.put_computed("key", "x", 1)
    store.close()
    again = Store(str(tmp_path), no_note)
    assert again.computed("key") == ("x", 1)
    again.close()


def test_where_nothing_can_be_kept_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    notes: list[str] = []
    store = Store(str(tmp_path / "file" / "cache"), notes.append)
    store.put_computed("key", "x", 1)
    assert store.computed("key") is None
    store.close()
    assert len(notes) == 1
    assert notes[0].startswith("no cache")


def test_a_folder_in_place_of_the_file(tmp_path: Path) -> None:
    (tmp_path / FILENAME).mkdir()
    notes: list[str] = []
    Store(str(tmp_path), notes.append).close()
    assert notes[0].startswith("no cache")


def test_writing_that_fails_is_said_once(tmp_path: Path) -> None:
    notes: list[str] = []
    store = Store(str(tmp_path), notes.append)
    # Gone under our hands: another process of another version removed it and made other tables.
    connection = sqlite3.connect(tmp_path / FILENAME)
    connection.execute("drop table computed")
    connection.close()
    for number in range(3):
        store.put_computed(f"key{number}", "x", 1)
    store.settle()
    store.close()
    store.put_computed("late", "x", 1)
    assert len(notes) == 1
    assert "cannot be written" in notes[0]


def test_several_processes_at_once(tmp_path: Path) -> None:
    script = """
import sys
from pinkit.adapters.store import Store
store = Store(sys.argv[1], lambda text: sys.exit(text))
for number in range(200):
    store.put_computed(f"{sys.argv[2]} {number}", "x" * 1000, 1)
    store.computed(f"a {number}")
store.close()
"""
    running = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path), name]) for name in "abc"]
    assert [process.wait() for process in running] == [0, 0, 0]
    store = Store(str(tmp_path), no_note)
    assert all(store.computed(f"{name} {number}") for name in "abc" for number in range(200))
    store.close()


def test_killed_in_the_middle_of_writing(tmp_path: Path) -> None:
    script = """
import sys
from pinkit.adapters.store import Store
store = Store(sys.argv[1], print)
number = 0
while True:
    store.put_computed(f"key{number}", "x" * 50000, 1)
    number += 1
    if number == 50:
        print("ready", flush=True)
"""
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    connection = sqlite3.connect(tmp_path / FILENAME)
    assert connection.execute("pragma integrity_check").fetchone() == ("ok",)
    connection.close()
    store = Store(str(tmp_path), no_note)
    store.put_computed("after", "x", 1)
    store.close()
    again = Store(str(tmp_path), no_note)
    assert again.computed("after") == ("x", 1)
    again.close()


def test_threads_share_a_store(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    sources: list[int] = []

    def use() -> None:
        for number in range(50):
            sources.append(store.source(f"https://index.example/{number}"))
            store.page(1, "demo")

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(sources)) == 50
    store.close()


def test_notes_are_of_one_page_and_one_view(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    view, other = store.view("first"), store.view("second")
    store.put_page(1, "demo", ROW, "json", b"")
    store.put_note(1, "demo", view, "d1", b"noted")
    store.close()
    again = Store(str(tmp_path), no_note)
    assert (again.view("first"), again.view("second")) == (view, other)
    assert again.noted(1, "demo", view) == (10, "d1", b"noted")
    assert again.noted(1, "demo", other) == (10, "d1", None)
    assert again.noted(1, "more", view) is None
    again.put_page(1, "demo", ROW._replace(digest="d2"), "json", b"")
    again.close()
    last = Store(str(tmp_path), no_note)
    assert last.noted(1, "demo", view) == (10, "d2", None)
    last.close()


def test_notes_of_views_of_long_ago_are_dropped(tmp_path: Path) -> None:
    store = Store(str(tmp_path), no_note)
    store.put_page(1, "demo", ROW, "json", b"")
    views = [store.view(str(number)) for number in range(20)]
    for view in views:
        store.put_note(1, "demo", view, "d1", b"noted")
    store.close()
    again = Store(str(tmp_path), no_note)
    again.view("another")
    again.close()
    last = Store(str(tmp_path), no_note)
    kept = [view for view in views if last.noted(1, "demo", view).content]  # type: ignore[union-attr]
    assert kept == views[-15:]
    last.close()
