from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from pinkit.adapters.osv_build import OsvWriter
from pinkit.adapters.osv_db import OsvDatabase
from pinkit.audit.judge import is_certainly_clean
from pinkit.audit.policy import fails
from pinkit.errors import ExitCode, Unavailable
from pinkit.formats.osv import read_record
from pinkit.formats.via_graph import ViaGraph
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, AuditReport, Finding, Ignore, LockFile
from pinkit.model.distribution import Distribution, Project
from pinkit.model.lock import ArchiveSource, DirectorySource, Edge, Lock, Pin, VcsSource
from pinkit.render.audit_text import audit_text
from pinkit.workflows.audit import AuditRequest, NoSource, audit, exit_code
from tests.support.osv_records import before, encoded, record

TODAY = "2026-06-15"
ANY = AuditPolicy(fail_on=Severity.NONE)


def database(*contents: dict[str, Any] | bytes) -> OsvDatabase:
    writer = OsvWriter.in_memory()
    for content in contents:
        body = content if isinstance(content, bytes) else encoded(content)
        writer.put([read_record(body, "LABEL-1")])
    writer.finish(source="records", synced_at=None)
    return OsvDatabase(writer.connection)


def pin(name: str = "demo", version: str = "1.0", **more: Any) -> Pin:
    return Pin(name=name, version=version, **{"line": 7, **more})


def lock(*pins: Pin, path: str = "requirements.txt", **more: Any) -> LockFile:
    return LockFile(path=path, lock=Lock(pins=pins), **more)


def run(source: Any, *files: LockFile, catalog: Any = None, **more: Any) -> AuditReport:
    request = AuditRequest(**{"files": files, "policy": ANY, "today": TODAY, **more})
    return audit(request, source, catalog)


class TestGroups:
    def test_aliases_join_through_others(self) -> None:
        found = run(
            database(
                record("GHSA-1", events=before("2"), aliases=["CVE-1"]),
                record("PYSEC-1", events=before("2"), aliases=["CVE-1", "CVE-2"]),
                record("PYSEC-9", events=before("3"), aliases=["CVE-2"]),
                record("PYSEC-10", events=before("3")),
            ),
            lock(pin()),
        )
        assert [f.ids for f in found.findings] == [
            ("CVE-1", "CVE-2", "GHSA-1", "PYSEC-1", "PYSEC-9"),
            ("PYSEC-10",),
        ]

    def test_one_that_does_not_apply_joins_nothing(self) -> None:
        found = run(
            database(
                record("A-1", events=before("2"), aliases=["CVE-1"]),
                record("B-1", events=[{"introduced": "5"}], aliases=["CVE-1", "CVE-2"]),
                record("C-1", events=before("2"), aliases=["CVE-2"]),
            ),
            lock(pin()),
        )
        assert len(found.findings) == 2

    def test_the_fix_is_one_that_no_member_affects(self) -> None:
        source = database(
            record("A-1", events=before("1.2"), aliases=["CVE-1"]),
            record("B-1", events=before("1.10"), aliases=["CVE-1"]),
        )
        assert run(source, lock(pin())).findings[0].fixed_in == ("1.10",)

    def test_a_fix_that_another_member_does_not_know_is_still_told(self) -> None:
        source = database(
            record("A-1", events=before("1.2"), aliases=["CVE-1"]),
            record("B-1", events=[{"introduced": "0"}], aliases=["CVE-1"]),
        )
        assert run(source, lock(pin())).findings[0].fixed_in == ("1.2",)

    def test_severity_is_the_groups_highest(self) -> None:
        source = database(
            record("A-1", events=before("2"), aliases=["CVE-1"]),
            record("B-1", events=before("2"), aliases=["CVE-1"], database_specific={"severity": "HIGH"}),
            record("C-1", events=before("2"), aliases=["CVE-1"], database_specific={"severity": "LOW"}),
        )
        assert run(source, lock(pin())).findings[0].severity is Severity.HIGH

    def test_malware_is_critical_whoever_says_so(self) -> None:
        source = database(record("PYSEC-1", versions=["1.0"], aliases=["MAL-2026-1"]))
        (found,) = run(source, lock(pin())).findings
        assert (found.kind, found.severity, found.id) == ("malicious", Severity.CRITICAL, "MAL-2026-1")


class TestVerdicts:
    def test_clean_is_said_of_those_alone_that_are(self) -> None:
        found = run(database(record(events=before("2"))), lock(pin(), pin("safe"), pin(version="2")))
        assert (found.pins, found.clean, len(found.findings)) == (3, 2, 1)
        assert exit_code(found) is ExitCode.NO

    def test_all_pins_count_whatever_their_markers(self) -> None:
        found = run(database(record(events=before("2"))), lock(pin(marker="sys_platform == 'nowhere'")))
        assert len(found.findings) == 1

    @pytest.mark.parametrize(
        ("asked", "verdict", "why"),
        [
            pytest.param(pin(version=""), "not audited", "no exact version", id="no-version"),
            pytest.param(
                pin(source=VcsSource(kind="git", url="https://x.example/r", commit="a" * 40)),
                "not audited",
                "version control",
                id="vcs",
            ),
            pytest.param(pin(source=DirectorySource(path=".")), "not audited", "a directory", id="directory"),
            pytest.param(
                pin(version="", source=ArchiveSource(url="https://x.example/a.whl")),
                "not audited",
                "an archive",
                id="archive",
            ),
            pytest.param(pin(version="5-x"), "uncertain", "no PEP 440 version", id="legacy-version"),
            pytest.param(pin(version="9+local"), "uncertain", "TEST-2 affects 9", id="local-version"),
            pytest.param(pin("broken"), "uncertain", "LABEL-1 names it", id="quarantined-record"),
            pytest.param(pin("partly"), "uncertain", "could not be read whole", id="unreadable-start"),
        ],
    )
    def test_what_is_not_certain_is_not_clean(self, asked: Pin, verdict: str, why: str) -> None:
        source = database(
            record(events=[{"introduced": "7"}, {"fixed": "8"}]),
            record("TEST-2", versions=["9"]),
            record("TEST-3", "partly", events=[{"introduced": "what?"}]),
            b'{"affected": [{"package": {"name": "broken"',
        )
        found = run(source, lock(asked))
        (open_question,) = found.unanswered
        assert (open_question.verdict, found.clean, found.findings) == (verdict, 0, ())
        assert why in open_question.why
        assert exit_code(found) is ExitCode.UNAVAILABLE

    def test_a_pin_from_elsewhere_that_is_affected_is_a_finding(self) -> None:
        found = run(database(record(events=before("2"))), lock(pin(source=DirectorySource(path="."))))
        assert (len(found.findings), found.unanswered) == (1, ())

    def test_a_dropped_fix_makes_the_finding_uncertain(self) -> None:
        (found,) = run(database(record(events=before("1.0-n653"))), lock(pin())).findings
        assert found.notes == ("uncertain: TEST-1: fixed '1.0-n653' is no version, the event was dropped",)

    def test_entries_that_are_no_pins_are_named(self) -> None:
        found = run(database(), lock(unpinned=((3, "loose", "loose is not pinned"),)))
        assert [(u.name, u.line, u.why) for u in found.unanswered] == [("loose", 3, "loose is not pinned")]
        assert (found.pins, found.clean) == (1, 0)

    def test_without_a_source_every_pin_is_named(self) -> None:
        error = Unavailable("no database", why="never synced")
        found = run(NoSource("the database", error), lock(*(pin(f"p{n}") for n in range(100))))
        assert len(found.unanswered) == 100
        assert found.unanswered[0].why == "no database: never synced"
        assert exit_code(found) is ExitCode.UNAVAILABLE

    def test_stale_advisories_prove_nothing_clean(self) -> None:
        found = run(database(record(events=before("2"))), lock(pin(), pin("safe", line=8)), stale="2 d old")
        assert [f.name for f in found.findings] == ["demo"]
        assert [(u.name, u.verdict, u.why) for u in found.unanswered] == [("safe", "uncertain", "2 d old")]

    def test_internal_projects_are_counted_and_not_audited(self) -> None:
        policy = replace(ANY, internal=("acme-*",))
        found = run(
            database(record(name="acme-x", events=before("2"))), lock(pin("acme-x"), pin("b")), policy=policy
        )
        assert (found.findings, found.unanswered, found.internal, found.pins, found.clean) == (
            (),
            (),
            1,
            2,
            1,
        )

    def test_later_advisories_do_not_count_as_of_an_earlier_day(self) -> None:
        source = database(
            record("A-1", events=before("2"), published="2026-03-01T00:00:00Z"),
            record("B-1", events=before("2"), published="2026-03-02T00:00:00Z"),
            record("C-1", events=before("2")),
        )
        found = run(source, lock(pin()), as_of="2026-03-01")
        assert [f.id for f in found.findings] == ["A-1", "C-1"]
        assert found.as_of == "2026-03-01"


@pytest.mark.parametrize(
    ("name", "version", "clean"),
    [
        ("demo", "1.0", False),
        ("demo", "2.0", True),
        ("demo", "2.0-x", False),
        ("demo", "9+local", False),
        ("broken", "1", False),
        ("other", "1", True),
    ],
)
def test_certainly_clean(name: str, version: str, clean: bool) -> None:
    source = database(
        record(events=before("2.0")),
        record("TEST-2", versions=["9"]),
        b'{"affected": [{"package": {"name": "broken"',
    )
    assert is_certainly_clean(name, version, source.affected([(name, version)])) is clean
    lost = replace(source.affected([(name, version)]), unanswered={(name, version): "no answer"})
    assert not is_certainly_clean(name, version, lost)


class TestIgnores:
    SOURCE = (
        record("A-1", events=before("2"), aliases=["CVE-1"]),
        record("B-1", events=[{"introduced": "0"}]),
        record("MAL-1", "evil", versions=["1.0"]),
    )

    def judged(self, *ignores: Ignore, path: str = "requirements.txt") -> AuditReport:
        policy = replace(ANY, ignores=ignores)
        return run(database(*self.SOURCE), lock(pin(), pin("evil"), path=path), policy=policy)

    @staticmethod
    def ignore(identity: str = "CVE-1", **more: Any) -> Ignore:
        return Ignore(**{"id": identity, "reason": "why not", "file": "p.toml", "line": 4, **more})

    @pytest.mark.parametrize(
        ("ignore", "quiet", "kinds"),
        [
            pytest.param({"until": "2026-06-16"}, ["CVE-1"], [], id="alias"),
            pytest.param(
                {"identity": "a-1", "until_fixed": True, "until": ""}, [], ["ignore-expired"], id="fixed-now"
            ),
            pytest.param({"identity": "B-1", "until_fixed": True}, ["B-1"], [], id="until-fixed"),
            pytest.param({"until": "2026-06-15"}, [], ["ignore-expired"], id="ended-today"),
            pytest.param({}, ["CVE-1"], ["ignore-endless"], id="endless"),
            pytest.param({"justification": "vulnerable_code_not_present"}, ["CVE-1"], [], id="justified"),
            pytest.param({"identity": "CVE-9", "until": "2027-01-01"}, [], ["ignore-unused"], id="unused"),
            pytest.param({"project": "demo", "until": "2027-01-01"}, ["CVE-1"], [], id="project"),
            pytest.param(
                {"project": "other", "until": "2027-01-01"}, [], ["ignore-unused"], id="another-project"
            ),
            pytest.param({"versions": "<1.5", "until": "2027-01-01"}, ["CVE-1"], [], id="range"),
            pytest.param(
                {"versions": ">1.5", "until": "2027-01-01"}, [], ["ignore-unused"], id="another-range"
            ),
            pytest.param(
                {"identity": "", "project": "demo", "until": "2027-01-01"},
                ["CVE-1", "B-1"],
                [],
                id="whole-project",
            ),
            pytest.param(
                {"identity": "MAL-1", "until": "2027-01-01"}, [], ["ignore-unused"], id="malware-stays"
            ),
            pytest.param({"identity": "CVE-9", "line": 0}, [], [], id="of-the-command-line"),
            pytest.param(
                {"scope": "src", "until": "2027-01-01"}, [], ["ignore-unused"], id="another-directory"
            ),
            pytest.param({"scope": ".", "until": "2027-01-01"}, ["CVE-1"], [], id="this-directory"),
        ],
    )
    def test_judged(self, ignore: dict[str, Any], quiet: list[str], kinds: list[str]) -> None:
        found = self.judged(self.ignore(**ignore))
        assert [s.finding.id for s in found.suppressed] == quiet
        assert [f.kind for f in found.findings if f.kind.startswith("ignore")] == kinds
        left = {f.id for f in found.findings if f.advisories}
        assert left == {"CVE-1", "B-1", "MAL-1"} - set(quiet)

    def test_of_the_directory_of_a_lock(self) -> None:
        found = self.judged(self.ignore(scope="src/backend"), path="src/backend/requirements.txt")
        assert len(found.suppressed) == 1

    def test_malware_is_said_to_stay(self) -> None:
        found = self.judged(self.ignore("MAL-1", until="2027-01-01"))
        said = [f.summary for f in found.findings if f.kind == "ignore-unused"]
        assert said == ["malware and quarantined projects cannot be ignored: why not"]

    def test_what_is_unanswered_is_not_called_unused(self) -> None:
        policy = replace(ANY, ignores=(self.ignore("CVE-9", project="lost"),))
        found = run(database(), lock(pin("lost", version="")), policy=policy)
        assert [f.kind for f in found.findings] == ["ignore-endless"]

    def test_nothing_is_called_unused_where_nobody_answered(self) -> None:
        policy = replace(ANY, ignores=(self.ignore("CVE-9", until="2027-01-01"),))
        found = run(NoSource("none", Unavailable("there is none")), lock(pin()), policy=policy)
        assert (found.findings, len(found.unanswered)) == ((), 1)
        elsewhere = replace(ANY, ignores=(self.ignore("CVE-9", project="other", until="2027-01-01"),))
        found = run(NoSource("none", Unavailable("there is none")), lock(pin()), policy=elsewhere)
        assert [f.kind for f in found.findings] == ["ignore-unused"]

    def test_where_it_stands(self) -> None:
        (found,) = [f for f in self.judged(self.ignore("CVE-9")).findings if f.kind == "ignore-unused"]
        assert (found.lock, found.line, found.ids) == ("p.toml", 4, ("CVE-9",))
        assert found.summary == "the ignore suppresses nothing, and has no end: why not"


@pytest.mark.parametrize(
    ("kind", "severity", "fail_on", "unknown_fails", "answer"),
    [
        pytest.param("vulnerable", Severity.LOW, Severity.NONE, True, True, id="any"),
        pytest.param("vulnerable", Severity.NONE, Severity.NONE, True, True, id="any-of-score-0"),
        pytest.param("vulnerable", Severity.MEDIUM, Severity.HIGH, True, False, id="below"),
        pytest.param("vulnerable", Severity.HIGH, Severity.HIGH, True, True, id="at"),
        pytest.param("vulnerable", Severity.UNKNOWN, Severity.CRITICAL, True, True, id="unknown-fails"),
        pytest.param("vulnerable", Severity.UNKNOWN, Severity.NONE, False, False, id="unknown-passes"),
        pytest.param("malicious", Severity.UNKNOWN, Severity.CRITICAL, False, True, id="malware"),
        pytest.param("quarantined", Severity.LOW, Severity.CRITICAL, False, True, id="quarantined"),
        pytest.param("yanked", Severity.LOW, Severity.HIGH, True, False, id="yanked-below"),
        pytest.param("archived", Severity.NONE, Severity.NONE, True, False, id="archived-is-a-note"),
        pytest.param("ignore-endless", Severity.NONE, Severity.NONE, True, False, id="endless-is-a-note"),
        pytest.param("ignore-unused", Severity.LOW, Severity.NONE, True, True, id="unused"),
    ],
)
def test_what_fails(
    kind: Any, severity: Severity, fail_on: Severity, unknown_fails: bool, answer: bool
) -> None:
    finding = Finding(
        kind=kind, name="demo", version="1", lock="r.txt", line=1, ids=("X-1",), severity=severity
    )
    assert fails(finding, AuditPolicy(fail_on=fail_on, unknown_fails=unknown_fails)) is answer


class TestComparison:
    SOURCE = (record("A-1", events=before("2")), record("B-1", events=[{"introduced": "1.5"}]))

    def compared(self, now: Pin, then: LockFile, **more: Any) -> AuditReport:
        return run(database(*self.SOURCE), lock(now), baseline=(then,), compared="main", **more)

    @pytest.mark.parametrize(
        ("now", "then", "status", "fixed", "code"),
        [
            pytest.param("1.0", "1.0", {"A-1": "same"}, [], ExitCode.YES, id="same"),
            pytest.param("1.1", "1.0", {"A-1": "same"}, [], ExitCode.YES, id="another-affected-version"),
            pytest.param("1.6", "1.0", {"A-1": "same", "B-1": "new"}, [], ExitCode.NO, id="new"),
            pytest.param("3.0", "1.6", {"B-1": "same"}, ["A-1"], ExitCode.YES, id="fixed"),
        ],
    )
    def test_by_lock(
        self, now: str, then: str, status: dict[str, str], fixed: list[str], code: ExitCode
    ) -> None:
        found = self.compared(pin(version=now), lock(pin(version=then)))
        assert {f.id: f.status for f in found.findings} == status
        assert [f.id for f in found.fixed] == fixed
        assert exit_code(found) is code

    def test_another_lock_of_the_baseline_excuses_nothing(self) -> None:
        found = self.compared(pin(), lock(pin(), path="other.txt"))
        assert [f.status for f in found.findings] == ["new"]
        same = self.compared(pin(), lock(pin(), path="other.txt"), by_lock=False)
        assert [f.status for f in same.findings] == ["same"]

    def test_what_the_baseline_has_is_no_news_to_the_next_run_either(self) -> None:
        found = self.compared(pin(), lock(pin()), told=frozenset())
        assert [f.status for f in found.findings] == ["same"]
        assert exit_code(found) is ExitCode.YES

    def test_malware_is_excused_by_no_baseline(self) -> None:
        source = database(record("MAL-2026-1", events=before("2")))
        found = run(source, lock(pin()), baseline=(lock(pin()),), compared="main", told=frozenset())
        assert [(f.status, f.kind) for f in found.findings] == [("same", "malicious")]
        assert exit_code(found) is ExitCode.NO
        assert "MAL-2026-1" in audit_text(found)

    def test_what_the_baseline_ignores_was_not_there(self) -> None:
        policy = replace(ANY, ignores=(Ignore(id="A-1", reason="x"),))
        found = self.compared(pin(), lock(pin()), policy=policy)
        assert (found.findings, found.fixed, len(found.suppressed)) == ((), (), 1)


class TestStale:
    """Advisories that are too old: whatever does not fail anyway is not answered."""

    SOURCE = (record("A-1", events=before("2"), database_specific={"severity": "LOW"}),)

    @pytest.mark.parametrize(
        ("more", "pins", "open_pins"),
        [
            pytest.param({}, [pin()], [], id="fails-anyway"),
            pytest.param({}, [pin(), pin("other")], [("other", "1.0")], id="another"),
            pytest.param({}, [pin(line=0), pin(version="3", line=0)], [("demo", "3")], id="same-place"),
            pytest.param(
                {"policy": replace(ANY, ignores=(Ignore(id="A-1", reason="x"),))},
                [pin()],
                [("demo", "1.0")],
                id="ignored",
            ),
            pytest.param(
                {"policy": AuditPolicy(fail_on=Severity.HIGH)}, [pin()], [("demo", "1.0")], id="mild"
            ),
            pytest.param({"baseline": (lock(pin()),)}, [pin()], [("demo", "1.0")], id="not-new"),
        ],
    )
    def test_never_good(
        self, more: dict[str, Any], pins: list[Pin], open_pins: list[tuple[str, str]]
    ) -> None:
        found = run(database(*self.SOURCE), lock(*pins), stale="too old", **more)
        assert [(u.name, u.version) for u in found.unanswered] == open_pins
        assert found.clean == 0
        assert exit_code(found) is (ExitCode.UNAVAILABLE if open_pins else ExitCode.NO)


class Index:
    """What the index says of each project; an exception in place of a project is raised."""

    def __init__(self, project: Project | Exception, *distributions: Distribution) -> None:
        self._project, self._distributions = project, distributions

    def prefetch_projects(self, names: Any) -> None:
        self.asked = list(names)

    def project(self, name: str) -> Project:
        if isinstance(self._project, Exception):
            raise self._project
        return self._project

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        return self._distributions


def file(digest: str = "aa", yanked: str | None = None) -> Distribution:
    return Distribution(
        filename=f"{digest}.whl", url="https://x.example/f", hashes=(f"sha256:{digest}",), yanked=yanked
    )


class TestIndexFacts:
    @pytest.mark.parametrize(
        ("catalog", "kinds", "open_questions"),
        [
            pytest.param(Index(Project(name="demo", versions=("1",)), file()), [], 0, id="fine"),
            pytest.param(
                Index(Project(name="demo", versions=("1",)), file(yanked="bad"), file("bb", "")),
                ["yanked"],
                0,
                id="yanked",
            ),
            pytest.param(
                Index(Project(name="demo", versions=("1",)), file(yanked=""), file("bb")),
                [],
                0,
                id="partly-yanked",
            ),
            pytest.param(
                Index(Project(name="demo", versions=("1",)), file("bb")), ["hash-gone"], 0, id="hash-gone"
            ),
            pytest.param(Index(Project(name="demo", versions=("2",))), ["hash-gone"], 0, id="release-gone"),
            pytest.param(
                Index(Project(name="demo", versions=("1",), status="quarantined"), file()),
                ["quarantined"],
                0,
                id="quarantined",
            ),
            pytest.param(
                Index(Project(name="demo", versions=("1",), status="archived"), file()),
                ["archived"],
                0,
                id="archived",
            ),
            pytest.param(Index(Project(name="demo")), [], 1, id="unknown-project"),
            pytest.param(Index(Unavailable("index down")), [], 1, id="down"),
        ],
    )
    def test_said_of_a_pin(self, catalog: Index, kinds: list[str], open_questions: int) -> None:
        asked = pin(hashes=("sha256:aa",))
        found = run(database(), lock(asked, pin("mine", source=DirectorySource(path="."))), catalog=catalog)
        assert [f.kind for f in found.findings] == kinds
        assert len([u for u in found.unanswered if u.name == "demo"]) == open_questions
        assert found.index_asked
        assert catalog.asked == ["demo"]

    def test_an_ignore_of_a_whole_project_is_about_advisories(self) -> None:
        catalog = Index(Project(name="demo", versions=("1",)), file("bb", "bad"))
        policy = replace(
            ANY, ignores=(Ignore(id="", project="demo", reason="x"), Ignore(id="yanked", reason="x"))
        )
        found = run(
            database(record("A-1", events=before("2"))),
            lock(pin(hashes=("sha256:aa",))),
            catalog=catalog,
            policy=policy,
        )
        assert [f.kind for f in found.findings] == ["hash-gone"]
        assert [s.finding.id for s in found.suppressed] == ["A-1", "yanked"]

    def test_hashes_of_other_algorithms_prove_nothing(self) -> None:
        weak = Distribution(filename="a.whl", url="https://x.example/f", hashes=("md5:00",))
        catalog = Index(Project(name="demo", versions=("1",)), weak)
        assert run(database(), lock(pin(hashes=("sha256:aa",))), catalog=catalog).findings == ()


class TestWhy:
    LOCK = Lock(
        pins=(
            Pin(name="leaf", version="1", via=("mid", "-c constraints.txt", "other[extra]")),
            Pin(name="mid", version="1", via=("top",)),
            Pin(name="other", version="1", via=("top", "loop")),
            Pin(name="loop", version="1", via=("other",)),
            Pin(name="top", version="1", via=("-r requirements.in", "app (pyproject.toml)")),
            Pin(name="bare", version="1"),
            Pin(name="capped", version="1", via=("-c constraints.txt",)),
        )
    )

    @pytest.mark.parametrize(
        ("name", "path", "direct"),
        [
            ("leaf", ("-r requirements.in", "top", "mid", "leaf"), "top"),
            ("loop", ("-r requirements.in", "top", "other", "loop"), "top"),
            ("top", ("-r requirements.in", "top"), "top"),
            ("bare", ("bare",), ""),
            ("capped", ("capped",), ""),
        ],
    )
    def test_from_annotations(self, name: str, path: tuple[str, ...], direct: str) -> None:
        graph = ViaGraph(self.LOCK)
        assert (graph.path(name), graph.direct(name)) == (path, direct)

    def test_from_edges(self) -> None:
        pins = (
            Pin(name="top", version="1", dependencies=(Edge(name="leaf"), Edge(name="absent"))),
            Pin(name="leaf", version="1"),
        )
        graph = ViaGraph(Lock(pins=pins))
        assert (graph.path("leaf"), graph.direct("leaf")) == (("top", "leaf"), "top")

    def test_in_a_finding(self) -> None:
        file = LockFile(path="r.txt", lock=self.LOCK)
        (found,) = run(database(record(name="leaf", events=before("2"))), file).findings
        assert (found.via[-1], found.direct) == ("leaf", "top")
