"""The audit report as CycloneDX 1.6: every pin a component, every finding a vulnerability, VEX as analysis."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING

from cyclonedx.exception.model import InvalidUriException
from cyclonedx.model import XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.impact_analysis import ImpactAnalysisJustification, ImpactAnalysisState
from cyclonedx.model.tool import ToolRepository
from cyclonedx.model.vulnerability import (
    BomTarget,
    Vulnerability,
    VulnerabilityAdvisory,
    VulnerabilityAnalysis,
    VulnerabilityRating,
    VulnerabilityReference,
    VulnerabilityScoreSource,
    VulnerabilitySeverity,
    VulnerabilitySource,
)
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from pinkit import __version__
from pinkit.formats.sources import shown_name
from pinkit.model.advisory import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.audit import AuditReport, Finding, Ignore

_SEVERITIES = {
    Severity.UNKNOWN: VulnerabilitySeverity.UNKNOWN,
    Severity.NONE: VulnerabilitySeverity.NONE,
    Severity.LOW: VulnerabilitySeverity.LOW,
    Severity.MEDIUM: VulnerabilitySeverity.MEDIUM,
    Severity.HIGH: VulnerabilitySeverity.HIGH,
    Severity.CRITICAL: VulnerabilitySeverity.CRITICAL,
}
_JUSTIFICATIONS = {
    "component_not_present": ImpactAnalysisJustification.CODE_NOT_PRESENT,
    "vulnerable_code_not_present": ImpactAnalysisJustification.CODE_NOT_PRESENT,
    "vulnerable_code_not_in_execute_path": ImpactAnalysisJustification.CODE_NOT_REACHABLE,
    "vulnerable_code_cannot_be_controlled_by_adversary": ImpactAnalysisJustification.CODE_NOT_REACHABLE,
    "inline_mitigations_already_exist": ImpactAnalysisJustification.PROTECTED_BY_MITIGATING_CONTROL,
}
_NAMESPACE = uuid.UUID("5b7a6f0c-3c55-5b0f-9a0e-6f3c6d8f9a51")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def audit_cyclonedx(report: AuditReport) -> str:
    """The bill of materials as JSON. Its serial number and time follow from its content: no clock, no chance."""
    pins = {(shown_name(pin), pin.version): pin for file in report.files for pin in file.lock.pins}
    components = {release: _component(*release, named=bool(pins[release].name)) for release in sorted(pins)}
    bom = Bom(
        components=components.values(),
        vulnerabilities=[
            *_vulnerabilities([(f, None) for f in report.findings], components),
            *_vulnerabilities([(s.finding, s.ignore) for s in report.suppressed], components),
        ],
        serial_number=_serial(report),
        metadata=BomMetaData(
            timestamp=_time(report.as_of) or _EPOCH,
            tools=ToolRepository(
                components=[Component(name="pinkit", version=__version__, type=ComponentType.APPLICATION)]
            ),
        ),
    )
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _component(name: str, version: str, *, named: bool) -> Component:
    """A pin; one that names no project has no package URL."""
    purl = PackageURL(type="pypi", name=name, version=version or None) if named else None
    return Component(
        name=name,
        version=version or None,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=purl.to_string() if purl else name,
    )


def _vulnerabilities(
    found: Iterable[tuple[Finding, Ignore | None]], components: dict[tuple[str, str], Component]
) -> list[Vulnerability]:
    """One vulnerability a group and release, however many locks pin it; findings without advisories are none."""
    seen: dict[str, Vulnerability] = {}
    for finding, ignore in found:
        component = components.get((finding.name, finding.version))
        if component is None or not finding.advisories:
            continue
        reference = f"{finding.id}/{component.bom_ref.value}{'/ignored' if ignore else ''}"
        if reference not in seen:
            seen[reference] = _vulnerability(reference, finding, ignore, component)
    return list(seen.values())


def _vulnerability(
    reference: str, finding: Finding, ignore: Ignore | None, component: Component
) -> Vulnerability:
    first = finding.advisories[0]
    fix = f"Upgrade {finding.name} to {' or '.join(finding.fixed_in)}." if finding.fixed_in else None
    return Vulnerability(
        bom_ref=reference,
        id=finding.id,
        source=_source(first.id),
        references=[
            VulnerabilityReference(id=name, source=_source(name))
            for name in finding.ids
            if name != finding.id
        ],
        ratings=[_rating(finding)],
        cwes=sorted({int(cwe[4:]) for a in finding.advisories for cwe in a.cwes}),
        description=finding.summary or None,
        detail=next((a.details for a in finding.advisories if a.details), None),
        recommendation=fix,
        advisories=[VulnerabilityAdvisory(url=url) for url in _links(finding)],
        published=min(filter(None, (_time(a.published) for a in finding.advisories)), default=None),
        updated=max(filter(None, (_time(a.modified) for a in finding.advisories)), default=None),
        analysis=_analysis(finding, ignore),
        affects=[BomTarget(ref=component.bom_ref.value or "")],
    )


def _links(finding: Finding) -> list[XsUri]:
    """References in order; those that are no URI, which the schema refuses, are left out."""
    links = []
    for text in sorted({url for advisory in finding.advisories for url in advisory.references}):
        with suppress(InvalidUriException):
            links.append(XsUri(text))
    return links


def _source(identity: str) -> VulnerabilitySource:
    return VulnerabilitySource(name="OSV", url=XsUri(f"https://osv.dev/vulnerability/{identity}"))


def _rating(finding: Finding) -> VulnerabilityRating:
    vector = max(finding.advisories, key=lambda a: (a.score, a.id)).vector
    method = VulnerabilityScoreSource.get_from_vector(vector) if vector else None
    return VulnerabilityRating(
        severity=_SEVERITIES[finding.severity],
        score=Decimal(str(finding.score)) if finding.score else None,
        vector=vector or None,
        method=method,
    )


def _analysis(finding: Finding, ignore: Ignore | None) -> VulnerabilityAnalysis:
    if ignore is None:
        notes = "; ".join(finding.notes)
        return VulnerabilityAnalysis(state=ImpactAnalysisState.IN_TRIAGE, detail=notes or None)
    if ignore.justification:
        return VulnerabilityAnalysis(
            state=ImpactAnalysisState.NOT_AFFECTED,
            justification=_JUSTIFICATIONS.get(ignore.justification),
            detail=ignore.reason,
        )
    # Ignoring accepts a risk; it does not say that there is none.
    return VulnerabilityAnalysis(state=ImpactAnalysisState.EXPLOITABLE, detail=f"Accepted: {ignore.reason}")


def _serial(report: AuditReport) -> uuid.UUID:
    pins = [(f.path, p.name, p.version) for f in report.files for p in f.lock.pins]
    ignored = [(s.finding.name, s.finding.ids, s.ignore.reason) for s in report.suppressed]
    return uuid.uuid5(_NAMESPACE, repr((report.database.digest, report.as_of, pins, ignored)))


def _time(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
