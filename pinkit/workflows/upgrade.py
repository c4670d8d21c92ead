"""`upgrade`: what should move, the smallest change of all locks that moves it, and the proof of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pinkit.audit.judge import is_certainly_clean
from pinkit.errors import Unsolvable, UsageError
from pinkit.formats.pep440 import sort_key
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, LockFile
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.upgrade import Remediation, Unfixable
from pinkit.upgrade.bounds import floors, held, later_releases
from pinkit.workflows.audit import AuditRequest, audit
from pinkit.workflows.upgrade_steps import Step, smallest_step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinkit.formats.settings import LockSettings
    from pinkit.model.audit import AuditReport, Finding
    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Result
    from pinkit.ports import AdvisorySource
    from pinkit.upgrade.policy import UpgradePolicy
    from pinkit.workflows.upgrade_steps import Locks

_MOST_TRIES = 25


@dataclass(slots=True)
class Upgrade:
    """One upgrade of `locks` (started): calls of its methods add up; `because` says why each name moved.

    `today` is an ISO date: ignores end by it. `waived` are names that the cooldown does not hold back.
    """

    locks: Locks
    policy: UpgradePolicy
    source: AdvisorySource
    stale: str
    today: str
    because: dict[str, str] = field(default_factory=dict)
    remediations: list[Remediation] = field(default_factory=list)
    unfixable: list[Unfixable] = field(default_factory=list)
    waived: set[str] = field(default_factory=set)

    def secure(self, before: AuditReport) -> None:
        """Move every pin with a finding to its lowest release that no advisory names."""
        for name, findings in _by_name(before.findings).items():
            self._secure(name, findings)

    def name(self, name: str, version: str = "") -> None:
        """Move one name: to `version`, else to the newest release that is old enough and solves.

        UsageError where no lock pins it; Unsolvable where `version` has no answer.
        """
        if not self.locks.pinned(name):
            raise UsageError(f"no lock pins {name}", hint="run `pinkit why` to see what is pinned")
        if version:
            self._take(smallest_step(self.locks, {name: version}, f"asked for: {name}=={version}"))
            return
        self._refresh(frozenset({name}), "asked for by name")

    def matching(self, patterns: Iterable[str], why: str) -> None:
        """Move every pinned name that matches a pattern (`*` wildcards) as far as inputs and cooldown allow."""
        names = {pin.name for outcome in self.locks.now.values() for pin in outcome.lock.pins}
        wanted = frozenset(n for n in names if any(fnmatchcase(n, pattern) for pattern in patterns))
        ignored = {n for n in wanted if self.policy.ignored(n, self.today)}
        if not wanted:
            raise UsageError(f"no lock pins anything that matches {', '.join(patterns)}")
        self._refresh(wanted - ignored, why)

    def reaudit(self, before: AuditReport) -> tuple[Result, str]:
        """The "advisories" check: what was to be fixed is gone, nothing new came, everything was answered."""
        after = audit_of(
            {path: o.lock for path, o in self.locks.now.items()}, self.source, self.stale, self.today
        )
        known = {(f.name, i) for f in before.findings for i in f.ids}
        new = sorted({f"{f.name} {f.version}: {f.ids[0]}" for f in after.findings if _is_new(f, known)})
        targets = {(r.name, i) for r in self.remediations for i in r.ids}
        left = sorted({f"{f.name}: {i}" for f in after.findings for i in f.ids if (f.name, i) in targets})
        if new or left:
            return "fail", "; ".join(
                [*(f"new: {each}" for each in new), *(f"still there: {each}" for each in left)]
            )
        if after.unanswered:
            names = sorted({f"{each.name} {each.version}" for each in after.unanswered})
            return "unknown", f"not audited: {', '.join(names[:5])}{' …' if len(names) > 5 else ''}"
        return "pass", f"{len(self.remediations)} findings closed, none new"

    def _secure(self, name: str, findings: Sequence[Finding]) -> None:
        ids = tuple(dict.fromkeys(i for finding in findings for i in finding.ids))
        version = max((finding.version for finding in findings), key=lambda v: sort_key(v) or ())
        paths = tuple(dict.fromkeys(finding.lock for finding in findings))
        rule = self.policy.ignored(name, self.today)
        if rule is not None:
            self._unfixable(ids, name, version, f"not moved by policy: {rule.reason}", paths)
            return
        candidates, why_none = self._fixes(name, version, findings)
        blocked = ""
        for candidate in candidates[:_MOST_TRIES]:
            try:
                step = smallest_step(self.locks, {name: candidate}, f"fixes {ids[0]}")
            except Unsolvable as error:
                blocked = blocked or f"{name} {candidate} cannot be had: {error.what}\n{error.why}".strip()
                continue
            self.waived.add(name)
            self._take(step)
            found = findings[0]
            self.remediations.append(
                Remediation(
                    ids=ids,
                    name=name,
                    version=version,
                    fixed_in=candidate,
                    severity=str(found.severity),
                    summary=found.summary,
                    locks=paths,
                )
            )
            return
        self._unfixable(ids, name, version, blocked or why_none, paths)

    def _fixes(self, name: str, version: str, findings: Sequence[Finding]) -> tuple[tuple[str, ...], str]:
        """Releases without any advisory, lowest first; and why there is none, where there is none."""
        catalog = self.locks.now[findings[0].lock].catalog
        project = catalog.project(name)
        advised = self.source.affected([(name, each) for each in project.versions])

        def clean(other: str) -> bool:
            return is_certainly_clean(name, other, advised)

        found = later_releases(project, version, clean=clean)
        if found:
            return found, ""
        fixed = tuple(dict.fromkeys(v for finding in findings for v in finding.fixed_in))
        if not fixed:
            return (), "no release is free of these advisories"
        return (
            (),
            f"fixed in {', '.join(fixed)}, but no such release can be used: not there, yanked or a pre-release",
        )

    def _refresh(self, names: frozenset[str], why: str) -> None:
        """Let `names` move up as far as they can; the others stay where they can, and never go down."""
        young = {name: self._young(name) for name in names}

        def bounds(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            mine = floors(lock, settings.output)
            return (
                *mine,
                *held(lock, settings.output, names),
                *(bound for each in young.values() for bound in each),
            )

        def loose(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            return (*floors(lock, settings.output), *(bound for each in young.values() for bound in each))

        try:
            outcomes = self.locks.relocked(names, bounds)
        except Unsolvable:
            outcomes = self.locks.relocked(names, loose)
        moved = {c.name for outcome in outcomes.values() for c in outcome.changes}
        self._take(Step(outcomes=outcomes, because=dict.fromkeys(moved, why)))

    def _young(self, name: str) -> tuple[Requirement, ...]:
        """Bounds that leave out releases which are younger than the cooldown."""
        path = self.locks.pinned(name)[0]
        project = self.locks.now[path].catalog.project(name)
        pinned = {
            pin.version
            for outcome in self.locks.now.values()
            for pin in outcome.lock.pins
            if pin.name == name
        }
        edge = self.locks.tools.now - self.policy.cooldown_s
        late = [
            version
            for version, time in zip(project.versions, project.last_upload, strict=False)
            if time > edge and version not in pinned
        ]
        origin = Origin(file="the cooldown")
        return tuple(Requirement(name=name, specifier=f"!={version}", origin=origin) for version in late)

    def _take(self, step: Step) -> None:
        self.locks.adopt(step.outcomes)
        for name, why in step.because.items():
            self.because.setdefault(name, why)

    def _unfixable(
        self, ids: tuple[str, ...], name: str, version: str, why: str, paths: tuple[str, ...]
    ) -> None:
        self.unfixable.append(Unfixable(ids=ids, name=name, version=version, why=why, locks=paths))


def audit_of(locks: Mapping[str, Lock], source: AdvisorySource, stale: str, today: str) -> AuditReport:
    """The advisories against these locks, no ignores applied."""
    files = tuple(LockFile(path=path, lock=lock) for path, lock in locks.items())
    return audit(
        AuditRequest(files=files, policy=AuditPolicy(fail_on=Severity.LOW), today=today, stale=stale), source
    )


def _by_name(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.kind in ("vulnerable", "malicious"):
            found.setdefault(finding.name, []).append(finding)
    return dict(sorted(found.items()))


def _is_new(finding: Finding, known: set[tuple[str, str]]) -> bool:
    return finding.kind in ("vulnerable", "malicious") and not any(
        (finding.name, i) in known for i in finding.ids
    )
