"""The audit report as OpenVEX 0.2.0: what affects a pin, what does not and why."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.audit import AuditReport, Finding, Ignore

_CONTEXT = "https://openvex.dev/ns/v0.2.0"
_NAMESPACE = "https://openvex.dev/docs/pinkit/"


def audit_openvex(report: AuditReport) -> str:
    """One statement for each alias group and status, its products sorted; the id follows from the content."""
    statements = _statements(report)
    content = json.dumps(statements, sort_keys=True)
    document = {
        "@context": _CONTEXT,
        "@id": _NAMESPACE
        + hashlib.sha256(f"{report.as_of} {content}".encode("utf-8", "replace")).hexdigest(),
        "author": "pinkit audit",
        "role": "automated scanner",
        "timestamp": _timestamp(report.as_of),
        "version": 1,
        "tooling": f"pinkit/{__version__}",
        "statements": statements,
    }
    return json.dumps(document, indent=2) + "\n"


def _statements(report: AuditReport) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for finding in report.findings:
        if finding.advisories:
            _add(found, finding, _affected(finding))
    for each in report.suppressed:
        if each.finding.advisories:
            _add(found, each.finding, _ignored(each.finding, each.ignore))
    return [found[key] for key in sorted(found)]


def _add(found: dict[str, dict[str, Any]], finding: Finding, says: dict[str, Any]) -> None:
    vulnerability: dict[str, Any] = {"name": finding.id}
    if len(finding.ids) > 1:
        vulnerability["aliases"] = list(finding.ids[1:])
    if finding.summary:
        vulnerability["description"] = finding.summary
    key = json.dumps([finding.id, finding.ids, says])
    statement = found.setdefault(key, {"vulnerability": vulnerability, "products": [], **says})
    product = {"@id": _purl(finding.name, finding.version)}
    if product not in statement["products"]:
        statement["products"] = sorted([*statement["products"], product], key=lambda p: str(p["@id"]))


def _affected(finding: Finding) -> dict[str, Any]:
    if finding.notes:
        return {"status": "under_investigation", "status_notes": "; ".join(finding.notes)}
    return {"status": "affected", "action_statement": _action(finding.name, finding.fixed_in)}


def _ignored(finding: Finding, ignore: Ignore) -> dict[str, Any]:
    if ignore.justification:
        return {
            "status": "not_affected",
            "justification": ignore.justification,
            "impact_statement": ignore.reason,
        }
    # Ignoring accepts a risk; it does not say that there is none.
    end = f" until {ignore.until}" if ignore.until else " until a fix exists" if ignore.until_fixed else ""
    return {"status": "affected", "action_statement": f"Accepted{end}: {ignore.reason}"}


def _action(name: str, fixed_in: Sequence[str]) -> str:
    return (
        f"Upgrade {name} to {' or '.join(fixed_in)}." if fixed_in else f"No fixed version of {name} is known."
    )


def _purl(name: str, version: str) -> str:
    return f"pkg:pypi/{quote(name, safe='')}@{quote(version, safe='.')}"


def _timestamp(as_of: str) -> str:
    if not as_of:
        return "1970-01-01T00:00:00Z"
    return as_of if "T" in as_of else f"{as_of}T00:00:00Z"
