from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest

from pinkit.errors import UsageError
from pinkit.formats.audit_settings import AuditSettings, audit_settings, duration_s, osv_scanner_ignores
from pinkit.formats.openvex import openvex_ignores
from pinkit.model.advisory import Severity
from pinkit.model.audit import Ignore


def read(text: str) -> AuditSettings:
    table = tomllib.loads(text).get("tool", {}).get("pinkit", {}).get("audit", {})
    return audit_settings(table, text, "pyproject.toml")


def test_everything_said() -> None:
    settings = read(
        """
[tool.pinkit.audit]
fail-on = "high"
unknown-severity = "pass"
max-age = "7d"
internal = ["acme-*"]
index = true
vex = ["vex.json"]

[[tool.pinkit.audit.ignore]]
id = "CVE-2026-1"
package = "Some_Name"
range = ">=1, <2.0"
reason = "not reachable"
until = 2027-01-31

# the second one
[[ tool.pinkit.audit.ignore ]]
package = "other"
reason = "no fix yet"
until-fixed = true
justification = "vulnerable_code_not_present"
"""
    )
    policy = settings.policy
    assert (policy.fail_on, policy.unknown_fails, policy.internal) == (Severity.HIGH, False, ("acme-*",))
    assert (settings.max_age, settings.vex, settings.index) == ("7d", ("vex.json",), True)
    assert policy.ignores == (
        Ignore(
            id="CVE-2026-1",
            reason="not reachable",
            project="some-name",
            versions=">=1,<2.0",
            until="2027-01-31",
            file="pyproject.toml",
            line=10,
        ),
        Ignore(
            id="",
            reason="no fix yet",
            project="other",
            until_fixed=True,
            file="pyproject.toml",
            line=18,
            justification="vulnerable_code_not_present",
        ),
    )


def test_nothing_said() -> None:
    settings = read("")
    assert settings.policy.fail_on is Severity.NONE
    assert settings.policy.unknown_fails
    assert (settings.max_age, settings.vex, settings.index) == ("", (), False)


def test_inline_ignores_have_no_line_of_their_own() -> None:
    settings = read(
        '[tool.pinkit.audit]\nignore = [{id = "CVE-1-1", reason = "x"}, {id = "CVE-1-2", reason = "y"}]\n'
    )
    assert [ignore.line for ignore in settings.policy.ignores] == [1, 1]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        pytest.param({"fail_on": "high"}, "did you mean 'fail-on'", id="unknown-key"),
        pytest.param({"zzz": 1}, "unknown key 'zzz'", id="nothing-close"),
        pytest.param({"fail-on": "severe"}, "must be one of any, low", id="level"),
        pytest.param({"fail-on": 7}, "must be one of", id="level-type"),
        pytest.param({"unknown-severity": "ignore"}, "must be one of fail, pass", id="unknown-severity"),
        pytest.param({"internal": "acme"}, "must be a list of texts", id="internal"),
        pytest.param({"index": "yes"}, "must be true or false", id="index"),
        pytest.param({"max-age": 24}, "must be a text like '24h'", id="max-age"),
        pytest.param({"ignore": {"id": "x"}}, "must be an array of tables", id="ignore-table"),
        pytest.param({"ignore": [{"id": "CVE-1"}]}, "has no reason", id="no-reason"),
        pytest.param({"ignore": [{"id": "CVE-1", "reason": " "}]}, "has no reason", id="blank-reason"),
        pytest.param({"ignore": [{"reason": "x"}]}, "neither an id nor a package", id="about-nothing"),
        pytest.param({"ignore": [{"id": 7, "reason": "x"}]}, "id must be a text", id="id-type"),
        pytest.param(
            {"ignore": [{"id": "C", "reason": "x", "until": "soon"}]}, "until must be a date", id="no-date"
        ),
        pytest.param(
            {"ignore": [{"id": "C", "reason": "x", "until": "2027-01-01", "until-fixed": True}]},
            "both until and until-fixed",
            id="two-ends",
        ),
        pytest.param(
            {"ignore": [{"id": "C", "reason": "x", "until-fixed": "yes"}]},
            "must be true or false",
            id="until-fixed",
        ),
        pytest.param({"ignore": [{"id": "C", "reason": "x", "range": "2"}]}, "no version range", id="range"),
        pytest.param(
            {"ignore": [{"id": "C", "reason": "x", "justification": "y"}]}, "one of", id="justification"
        ),
        pytest.param({"ignore": [{"id": "C", "reason": "x", "expires": 1}]}, "unknown key", id="ignore-key"),
    ],
)
def test_settings_that_make_no_sense(table: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError) as error:
        audit_settings(table, "", "pyproject.toml")
    assert says in f"{error.value.what} {error.value.hint}"
    assert "pyproject.toml" in error.value.what


def test_a_wrong_age_is_told_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"^pyproject\.toml:3: tool\.pinkit\.audit\.max-age: 'soon' is no"):
        read('x = "soon"\n[tool.pinkit.audit]\nmax-age = "soon"\n')


def test_osv_scanner_ignores() -> None:
    text = """# comment
[[IgnoredVulns]]
id = "GHSA-1"
ignoreUntil = 2026-12-31T23:00:00-05:00
reason = "later"

[[IgnoredVulns]]
id = "GHSA-2"

[[IgnoredVulns]]
reason = "names nothing"

[[PackageOverrides]]
name = "Some.Lib"
version = "1.0"
ecosystem = "PyPI"
vulnerability.ignore = true
effectiveUntil = 2026-11-30
reason = "ours"

[[PackageOverrides]]
name = "js-lib"
ecosystem = "npm"
ignore = true

[[PackageOverrides]]
name = "old"
version = "1.0-final-x"
ignore = true

[[PackageOverrides]]
group = "dev"
ignore = true

[[PackageOverrides]]
name = "licensed"
license.override = ["MIT"]
"""
    found = osv_scanner_ignores(text, "src/osv-scanner.toml", "src")
    assert [(i.id, i.project, i.versions, i.until, i.reason, i.line, i.scope) for i in found] == [
        ("GHSA-1", "", "", "2027-01-01", "later", 2, "src"),
        ("GHSA-2", "", "", "", "no reason given", 7, "src"),
        ("", "some-lib", "==1.0", "2026-11-30", "ours", 13, "src"),
        ("", "old", "===1.0-final-x", "", "no reason given", 26, "src"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("x = [", id="no-toml"),
        pytest.param("IgnoredVulns = 7", id="no-tables"),
        pytest.param('PackageOverrides = [{name = "x", version = "1,<9", ignore = true}]', id="no-version"),
    ],
)
def test_osv_scanner_files_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match=r"osv-scanner\.toml"):
        osv_scanner_ignores(text, "osv-scanner.toml", "")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90m", 5400), ("24h", 86400), ("7d", 604800), ("2w", 1209600), (" 5 s ", 5)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "24", "1y", "-1h", "1.5h"])
def test_no_durations(text: str) -> None:
    with pytest.raises(UsageError, match="no duration"):
        duration_s(text)


def vex(*statements: Any, **more: Any) -> bytes:
    return json.dumps(
        {"@context": "https://openvex.dev/ns/v0.2.0", "statements": statements, **more}
    ).encode()


def statement(status: str = "not_affected", **more: Any) -> dict[str, Any]:
    return {
        "vulnerability": {"name": "CVE-2026-1"},
        "products": [{"@id": "pkg:pypi/Demo_x@1.0"}],
        "status": status,
        "justification": "vulnerable_code_not_present",
        **more,
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(vex(statement()), [("CVE-2026-1", "demo-x", "==1.0")], id="product"),
        pytest.param(vex(statement("affected")), [], id="affected"),
        pytest.param(vex(statement("under_investigation")), [], id="under-investigation"),
        pytest.param(vex(statement("fixed")), [("CVE-2026-1", "demo-x", "==1.0")], id="fixed"),
        pytest.param(
            vex(statement(vulnerability={"name": "CVE-2026-1", "aliases": ["GHSA-1"]})),
            [("CVE-2026-1", "demo-x", "==1.0"), ("GHSA-1", "demo-x", "==1.0")],
            id="aliases",
        ),
        pytest.param(
            vex(
                statement(
                    vulnerability="CVE-2026-1",
                    products=[{"@id": "our-app", "subcomponents": [{"@id": "pkg:pypi/demo"}]}],
                )
            ),
            [("CVE-2026-1", "demo", "")],
            id="subcomponent",
        ),
        pytest.param(
            vex(statement(products=[{"@id": "x", "identifiers": {"purl": "pkg:pypi/demo@1%2Blocal"}}])),
            [("CVE-2026-1", "demo", "==1+local")],
            id="identifier",
        ),
        pytest.param(
            vex(statement(products=["our-app"])), [("CVE-2026-1", "", "")], id="the-whole-application"
        ),
        pytest.param(vex(statement(), statement("affected")), [], id="the-last-one-counts"),
        pytest.param(
            vex(statement(products=["our-app"]), statement("affected", products=["pkg:pypi/demo@1.0"])),
            [],
            id="one-product-ends-the-whole",
        ),
        pytest.param(
            vex(statement(), statement("affected", products=["pkg:pypi/demo-x"])),
            [],
            id="all-versions-end-one",
        ),
        pytest.param(
            vex(statement(), statement("affected", products=["pkg:pypi/demo-x@2.0", "pkg:pypi/other"])),
            [("CVE-2026-1", "demo-x", "==1.0")],
            id="another-product-ends-nothing",
        ),
        pytest.param(
            vex(
                statement("affected"),
                statement(timestamp="2026-01-01T00:00:00Z"),
                timestamp="2026-01-05T00:00:00Z",
            ),
            [],
            id="as-old-as-the-document",
        ),
        pytest.param(
            vex(statement(products=["pkg:PyPI/Demo@1.0-final-x"])),
            [("CVE-2026-1", "demo", "===1.0-final-x")],
            id="legacy-version",
        ),
        pytest.param(
            vex(
                statement("affected", timestamp="2026-01-02T00:00:00Z"),
                statement(timestamp="2026-01-03T00:00:00Z"),
                statement("affected", timestamp="2026-01-01T00:00:00Z"),
            ),
            [("CVE-2026-1", "demo-x", "==1.0")],
            id="the-latest-one-counts",
        ),
    ],
)
def test_openvex_statements(content: bytes, told: list[tuple[str, str, str]]) -> None:
    found = openvex_ignores(content, "vex.json")
    assert [(i.id, i.project, i.versions) for i in found] == told
    assert all(i.justification and i.reason and not i.line for i in found)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"{", "not JSON", id="no-json"),
        pytest.param(b"[]", "no OpenVEX document", id="a-list"),
        pytest.param(b'{"statements": []}', "no OpenVEX document", id="no-context"),
        pytest.param(
            vex(statement(products=["pkg:pypi/demo@>=1,<2"])), "'>=1,<2' is no version", id="no-version"
        ),
        pytest.param(vex(7), "statement 1 is no object", id="no-object"),
        pytest.param(vex(statement(justification="because")), "without saying why", id="no-justification"),
    ],
)
def test_documents_that_make_no_sense(content: bytes, says: str) -> None:
    with pytest.raises(UsageError, match=r"vex\.json") as error:
        openvex_ignores(content, "vex.json")
    assert says in error.value.what
