"""Evidence: what was rebuilt from what and how (SLSA provenance), and how it compares (a test result).

Both are in-toto Statements v1, unsigned, one JSON object a line. No clock, no path, no machine's name is in
them: the same rebuild gives the same bytes.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit.formats.pep508 import normalized_name
from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import STANDINGS, Standing, Verdict
from pinkit.rebuild.attempt_json import ENGINE, plan_from, plan_object

if TYPE_CHECKING:
    from pinkit.model.rebuild import Attempt, Comparison, Outcome
    from pinkit.model.rebuild_plan import Plan

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
TEST_RESULT = "https://in-toto.io/attestation/test-result/v0.1"
BUILD_TYPE = "https://pinkit.example/rebuild/v1"
BUILDER = "https://pinkit.example/verify/v1"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_RESULTS = {Standing.PASS: "PASSED", Standing.WARN: "WARNED", Standing.FAIL: "FAILED"}


class InvalidEvidence(ValueError):
    """The text is no evidence that pinkit wrote; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a statement says must be done again: `plan` on `source` with exactly `requirements`.

    Digests are "sha256:hex"; a source's may be "gitCommit:id". `rebuilt` is what came out, `verdict` what was
    concluded.
    """

    name: str
    version: str
    file: str
    digest: str
    source: str
    source_digest: str
    plan: Plan
    requirements: tuple[tuple[str, str], ...]
    python: str
    rebuilt: str
    verdict: Verdict


def evidence(outcome: Outcome) -> bytes:
    """The two statements about the outcome, one a line; empty for an outcome that concludes nothing."""
    attempt = outcome.best
    if STANDINGS[outcome.verdict] is Standing.INCONCLUSIVE or attempt is None or attempt.comparison is None:
        return b""
    statements = [_test_result(outcome, attempt.comparison)]
    if attempt.rebuilt:
        statements.insert(0, _provenance(outcome, attempt))
    return b"".join(_line(statement) for statement in statements)


def replay(text: bytes) -> Replay:
    """What such evidence says must be done again. Raises InvalidEvidence."""
    try:
        provenance, result = (json.loads(line) for line in text.splitlines())
        definition = provenance["predicate"]["buildDefinition"]
        wrote = (definition["buildType"], definition["internalParameters"]["engine"])
        told = _replay(definition, provenance["subject"][0], result)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        raise InvalidEvidence(f"it does not have the two statements of a rebuild: {error!r}") from error
    if wrote != (BUILD_TYPE, ENGINE):
        raise InvalidEvidence("it was written by another rebuilder, or by another version of this one")
    return told


def _replay(definition: dict[str, Any], rebuilt: dict[str, Any], result: dict[str, Any]) -> Replay:
    asked = definition["externalParameters"]
    source, python, *requirements = definition["resolvedDependencies"]
    if ".." in source["name"].split("/"):
        raise ValueError(f"{source['name']!r} is no source")
    return Replay(
        name=asked["name"],
        version=asked["version"],
        file=asked["file"],
        digest=_digest(result["subject"][0]),
        source=source["name"],
        source_digest=_digest(source),
        plan=plan_from(asked["plan"]),
        requirements=tuple((item["name"], _digest(item)) for item in requirements),
        python=python["annotations"]["version"],
        rebuilt=_digest(rebuilt),
        verdict=Verdict(result["predicate"]["annotations"]["verdict"]),
    )


def _provenance(outcome: Outcome, attempt: Attempt) -> dict[str, Any]:
    """SLSA provenance v1 about the rebuilt file: what a build definition and its dependencies are."""
    source = Distribution(filename=outcome.source, url="", hashes=(outcome.source_digest,))
    return {
        "_type": STATEMENT,
        "subject": [{"name": outcome.file, "digest": _digest_set(attempt.rebuilt)}],
        "predicateType": PROVENANCE,
        "predicate": {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": {
                    "name": outcome.name,
                    "version": outcome.version,
                    "file": outcome.file,
                    "plan": plan_object(attempt.plan),
                },
                "internalParameters": {
                    "engine": ENGINE,
                    "sandbox": attempt.sandbox,
                    "times": "those of the published file, where nothing else differs",
                },
                "resolvedDependencies": [
                    _descriptor(source),
                    {"name": "python", "annotations": {"version": attempt.python}},
                    *(_descriptor(wheel) for wheel in attempt.requirements),
                ],
            },
            "runDetails": {"builder": {"id": BUILDER}},
        },
    }


def _test_result(outcome: Outcome, comparison: Comparison) -> dict[str, Any]:
    """A test result about the published file: passed, warned and failed tests by class and member."""
    standing = STANDINGS[outcome.verdict]
    told = [
        f"{d.kind} {d.member}: {d.detail}" if d.member else f"{d.kind}: {d.detail}"
        for d in comparison.discrepancies
    ]
    rebuilt = outcome.best.rebuilt if outcome.best else ""
    against = (outcome.file, rebuilt) if rebuilt else (outcome.source, outcome.source_digest)
    return {
        "_type": STATEMENT,
        "subject": [{"name": outcome.file, "digest": _digest_set(outcome.digest)}],
        "predicateType": TEST_RESULT,
        "predicate": {
            "result": _RESULTS[standing],
            "configuration": [{"name": against[0], "digest": _digest_set(against[1])}] if against[1] else [],
            "passedTests": [comparison.level.value] if standing is Standing.PASS else [],
            "warnedTests": told if standing is not Standing.FAIL else [],
            "failedTests": told if standing is Standing.FAIL else [],
            "annotations": {"verdict": outcome.verdict.value},
        },
    }


def _descriptor(distribution: Distribution) -> dict[str, Any]:
    """A resource descriptor: a package URL with the file's name, and its digest."""
    known = (value for value in distribution.hashes if value.startswith(("sha256:", "gitCommit:")))
    digest = next(known, "")
    name, _, rest = distribution.filename.partition("-")
    wheel = distribution.filename.endswith(".whl")
    described: dict[str, Any] = {"name": distribution.filename, "digest": _digest_set(digest)}
    if wheel:
        version = rest.partition("-")[0]
        file_name = quote(distribution.filename)
        described["uri"] = f"pkg:pypi/{normalized_name(name)}@{quote(version)}?file_name={file_name}"
    return described


def _digest_set(digest: str) -> dict[str, str]:
    algorithm, _, value = digest.partition(":")
    return {algorithm: value}


def _digest(descriptor: dict[str, Any]) -> str:
    ((algorithm, value),) = descriptor["digest"].items()
    if algorithm != "sha256" and not (algorithm == "gitCommit" and _COMMIT.fullmatch(value)):
        raise ValueError(f"{algorithm} {value!r} is no digest that pinkit writes")
    return f"{algorithm}:{value}"


def _line(statement: dict[str, Any]) -> bytes:
    return json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"
