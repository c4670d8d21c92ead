"""Which findings fail an audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.advisory import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.audit import AuditPolicy, Finding

_ALWAYS = ("malicious", "quarantined")
_NEVER = ("archived", "deprecated", "ignore-endless")


def failing(findings: Iterable[Finding], policy: AuditPolicy, *, only_new: bool) -> tuple[Finding, ...]:
    """The findings that fail the audit; with `only_new` those alone that a baseline does not have.

    What is malicious or quarantined fails however long it has been known.
    """
    return tuple(
        f
        for f in findings
        if fails(f, policy) and not (only_new and f.status == "same" and f.kind not in _ALWAYS)
    )


def fails(finding: Finding, policy: AuditPolicy) -> bool:
    """Whether this finding fails under the policy."""
    if finding.kind in _ALWAYS:
        return True
    if finding.kind in _NEVER:
        return False
    if finding.severity is Severity.UNKNOWN:
        return policy.unknown_fails
    return finding.severity >= policy.fail_on
