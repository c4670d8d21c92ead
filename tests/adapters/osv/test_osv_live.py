from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.osv_archives import open_advisories
from pinkit.adapters.osv_http import OsvHttp
from pinkit.adapters.osv_live import OsvLive
from pinkit.cli.console import Console
from pinkit.errors import Unavailable
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, AuditReport, LockFile
from pinkit.model.lock import Lock, Pin
from pinkit.workflows.audit import AuditRequest, audit
from tests.support.osv_records import before, encoded, record
from tests.support.osv_server import CUT, OsvServer

if TYPE_CHECKING:
    from pathlib import Path

QUIET = Console(verbosity=-2, progress=False)
RECORDS = [
    record("TEST-1", events=before("2.0"), aliases=["CVE-2026-1"]),
    record("TEST-2", events=before("3.0"), aliases=["CVE-2026-1"]),
    record("TEST-3", events=[{"introduced": "0"}, {"last_affected": "1.0"}]),
    record("TEST-4", "other", versions=["5"]),
    record("TEST-5", "other", versions=["5"], withdrawn="2026-01-01T00:00:00Z"),
]
PINS = (("demo", "1.0"), ("demo", "1.0+cpu"), ("other", "5.0"), ("safe", "1"))


def report(source: Any, pins: tuple[tuple[str, str], ...] = PINS) -> AuditReport:
    lock = Lock(
        pins=tuple(Pin(name=name, version=version, line=i) for i, (name, version) in enumerate(pins, 1))
    )
    files = (LockFile(path="requirements.txt", lock=lock),)
    policy = AuditPolicy(fail_on=Severity.NONE)
    return audit(AuditRequest(files=files, policy=policy, today="2026-06-01"), source)


def live(server: OsvServer, cache: Path | None = None, attempts: int = 4) -> OsvLive:
    http = OsvHttp(sleep=lambda _: None, attempts=attempts)
    return OsvLive(server.url, cache=cache, progress=QUIET, http=http)


def database(tmp_path: Path) -> Any:
    for content in RECORDS:
        (tmp_path / f"{content['id']}.json").write_bytes(encoded(content))
    return open_advisories(tmp_path, "records")


def told(found: AuditReport) -> list[tuple[object, ...]]:
    return [(f.name, f.version, f.line, f.ids, f.fixed_in, f.severity) for f in found.findings] + [
        (u.name, u.version, u.verdict, u.why, u.ids) for u in found.unanswered
    ]


@pytest.mark.parametrize(
    ("page", "faults"),
    [
        pytest.param(0, [], id="plain"),
        pytest.param(1, [], id="one-result-a-page"),
        pytest.param(1, [("/v1/querybatch", 429, 3)], id="too-many-requests"),
        pytest.param(0, [("/v1/querybatch", 503, 2), ("/v1/vulns/TEST-1", 500, 1)], id="server-errors"),
        pytest.param(0, [("/v1/querybatch", CUT, 1), ("/v1/vulns/TEST-2", CUT, 2)], id="cut-answers"),
    ],
)
def test_the_same_answer_as_the_database(
    tmp_path: Path, page: int, faults: list[tuple[str, int, int]]
) -> None:
    expected = told(report(database(tmp_path)))
    assert len(expected) == 5
    with OsvServer(RECORDS) as server:
        server.page = page
        for path, status, times in faults:
            server.fail(path, status, times)
        assert told(report(live(server))) == expected


def test_each_record_is_fetched_once_and_kept_by_its_time(tmp_path: Path) -> None:
    with OsvServer(RECORDS) as server:
        report(live(server, tmp_path))
        assert server.paths().count("/v1/vulns/TEST-1") == 1
        server.requests.clear()
        report(live(server, tmp_path))
        assert server.paths() == ["/v1/querybatch"]
        server.records["TEST-1"] = {**RECORDS[0], "modified": "2026-05-05T00:00:00Z", "summary": "more"}
        server.requests.clear()
        found = report(live(server, tmp_path))
        assert server.paths() == ["/v1/querybatch", "/v1/vulns/TEST-1"]
        assert found.findings[0].summary == "more"


def test_a_damaged_cache_is_no_cache(tmp_path: Path) -> None:
    (tmp_path / "osv-live.sqlite3").write_bytes(b"junk" * 500)
    with OsvServer(RECORDS) as server:
        assert told(report(live(server, tmp_path))) == told(report(live(server)))


def test_more_pins_than_a_batch_may_have() -> None:
    pins = tuple((f"p{number}", "1") for number in range(2001)) + PINS
    with OsvServer(RECORDS) as server:
        assert len(report(live(server), pins).findings) == 4
        assert server.paths().count("/v1/querybatch") == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        pytest.param("/v1/querybatch", 500, id="down"),
        pytest.param("/v1/querybatch", 404, id="not-found"),
        pytest.param("/v1/querybatch", 400, id="refused"),
        pytest.param("/v1/querybatch", CUT, id="cut"),
    ],
)
def test_no_answer_leaves_every_pin_unanswered_by_name(path: str, status: int) -> None:
    with OsvServer(RECORDS) as server:
        server.fail(path, status, times=99)
        found = report(live(server))
    assert [(u.name, u.version, u.verdict) for u in found.unanswered] == [
        (n, v, "not audited") for n, v in PINS
    ]
    assert (found.findings, found.clean) == ((), 0)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"results": []}, id="too-few"),
        pytest.param({"results": [{}, {}, {}, {}, 7]}, id="no-object"),
        pytest.param({"results": [{"vulns": [{"modified": "x"}]}] + [{}] * 4}, id="no-id"),
        pytest.param({}, id="no-results"),
        pytest.param([], id="a-list"),
        pytest.param({"results": [{"next_page_token": "again"}] + [{}] * 4}, id="the-same-page-for-ever"),
    ],
)
def test_an_answer_that_makes_no_sense_is_none(body: Any) -> None:
    with OsvServer(RECORDS) as server:
        server.raw["/v1/querybatch"] = json.dumps(body).encode()
        found = report(live(server))
    assert len(found.unanswered) == 4


@pytest.mark.parametrize(
    ("status", "says"), [pytest.param(404, "HTTP 404", id="gone"), pytest.param(500, "500", id="failing")]
)
def test_a_record_that_cannot_be_fetched_makes_its_pins_unanswered(status: int, says: str) -> None:
    with OsvServer(RECORDS) as server:
        server.fail("/v1/vulns/TEST-4", status, times=99)
        found = report(live(server))
    lost = [u for u in found.unanswered if u.name == "other"]
    assert [(u.version, u.verdict) for u in lost] == [("5.0", "not audited")]
    assert "TEST-4" in lost[0].why
    assert says in lost[0].why
    assert {f.name for f in found.findings} == {"demo"}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"id": "TEST-4", "affected": [', id="broken"),
        pytest.param(encoded(record("TEST-9", "other", versions=["5"])), id="another-id"),
    ],
)
def test_a_record_that_cannot_be_read_makes_its_pins_uncertain(body: bytes) -> None:
    with OsvServer(RECORDS) as server:
        server.raw["/v1/vulns/TEST-4"] = body
        found = report(live(server))
    assert [(u.name, u.verdict) for u in found.unanswered if u.name == "other"] == [("other", "uncertain")]


def test_nothing_listens() -> None:
    with OsvServer() as server:
        source = live(server, attempts=2)
    with pytest.raises(Unavailable) as error:
        source.affected(PINS)
    assert "127.0.0.1" in error.value.what
    assert "2 times" in error.value.why


def test_the_facts_cover_what_was_asked() -> None:
    with OsvServer(RECORDS) as server:
        source = live(server)
        before_asking = source.facts()
        report(source)
        after = source.facts()
    assert (before_asking.records, before_asking.newest) == (0, "")
    assert (after.records, after.source) == (4, server.url)
    assert after.digest.startswith("sha256:")


def test_many_records_are_asked_for_side_by_side() -> None:
    many = [record(f"MANY-{number}", f"p{number}", versions=["1"]) for number in range(200)]
    with OsvServer(many) as server:
        found = report(live(server), tuple((f"p{number}", "1") for number in range(200)))
    assert (len(found.findings), found.unanswered) == (200, ())


@pytest.mark.parametrize(
    "result",
    [
        pytest.param({"vulns": 5}, id="no-list"),
        pytest.param({"vulns": {"id": "TEST-1"}}, id="an-object"),
        pytest.param({"vulns": [{"id": "../v2/x"}]}, id="a-path"),
        pytest.param({"vulns": [{"id": 7}]}, id="no-text"),
    ],
)
def test_a_result_that_makes_no_sense_is_none(result: Any) -> None:
    with OsvServer(RECORDS) as server:
        server.raw["/v1/querybatch"] = json.dumps({"results": [result]}).encode()
        found = report(live(server), (("demo", "1.0"),))
        assert [each.verdict for each in found.unanswered] == ["not audited"]
        assert {path for path in server.paths() if path.startswith("/v1/vulns")} == set()


def test_an_answer_without_end_is_none() -> None:
    with OsvServer(RECORDS) as server:
        server.raw["/v1/querybatch"] = b'{"results":' + b"[" * 100_000
        assert report(live(server), (("demo", "1.0"),)).unanswered
