"""What a check found: for people, as JSON (the contract's shape), and as notices for SARIF and annotations."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from pinkit.model.notice import Notice, Rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.finding import Finding, Unanswered

_TITLES = {
    "forged-hash": "A hash that no file can have",
    "unknown-hash": "A hash of no file of the release",
    "foreign-hash": "A hash of another release",
    "missing-hash": "A hash was removed",
    "weak-hash": "A hash algorithm that does not protect",
    "yanked": "The release was yanked",
    "vanished": "The release or a file of it is gone",
    "late-file": "A file was added after the lock was made",
    "stale": "Written otherwise than the inputs give it",
    "unsatisfied": "The inputs need something else",
    "superfluous": "Nothing needs the pin",
    "wrong-marker": "The pin is for the wrong targets",
    "layer-conflict": "The layers disagree",
    "confusion": "Several indexes serve the name",
    "referee": "The second solver objects",
    "replay": "From scratch the answer is another",
    "url": "Files would come from elsewhere",
    "size": "The size is another",
    "duplicate": "Written twice",
    "unreadable": "Not a line of a lock",
}
_PAINT = {"error": "31", "warning": "33", "note": "2"}


def check_text(
    locks: Sequence[tuple[str, int]],
    findings: Sequence[Finding],
    unanswered: Sequence[Unanswered],
    *,
    attested: Sequence[tuple[str, int]] = (),
    color: bool = False,
    notes: bool = True,
) -> str:
    """A line a lock, then each finding with its place, why and what next; last the honest count."""
    lines: list[str] = []
    proved = dict(attested)
    for path, pins in locks:
        mine = [finding for finding in findings if finding.lock == path]
        open_ = [each for each in unanswered if each.lock == path]
        provenance = f", {proved[path]} with provenance" if proved.get(path) else ""
        lines.append(f"{path}: {pins} pin{'s' * (pins != 1)}, {_counted(mine, open_)}{provenance}")
        lines += [line for finding in mine for line in _finding(finding, color=color, notes=notes)]
    if unanswered:
        lines += ["", "could not be checked:"]
        lines += [
            f"  {each.lock}: {f'{each.name} {each.version}'.strip() or 'all'}: {each.why}"
            for each in unanswered
        ]
    total = sum(pins for _, pins in locks)
    lost = len({(each.lock, each.name, each.version) for each in unanswered if each.name})
    lines.append(
        f"checked {total - lost} of {total} pin{'s' * (total != 1)} in {len(locks)} lock{'s' * (len(locks) != 1)}"
    )
    return "\n".join(lines) + "\n"


def check_json(
    locks: Sequence[tuple[str, int]],
    findings: Sequence[Finding],
    unanswered: Sequence[Unanswered],
    attested: Sequence[tuple[str, int]] = (),
) -> str:
    """The report as JSON, version 1."""
    report = {
        "version": 1,
        "locks": len(locks),
        "pins": sum(pins for _, pins in locks),
        "attested": sum(count for _, count in attested),
        "findings": [
            {
                "kind": f.kind,
                "severity": f.severity,
                "lock": f.lock,
                "line": f.line,
                "name": f.name,
                "version": f.version,
                "message": f.message,
                "hint": f.hint,
            }
            for f in findings
        ],
        "unanswered": [
            {"lock": u.lock, "name": u.name, "version": u.version, "why": u.why} for u in unanswered
        ],
    }
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def check_notices(findings: Sequence[Finding]) -> tuple[Notice, ...]:
    """The findings as notices."""
    return tuple(
        Notice(
            rule=Rule(id=f"pinkit/{finding.kind}", title=_TITLES[finding.kind], help=finding.hint),
            level=finding.severity,
            message=f"{_name(finding)}: {finding.message}" if finding.name else finding.message,
            file=finding.lock,
            line=finding.line,
            subject=f"{_name(finding)} {finding.kind}",
        )
        for finding in findings
    )


def _finding(finding: Finding, *, color: bool, notes: bool) -> list[str]:
    if finding.severity == "note" and not notes:
        return []
    place = f"{finding.lock}:{finding.line}" if finding.line else finding.lock
    head = f"{finding.severity}[{finding.kind}]"
    if color:
        head = f"\x1b[{_PAINT[finding.severity]}m{head}\x1b[0m"
    name = f" {_name(finding)}" if finding.name else ""
    lines = [f"  {place}: {head}{name}: {finding.message}"]
    return [*lines, f"    hint: {finding.hint}"] if finding.hint and finding.severity != "note" else lines


def _name(finding: Finding) -> str:
    return f"{finding.name} {finding.version}".strip()


def _counted(findings: Sequence[Finding], unanswered: Sequence[Unanswered]) -> str:
    """What came out for one lock; honest is only what was asked in full."""
    counts = Counter(finding.severity for finding in findings)
    said = [f"{counts[s]} {s}{'s' * (counts[s] != 1)}" for s in ("error", "warning", "note") if counts[s]]
    if lost := len({(each.name, each.version) for each in unanswered if each.name}):
        said.append(f"{lost} could not be checked")
    elif unanswered:
        said.append("not checked in full")
    return ", ".join(said) or "honest"
