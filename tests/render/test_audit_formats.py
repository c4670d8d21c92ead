from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jsonschema import Draft202012Validator

from pinkit.cli.console import printable
from pinkit.model.audit import AuditReport, LockFile, Suppressed
from pinkit.model.lock import ArchiveSource, DirectorySource, Lock, Pin, VcsSource
from pinkit.model.notice import Notice, Rule
from pinkit.render.audit_cyclonedx import audit_cyclonedx
from pinkit.render.audit_json import audit_json
from pinkit.render.audit_markdown import audit_markdown
from pinkit.render.audit_notices import notices, said_unanswered
from pinkit.render.audit_openvex import audit_openvex
from pinkit.render.audit_text import audit_text
from pinkit.render.github import github_annotations
from pinkit.render.sarif import FINGERPRINT, sarif
from tests.support.audit_reports import (
    ACCEPTED,
    ADVISORY,
    FACTS,
    LOCK,
    MALICIOUS,
    NOT_AFFECTED,
    REPORT,
    UNKNOWN,
    VULNERABLE,
)
from tests.support.published_rules import OPENVEX_RULES, SARIF_RULES

EMPTY = AuditReport(
    database=replace(FACTS, records=0, newest="", digest=""), as_of="", locks=(), pins=0, clean=0, findings=()
)
COMPARED = replace(
    REPORT,
    compared="origin/main",
    findings=(replace(VULNERABLE, status="new"), replace(MALICIOUS, status="same")),
    failing=(),
    fixed=(UNKNOWN,),
    suppressed=(Suppressed(finding=VULNERABLE, ignore=NOT_AFFECTED),),
    index_asked=True,
)
REPORTS = [
    pytest.param(REPORT, id="everything"),
    pytest.param(COMPARED, id="compared"),
    pytest.param(EMPTY, id="empty"),
]


def as_sarif(report: AuditReport) -> str:
    said = said_unanswered(report)
    return sarif(notices(report), complete=not said, unanswered=said)


RENDERERS = [
    pytest.param(audit_json, id="json"),
    pytest.param(audit_markdown, id="markdown"),
    pytest.param(audit_openvex, id="openvex"),
    pytest.param(audit_cyclonedx, id="cyclonedx"),
    pytest.param(as_sarif, id="sarif"),
    pytest.param(lambda report: github_annotations(notices(report)), id="github"),
    pytest.param(audit_text, id="text"),
]


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("render", RENDERERS)
def test_the_same_report_gives_the_same_bytes(report: AuditReport, render: Any) -> None:
    assert render(report) == render(replace(report))


class TestSarif:
    @pytest.mark.parametrize("report", REPORTS)
    def test_valid_against_the_rules(self, report: AuditReport) -> None:
        Draft202012Validator(SARIF_RULES).validate(json.loads(as_sarif(report)))

    @pytest.mark.parametrize("report", REPORTS)
    def test_valid_against_the_published_schema(self, report: AuditReport) -> None:
        model = pytest.importorskip(
            "pydantic_sarif.model", reason="needs pydantic-sarif, made from the schema"
        )
        model.StaticAnalysisResultsFormatSarifVersion210JsonSchema.model_validate_json(as_sarif(report))

    def test_results_point_to_lines_and_rules(self) -> None:
        run = json.loads(as_sarif(REPORT))["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        assert [rule["id"] for rule in rules] == sorted(rule["id"] for rule in rules)
        for result in run["results"]:
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        first = run["results"][0]
        place = first["locations"][0]["physicalLocation"]
        assert place == {"artifactLocation": {"uri": "deps/req%20s.txt"}, "region": {"startLine": 3}}
        assert rules[first["ruleIndex"]]["properties"]["security-severity"] == "7.5"
        assert first["level"] == "error"

    def test_what_is_suppressed_is_there_and_marked(self) -> None:
        results = json.loads(as_sarif(REPORT))["runs"][0]["results"]
        marked = [result["suppressions"] for result in results if "suppressions" in result]
        assert marked == [[{"kind": "external", "justification": ACCEPTED.reason}]]

    def test_what_was_not_answered_is_no_success(self) -> None:
        (invocation,) = json.loads(as_sarif(REPORT))["runs"][0]["invocations"]
        assert not invocation["executionSuccessful"]
        assert invocation["toolExecutionNotifications"][0]["message"]["text"].startswith("loose ")
        (clean,) = json.loads(as_sarif(EMPTY))["runs"][0]["invocations"]
        assert clean == {"executionSuccessful": True}

    def test_fingerprints_survive_moved_lines_and_differ_else(self) -> None:
        def prints(report: AuditReport) -> list[str]:
            results = json.loads(as_sarif(report))["runs"][0]["results"]
            return [result["partialFingerprints"][FINGERPRINT] for result in results]

        moved = replace(REPORT, findings=tuple(replace(f, line=f.line + 10) for f in REPORT.findings))
        assert prints(moved) == prints(REPORT)
        assert len(set(prints(REPORT))) == len(prints(REPORT))

    def test_a_comparison_is_told(self) -> None:
        results = json.loads(as_sarif(COMPARED))["runs"][0]["results"]
        assert [result.get("baselineState") for result in results] == ["new", "unchanged", None, None]

    def test_any_command_may_use_it(self) -> None:
        rule = Rule(id="forged-hash", title="A hash is forged")
        text = sarif([Notice(rule=rule, level="error", message="m", file="a\\b.txt")])
        Draft202012Validator(SARIF_RULES).validate(json.loads(text))
        assert json.loads(text)["runs"][0]["results"][0]["locations"][0]["physicalLocation"] == {
            "artifactLocation": {"uri": "a/b.txt"}
        }


class TestCycloneDx:
    @pytest.mark.parametrize("report", REPORTS)
    def test_valid_against_the_published_schema(self, report: AuditReport) -> None:
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(audit_cyclonedx(report)) is None

    def test_pins_are_components_and_groups_vulnerabilities(self) -> None:
        bom = json.loads(audit_cyclonedx(REPORT))
        assert [c["purl"] for c in bom["components"]] == [
            "pkg:pypi/demo@1.0",
            "pkg:pypi/evil@2",
            "pkg:pypi/loose",
            "pkg:pypi/other@5%211.0%2Blocal",
        ]
        found = {v["id"]: v for v in bom["vulnerabilities"]}
        assert set(found) == {"CVE-2026-1", "MAL-2026-3", "PYSEC-2026-2"}
        known = found["CVE-2026-1"]
        assert known["ratings"] == [
            {
                "method": "CVSSv31",
                "score": 7.5,
                "severity": "high",
                "vector": "AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
            }
        ]
        assert known["advisories"] == [{"url": "https://example.org/advisory"}]
        assert known["cwes"] == [79]
        assert known["affects"] == [{"ref": "pkg:pypi/demo@1.0"}]
        assert known["recommendation"] == "Upgrade demo to 1.1 or 2.0."

    @pytest.mark.parametrize(
        ("report", "identity", "state"),
        [
            pytest.param(REPORT, "CVE-2026-1", "in_triage", id="open"),
            pytest.param(REPORT, "PYSEC-2026-2", "exploitable", id="accepted-is-not-harmless"),
        ],
    )
    def test_analysis(self, report: AuditReport, identity: str, state: str) -> None:
        (found,) = (v for v in json.loads(audit_cyclonedx(report))["vulnerabilities"] if v["id"] == identity)
        assert found["analysis"]["state"] == state

    def test_justified_is_not_affected(self) -> None:
        states = [v["analysis"] for v in json.loads(audit_cyclonedx(COMPARED))["vulnerabilities"]]
        assert {
            "state": "not_affected",
            "justification": "code_not_reachable",
            "detail": "never called",
        } in states

    def test_what_names_no_project_is_a_component_without_a_url_of_one(self) -> None:
        sources = (
            DirectorySource(path="./app", editable=True),
            VcsSource(kind="git", url="https://me:secret@x.example/r", commit="ab"),
            ArchiveSource(url="https://x.example/a.zip?token=secret"),
            ArchiveSource(path="vendor/b.zip"),
        )
        pins = tuple(Pin(name="", version="", source=source) for source in (*sources, None))
        text = audit_cyclonedx(replace(EMPTY, files=(LockFile(path="r.txt", lock=Lock(pins=pins)),)))
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        components = json.loads(text)["components"]
        assert sorted(c["name"] for c in components) == [
            "./app",
            "?",
            "https://x.example/a.zip?…",
            "https://x.example/r",
            "vendor/b.zip",
        ]
        assert not any("purl" in c for c in components)
        assert "secret" not in text

    def test_a_reference_that_is_no_uri_is_left_out(self) -> None:
        links = ("https://x.example/%zz", "http://[bad", "https://x.example/a b", "https://x.example/ok")
        finding = replace(VULNERABLE, advisories=(replace(ADVISORY, references=links),))
        text = audit_cyclonedx(replace(REPORT, findings=(finding,)))
        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
        told = {v["id"]: v for v in json.loads(text)["vulnerabilities"]}["CVE-2026-1"]["advisories"]
        assert {"url": "https://x.example/ok"} in told
        assert "zz" not in json.dumps(told)

    def test_the_serial_number_follows_the_content(self) -> None:
        other = replace(REPORT, files=(replace(LOCK, path="other.txt"),))
        serials = [json.loads(audit_cyclonedx(r))["serialNumber"] for r in (REPORT, REPORT, other)]
        assert serials[0] == serials[1] != serials[2]


class TestOpenVex:
    @pytest.mark.parametrize("report", REPORTS)
    def test_valid_against_the_rules(self, report: AuditReport) -> None:
        Draft202012Validator(OPENVEX_RULES).validate(json.loads(audit_openvex(report)))

    def test_statements(self) -> None:
        statements = json.loads(audit_openvex(REPORT))["statements"]
        told = {
            s["vulnerability"]["name"]: (s["status"], [p["@id"] for p in s["products"]]) for s in statements
        }
        assert told == {
            "CVE-2026-1": ("affected", ["pkg:pypi/demo@1.0"]),
            "MAL-2026-3": ("under_investigation", ["pkg:pypi/evil@2"]),
            "PYSEC-2026-2": ("affected", ["pkg:pypi/other@5%211.0%2Blocal"]),
        }

    def test_justified(self) -> None:
        statements = json.loads(audit_openvex(COMPARED))["statements"]
        assert {
            "status": "not_affected",
            "justification": "vulnerable_code_not_in_execute_path",
            "impact_statement": "never called",
        }.items() <= next(s for s in statements if s["status"] == "not_affected").items()


class TestGithub:
    def test_one_command_a_line_whatever_the_text(self) -> None:
        lines = github_annotations(notices(REPORT)).split("\n")
        assert [line.partition(" ")[0] for line in lines] == ["::error"] * 2 + ["::warning"] + [
            "::error"
        ] * 2 + [""]
        assert lines[0].startswith(
            "::error file=deps/req s.txt,line=3,title=demo CVE-2026-1::demo 1.0 has a high"
        )
        assert "%250A" in lines[0]


class TestMarkdown:
    def test_text_of_others_shows_as_it_is(self) -> None:
        text = printable(audit_markdown(REPORT))
        assert "<b>" not in text
        assert "](javascript" not in text
        assert "\x1b" not in text
        row = next(line for line in text.splitlines() if "CVE-2026-1" in line)
        assert row.replace("\\|", "").count("|") == 7

    def test_text_of_others_has_no_effect_at_a_forge(self) -> None:
        said = "see https://evil.example/x and www.evil.example, @maintainers: closes #1"
        report = replace(REPORT, unanswered=(replace(REPORT.unanswered[0], why=said),))
        text = audit_markdown(report)
        for active in ("https://evil", "www.evil", "@maintainers", "#1"):
            assert active not in text
        assert "evil.example" in text

    def test_headline(self) -> None:
        assert audit_markdown(REPORT).startswith(
            "## pinkit audit: 3 failing findings, 1 pins unanswered (5 pins, 1 locks)"
        )
        assert audit_markdown(EMPTY).startswith("## pinkit audit: clean")
        assert "1 fixed" in audit_markdown(COMPARED)


class TestJson:
    def test_the_contract(self) -> None:
        content = json.loads(audit_json(REPORT))
        assert content["version"] == 1
        assert content["pins"] == 5
        assert {"source", "records", "as_of", "digest"} <= set(content["database"])
        first = content["findings"][0]
        assert first["ids"] == ["CVE-2026-1", "GHSA-aaaa-bbbb-cccc"]
        assert (first["name"], first["version"], first["lock"], first["line"]) == (
            "demo",
            "1.0",
            LOCK.path,
            3,
        )
        assert (first["severity"], first["fixed_in"], first["via"][0]) == (
            "high",
            ["1.1", "2.0"],
            "-r requirements.in",
        )
        assert content["suppressed"][0]["reason"] == ACCEPTED.reason
        assert {"name", "version", "why"} <= set(content["unanswered"][0])
        assert [f["fails"] for f in content["findings"]] == [True, True, False, True]

    def test_a_comparison(self) -> None:
        content = json.loads(audit_json(COMPARED))
        assert content["baseline"] == "origin/main"
        assert [f["ids"] for f in content["fixed"]] == [["PYSEC-2026-2"]]
        assert [f["status"] for f in content["findings"]] == ["new", "same"]


class TestText:
    def test_everything_is_named(self) -> None:
        text = audit_text(REPORT, clean=printable)
        assert "\x1b" not in text
        for part in (
            "demo  1.0      high 7.5       CVE-2026-1  1.1, 2.0",
            "why: -r requirements.in > parent > demo",
            "Not answered (1), so not clean:",
            "until 2027-01-01 [pyproject.toml:30]",
            "as of 2026-03-04, 1 unreadable, sha256:",
            "CC-BY 4.0",
            "Audited 3 of 5 pins in 1 lock: 3 failing of 4 findings, 1 ignored, 1 unanswered, 1 internal, not audited",
        ):
            assert part in text

    def test_a_reason_that_many_share_is_told_once(self) -> None:
        one = replace(REPORT.unanswered[0], version="1.0", why="no index knows it")
        other = replace(one, why="no route")
        open_ = (one, *(replace(other, name=name, line=line) for line, name in enumerate("abc", 1)))
        told = audit_text(replace(REPORT, unanswered=open_)).splitlines()
        at = told.index("Not answered (4), so not clean:")
        assert told[at + 1 : at + 6] == [
            f"  {one.name} {one.version} ({one.lock}:{one.line}): {one.verdict}: {one.why}",
            f"  3 pins: {one.verdict}: no route",
            *(f"    {name} {one.version} ({one.lock}:{line})" for line, name in enumerate("abc", 1)),
        ]

    def test_worst_first(self) -> None:
        text = audit_text(REPORT)
        assert text.index("evil  ") < text.index("demo  1.0      high") < text.index("yanked")

    def test_colour_is_ours_alone(self) -> None:
        text = audit_text(REPORT, clean=printable, color=True)
        assert "\\x1b[31mred" in text
        assert text.count("\x1b[") % 2 == 0

    def test_an_empty_report_is_no_praise(self) -> None:
        assert "Audited 0 of 0 pins in 0 locks: no findings" in audit_text(EMPTY)

    def test_a_comparison(self) -> None:
        text = audit_text(COMPARED)
        assert "Against origin/main: 1 new, 1 same, 1 fixed" in text
        assert "The index was not asked" not in text

    def test_what_the_baseline_has_is_counted_and_told_when_asked(self) -> None:
        assert "evil" not in audit_text(COMPARED).partition("Against")[0]
        assert "evil  2" in audit_text(COMPARED, verbose=True)
        assert "evil" not in github_annotations(notices(COMPARED))

    def test_many_places_are_cut(self) -> None:
        many = tuple(replace(VULNERABLE, lock=f"{number}.txt", via=("demo",)) for number in range(30))
        text = audit_text(replace(REPORT, findings=many, failing=many))
        assert "and 10 more places" in text
