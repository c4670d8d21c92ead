"""Ignores applied to findings, and the ignores themselves judged: used, unused, expired, without an end."""

from __future__ import annotations

from posixpath import normpath
from typing import TYPE_CHECKING

from pinkit.model.advisory import Severity
from pinkit.model.audit import Finding, Suppressed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinkit.model.audit import Ignore, Kind, Unanswered

_NEVER_IGNORED = ("malicious", "quarantined")
_ADVISED = ("vulnerable", "malicious")
"""What an ignore without an id speaks of: advisories, not what the index holds against a pin."""


def triage(
    findings: Sequence[Finding],
    ignores: Sequence[Ignore],
    today: str,
    contains: Callable[[str, str], bool],
) -> tuple[tuple[Finding, ...], tuple[Suppressed, ...]]:
    """What remains, and what is suppressed by the first ignore that holds on `today` (an ISO date).

    `contains(specifier, version)` answers for version ranges (PEP 440). Malware and quarantined
    projects stay whatever is ignored.
    """
    kept: list[Finding] = []
    quiet: list[Suppressed] = []
    for finding in findings:
        holds = (each for each in ignores if covers(each, finding, contains) and _holds(each, finding, today))
        ignore = None if finding.kind in _NEVER_IGNORED else next(holds, None)
        if ignore is None:
            kept.append(finding)
        else:
            quiet.append(Suppressed(finding=finding, ignore=ignore))
    return tuple(kept), tuple(quiet)


def covers(ignore: Ignore, finding: Finding, contains: Callable[[str, str], bool]) -> bool:
    """Whether the ignore is about this finding, whether or not it still holds."""
    if not ignore.id and finding.kind not in _ADVISED:
        return False
    if ignore.id and ignore.id.casefold() not in (name.casefold() for name in finding.ids):
        return False
    if ignore.project and ignore.project != finding.name:
        return False
    if ignore.scope and not _inside(finding.lock, ignore.scope):
        return False
    return not ignore.versions or contains(ignore.versions, finding.version)


def judged_ignores(
    ignores: Iterable[Ignore],
    findings: Sequence[Finding],
    suppressed: Sequence[Suppressed],
    unanswered: Sequence[Unanswered],
    today: str,
    contains: Callable[[str, str], bool],
) -> tuple[Finding, ...]:
    """Findings about the ignores that a file of the project holds; those of the command line and VEX are not judged.

    One that could not be judged, because a pin it may be about is unanswered, is not called unused.
    """
    used = {each.ignore for each in suppressed}
    found: list[Finding] = []
    for ignore in ignores:
        if not ignore.line:
            continue
        covered = [finding for finding in findings if covers(ignore, finding, contains)]
        if ignore.until and ignore.until <= today:
            found.append(
                _about(ignore, "ignore-expired", f"the ignore ended on {ignore.until}: {ignore.reason}")
            )
        elif ignore.until_fixed and any(finding.fixed_in for finding in covered):
            fixes = ", ".join(sorted({version for f in covered for version in f.fixed_in}))
            found.append(_about(ignore, "ignore-expired", f"a fix exists now ({fixes}): {ignore.reason}"))
        elif any(finding.kind in _NEVER_IGNORED for finding in covered):
            why = "malware and quarantined projects cannot be ignored"
            found.append(_about(ignore, "ignore-unused", f"{why}: {ignore.reason}"))
        elif ignore not in used and not _may_concern(ignore, unanswered):
            found.append(
                _about(
                    ignore,
                    "ignore-unused",
                    f"the ignore suppresses nothing{_endless(ignore)}: {ignore.reason}",
                )
            )
        elif _endless(ignore):
            found.append(_about(ignore, "ignore-endless", f"the ignore has no end: {ignore.reason}"))
    return tuple(found)


def _holds(ignore: Ignore, finding: Finding, today: str) -> bool:
    if ignore.until and ignore.until <= today:
        return False
    return not (ignore.until_fixed and finding.fixed_in)


def _inside(lock: str, scope: str) -> bool:
    directory, _, _ = lock.replace("\\", "/").rpartition("/")
    return normpath(directory or ".") == normpath(scope)


def _endless(ignore: Ignore) -> str:
    ends = ignore.until or ignore.until_fixed or ignore.justification
    return "" if ends else ", and has no end"


def _may_concern(ignore: Ignore, unanswered: Iterable[Unanswered]) -> bool:
    return any(
        ignore.project in ("", pin.name)
        # Where nobody answered, any advisory may apply.
        and (ignore.id in pin.ids or bool(ignore.project) or (pin.version != "" and not pin.ids))
        for pin in unanswered
    )


def _about(ignore: Ignore, kind: Kind, summary: str) -> Finding:
    return Finding(
        kind=kind,
        name=ignore.project,
        version="",
        lock=ignore.file,
        line=ignore.line,
        ids=(ignore.id or kind,),
        severity=Severity.NONE if kind == "ignore-endless" else Severity.LOW,
        summary=summary,
    )
