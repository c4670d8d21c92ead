from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.audit.match import Subject, hit, incomparable
from pinkit.formats.osv import read_record
from pinkit.model.advisory import Advisory, Affected
from tests.support.osv_oracle import affects
from tests.support.osv_records import before, encoded, record

GIT = {"type": "GIT", "repo": "https://example.org/x", "events": [{"introduced": "0"}]}


def affected_of(content: dict[str, Any], name: str = "demo") -> Affected | None:
    found = read_record(encoded(content), "TEST-1")
    assert isinstance(found, Advisory)
    if found.withdrawn:
        return None
    return next((each for each in found.affected if each.name == name), None)


def matches(content: dict[str, Any], version: str, name: str = "demo") -> bool:
    affected = affected_of(content, name)
    found = hit(affected, Subject(version)) if affected else None
    return found is not None and not found.as_public


def ranged(*ranges: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    content = record(**more)
    content["affected"][0]["ranges"] = [{"type": "ECOSYSTEM", "events": events} for events in ranges]
    return content


@pytest.mark.parametrize(
    ("content", "inside", "outside"),
    [
        pytest.param(
            record(events=before("2.0")), "0 0.dev0 1.9 2.0rc1 2.0.dev1", "2.0 2.0.0 2.0.post1", id="fixed"
        ),
        pytest.param(
            record(events=[{"introduced": "1.0"}, {"last_affected": "1.5"}]),
            "1.0 1.5 1.5.0",
            "0.9 1.0rc1 1.5.post1 1.5.1",
            id="last-affected",
        ),
        pytest.param(
            record(events=[{"fixed": "3.1"}, {"introduced": "3"}, {"fixed": "2.2"}, {"introduced": "0"}]),
            "2.1 3 3.0.9",
            "2.2 2.9 3.1 4",
            id="unsorted",
        ),
        pytest.param(record(events=[{"introduced": "2"}]), "2 99", "1.9", id="never-fixed"),
        pytest.param(record(versions=["1.0", "3.8.0c1"]), "1 1.0.0 v1.0 3.8rc1", "1.1 3.8", id="listed"),
        pytest.param(
            record(events=before("1.2"), versions=["1.2"]), "1.1 1.2", "1.2.1", id="listed-or-range"
        ),
        pytest.param(record(versions=["2.0-final", "X"]), "2.0-final 2.0-FINAL x", "2.0", id="legacy"),
        pytest.param(record(events=[{"introduced": "0"}, {"limit": "2"}]), "1.9", "2 3", id="limit"),
        pytest.param(record(events=[{"introduced": "1"}, {"limit": "*"}]), "1 9", "0.9", id="limit-star"),
        pytest.param(
            record(events=[{"introduced": "0"}, {"limit": "1"}, {"limit": "3"}]), "2", "3", id="highest-limit"
        ),
        pytest.param(
            record(events=[{"introduced": "0"}, {"fixed": "1"}, {"introduced": "5"}, {"limit": "4"}]),
            "0.5",
            "1 4.5 5 6",
            id="limit-below-a-start",
        ),
        pytest.param(record(events=[{"introduced": "1"}, {"fixed": "1"}]), "", "0.9 1 1.1", id="empty-range"),
        pytest.param(
            record(events=[{"introduced": "0"}, {"last_affected": "0"}, {"fixed": "0"}]),
            "0.dev0",
            "0 0.1",
            id="fixed-and-last-affected-at-its-start",
        ),
        pytest.param(
            record(events=[{"introduced": "1"}, {"last_affected": "2"}, {"fixed": "2"}]),
            "1 1.9",
            "2 2.1",
            id="fixed-and-last-affected",
        ),
        pytest.param(
            ranged(before("1.5"), [{"introduced": "1.4"}, {"fixed": "2"}]), "1 1.7", "2", id="two-ranges"
        ),
        pytest.param(record(events=before("1!1.0")), "2026.1 1!0.9", "1!1.0 2!0", id="epoch"),
        pytest.param(
            record(events=before("1.1"), versions=["1.0"]), "1.0+cpu", "1.1+cpu", id="local-in-range"
        ),
        pytest.param(record(), "", "1", id="nothing-said"),
        pytest.param(
            record(events=[{"introduced": "0"}], withdrawn="2026-01-01T00:00:00Z"), "", "1", id="withdrawn"
        ),
    ],
)
def test_versions_inside_and_outside(content: dict[str, Any], inside: str, outside: str) -> None:
    assert [v for v in inside.split() if not matches(content, v)] == []
    assert [v for v in outside.split() if matches(content, v)] == []


def test_git_ranges_are_skipped_and_do_not_end_the_search() -> None:
    content = record(events=before("1.5"))
    content["affected"][0]["ranges"].insert(0, GIT)
    assert matches(content, "1.0")
    content["affected"][0]["ranges"] = [GIT]
    assert not matches(content, "1.0")


def test_semver_counts_like_ecosystem() -> None:
    content = record(events=before("1.0.0"))
    content["affected"][0]["ranges"][0]["type"] = "SEMVER"
    assert matches(content, "0.9")


def test_entries_are_each_for_their_own_project_and_ecosystem() -> None:
    content = record(name="Other.Name_x", events=before("9"))
    content["affected"] += record(events=before("1"))["affected"]
    content["affected"] += record(events=before("5"))["affected"]
    content["affected"][2]["package"]["ecosystem"] = "npm"
    assert matches(content, "0.5")
    assert not matches(content, "2")
    assert matches(content, "8", name="other-name-x")


@pytest.mark.parametrize(
    ("version", "fixed"),
    [
        pytest.param("0.37.0", ("0.37.9",), id="the-fix-of-its-own-range"),
        pytest.param("0.38.1", ("0.38.4",), id="of-the-second-entry"),
        pytest.param("0.37.9", ("0.38.4",), id="listed-only"),
    ],
)
def test_fixes_come_from_all_entries(version: str, fixed: tuple[str, ...]) -> None:
    content = record(events=before("0.37.9"), versions=["0.37.9"])
    content["affected"] += record(events=[{"introduced": "0.38"}, {"fixed": "0.38.4"}])["affected"]
    affected = affected_of(content)
    assert affected is not None
    found = hit(affected, Subject(version))
    assert found is not None
    assert found.fixed_in == fixed


@pytest.mark.parametrize(
    ("content", "version"),
    [
        pytest.param(record(versions=["1.0"]), "1.0+local", id="listed"),
        pytest.param(
            record(events=[{"introduced": "0"}, {"last_affected": "1.0"}]), "1.0+x", id="last-affected"
        ),
    ],
)
def test_a_local_version_is_tried_again_as_public(content: dict[str, Any], version: str) -> None:
    affected = affected_of(content)
    assert affected is not None
    found = hit(affected, Subject(version))
    assert found is not None
    assert found.as_public


@pytest.mark.parametrize(
    ("content", "version", "says"),
    [
        pytest.param(record(events=before("2")), "1-x", "no PEP 440 version", id="legacy-pin"),
        pytest.param(
            record(events=[{"introduced": "x-y"}]), "1", "could not be read whole", id="unreadable-start"
        ),
        pytest.param(record(events=before("2")), "3", "", id="certain"),
        pytest.param(record(versions=["2"]), "1-x", "", id="legacy-pin-against-a-list"),
    ],
)
def test_a_miss_that_proves_nothing_says_so(content: dict[str, Any], version: str, says: str) -> None:
    affected = affected_of(content)
    assert affected is not None
    assert hit(affected, Subject(version)) is None
    doubt = incomparable(affected, Subject(version))
    assert says in doubt
    assert bool(says) == bool(doubt)


NUMBERS = st.lists(st.sampled_from(["0", "1", "2", "10"]), min_size=1, max_size=3).map(".".join)
SUFFIXES = st.sampled_from(["", "", "", "rc1", "a2", ".dev1", ".post1", ".post1.dev2", "rc1.dev1", "+cu11"])
VERSIONS = st.tuples(st.sampled_from(["", "", "", "1!", "v"]), NUMBERS, SUFFIXES).map("".join)
BOUNDS = st.one_of(st.just("0"), VERSIONS)
EVENTS = st.lists(
    st.one_of(
        BOUNDS.map(lambda v: {"introduced": v}),
        VERSIONS.map(lambda v: {"fixed": v}),
        VERSIONS.map(lambda v: {"last_affected": v}),
        st.one_of(st.just("*"), VERSIONS).map(lambda v: {"limit": v}),
    ),
    max_size=7,
)


@settings(max_examples=400, deadline=None)
@given(
    ranges=st.lists(EVENTS, max_size=3),
    versions=st.lists(st.one_of(VERSIONS, st.sampled_from(["1.0-final", "r5x"])), max_size=4),
    subjects=st.lists(st.one_of(VERSIONS, st.sampled_from(["1.0-FINAL", "zz"])), min_size=1, max_size=8),
)
def test_equal_to_the_plain_rule(
    ranges: list[list[dict[str, str]]], versions: list[str], subjects: list[str]
) -> None:
    content = ranged(*ranges)
    content["affected"][0]["versions"] = versions
    for version in subjects:
        assert matches(content, version) == affects(content, "demo", version), (content, version)
