from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.errors import IntegrityError
from pinkit.formats.cvss_score import score, severity_word
from pinkit.formats.osv import read_record
from pinkit.formats.osv_csv import newer, read_modified
from pinkit.formats.osv_versions import comparable
from pinkit.model.advisory import Advisory, Quarantined, Severity
from tests.support.osv_records import before, encoded, record

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"
V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"


def read(content: dict[str, Any]) -> Advisory:
    found = read_record(encoded(content), "TEST-1")
    assert isinstance(found, Advisory), found
    return found


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"", "not JSON", id="empty"),
        pytest.param(b'{"id": "TEST-1"', "not JSON", id="cut"),
        pytest.param(b"\xff\xfe", "not JSON", id="no-utf8"),
        pytest.param(b"[" * 100_000, "not JSON", id="deep"),
        pytest.param(b"[]", "not a JSON object", id="a-list"),
        pytest.param(b"{}", "no usable `id`", id="no-id"),
        pytest.param(b'{"id": "../../x"}', "no usable `id`", id="a-path"),
        pytest.param(b'{"id": "TEST-1", "affected": {}}', "`affected` is no list", id="affected"),
    ],
)
def test_a_bad_record_is_quarantined(body: bytes, why: str) -> None:
    found = read_record(body, "TEST-1")
    assert isinstance(found, Quarantined)
    assert found.id == "TEST-1"
    assert why in found.why


def test_a_quarantined_record_names_its_projects() -> None:
    found = read_record(b'{"affected": [{"package": {"name" : "Some_Project"}}, {"name":"b.c"}', "TEST-1")
    assert isinstance(found, Quarantined)
    assert found.names == ("b-c", "some-project")


def test_escaped_names_are_seen() -> None:
    found = read_record(b'{"name": "d\\u0065mo", "name": "bad\\x", "name": ""', "TEST-1")
    assert isinstance(found, Quarantined)
    assert found.names == ("bad\\x", "demo")


def test_of_many_defects_some_are_told() -> None:
    found = read(record(events=[{}] * 100))
    assert len(found.defects) == 6
    assert found.affected[0].doubt.endswith("; and 95 more")


def test_the_id_asked_for_is_the_id_read() -> None:
    body = encoded(record("TEST-2", events=before("1")))
    assert isinstance(read_record(body, "TEST-1", exact=True), Quarantined)
    assert isinstance(read_record(body, "TEST-1"), Advisory)


@pytest.mark.parametrize(
    ("change", "defect", "may_miss"),
    [
        pytest.param(
            {"events": [{"introduced": "0"}, {}, {"fixed": "1"}]}, "without a known kind", False, id="empty"
        ),
        pytest.param({"events": [{"introduced": "0"}, 7]}, "without a known kind", False, id="no-object"),
        pytest.param({"events": before("0.2-n6x")}, "'0.2-n6x' is no version", False, id="fixed"),
        pytest.param({"events": [{"introduced": "x"}]}, "'x' is no version", True, id="introduced"),
        pytest.param({"events": [{"introduced": None}]}, "'None' is no version", True, id="null"),
        pytest.param({"events": {}}, "`events` is no list", True, id="events-no-list"),
        pytest.param({"versions": {}}, "`versions` is no list", True, id="versions-no-list"),
        pytest.param({"versions": ["1", 2]}, "`versions` has entries", True, id="versions-no-text"),
        pytest.param({"ranges": {}}, "`ranges` is no list", True, id="ranges-no-list"),
        pytest.param({"ranges": [7]}, "a range is no object", True, id="range-no-object"),
        pytest.param({"ranges": [{"type": "NEW"}]}, "unknown type 'NEW'", True, id="range-of-a-new-type"),
    ],
)
def test_a_bad_part_is_dropped_and_told(change: dict[str, Any], defect: str, may_miss: bool) -> None:
    content = record(events=change.get("events"), versions=change.get("versions"))
    content["affected"][0].update({k: v for k, v in change.items() if k == "ranges"})
    found = read(content)
    assert len(found.defects) == 1
    assert defect in found.defects[0]
    (affected,) = found.affected
    assert defect in affected.doubt
    assert affected.may_miss == may_miss


@pytest.mark.parametrize(
    ("entry", "defects"),
    [
        pytest.param(7, 1, id="no-object"),
        pytest.param({}, 0, id="no-project"),
        pytest.param({"package": {"ecosystem": "PyPI"}}, 1, id="no-name"),
        pytest.param({"package": {"ecosystem": "PyPI", "name": " "}}, 1, id="blank-name"),
        pytest.param({"package": {"ecosystem": 7, "name": "demo"}}, 1, id="no-ecosystem"),
        pytest.param({"package": {"name": "demo"}}, 1, id="nothing-of-an-ecosystem"),
        pytest.param({"package": "demo"}, 1, id="a-text"),
        pytest.param({"package": None}, 0, id="null"),
        pytest.param({"package": {"ecosystem": "npm", "name": "demo"}}, 0, id="another-ecosystem"),
    ],
)
def test_entries_that_are_not_about_a_project_of_ours(entry: Any, defects: int) -> None:
    content = record(events=before("1"))
    content["affected"].append(entry)
    found = read(content)
    assert (len(found.affected), len(found.defects)) == (1, defects)


def test_fields_of_others_are_read_or_told() -> None:
    found = read(
        record(
            events=before("1"),
            published="yesterday",
            withdrawn=True,
            aliases=["CVE-2026-1", 5, "bad id\x1b"],
            references=[{"url": "https://example.org/a"}, {"url": "javascript:x"}, 7],
            database_specific={"cwe_ids": ["CWE-79", "CWE-x", 7]},
            unknown_field={"x": 1},
        )
    )
    assert found.aliases == ("CVE-2026-1",)
    assert found.references == ("https://example.org/a",)
    assert found.cwes == ("CWE-79",)
    assert (found.published, found.withdrawn) == ("", "")
    assert len(found.defects) == 3


@pytest.mark.parametrize("field", ["aliases", "references"])
def test_lists_that_are_none(field: str) -> None:
    assert read(record(**{field: 7})).defects == (f"`{field}` is no list",)


@pytest.mark.parametrize(
    "time",
    ["2026-13-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00+99:00"],
)
def test_times_that_are_none(time: str) -> None:
    found = read({**record(), "modified": time})
    assert (found.modified, found.defects) == ("", ("`modified` is no time",))


def test_a_record_without_its_time_is_read_and_told() -> None:
    content = record(events=before("1"))
    del content["modified"]
    assert read(content).defects == ("`modified` is no time",)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        pytest.param({"summary": "One  line\nonly"}, "One line only", id="summary"),
        pytest.param({"details": "# Title\nmore\n\nsecond"}, "Title more", id="first-paragraph"),
        pytest.param({"details": "word " * 100}, "word " * 59 + "word …", id="cut-at-a-word"),
        pytest.param({}, "", id="none"),
    ],
)
def test_summary_is_one_line(fields: dict[str, str], line: str) -> None:
    assert read(record(**fields)).summary == line


@pytest.mark.parametrize(
    ("fields", "severity", "base"),
    [
        pytest.param({"severity": [{"type": "CVSS_V4", "score": V4}]}, Severity.CRITICAL, 9.3, id="v4"),
        pytest.param({"severity": [{"type": "CVSS_V3", "score": V31}]}, Severity.MEDIUM, 5.3, id="v3"),
        pytest.param(
            {"severity": [{"type": "CVSS_V2", "score": V2}]}, Severity.HIGH, 10.0, id="v2-has-no-critical"
        ),
        pytest.param(
            {"severity": [{"type": "CVSS_V3", "score": V31}, {"type": "CVSS_V4", "score": V4}]},
            Severity.CRITICAL,
            9.3,
            id="v4-before-v3",
        ),
        pytest.param(
            {"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/x"}, {"type": "CVSS_V3", "score": V31}]},
            Severity.MEDIUM,
            5.3,
            id="a-bad-vector-spoils-nothing",
        ),
        pytest.param({"severity": [{"type": "Ubuntu", "score": "high"}]}, Severity.UNKNOWN, 0.0, id="others"),
        pytest.param({"database_specific": {"severity": "MODERATE"}}, Severity.MEDIUM, 0.0, id="word"),
        pytest.param({"database_specific": {"severity": "WEIRD"}}, Severity.UNKNOWN, 0.0, id="unknown-word"),
        pytest.param({}, Severity.UNKNOWN, 0.0, id="none"),
    ],
)
def test_severity(fields: dict[str, Any], severity: Severity, base: float) -> None:
    found = read(record(**fields))
    assert (found.severity, found.score) == (severity, base)


def test_severity_may_stand_at_the_project() -> None:
    content = record(events=before("1"))
    content["affected"][0]["severity"] = [{"type": "CVSS_V3", "score": V31}]
    assert read(content).severity is Severity.MEDIUM


@pytest.mark.parametrize("vector", ["", "CVSS:3.1/", "CVSS:9.9/AV:N", "x" * 600, "AV:N"])
def test_vectors_that_are_none(vector: str) -> None:
    assert score(vector) is None


def test_scores_and_words() -> None:
    assert score("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N") == (0.0, Severity.NONE)
    assert score("CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N") == (1.8, Severity.LOW)
    assert severity_word(" Critical ") is Severity.CRITICAL


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "id",
    "modified",
    "affected",
    "aliases",
    "severity",
    "references",
    "withdrawn",
    "details",
    "database_specific",
]


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON), JSON)
def test_no_record_crashes_the_reader(fields: dict[str, Any], inner: Any) -> None:
    content = {"id": "TEST-1", **fields}
    if isinstance(inner, dict):
        content["affected"] = [{"package": {"ecosystem": "PyPI", "name": "demo"}, "ranges": [inner], **inner}]
    read_record(json.dumps(content).encode("utf-8", "replace"), "TEST-1")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("1.0", "1", True, id="zeros"),
        pytest.param("1.10", "1.1", False, id="ten-is-not-one"),
        pytest.param("1.01", "1.1", True, id="leading-zero"),
        pytest.param("0.0", "0", True, id="nothing"),
        pytest.param("1.0c1", "1rc1", True, id="spelling"),
        pytest.param("1.0-FINAL", "1.0-final", True, id="legacy-case"),
        pytest.param("1.0-final", "1.0", False, id="legacy-is-itself"),
        pytest.param("1.0+Ubuntu-1", "1+ubuntu.1", True, id="local"),
        pytest.param("1!1", "1", False, id="epoch"),
        pytest.param("1..0", "1.0", False, id="double-dot"),
    ],
)
def test_equal_versions_have_one_text(left: str, right: str, same: bool) -> None:
    assert (comparable(left) == comparable(right)) is same


def test_the_list_of_changes() -> None:
    body = b"2026-01-02T00:00:00.5Z,PyPI/A-1\n2026-01-02T00:00:00Z,B-1\r\n"
    assert read_modified(body) == {"A-1": "2026-01-02T00:00:00.5Z", "B-1": "2026-01-02T00:00:00Z"}
    with pytest.raises(IntegrityError, match="line 2"):
        read_modified(b"2026-01-02T00:00:00Z,A-1\nx\n")


@pytest.mark.parametrize(
    ("left", "right", "answer"),
    [
        ("2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", True),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", False),
        ("2026-01-01T00:00:00.50Z", "2026-01-01T00:00:00.5Z", False),
        ("2026-01-01T00:00:00Z", "", True),
        ("0001-01-01T00:00:00Z", "nonsense", True),
    ],
)
def test_newer(left: str, right: str, answer: bool) -> None:
    assert newer(left, right) is answer
