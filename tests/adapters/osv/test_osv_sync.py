from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.osv_archives import directory_records, open_advisories, zip_records
from pinkit.adapters.osv_build import OsvWriter, rebuilt
from pinkit.adapters.osv_db import OsvDatabase
from pinkit.adapters.osv_http import OsvHttp
from pinkit.adapters.osv_sync import RECONCILE_EVERY_S, Synced, sync_from_files, sync_from_url
from pinkit.cli.console import Console
from pinkit.errors import IntegrityError, PinkitError, Unavailable, UsageError
from pinkit.model.advisory import Quarantined
from tests.support.osv_records import before, encoded, record
from tests.support.osv_server import CUT, OsvServer, dump

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_800_000_000
QUIET = Console(verbosity=-2, progress=False)


def at(time: str, identity: str, fixed: str = "2") -> dict[str, Any]:
    return {**record(identity, events=before(fixed)), "modified": f"2026-01-01T00:00:{time}Z"}


def sync(path: Path, server: OsvServer, now: int = NOW, **more: Any) -> Synced:
    return sync_from_url(path, server.dump_url, now, QUIET, OsvHttp(sleep=lambda _: None), **more)


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM record ORDER BY id")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "osv.sqlite3"


def test_first_the_whole_dump_then_nothing(path: Path) -> None:
    with OsvServer([at("01", "A-1"), at("02", "B-1")]) as server:
        first = sync(path, server)
        again = sync(path, server, NOW + 60)
        assert (first.how, again.how) == ("whole", "current")
        assert server.paths().count("/PyPI/all.zip") == 3  # HEAD, GET, HEAD
        assert again.facts.digest == first.facts.digest
        assert again.facts.synced_at == NOW + 60
    assert ids(path) == ["A-1", "B-1"]


def test_then_only_what_changed(path: Path) -> None:
    with OsvServer([at("01", "A-1"), at("02", "B-1"), at("03", "C-1")]) as server:
        sync(path, server)
        server.records["B-1"] = at("09", "B-1", fixed="7")
        server.records["D-1"] = at("01", "D-1")  # new to the directory, though its time is old
        del server.records["C-1"]
        server.requests.clear()
        done = sync(path, server, NOW + 60)
        assert (done.how, done.written, done.removed) == ("changes", 2, 1)
        assert sorted(server.paths()) == [
            "/PyPI/B-1.json",
            "/PyPI/D-1.json",
            "/PyPI/all.zip",
            "/PyPI/modified_id.csv",
        ]
        fresh = sync(path.with_name("other"), server)
        assert done.facts.digest == fresh.facts.digest
    assert ids(path) == ["A-1", "B-1", "D-1"]


def test_times_compare_as_times(path: Path) -> None:
    with OsvServer([{**at("00", "A-1"), "modified": "2026-01-01T00:00:00.5Z"}]) as server:
        sync(path, server)
        server.records["A-1"]["modified"] = "2026-01-01T00:00:00.500Z"
        assert sync(path, server).how == "current"


@pytest.mark.parametrize(
    ("path_served", "body"),
    [
        pytest.param("/PyPI/B-1.json", encoded(at("02", "B-1")), id="older-than-listed"),
        pytest.param("/PyPI/B-1.json", None, id="not-uploaded-yet"),
    ],
)
def test_a_record_that_lags_behind_the_list_is_left_for_the_next_sync(
    path: Path, path_served: str, body: bytes | None
) -> None:
    with OsvServer([at("01", "A-1"), at("02", "B-1")]) as server:
        sync(path, server)
        server.records["B-1"] = at("09", "B-1", fixed="7")
        if body is None:
            server.fail(path_served, 404)
        else:
            server.raw[path_served] = body
        assert (sync(path, server).later, ids(path)) == (1, ["A-1", "B-1"])
        server.raw.clear()
        assert (sync(path, server).written, sync(path, server).how) == (1, "current")


def test_a_week_later_everything_is_fetched_again(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        server.records["B-1"] = at("02", "B-1")
        assert sync(path, server, NOW + RECONCILE_EVERY_S).how == "whole"
        assert sync(path, server, NOW + 2 * RECONCILE_EVERY_S).how == "current"  # its crc32c is known


def test_a_list_that_forgets_too_much_is_not_believed(path: Path) -> None:
    many = [at("01", f"A-{number}") for number in range(80)]
    with OsvServer(many) as server:
        sync(path, server)
        server.raw["/PyPI/modified_id.csv"] = b"2026-01-01T00:00:01Z,A-1\n"
        assert sync(path, server).how == "whole"
    assert len(ids(path)) == 80


def test_without_a_list_everything_is_fetched(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        server.fail("/PyPI/modified_id.csv", 404)
        assert sync(path, server).how == "whole"


def test_full_fetches_everything(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        assert sync(path, server, full=True).how == "whole"


def test_another_mirror_starts_anew(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as one, OsvServer([at("01", "B-1")]) as other:
        sync(path, one)
        assert sync(path, other).how == "whole"
    assert ids(path) == ["B-1"]


def test_the_dump_may_lie_below_the_url(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        done = sync_from_url(path, server.url, NOW, QUIET, OsvHttp(sleep=lambda _: None))
        assert done.facts.source == server.dump_url


def break_server(server: OsvServer, fault: str) -> None:
    match fault:
        case "wrong crc":
            server.crc = "AAAAAA=="
        case "truncated zip":
            server.raw["/PyPI/all.zip"] = dump(server.records.values())[:-30]
        case "cut download":
            server.fail("/PyPI/all.zip", 0)
            server.fail("/PyPI/all.zip", CUT, times=9)
        case "no zip":
            server.raw["/PyPI/all.zip"] = b"<html>hello</html>"
        case "empty zip":
            server.raw["/PyPI/all.zip"] = dump([])
        case "bomb":
            server.raw["/PyPI/all.zip"] = dump([], {"A-1.json": b" " * (65 << 20)})
        case "broken member":
            body = bytearray(dump(server.records.values()))
            body[body.index(b"A-1.json") + 12] ^= 0xFF
            server.raw["/PyPI/all.zip"] = bytes(body)
        case "down":
            server.fail("/PyPI/all.zip", 503, times=9)
        case "refused":
            server.fail("/PyPI/all.zip", 403)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("wrong crc", IntegrityError),
        ("truncated zip", IntegrityError),
        ("cut download", Unavailable),
        ("no zip", IntegrityError),
        ("empty zip", IntegrityError),
        ("bomb", IntegrityError),
        ("broken member", IntegrityError),
        ("down", Unavailable),
        ("refused", Unavailable),
    ],
)
def test_a_failed_sync_keeps_the_old_database(path: Path, fault: str, error: type[PinkitError]) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        old = path.read_bytes()
        break_server(server, fault)
        with pytest.raises(error):
            sync(path, server, full=True)
    assert path.read_bytes() == old
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"2026-01-01T00:00:01Z,A-1", id="cut"),
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>\n", id="a-page"),
    ],
)
def test_a_broken_list_changes_nothing(path: Path, body: bytes) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        old = path.read_bytes()
        server.raw["/PyPI/modified_id.csv"] = body
        with pytest.raises(IntegrityError):
            sync(path, server)
    assert path.read_bytes() == old


def test_a_record_that_cannot_be_fetched_changes_nothing(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        old = path.read_bytes()
        server.records["B-1"] = at("02", "B-1")
        server.fail("/PyPI/B-1.json", 500, times=9)
        with pytest.raises(Unavailable):
            sync(path, server)
    assert path.read_bytes() == old


def interrupted(writer: OsvWriter) -> None:
    writer.remove(["A-1"])
    raise KeyboardInterrupt


def test_an_interrupted_build_keeps_the_old_database(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
    old = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), rebuilt(path, from_existing=True) as writer:
        interrupted(writer)
    assert path.read_bytes() == old
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("method", [405, 501])
def test_a_mirror_without_head(path: Path, method: int) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        server.fail("/PyPI/all.zip", method)
        assert sync(path, server).facts.records == 1


def test_faults_that_pass_are_survived(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        server.fail("/PyPI/all.zip", 429, times=3)
        assert sync(path, server).facts.records == 1


def test_a_damaged_database_is_built_again(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
        path.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
        assert sync(path, server).how == "whole"
    assert ids(path) == ["A-1"]


def test_from_a_zip_and_a_directory_the_same(path: Path, tmp_path: Path) -> None:
    records = [at("01", "A-1"), at("02", "B-1")]
    (tmp_path / "dump.zip").write_bytes(dump(records))
    folder = tmp_path / "records"
    folder.mkdir()
    for content in records:
        (folder / f"{content['id']}.json").write_bytes(encoded(content))
    one = sync_from_files(path, tmp_path / "dump.zip", "dump.zip", NOW, QUIET)
    other = sync_from_files(path, folder, "records", NOW, QUIET)
    opened = open_advisories(tmp_path / "dump.zip", "dump.zip").facts()
    assert one.facts.digest == other.facts.digest == opened.digest
    assert (one.facts.source, other.facts.source, opened.synced_at) == ("dump.zip", "records", None)


def test_the_digest_follows_the_content_alone(path: Path, tmp_path: Path) -> None:
    digests = []
    for order in (["A-1", "B-1"], ["B-1", "A-1"]):
        target = tmp_path / f"{order[0]}.zip"
        target.write_bytes(dump([at("01", name) for name in order]))
        digests.append(sync_from_files(path, target, target.name, NOW, QUIET).facts.digest)
    target.write_bytes(dump([at("01", "A-1"), at("01", "B-1", fixed="3")]))
    assert digests[0] == digests[1] != sync_from_files(path, target, "x", NOW, QUIET).facts.digest


def test_unreadable_records_are_kept_apart_and_listed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "dump.zip"
    huge = json.dumps({"id": "H-1", "x": "y" * (40 << 20), **record("H-1", events=before("2"))}).encode()
    raw = {
        "Q-1.json": b'{"id": "Q-1", "affected": [{"package": {"name": "Victim_x"',
        "H-1.json": huge,
        "README.txt": b"not a record",
    }
    target.write_bytes(
        dump([at("01", "A-1"), record("E-1", events=[{"introduced": "0"}, {}, {"fixed": "1"}])], raw)
    )
    sync_from_files(path, target, "dump.zip", NOW, QUIET)
    database = OsvDatabase.open(path)
    assert [(q.id, q.names) for q in database.quarantined()] == [("Q-1", ("victim-x",))]
    assert database.defects() == (("E-1", "demo: an event without a known kind was dropped"),)
    assert ids(path) == ["A-1", "E-1", "H-1"]
    advised = database.affected({("victim-x", "1"), ("demo", "1")})
    assert [record.id for record in advised.unreadable["victim-x"]] == ["Q-1"]
    database.close()


def test_a_member_past_the_limit_is_quarantined(tmp_path: Path) -> None:
    target = tmp_path / "big.zip"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("L-1.json", b'{"package": {"name": "demo"}}' + b" " * (64 << 20))
        archive.writestr("A-1.json", encoded(at("01", "A-1")))
    found = {each.id: each for each in zip_records(target, "big.zip")}
    large = found["L-1"]
    assert isinstance(large, Quarantined)
    assert (large.names, "larger than" in large.why) == (("demo",), True)
    assert not isinstance(found["A-1"], Quarantined)


def test_files_past_the_limit_are_quarantined(tmp_path: Path) -> None:
    with open(tmp_path / "L-1.json", "wb") as stream:
        stream.write(b'{"package": {"name": "demo"}}')
        stream.truncate((64 << 20) + 1)
    (only,) = directory_records(tmp_path)
    assert isinstance(only, Quarantined)
    assert only.names == ("demo",)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        pytest.param(lambda p: p.write_bytes(b"hello"), UsageError, id="a-text"),
        pytest.param(lambda p: None, UsageError, id="missing"),
        pytest.param(lambda p: p.mkdir(), Unavailable, id="empty-directory"),
        pytest.param(
            lambda p: p.write_bytes(b"SQLite format 3\0" + b"\0" * 100), Unavailable, id="no-database"
        ),
    ],
)
def test_what_is_no_source_of_advisories(tmp_path: Path, make: Any, error: type[PinkitError]) -> None:
    target = tmp_path / "thing"
    make(target)
    with pytest.raises(error):
        open_advisories(target, "thing")


def test_another_schema_is_not_read(path: Path) -> None:
    with OsvServer([at("01", "A-1")]) as server:
        sync(path, server)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
    with pytest.raises(Unavailable, match="another version"):
        OsvDatabase.open(path)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError), rebuilt(tmp_path / "file" / "osv.sqlite3", from_existing=False):
        pass


class TestOddFiles:
    """Directories of records hold what they hold: nothing crashes, and nothing is lost."""

    def read(self, folder: Path) -> OsvDatabase:
        return open_advisories(folder, "records")

    def write(self, folder: Path, name: str, content: bytes | None = None) -> Path:
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(encoded(at("01", "A-1")) if content is None else content)
        return folder / name

    def test_texts_that_no_file_can_hold(self, tmp_path: Path) -> None:
        self.write(
            tmp_path / "r", "S-1.json", b'{"id": "S-1", "affected": [{"package": {"name": "de\\ud800mo"}}]}'
        )
        self.write(tmp_path / "r", os.fsdecode(b"b\xff.json"), b"{")
        self.write(tmp_path / "r", os.fsdecode(b"b\xfe.json"), b"{")
        found = self.read(tmp_path / "r").quarantined()
        assert [each.id for each in found] == ["S-1", "b\\udcfe", "b\\udcff"]
        assert found[0].names == ("de\\ud800mo",)

    def test_a_folder_is_no_record(self, tmp_path: Path) -> None:
        self.write(tmp_path / "r", "A-1.json")
        (tmp_path / "r" / "old.json").mkdir()
        assert self.read(tmp_path / "r").facts().records == 1

    @pytest.mark.parametrize("kind", ["dangling", "pipe"])
    def test_what_cannot_be_read_is_no_answer(self, tmp_path: Path, kind: str) -> None:
        odd = self.write(tmp_path / "r", "A-1.json").with_name("B-1.json")
        if kind == "pipe":
            os.mkfifo(odd)
        else:
            odd.symlink_to("nowhere")
        with pytest.raises(Unavailable, match=r"B-1\.json"):
            self.read(tmp_path / "r")

    @pytest.mark.parametrize("first", ["A-0.json", "Z-0.json"])
    def test_two_records_of_one_id_are_not_decided_by_order(self, tmp_path: Path, first: str) -> None:
        self.write(tmp_path / "r", "A-1.json")
        self.write(
            tmp_path / "r",
            first,
            encoded({**at("01", "A-1", fixed="9"), "withdrawn": "2026-01-02T00:00:00Z"}),
        )
        database = self.read(tmp_path / "r")
        assert [(each.id, each.names) for each in database.quarantined()] == [("A-1", ("demo",))]
        assert database.affected([("demo", "1")]).unreadable["demo"]

    def test_the_same_record_twice_is_one(self, tmp_path: Path) -> None:
        self.write(tmp_path / "r", "A-1.json")
        self.write(tmp_path / "r", "copy.json")
        facts = self.read(tmp_path / "r").facts()
        assert (facts.records, facts.unreadable) == (1, 0)


def test_a_full_disk_keeps_the_old_database(path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(dump([at("01", "A-1")]))
    sync_from_files(path, archive, "all.zip", NOW, QUIET)
    old = path.read_bytes()
    many = tmp_path / "many.zip"
    many.write_bytes(dump([{**at("01", f"B-{number}"), "details": "x" * 9000} for number in range(400)]))
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000));"
        "from pinkit.cli.app import run; sys.exit(run(['db', 'sync', '--from', sys.argv[1]]))"
    )
    environment = {**os.environ, "PINKIT_DATA_DIR": str(path.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code, str(many)], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "could not be written" in done.stderr) == (4, True)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == old


def test_what_a_killed_sync_left_is_cleared_away_when_no_other_can_be_at_it(
    path: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(dump([at("01", "A-1")]))
    path.parent.mkdir()
    abandoned, running = (path.with_name(f".{path.name}.{name}.tmp") for name in ("old", "new"))
    for file in (abandoned, running):
        file.write_bytes(b"x")
    os.utime(abandoned, (1, 1))
    os.utime(running, (time.time(),) * 2)  # the file system's clock may be another
    sync_from_files(path, archive, "all.zip", NOW, QUIET)
    assert sorted(each.name for each in path.parent.iterdir()) == [running.name, path.name]


def test_a_folder_where_the_database_should_be(path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(dump([at("01", "A-1")]))
    path.mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be written"):
        sync_from_files(path, archive, "all.zip", NOW, QUIET)
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_facts_that_make_no_sense_are_no_database(path: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.zip"
    archive.write_bytes(dump([at("01", "A-1")]))
    sync_from_files(path, archive, "all.zip", NOW, QUIET)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = 'soon' WHERE key = 'synced_at'")
    with pytest.raises(Unavailable, match="cannot be read"):
        OsvDatabase.open(path)
