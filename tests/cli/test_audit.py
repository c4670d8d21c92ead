"""`pinkit audit` and `pinkit db` as a user calls them."""

from __future__ import annotations

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.cli.app import run
from tests.support.osv_records import before, encoded, record
from tests.support.osv_server import HANG, OsvServer, dump
from tests.support.repositories import commit

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = (
    record("GHSA-1", events=before("2.0"), aliases=["CVE-2026-1"], database_specific={"severity": "HIGH"}),
    record("PYSEC-1", events=before("2.0"), aliases=["CVE-2026-1"]),
    record("PYSEC-2", "low", versions=["1"], database_specific={"severity": "LOW"}),
)
LOCK = """\
demo==1.0 \\
    --hash=sha256:aa
    # via -r requirements.in
low==1
    # via demo
safe==3
"""


class Here:
    """A project in a directory of its own."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._capsys = root, capsys
        self.err = ""

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def pinkit(self, *arguments: str) -> tuple[int, str]:
        """(exit code, stdout); stderr is kept in `err`."""
        self._capsys.readouterr()
        code = run([*arguments])
        out, self.err = self._capsys.readouterr()
        return code, out

    def audit(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """(exit code, report) over the records of `records`, unless a source is named."""
        named = {"--live", "--db"} & {*arguments} or "no-db" in arguments
        source = () if named else ("--db", "records")
        rest = [argument for argument in arguments if argument != "no-db"]
        code, out = self.pinkit("audit", "--format", "json", *source, *rest)
        return code, json.loads(out) if out else {"error": json.loads(self.err.splitlines()[-1])["error"]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Here:
    monkeypatch.setenv("PINKIT_DATA_DIR", str(tmp_path / "data"))
    root = tmp_path / "project"
    root.mkdir()
    monkeypatch.chdir(root)
    project = Here(root, capsys)
    for content in RECORDS:
        project.write(f"records/{content['id']}.json", encoded(content))
    project.write("requirements.txt", LOCK)
    return project


def names(report: dict[str, Any], key: str = "findings") -> list[str]:
    return [each["name"] for each in report[key]]


def test_findings_fail(here: Here) -> None:
    code, report = here.audit()
    assert code == 1
    assert [(f["name"], f["ids"], f["line"], f["severity"]) for f in report["findings"]] == [
        ("demo", ["CVE-2026-1", "GHSA-1", "PYSEC-1"], 1, "high"),
        ("low", ["PYSEC-2"], 4, "low"),
    ]
    assert report["findings"][1]["via"] == ["-r requirements.in", "demo", "low"]
    assert (report["pins"], report["clean"], report["locks"]) == (3, 1, ["requirements.txt"])
    assert report["database"]["source"] == "records"


def test_clean_is_0(here: Here) -> None:
    here.write("requirements.txt", "safe==1\n")
    assert here.audit()[0] == 0
    code, out = here.pinkit("audit", "--db", "records")
    assert (code, out.splitlines()[-1]) == (0, "Audited 1 of 1 pins in 1 lock: no findings")


@pytest.mark.parametrize(
    ("lock", "why"),
    [
        pytest.param("demo>=2\n", "not pinned to one version", id="no-pin"),
        pytest.param("demo @ git+https://x.example/r@v1\n", "version control", id="vcs"),
        pytest.param("-e ./demo\n", "directory", id="editable"),
        pytest.param("demo==2.0+local\nlow==1+x\n", "PYSEC-2 affects 1", id="local"),
    ],
)
def test_what_cannot_be_audited_is_4(here: Here, lock: str, why: str) -> None:
    here.write("requirements.txt", lock)
    code, report = here.audit()
    assert code == 4
    assert why in report["unanswered"][0]["why"]


@pytest.mark.parametrize("form", ["text", "json", "sarif", "cyclonedx", "openvex", "github", "markdown"])
def test_every_format_to_a_file_and_twice_the_same(here: Here, form: str) -> None:
    first = here.pinkit("audit", "--db", "records", "--format", form, "-o", "out")
    content = (here.root / "out").read_bytes()
    assert first == (1, "")
    assert b"CVE-2026-1" in content
    assert str(here.root).encode() not in content
    here.pinkit("audit", "--db", "records", "--format", form, "--output", "again")
    assert (here.root / "again").read_bytes() == content


@pytest.mark.parametrize("form", ["text", "json", "sarif", "cyclonedx", "github", "markdown"])
def test_a_pin_without_a_name_goes_by_its_place(here: Here, form: str) -> None:
    here.write("requirements.txt", "-e ./my-app\nhttps://me:secret@x.example/a-1.zip\nsafe==3\n")
    code, out = here.pinkit("audit", "--db", "records", "--format", form)
    assert (code, "my-app" in out, "x.example/a-1.zip" in out, "secret" in out) == (4, True, True, False)
    if form == "json":
        assert json.loads(out)["clean"] == 1


def test_the_same_bytes_whatever_the_hash_seed_and_locale(here: Here) -> None:
    def out(seed: str, locale: str) -> bytes:
        command = [sys.executable, "-m", "pinkit", "audit", "--db", "records", "--as-of", "2026-02-03"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": "Asia/Tokyo"}
        return subprocess.run(command, env=environment, capture_output=True, check=False).stdout

    assert out("1", "C") == out("77", "C.UTF-8") != b""


@pytest.mark.parametrize(
    ("options", "code", "failing"),
    [
        pytest.param(["--fail-on", "high"], 1, ["demo"], id="high"),
        pytest.param(["--fail-on", "critical"], 0, [], id="critical"),
        pytest.param(["--fail-on", "any"], 1, ["demo", "low"], id="any"),
        pytest.param(["--ignore", "PYSEC-1"], 1, ["low"], id="ignored"),
        pytest.param(["--ignore", "CVE-2026-1", "--ignore", "PYSEC-2"], 0, [], id="both-ignored"),
    ],
)
def test_policy_of_the_command_line(here: Here, options: list[str], code: int, failing: list[str]) -> None:
    found, report = here.audit(*options)
    assert (found, [f["name"] for f in report["findings"] if f["fails"]]) == (code, failing)


def test_unknown_severity_has_its_own_policy(here: Here) -> None:
    here.write("records/X-1.json", encoded(record("X-1", "safe", versions=["3"])))
    options = ("--ignore", "GHSA-1", "--ignore", "PYSEC-2", "--fail-on", "critical")
    assert here.audit(*options)[0] == 1
    assert here.audit(*options, "--unknown-severity", "pass")[0] == 0


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--fail-on", "severe"], "--fail-on severe"),
        (["--unknown-severity", "maybe"], "--unknown-severity maybe"),
        (["--as-of", "yesterday"], "--as-of yesterday"),
        (["--live", "--db", "records"], "--db and --live"),
        (["--osv-url", "http://127.0.0.1:9", "--db", "records"], "--db and --live"),
        (["--live", "--osv-url", "osv.example"], "--osv-url osv.example"),
        (["-o", "./requirements.txt"], "-o ./requirements.txt: this is a lock"),
        (["--ignore", ""], "--ignore names no advisory"),
        (["--ignore", "CVE-2026-1", "--ignore", " "], "--ignore names no advisory"),
        (["--db", "nowhere"], "nowhere: no such advisory database"),
        (["missing.txt"], "missing.txt: no such file"),
        (["--max-age", "soon"], "'soon' is no duration"),
        (["--live", "--offline", "--max-age", "soon"], "'soon' is no duration"),
        (["--baseline", "no-such-ref"], "--baseline no-such-ref"),
        (["--baseline", "HEAD", "--environment", sys.executable], "an environment is in no git revision"),
        (["-", "--baseline", "HEAD"], "standard input is in no git revision"),
        (["--environment", "nowhere"], "--environment nowhere"),
        (["--environment", "records"], "--environment records"),
    ],
)
def test_requests_that_make_no_sense(
    here: Here, options: list[str], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.write("data.sqlite3", b"")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"demo==1.0\n")))
    code, report = here.audit(*options)
    assert (code, what in report["error"]["what"]) == (2, True)
    assert (here.root / "requirements.txt").read_text() == LOCK


def test_an_unknown_format(here: Here) -> None:
    assert here.pinkit("audit", "--format", "pdf")[0] == 2
    assert "one of text, json" in here.err


def test_nothing_to_audit(here: Here) -> None:
    (here.root / "requirements.txt").unlink()
    assert here.audit()[0] == 2


class TestInputs:
    def test_every_configured_lock(self, here: Here) -> None:
        here.write(
            "pyproject.toml",
            '[[tool.pinkit.lock]]\ninputs = ["a.in"]\noutput = "locks/a.txt"\n'
            '[[tool.pinkit.lock]]\ninputs = ["b.in"]\noutput = "locks/b.txt"\n',
        )
        here.write("locks/a.txt", "demo==1.0\n")
        here.write("locks/b.txt", "low==1\n")
        _, report = here.audit()
        assert report["locks"] == ["locks/a.txt", "locks/b.txt"]
        assert names(report) == ["demo", "low"]

    def test_included_files_once(self, here: Here) -> None:
        here.write("requirements.txt", "-r inner/more.txt\n-r inner/more.txt\n-c other.txt\nsafe==1\n")
        here.write("inner/more.txt", "-r ../requirements.txt\ndemo==1.0\n")
        _, report = here.audit("requirements.txt")
        assert [(f["lock"], f["line"]) for f in report["findings"]] == [("inner/more.txt", 2)]

    def test_pylock(self, here: Here) -> None:
        here.write(
            "pylock.toml",
            'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "demo"\nversion = "1.0"\n'
            '[[packages.wheels]]\nname = "demo-1.0-py3-none-any.whl"\n'
            'url = "https://x.example/demo-1.0-py3-none-any.whl"\n'
            f'hashes = {{sha256 = "{"a" * 64}"}}\n',
        )
        _, report = here.audit("pylock.toml")
        assert names(report) == ["demo"]

    def test_standard_input(self, here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
        here.write("more.txt", "low==1\n")
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"demo==1.0\n-r more.txt\n")))
        code, report = here.audit("-")
        assert (code, [(f["name"], f["lock"]) for f in report["findings"]]) == (
            1,
            [("demo", "-"), ("low", "more.txt")],
        )

    def test_an_environment(self, here: Here, tmp_path: Path) -> None:
        site = tmp_path / "venv" / "lib" / "python3" / "site-packages"
        for name, direct in (("Demo", ""), ("mine", '{"url": "file:///x", "dir_info": {"editable": true}}')):
            info = site / f"{name}-1.0.dist-info"
            info.mkdir(parents=True)
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            if direct:
                (info / "direct_url.json").write_text(direct)
        python = tmp_path / "venv" / "bin" / "python"
        python.parent.mkdir()
        look = f"import sys; sys.path.append('{site}'); exec(sys.argv[1])"
        python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -c "{look}" "$3"\n')
        python.chmod(0o755)
        code, report = here.audit("--environment", "../venv")
        assert code == 4
        assert (names(report), report["findings"][0]["lock"]) == (["demo"], "../venv")
        assert [(u["name"], u["verdict"]) for u in report["unanswered"]] == [("mine", "not audited")]

    def test_the_rest_of_a_broken_uninstallation_is_told(self, here: Here, tmp_path: Path) -> None:
        base = f"{sys.version_info[0]}.{sys.version_info[1]}"
        site = tmp_path / "venv" / "lib" / f"python{base}" / "site-packages"
        (site / "lost-1.0.dist-info").mkdir(parents=True)
        (site / "nameless-1.0.dist-info").mkdir()
        (site / "nameless-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nVersion: 1.0\n")
        (tmp_path / "venv" / "pyvenv.cfg").write_text(f"home = {os.path.dirname(sys._base_executable)}\n")
        python = tmp_path / "venv" / "bin" / "python"
        python.parent.mkdir()
        python.symlink_to(sys._base_executable)
        code, report = here.audit("--environment", "../venv")
        assert (code, [u["name"] for u in report["unanswered"]]) == (
            4,
            ["lost-1.0.dist-info", "nameless-1.0.dist-info"],
        )

    def test_an_included_url_is_not_passed_over(self, here: Here) -> None:
        here.write("requirements.txt", "-r https://x.example/more.txt\nsafe==3\n")
        code, report = here.audit()
        assert (code, report["error"]["what"]) == (
            2,
            "requirements.txt includes https://x.example/more.txt, which is not fetched",
        )

    def test_names_are_read_in_the_encoding_of_the_lock(self, here: Here) -> None:
        here.write("requirements.txt", "safe==3\nloose>=1\n".encode("utf-16"))
        code, report = here.audit()
        assert (code, [(u["name"], u["line"]) for u in report["unanswered"]]) == (4, [("loose", 2)])

    def test_an_environment_that_does_not_answer(self, here: Here) -> None:
        here.write("python", "#!/bin/sh\necho broken >&2\nexit 3\n").chmod(0o755)
        assert here.audit("--environment", "python")[0] == 4


class TestSettings:
    def test_ignores_of_the_project_and_of_osv_scanner(self, here: Here) -> None:
        here.write(
            "pyproject.toml",
            '[tool.pinkit.audit]\nfail-on = "any"\n\n[[tool.pinkit.audit.ignore]]\nid = "CVE-2026-1"\n'
            'reason = "not reachable"\nuntil = 2099-01-01\n',
        )
        here.write("osv-scanner.toml", '[[IgnoredVulns]]\nid = "PYSEC-2"\nreason = "ours"\n')
        code, report = here.audit()
        assert code == 0
        assert [(s["name"], s["reason"], s["ignored_in"]) for s in report["suppressed"]] == [
            ("demo", "not reachable", "pyproject.toml:4"),
            ("low", "ours", "osv-scanner.toml:1"),
        ]
        assert [(f["kind"], f["fails"]) for f in report["findings"]] == [("ignore-endless", False)]

    def test_one_scanner_file_is_read_once_however_its_locks_are_written(self, here: Here) -> None:
        here.write("osv-scanner.toml", '[[IgnoredVulns]]\nid = "CVE-2026-1"\nreason = "x"\n')
        here.write("requirements.txt", "demo==1.0\n")
        here.write("more.txt", "demo==1.0\n")
        code, report = here.audit("requirements.txt", "./more.txt")
        assert (code, len(report["suppressed"])) == (0, 2)
        assert [f["kind"] for f in report["findings"]] == ["ignore-endless"]

    def test_an_ignore_ends(self, here: Here) -> None:
        here.write("requirements.txt", "demo==1.0\n")
        here.write(
            "osv-scanner.toml", '[[IgnoredVulns]]\nid = "GHSA-1"\nignoreUntil = 2026-03-01\nreason = "x"\n'
        )
        assert here.audit("--as-of", "2026-02-28")[0] == 0
        code, report = here.audit("--as-of", "2026-03-01")
        assert (code, [f["kind"] for f in report["findings"]]) == (1, ["ignore-expired", "vulnerable"])

    def test_vex(self, here: Here) -> None:
        statements = [
            {
                "vulnerability": {"name": "GHSA-1"},
                "products": [{"@id": "pkg:pypi/demo@1.0"}],
                "status": "not_affected",
                "justification": "vulnerable_code_not_present",
            }
        ]
        here.write(
            "vex.json", json.dumps({"@context": "https://openvex.dev/ns/v0.2.0", "statements": statements})
        )
        _, report = here.audit("--vex", "vex.json")
        assert (names(report), names(report, "suppressed")) == (["low"], ["demo"])

    def test_of_a_config_elsewhere(self, here: Here) -> None:
        here.write("sub/pyproject.toml", '[tool.pinkit.audit]\nfail-on = "critical"\ninternal = ["low"]\n')
        here.write("sub/requirements.txt", LOCK)
        code, out = here.pinkit(
            "--config", "sub/pyproject.toml", "audit", "--db", "records", "--format", "json"
        )
        report = json.loads(out)
        assert (code, report["locks"], report["internal"]) == (0, ["sub/requirements.txt"], 1)


class TestComparison:
    def test_against_a_revision(self, here: Here) -> None:
        commit(here.root, "first")
        here.write("requirements.txt", "demo==1.1\nlow==1\nsafe==3\n")
        code, report = here.audit("--baseline", "HEAD")
        assert (code, [f["status"] for f in report["findings"]], report["fixed"]) == (0, ["same", "same"], [])
        here.write("requirements.txt", "demo==2.0\nlow==1\n")
        here.write("records/N-1.json", encoded(record("N-1", "demo", versions=["2.0"])))
        code, report = here.audit("--baseline", "HEAD")
        assert (code, {f["name"]: f["status"] for f in report["findings"]}) == (
            1,
            {"demo": "new", "low": "same"},
        )
        assert names(report, "fixed") == ["demo"]

    def test_a_lock_that_the_revision_does_not_have(self, here: Here) -> None:
        commit(here.root, "first")
        here.write("other.txt", "demo==1.0\n")
        code, report = here.audit("other.txt", "--baseline", "HEAD")
        assert (code, [f["status"] for f in report["findings"]]) == (1, ["new"])

    def test_against_a_lock(self, here: Here) -> None:
        here.write("old.txt", "demo==1.0\n")
        code, report = here.audit("requirements.txt", "--baseline", "old.txt")
        assert (code, {f["name"]: f["status"] for f in report["findings"]}) == (
            1,
            {"demo": "same", "low": "new"},
        )

    def test_a_daily_job_speaks_once(self, here: Here) -> None:
        assert here.audit("--since-last")[0] == 1
        code, report = here.audit("--since-last")
        assert (code, {f["status"] for f in report["findings"]}) == (0, {"same"})
        here.write("records/GHSA-1.json", encoded({**RECORDS[0], "modified": "2026-09-09T00:00:00Z"}))
        code, report = here.audit("--since-last")
        assert (code, [f["name"] for f in report["findings"] if f["status"] == "new"]) == (1, ["demo"])
        assert here.audit("--since-last")[0] == 0
        assert here.audit()[0] == 1

    def test_what_could_not_be_told_is_told_again(self, here: Here) -> None:
        assert here.audit("--since-last", "-o", "no/such/folder/out.txt")[0] == 2
        assert here.audit("--since-last")[0] == 1

    def test_a_state_that_cannot_be_kept(
        self, here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("PINKIT_DATA_DIR", str(tmp_path / "file"))
        code, out = here.pinkit("audit", "--db", "records", "--since-last")
        assert (code, "CVE-2026-1" in out) == (2, True)
        assert "--since-last keeps its state there" in here.err

    def test_a_day_has_one_meaning_however_it_is_written(self, here: Here) -> None:
        here.write("requirements.txt", "safe==3\n")
        here.write(
            "records/X-1.json",
            encoded(record("X-1", "safe", versions=["3"], published="2026-01-02T00:00:00Z")),
        )
        whole = here.audit("--as-of", "2026-01-02")
        assert (whole[0], whole[1]["database"]["as_of"]) == (1, "2026-01-02")
        assert here.audit("--as-of", "20260102") == whole
        assert here.audit("--as-of", "20260101")[0] == 0

    def test_a_damaged_state_tells_everything_again(self, here: Here, tmp_path: Path) -> None:
        here.audit("--since-last")
        (state,) = (tmp_path / "data" / "audit-state").iterdir()
        state.write_text("junk")
        assert here.audit("--since-last")[0] == 1


class TestDatabase:
    @pytest.fixture
    def database(self, tmp_path: Path) -> Path:
        return tmp_path / "data" / "osv.sqlite3"

    def age(self, database: Path, days: int) -> None:
        with closing(sqlite3.connect(database)) as connection, connection:
            then = str(int(time.time()) - days * 86_400)
            connection.execute("UPDATE meta SET value = ? WHERE key = 'synced_at'", (then,))

    def test_sync_status_path_audit(self, here: Here, database: Path) -> None:
        with OsvServer(RECORDS) as server:
            code, out = here.pinkit("db", "sync", "--from", server.dump_url)
            assert (code, out) == (0, "3 advisories, 3 records read\n")
            assert here.pinkit("db", "sync") == (0, "3 advisories, nothing changed\n")
        assert here.pinkit("db", "path") == (0, f"{database}\n")
        code, out = here.pinkit("db", "status")
        assert (code, "age      0 min" in out, "CC-BY 4.0" in out, server.dump_url in out) == (
            0,
            True,
            True,
            True,
        )
        status = json.loads(here.pinkit("db", "status", "--format", "json")[1])
        assert (status["version"], status["records"], status["unreadable"]) == (1, 3, [])
        code, report = here.audit("no-db")
        assert (code, names(report)) == (1, ["demo", "low"])
        assert report["database"]["digest"] == status["digest"]

    def test_what_could_not_be_read_is_told(self, here: Here) -> None:
        here.write("dump.zip", dump(RECORDS, {"Q-1.json": b'{"package": {"name": "safe"}'}))
        _, out = here.pinkit("db", "sync", "--from", "dump.zip")
        assert "1 unreadable" in out
        assert "unreadable: Q-1: not JSON" in here.pinkit("db", "status")[1]
        code, report = here.audit("no-db")
        assert (code, [u["name"] for u in report["unanswered"]]) == (4, ["safe"])

    def test_an_old_database_is_synced_first(self, here: Here, database: Path) -> None:
        with OsvServer(RECORDS) as server:
            here.pinkit("db", "sync", "--from", server.dump_url)
            self.age(database, 2)
            server.records["N-1"] = record("N-1", "safe", versions=["3"])
            server.requests.clear()
            assert names(here.audit("no-db", "--max-age", "3d")[1]) == ["demo", "low"]
            assert server.requests == []
            assert names(here.audit("no-db")[1]) == ["demo", "low", "safe"]
            assert "/PyPI/N-1.json" in server.paths()

    def test_an_old_database_that_cannot_be_synced_proves_nothing_clean(
        self, here: Here, database: Path
    ) -> None:
        with OsvServer(RECORDS) as server:
            here.pinkit("db", "sync", "--from", server.dump_url)
            self.age(database, 2)
            server.fail("/PyPI/all.zip", 404, times=9)
            code, report = here.audit("no-db")
        assert (code, names(report), names(report, "unanswered")) == (4, ["demo", "low"], ["safe"])
        assert "could not be synced" in report["unanswered"][0]["why"]
        assert "warning: the advisory database could not be synced" in here.err

    def test_offline(self, here: Here, database: Path) -> None:
        code, report = here.audit("no-db", "--offline")
        assert (code, names(report, "unanswered")) == (4, ["demo", "low", "safe"])
        assert "there is no advisory database yet" in report["unanswered"][0]["why"]
        here.pinkit("db", "sync", "--from", "records")
        assert here.audit("no-db", "--offline")[0] == 1
        self.age(database, 2)
        code, report = here.audit("no-db", "--offline")
        assert (code, report["unanswered"][0]["why"]) == (
            4,
            "the advisory database is 2 d 0 h old (--max-age 24h)",
        )
        assert here.audit("no-db", "--offline", "--max-age", "1w")[0] == 1
        assert here.pinkit("--offline", "db", "sync")[0] == 4
        assert here.audit("--live", "--offline")[0] == 4

    def test_a_named_database_may_be_old_unless_said(self, here: Here, database: Path) -> None:
        here.pinkit("db", "sync", "--from", "records")
        self.age(database, 9)
        assert here.audit("--db", str(database))[0] == 1
        assert here.audit("--db", str(database), "--max-age", "1d")[0] == 4
        assert here.audit("--max-age", "1d")[0] == 4  # nobody knows how old a directory is

    def test_a_damaged_database_is_no_database(self, here: Here, database: Path) -> None:
        database.parent.mkdir()
        database.write_bytes(b"SQLite format 3\0" + b"x" * 4096)
        code, report = here.audit("--db", str(database))
        assert (code, len(report["unanswered"])) == (4, 3)

    def test_a_dump_that_is_not_what_it_says_is_5(self, here: Here) -> None:
        with OsvServer(RECORDS) as server:
            server.crc = "AAAAAA=="
            assert here.pinkit("db", "sync", "--from", server.dump_url)[0] == 5

    @pytest.mark.parametrize(
        "told", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda told: told.name
    )
    def test_an_interrupt_ends_at_once_and_keeps_the_old_database(
        self, here: Here, database: Path, told: signal.Signals
    ) -> None:
        with OsvServer(RECORDS) as server:
            here.pinkit("db", "sync", "--from", server.dump_url)
            old = database.read_bytes()
            server.records["N-1"] = record("N-1", "safe", versions=["3"])
            server.fail("/PyPI/N-1.json", HANG, times=9)
            process = subprocess.Popen(
                [sys.executable, "-m", "pinkit", "db", "sync"], stderr=subprocess.DEVNULL
            )
            assert server.hanging.wait(60)
            process.send_signal(told)
            assert process.wait(30) == 130
        assert database.read_bytes() == old
        assert [each.name for each in database.parent.iterdir()] == [database.name]

    def test_a_mirror_is_remembered_across_schemas(self, here: Here, database: Path) -> None:
        with OsvServer(RECORDS) as server:
            here.pinkit("db", "sync", "--from", server.dump_url)
            with closing(sqlite3.connect(database)) as connection, connection:
                connection.execute("UPDATE meta SET value = '0' WHERE key = 'schema'")
            assert here.pinkit("db", "status")[0] == 4
            assert here.audit("no-db")[0] == 1

    @pytest.mark.parametrize("source", ["file:///x/all.zip", "ftp://x.example/"])
    def test_from_what_is_not_fetched(self, here: Here, source: str) -> None:
        assert here.pinkit("db", "sync", "--from", source)[0] == 2
        assert "only https and http" in here.err

    def test_a_database_of_the_future_is_not_fresh(self, here: Here, database: Path) -> None:
        here.pinkit("db", "sync", "--from", "records")
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE meta SET value = '99999999999' WHERE key = 'synced_at'")
        here.write("requirements.txt", "safe==3\n")
        code, report = here.audit("no-db", "--offline")
        assert (code, "of the future" in report["unanswered"][0]["why"]) == (4, True)

    def test_an_unknown_format_of_status(self, here: Here) -> None:
        assert here.pinkit("db", "status", "--format", "xml")[0] == 2

    def test_from_nowhere(self, here: Here) -> None:
        assert here.pinkit("db", "sync", "--from", "nowhere")[0] == 2
        assert here.pinkit("db", "status")[0] == 4

    def test_live(self, here: Here) -> None:
        with OsvServer(RECORDS) as server:
            live_code, live = here.audit("--live", "--osv-url", server.url)
        code, report = here.audit()
        assert (live_code, live["findings"]) == (code, report["findings"])


def test_what_the_index_holds_against_a_pin(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.support.distributions import wheel
    from tests.support.index_server import IndexServer

    with IndexServer() as index:
        index.add("safe", wheel("safe", "3"))
        monkeypatch.setenv("PIP_INDEX_URL", index.url)
        here.write("requirements.txt", "safe==3 --hash=sha256:" + "0" * 64 + "\nunknown==1\n")
        code, report = here.audit("--index")
    assert code == 4
    assert [(f["kind"], f["name"]) for f in report["findings"]] == [("hash-gone", "safe")]
    assert names(report, "unanswered") == ["unknown"]
    assert report["index_asked"]
