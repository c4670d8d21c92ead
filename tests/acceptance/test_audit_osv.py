"""`pinkit audit` against the advisory snapshot: known answers, every version by brute force, the live service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from pinkit.adapters.osv_archives import open_advisories
from pinkit.audit.match import hit, subject
from pinkit.formats.osv import read_record
from pinkit.model.advisory import Advisory
from tests.support import osv_oracle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WAIT_S = 30.0


@pytest.fixture(scope="module")
def snapshot(shared: Path) -> Path:
    """The dump of 2,661 advisories."""
    return shared / "osv" / "PyPI-all.zip"


@pytest.fixture(scope="module")
def records(snapshot: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(snapshot) as archive:
        return [json.loads(archive.read(name)) for name in archive.namelist()]


@pytest.fixture
def pins60(shared: Path, tmp_path: Path) -> Path:
    expected = json.loads((shared / "osv" / "expected.json").read_text())
    path = tmp_path / "requirements.txt"
    path.write_text("".join(f"{each['pin']}\n" for each in expected["pins"]))
    return path


def audit(*arguments: object, cwd: Path) -> tuple[int, dict[str, Any], float]:
    """(exit code, report, seconds)."""
    environment = {**os.environ, "PINKIT_DATA_DIR": str(cwd / "data"), "PINKIT_CACHE_DIR": str(cwd / "cache")}
    command = [sys.executable, "-m", "pinkit", "audit", "--format", "json", *map(str, arguments)]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - started
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout), elapsed


def test_the_60_known_pins(shared: Path, snapshot: Path, pins60: Path, tmp_path: Path) -> None:
    code, report, _ = audit("--db", snapshot, pins60, cwd=tmp_path)
    found: dict[int, set[str]] = defaultdict(set)
    groups: dict[int, list[list[str]]] = defaultdict(list)
    for finding in report["findings"]:
        ids = [name for name in finding["ids"] if name.startswith("PYSEC-")]
        found[finding["line"]] |= set(ids)
        groups[finding["line"]].append(sorted(ids))
    expected = json.loads((shared / "osv" / "expected.json").read_text())["pins"]
    wrong = [e["pin"] for line, e in enumerate(expected, 1) if found[line] != set(e["expected"])]
    assert (code, len(expected), wrong, report["unanswered"]) == (1, 60, [], [])
    assert [
        e["pin"]
        for line, e in enumerate(expected, 1)
        if sorted(groups[line]) != sorted(map(sorted, e["groups"]))
    ] == []


def test_the_85_edge_checks(shared: Path) -> None:
    cases = json.loads((shared / "osv" / "edge-vectors.json").read_text())["cases"]
    wrong, checks = [], 0
    for case in cases:
        record = read_record(json.dumps(case["record"]).encode(), case["record"]["id"])
        assert isinstance(record, Advisory)
        affected = [] if record.withdrawn else [a for a in record.affected if a.name == case["name"]]
        for version, expected in case["checks"].items():
            found = [h for a in affected if (h := hit(a, subject(version))) and not h.as_public]
            checks += 1
            if bool(found) != expected:
                wrong.append((case["id"], version))
    assert (checks, wrong) == (85, [])


def test_the_85_edge_checks_on_the_command_line(shared: Path, tmp_path: Path) -> None:
    """One lock of every version a case; findings are what is affected, and what is left open is never clean."""
    cases = json.loads((shared / "osv" / "edge-vectors.json").read_text())["cases"]
    wrong = []
    for case in cases:
        folder = tmp_path / case["id"]
        (folder / "records").mkdir(parents=True)
        (folder / "records" / f"{case['record']['id']}.json").write_text(json.dumps(case["record"]))
        lock = folder / "requirements.txt"
        lock.write_text("".join(f"{case['name']}=={version}\n" for version in case["checks"]))
        code, report, _ = audit("--db", folder / "records", lock, cwd=folder)
        affected = {finding["version"] for finding in report["findings"]}
        left_open = {pin["version"] for pin in report["unanswered"]}
        wrong += [
            (case["id"], version)
            for version, expected in case["checks"].items()
            if (version in affected) != expected
        ]
        assert code == (4 if left_open else 1 if affected else 0)
    assert wrong == []


def test_equal_to_brute_force_on_every_version(records: list[dict[str, Any]], snapshot: Path) -> None:
    """Every version that any record lists or names as a bound, of every project, against every record of it."""
    by_name: dict[str, list[dict[str, Any]]] = defaultdict(list)
    versions: dict[str, set[str]] = defaultdict(set)
    for record in records:
        for entry in record["affected"]:
            name = canonicalize_name(entry["package"]["name"])
            by_name[name].append(record)
            versions[name] |= set(entry.get("versions", ()))
            for each in entry.get("ranges", ()):
                if each["type"] != "GIT":
                    versions[name] |= {text for event in each["events"] for text in event.values()}
    listed = {id(record): _listed(record) for record in records}
    database = open_advisories(snapshot, "snapshot")
    advised = database.affected([(name, "") for name in by_name])
    pairs, wrong = 0, []
    for name, own in sorted(by_name.items()):
        for version in sorted(versions[name]):
            pairs += 1
            fast = {
                a.id
                for a in advised.by_name.get(name, ())
                if (found := hit(a, subject(version))) and not found.as_public
            }
            slow = {r["id"] for r in own if _affects(r, version, listed[id(r)])}
            if fast != slow:
                wrong.append((name, version, fast ^ slow))
    assert wrong == []
    assert pairs > 36_000


@cache
def _parsed(text: str) -> Version | str:
    try:
        return Version(text)
    except InvalidVersion:
        return text.casefold()


def _listed(record: dict[str, Any]) -> set[Version | str]:
    return {_parsed(text) for entry in record["affected"] for text in entry.get("versions", ())}


def _affects(record: dict[str, Any], version: str, listed: set[Version | str]) -> bool:
    if record.get("withdrawn"):
        return False
    if _parsed(version) in listed:
        return True
    ranges = (each for entry in record["affected"] for each in entry.get("ranges", ()))
    return any(osv_oracle.in_range(version, each) for each in ranges)


@contextmanager
def service(shared: Path, *records: Path, **settings: str) -> Iterator[str]:
    """The stand-in for the service on a free port."""
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(shared / "tools" / "osv_server.py"), str(port), *map(str, records)]
    process = subprocess.Popen(command, env={**os.environ, **settings}, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + WAIT_S
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if time.monotonic() > deadline:
                pytest.fail("the stand-in service did not start")
            process.poll()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="plain"),
        pytest.param({"PAGE": "1"}, id="one-result-a-page"),
        pytest.param({"PAGE": "3", "FAIL": "429:3"}, id="too-many-requests"),
        pytest.param({"FAIL": "503:2"}, id="unavailable"),
    ],
)
def test_live_finds_what_the_database_finds(
    shared: Path, snapshot: Path, pins60: Path, tmp_path: Path, settings: dict[str, str]
) -> None:
    code, kept, _ = audit("--db", snapshot, pins60, cwd=tmp_path)
    with service(shared, snapshot, **settings) as url:
        live_code, live, _ = audit("--live", "--osv-url", url, pins60, cwd=tmp_path)
    assert (live_code, live["findings"], live["unanswered"]) == (code, kept["findings"], kept["unanswered"])


def test_cut_answers_are_no_answers(shared: Path, snapshot: Path, pins60: Path, tmp_path: Path) -> None:
    with service(shared, snapshot, DROP="1") as url:
        code, report, _ = audit("--live", "--osv-url", url, pins60, cwd=tmp_path)
    assert code == 4
    assert (report["findings"], len(report["unanswered"])) == ([], 60)


def test_a_slow_service_is_asked_at_once(shared: Path, snapshot: Path, records: Any, tmp_path: Path) -> None:
    names = sorted({canonicalize_name(r["affected"][0]["package"]["name"]): r for r in records}.items())
    pins = [f"{name}=={(record['affected'][0].get('versions') or ['1'])[0]}" for name, record in names][:100]
    lock = tmp_path / "requirements.txt"
    lock.write_text("\n".join(pins) + "\n")
    with service(shared, snapshot, DELAY="1") as url:
        _, report, elapsed = audit("--live", "--osv-url", url, lock, cwd=tmp_path)
    assert (report["pins"], report["unanswered"]) == (100, [])
    # One after the other, a hundred answers take 100 s; bench/audit_live.py has the bound.
    assert elapsed < 50


def test_inventrees_seven_locks_in_one_run(shared: Path, snapshot: Path, tmp_path: Path) -> None:
    root = shared / "corpus" / "inventree"
    locks = sorted(
        str(path.relative_to(root))
        for path in root.rglob("requirements*.txt")
        if "_dependabot" not in str(path)
    )
    environment = {**os.environ, "PINKIT_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "pinkit", "audit", "--format", "json", "--db", str(snapshot), *locks]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert (len(report["locks"]), report["pins"], report["unanswered"]) == (7, 490, [])
    kinds = Counter(finding["kind"] for finding in report["findings"])
    assert kinds == {"ignore-unused": 3}
    assert all("has no end" in finding["summary"] for finding in report["findings"])
    assert {finding["lock"] for finding in report["findings"]} == {"src/backend/osv-scanner.toml"}


def test_a_hundred_pins_that_nobody_can_answer(shared: Path, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("".join(f"private-{number}==1.{number}\n" for number in range(100)))
    code, report, _ = audit("--live", "--osv-url", "http://127.0.0.1:9", lock, cwd=tmp_path)
    assert (code, report["clean"]) == (4, 0)
    assert {pin["name"] for pin in report["unanswered"]} == {f"private-{number}" for number in range(100)}
