"""What is told of a run: verdicts to exit codes, evidence, ledger, and every format."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from pinkit.cli.console import printable
from pinkit.errors import ExitCode
from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import STANDINGS, Attempt, Comparison, Level, Outcome, Standing, Verdict
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.attempt_json import attempt_from, attempt_object, plan_from, plan_object
from pinkit.rebuild.classes import WEIGHTS, discrepancy
from pinkit.rebuild.ledger import (
    Entry,
    InvalidLedger,
    read_ledger,
    recorded,
    regressions,
    updated,
    write_ledger,
)
from pinkit.rebuild.report import VerifyReport
from pinkit.rebuild.statement import PROVENANCE, TEST_RESULT, InvalidEvidence, evidence, replay
from pinkit.rebuild.verdict import exit_code, verdict_of
from pinkit.render.rebuild_json import rebuild_json
from pinkit.render.rebuild_junit import rebuild_junit
from pinkit.render.rebuild_markdown import rebuild_markdown
from pinkit.render.rebuild_notices import rebuild_notices
from pinkit.render.rebuild_text import rebuild_text
from pinkit.render.sarif import sarif

PLAN = Plan(because="Generator 'x 1'", pins=("x==1",), cutoff=9, source_date_epoch=5, umask=0o002)
TOOL = Distribution(filename="x-1-py3-none-any.whl", url="https://index.example/x", hashes=("sha256:aa",))
LEVELS = {
    Verdict.REPRODUCED: (Level.BYTES, ()),
    Verdict.REPRODUCED_MODULO_TIME: (Level.MODULO_TIME, ("timestamp",)),
    Verdict.EQUIVALENT: (Level.CLASSES, ("generator",)),
    Verdict.PARTIAL: (Level.PAYLOAD, ("native",)),
    Verdict.DIFFERS: (Level.PAYLOAD, ("payload",)),
    Verdict.TAMPER_SUSPECT: (Level.PAYLOAD, ("pth", "payload")),
}


def outcome(verdict: Verdict, name: str = "demo", version: str = "1.0", detail: str = "told") -> Outcome:
    digest = f"sha256:{name}{version}"
    common = {
        "name": name,
        "version": version,
        "file": f"{name}-{version}-py3-none-any.whl",
        "digest": digest,
    }
    if verdict not in LEVELS:
        return Outcome(verdict=verdict, reason="because <it> could not", **common)
    level, kinds = LEVELS[verdict]
    found = tuple(discrepancy(kind, f"{name}/x.py", detail) for kind in kinds)
    attempt = Attempt(
        plan=PLAN,
        requirements=(TOOL,),
        python="3.12.1",
        sandbox="bubblewrap",
        rebuilt="sha256:bb",
        comparison=Comparison(level=level, discrepancies=found),
    )
    return Outcome(
        verdict=verdict,
        source=f"{name}-{version}.tar.gz",
        source_digest="sha256:cc",
        best=attempt,
        builds=2,
        **common,
    )


EVERY = tuple(outcome(verdict, name=f"p{number}") for number, verdict in enumerate(Verdict))
REPORT = VerifyReport(
    outcomes=EVERY,
    regressions=regressions(
        [
            Entry(
                name="p7",
                version="0.9",
                file="p7-0.9-py3-none-any.whl",
                digest="d",
                verdict=Verdict.REPRODUCED,
            )
        ],
        EVERY,
    ),
    evidence=((EVERY[0].digest, "evidence/p0.intoto.jsonl"),),
    places=((("p7", "1.0"), ("requirements.txt", 12)),),
)


@pytest.mark.parametrize("verdict", LEVELS, ids=str)
def test_heaviest_discrepancy_decides(verdict: Verdict) -> None:
    best = outcome(verdict).best
    assert best is not None
    assert best.comparison is not None
    assert verdict_of(best.comparison) is verdict


ACCEPTED = frozenset({Verdict.EQUIVALENT, Verdict.UNBUILDABLE, Verdict.DIFFERS})


@pytest.mark.parametrize(
    ("verdicts", "accepted", "code"),
    [
        ([], frozenset(), ExitCode.YES),
        ([Verdict.REPRODUCED, Verdict.REPRODUCED_MODULO_TIME], frozenset(), ExitCode.YES),
        ([Verdict.EQUIVALENT], frozenset(), ExitCode.NO),
        ([Verdict.EQUIVALENT], ACCEPTED, ExitCode.YES),
        ([Verdict.PARTIAL], ACCEPTED, ExitCode.NO),
        ([Verdict.DIFFERS], ACCEPTED, ExitCode.NO),
        ([Verdict.TAMPER_SUSPECT], frozenset(Verdict), ExitCode.NO),
        ([Verdict.UNBUILDABLE], frozenset(), ExitCode.UNAVAILABLE),
        ([Verdict.UNBUILDABLE], ACCEPTED, ExitCode.YES),
        ([Verdict.NO_SOURCE, Verdict.SKIPPED, Verdict.DIFFERS], frozenset(), ExitCode.UNAVAILABLE),
    ],
)
def test_exit_code(verdicts: list[Verdict], accepted: frozenset[Verdict], code: ExitCode) -> None:
    assert exit_code(verdicts, accepted=accepted) is code


def test_every_verdict_has_a_standing_and_every_class_a_weight() -> None:
    assert set(STANDINGS) == set(Verdict)
    assert all(discrepancy(kind, "", "").weight is weight for kind, weight in WEIGHTS.items())


def test_plan_and_attempt_survive_json() -> None:
    attempt = outcome(Verdict.DIFFERS).best
    assert attempt is not None
    assert plan_from(json.loads(json.dumps(plan_object(PLAN)))) == PLAN
    assert attempt_from(json.loads(json.dumps(attempt_object(attempt))), PLAN) == replace(
        attempt, requirements=(replace(TOOL, size=None),)
    )
    failed = Attempt(plan=PLAN, failure="no")
    assert attempt_from(attempt_object(failed), PLAN) == failed


@pytest.mark.parametrize("verdict", LEVELS, ids=str)
def test_evidence_tells_what_to_do_again(verdict: Verdict) -> None:
    made = outcome(verdict)
    provenance, result = map(json.loads, evidence(made).splitlines())
    assert (provenance["predicateType"], result["predicateType"]) == (PROVENANCE, TEST_RESULT)
    assert result["subject"] == [{"name": made.file, "digest": {"sha256": "demo1.0"}}]
    assert provenance["subject"] == [{"name": made.file, "digest": {"sha256": "bb"}}]
    told = replay(evidence(made))
    assert (told.plan, told.verdict, told.rebuilt) == (PLAN, verdict, "sha256:bb")
    assert (told.source, told.source_digest, told.python) == (made.source, "sha256:cc", "3.12.1")
    assert told.requirements == ((TOOL.filename, "sha256:aa"),)


@pytest.mark.parametrize(
    ("verdict", "result", "group"),
    [
        (Verdict.REPRODUCED, "PASSED", "passedTests"),
        (Verdict.REPRODUCED_MODULO_TIME, "PASSED", "passedTests"),
        (Verdict.EQUIVALENT, "WARNED", "warnedTests"),
        (Verdict.PARTIAL, "WARNED", "warnedTests"),
        (Verdict.DIFFERS, "FAILED", "failedTests"),
        (Verdict.TAMPER_SUSPECT, "FAILED", "failedTests"),
    ],
)
def test_test_result_speaks_the_predicates_words(verdict: Verdict, result: str, group: str) -> None:
    told = json.loads(evidence(outcome(verdict)).splitlines()[1])["predicate"]
    assert told["result"] == result
    assert told[group]
    assert result == "FAILED" or not told["failedTests"]


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in LEVELS], ids=str)
def test_nothing_is_claimed_about_what_is_inconclusive(verdict: Verdict) -> None:
    assert STANDINGS[verdict] is Standing.INCONCLUSIVE
    assert evidence(outcome(verdict)) == b""


def test_evidence_without_a_build_has_no_provenance() -> None:
    made = outcome(Verdict.TAMPER_SUSPECT)
    assert made.best is not None
    made = replace(made, best=replace(made.best, rebuilt=""))
    (line,) = evidence(made).splitlines()
    assert json.loads(line)["predicateType"] == TEST_RESULT


GOOD = evidence(outcome(Verdict.REPRODUCED))
FROM_COMMIT = evidence(
    replace(outcome(Verdict.REPRODUCED), source="git/demo", source_digest=f"gitCommit:{'a' * 40}")
)


def test_evidence_names_a_commit_as_its_source() -> None:
    told = replay(FROM_COMMIT)
    assert (told.source, told.source_digest) == ("git/demo", f"gitCommit:{'a' * 40}")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}\n{}\n",
        b"[]\n[]\n",
        b"[" * 100_000,
        b"no json\n{}",
        GOOD + GOOD,
        GOOD.replace(b'"engine":"2"', b'"engine":"0"'),
        FROM_COMMIT.replace(b'"gitCommit":"' + b"a" * 40, b'"gitCommit":"--help'),
        FROM_COMMIT.replace(b'"git/demo"', b'"git/../demo"'),
    ],
    ids=[
        *("empty", "no-statement", "lists", "deep", "no-json", "four-lines", "another-engine"),
        *("no-commit", "climbing-folder"),
    ],
)
def test_foreign_evidence_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidEvidence):
        replay(text)


OLD = Entry(
    name="demo",
    version="0.9",
    file="demo-0.9-py3-none-any.whl",
    digest="sha256:old",
    verdict=Verdict.REPRODUCED,
)
OTHER = Entry(
    name="other", version="1", file="other-1.whl", digest="sha256:o", verdict=Verdict.DIFFERS, evidence="e"
)


def test_ledger_survives_its_text_and_is_sorted() -> None:
    text = write_ledger([OTHER, OLD])
    assert read_ledger(text) == (OLD, OTHER)
    assert write_ledger(read_ledger(text)) == text
    assert text.count(b"\n") == 4
    assert read_ledger(write_ledger([])) == ()


@pytest.mark.parametrize(
    "text",
    [b"", b"{}", b'{"version": 2, "entries": []}', b'{"version": 1, "entries": [{}]}', b"[]", b"[" * 100_000],
    ids=["empty", "no-keys", "another-version", "no-entry", "list", "deep"],
)
def test_a_text_that_is_no_ledger_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidLedger):
        read_ledger(text)


@pytest.mark.parametrize(
    ("verdict", "versions"),
    [(Verdict.REPRODUCED, ["1.0"]), (Verdict.DIFFERS, ["0.9", "1.0"])],
    ids=["the-new-one-is-enough", "what-passed-stays-known"],
)
def test_ledger_keeps_the_last_that_passed(verdict: Verdict, versions: list[str]) -> None:
    entries = updated([OLD, OTHER], [outcome(verdict)], {"sha256:demo1.0": "sha256:e"})
    assert [e.version for e in entries if e.name == "demo"] == versions
    assert OTHER in entries
    assert {e.evidence for e in entries if e.version == "1.0"} == {"sha256:e"}


def test_what_was_reproduced_before_and_is_not_now_is_a_regression() -> None:
    (found,) = regressions([OLD, OTHER], [outcome(Verdict.DIFFERS), outcome(Verdict.DIFFERS, name="new")])
    assert (found.name, found.before, found.version) == ("demo", "0.9", "1.0")
    assert regressions([OLD], [outcome(Verdict.REPRODUCED)]) == ()
    assert regressions([OLD], [outcome(Verdict.DIFFERS, version="0.9")]) == ()


@pytest.mark.parametrize(
    ("verdict", "file"),
    [
        pytest.param(Verdict.SKIPPED, "demo-1.0-py3-none-any.whl", id="not-tried"),
        pytest.param(Verdict.SKIPPED, "", id="wheels-for-other-platforms"),
        pytest.param(Verdict.PARTIAL, "demo-1.0-cp312-cp312-linux_x86_64.whl", id="native-after-pure"),
    ],
)
def test_what_no_earlier_release_proved_is_no_regression(verdict: Verdict, file: str) -> None:
    assert regressions([OLD], [replace(outcome(verdict), file=file)]) == ()


@pytest.mark.parametrize(
    ("hashes", "told"),
    [
        pytest.param(("sha256:old", "sha256:x"), [("demo-0.9-py3-none-any.whl", "REPRODUCED")], id="known"),
        pytest.param(("sha256:x",), [("", "SKIPPED")], id="unknown"),
        pytest.param((), [("", "SKIPPED")], id="no-hashes"),
        pytest.param(
            ("sha256:bad", "sha256:old"),
            [
                ("demo-0.9-cp312-cp312-linux_x86_64.whl", "DIFFERS"),
                ("demo-0.9-py3-none-any.whl", "REPRODUCED"),
            ],
            id="one-of-two-fails",
        ),
    ],
)
def test_what_the_ledger_says_of_a_pin(hashes: tuple[str, ...], told: list[tuple[str, str]]) -> None:
    bad = replace(
        OLD, file="demo-0.9-cp312-cp312-linux_x86_64.whl", digest="sha256:bad", verdict=Verdict.DIFFERS
    )
    found = recorded(("demo", "0.9", hashes), [OLD, OTHER, bad])
    assert [(o.file, o.verdict.value) for o in found] == told
    assert all(o.reason for o in found)


def test_escapes_of_others_stay_harmless_in_colors() -> None:
    evil = replace(outcome(Verdict.UNBUILDABLE), reason="\x1b[2Jgone\nand \x1b]0;title\x07")
    evil = replace(evil, file="demo\x1b[2J.whl")
    found = outcome(Verdict.DIFFERS, detail="\x1b[8mhidden")
    report = VerifyReport(outcomes=(evil, found))
    text = rebuild_text(report, clean=printable, color=True)
    for code in ("\x1b[31m", "\x1b[36m", "\x1b[0m"):
        assert code in text
        text = text.replace(code, "")
    assert "\x1b" not in text
    assert "\\x1b[2Jgone" in text


def test_summary_counts_everything() -> None:
    assert REPORT.summary() == (
        "2 of 9 artifacts reproduced (1 but for zip times); 1 EQUIVALENT; 1 PARTIAL; 1 SKIPPED; 1 NO_SOURCE; "
        "1 UNBUILDABLE; 1 DIFFERS; 1 TAMPER_SUSPECT; 1 reproduced before and not now"
    )


def test_json_has_the_contracts_keys() -> None:
    told = json.loads(rebuild_json(REPORT))
    assert told["version"] == 1
    keys = {"name", "version", "file", "verdict", "builds", "plan", "discrepancies", "evidence"}
    assert all(keys <= set(result) for result in told["results"])
    first, *_, last = told["results"]
    assert first["evidence"] == "evidence/p0.intoto.jsonl"
    assert last["discrepancies"][0] == {"class": "pth", "member": "p8/x.py", "detail": "told"}
    assert told["regressions"][0]["before"] == "0.9"


def test_text_tells_what_does_not_pass_and_hides_nothing_when_verbose() -> None:
    text, verbose = rebuild_text(REPORT), rebuild_text(REPORT, verbose=True)
    assert "  payload: p7/x.py: told" in text
    assert "  because <it> could not" in text
    assert "regression: p7: 0.9 was reproduced, 1.0 is DIFFERS" in text
    assert "evidence/p0" not in text
    assert "  evidence: evidence/p0.intoto.jsonl" in verbose
    assert "\x1b[31m" in rebuild_text(REPORT, color=True)
    many = outcome(Verdict.DIFFERS)
    assert many.best is not None
    found = tuple(discrepancy("payload", f"m{i:03}", "") for i in range(30))
    many = replace(
        many, best=replace(many.best, comparison=Comparison(level=Level.PAYLOAD, discrepancies=found))
    )
    assert "and 10 more; -v shows all" in rebuild_text(VerifyReport(outcomes=(many,)))


def test_junit_never_passes_what_is_inconclusive() -> None:
    hostile = outcome(Verdict.DIFFERS, name='"<x>&', detail="\x1b]0;x\x07\ud800")
    suite = ET.fromstring(rebuild_junit(replace(REPORT, outcomes=(*EVERY, hostile), accepted=ACCEPTED)))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("10", "4", "3")
    passed = [case.get("classname") for case in suite if not list(case)]
    assert passed == ["p0", "p1"]
    assert [case.get("classname") for case in suite if case.find("system-out") is not None] == ["p2"]
    assert suite[-1].get("classname") == '"<x>&'


def test_markdown_has_no_markup_of_others() -> None:
    hostile = outcome(Verdict.DIFFERS, name="[x](y)", detail="| @all\n# <b>")
    text = rebuild_markdown(replace(REPORT, outcomes=(*EVERY, hostile)))
    assert "\\[x\\]\\(y\\)" in text
    assert "\\| \\@all \\# \\<b\\>" in text
    assert text.count("| ✅ |") == 2
    assert text.count("| ❌ |") == 5


def test_notices_stand_at_the_pins() -> None:
    found = rebuild_notices(replace(REPORT, accepted=ACCEPTED), "requirements.txt")
    assert [n.level for n in found] == [
        "warning",
        "error",
        "warning",
        "warning",
        "warning",
        "error",
        "error",
        "error",
    ]
    assert [n.line for n in found if n.subject.startswith("p7 ")] == [12, 12]
    assert json.loads(sarif(found))["runs"][0]["results"][-1]["ruleId"] == "verify/regression"
    lone = rebuild_notices(VerifyReport(outcomes=(outcome(Verdict.DIFFERS),)))
    assert lone[0].file == "demo-1.0-py3-none-any.whl"
