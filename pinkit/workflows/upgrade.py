"""`upgrade`: what should move, the smallest change of all locks that moves it, and the proof of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pinkit.audit.judge import is_certainly_clean
from pinkit.errors import Unsolvable, UsageError
from pinkit.formats.pep440 import sort_key
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, LockFile
from pinkit.model.upgrade import Remediation, Unfixable
from pinkit.upgrade.bounds import every_later, floors, held, later_releases, too_young, yanked_releases
from pinkit.workflows.audit import AuditRequest, audit
from pinkit.workflows.upgrade_inputs import widening
from pinkit.workflows.upgrade_steps import Goal, Step, moved_names, smallest_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.formats.settings import LockSettings
    from pinkit.model.audit import AuditReport, Finding
    from pinkit.model.distribution import Project
    from pinkit.model.lock import Lock
    from pinkit.model.requirement import Requirement
    from pinkit.model.upgrade import Result
    from pinkit.ports import AdvisorySource
    from pinkit.upgrade.policy import UpgradePolicy
    from pinkit.workflows.upgrade_steps import Locks

_MOST_TRIES = 25
_MOST_WIDENED = 3


@dataclass(slots=True)
class Upgrade:
    """One upgrade of `locks` (started): calls of its methods add up; `because` says why each name moved.

    `today` is an ISO date: ignores end by it. `waived` are names that the cooldown does not hold back.
    `edits` are inputs that were widened: (as it was, as it is to be) by path. `top` is the folder of the configuration
    below the top of its repository ("" or with a slash at its end).
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
    edits: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    top: str = ""

    def secure(self, before: AuditReport) -> None:
        """Move every pin with a finding to its lowest release that no advisory names."""
        for name, findings in _by_name(before.findings).items():
            self._secure(name, findings)

    def name(self, name: str, version: str = "") -> None:
        """Move one name: to `version`, else to the newest release that is old enough and solves.

        UsageError where no lock pins it, or pins more than `version`; Unsolvable where `version` has no answer.
        """
        pinned = self.locks.pinned(name)
        if not pinned:
            raise UsageError(f"no lock pins {name}", hint="run `pinkit why` to see what is pinned")
        if not version:
            self._refresh(frozenset({name}), "asked for by name")
            return
        above = max((v for versions in pinned.values() for v in versions), key=lambda v: sort_key(v) or ())
        if (sort_key(version) or ()) < (sort_key(above) or ()):
            raise UsageError(
                f"{name} {version} is below the {above} that is pinned: an upgrade moves nothing down",
                hint=f"to go back, use `pinkit lock -P '{name}=={version}'`",
            )
        goal = Goal(name=name, version=version, why=f"asked for: {name}=={version}", edge=self.edge)
        try:
            self.take(smallest_step(self.locks, goal))
        except Unsolvable as error:
            if not self._widened(goal, error, lambda each: smallest_step(self.locks, each)):
                raise

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

    @property
    def edge(self) -> int:
        """Uploads after this moment are too young (seconds since the epoch)."""
        return self.locks.tools.now - self.policy.cooldown_s

    def _secure(self, name: str, findings: Sequence[Finding]) -> None:
        ids = tuple(dict.fromkeys(i for finding in findings for i in finding.ids))
        affected = sorted({finding.version for finding in findings}, key=lambda v: sort_key(v) or ())
        version = ", ".join(affected)
        paths = tuple(dict.fromkeys(finding.lock for finding in findings))
        now = {v for versions in self.locks.pinned(name).values() for v in versions}
        if not now & set(affected):
            self._fixed(findings, ids, version, ", ".join(sorted(now)) or "removed", paths)
            return
        rule = self.policy.ignored(name, self.today)
        if rule is not None:
            self._unfixable(ids, name, version, f"not moved by policy: {rule.reason}", paths)
            return
        candidates, why_none = self._fixes(name, affected[-1], findings)
        fix, blocked = self._first_possible(name, candidates[:_MOST_TRIES], ids[0], frozenset(affected))
        if fix:
            self._fixed(findings, ids, version, fix, paths)
        else:
            self._unfixable(ids, name, version, blocked or why_none, paths)

    def _first_possible(
        self, name: str, candidates: Sequence[str], advisory: str, affected: frozenset[str]
    ) -> tuple[str, str]:
        """The first candidate that can be had, taken; else "" and why the first one cannot."""
        blocked: list[tuple[Goal, Unsolvable]] = []
        for version in candidates:
            goal = Goal(
                name=name, version=version, why=f"fixes {advisory}", edge=self.edge, replaced=affected
            )
            try:
                self.take(self._fixing(goal))
            except Unsolvable as error:
                blocked.append((goal, error))
                continue
            return version, ""
        for goal, failed in blocked[:_MOST_WIDENED]:
            if self._widened(goal, failed, self._fixing):
                return goal.version, ""
        return "", next(
            (f"{name} {goal.version} cannot be had: {_told(failed)}" for goal, failed in blocked), ""
        )

    def _fixing(self, goal: Goal) -> Step:
        """The step to a fix: what moves along is old enough where that can be, else the cooldown is waived."""
        self.locks.left_out = False
        try:
            step = smallest_step(self.locks, goal)
        except Unsolvable:
            if not self.locks.left_out:
                raise
            step = smallest_step(self.locks, goal.until(self.locks.tools.now))
            return replace(step, waived=frozenset({goal.name, *moved_names(self.locks, step.outcomes)}))
        return replace(step, waived=frozenset({goal.name}))

    def _widened(self, goal: Goal, error: Unsolvable, attempt: Callable[[Goal], Step]) -> bool:
        """Whether the goal was reached by widened inputs, where the policy lets them be; they stay so only then."""
        if not self.policy.edit_inputs:
            return False
        found = widening(self.locks, (goal.name, goal.version), error, lambda: attempt(goal), top=self.top)
        if found is None:
            return False
        self.take(found.step)
        self.because[goal.name] = "; ".join((goal.why, *found.said))
        for path, (known, content) in found.edits.items():
            self.edits[path] = (self.edits.get(path, (known, b""))[0], content)
        return True

    def _fixed(
        self,
        findings: Sequence[Finding],
        ids: tuple[str, ...],
        version: str,
        fix: str,
        paths: tuple[str, ...],
    ) -> None:
        worst = max(findings, key=lambda finding: finding.severity)
        self.remediations.append(
            Remediation(
                ids=ids,
                name=worst.name,
                version=version,
                fixed_in=fix,
                severity=worst.severity.word,
                summary=worst.summary,
                locks=paths,
            )
        )

    def _fixes(self, name: str, version: str, findings: Sequence[Finding]) -> tuple[tuple[str, ...], str]:
        """Releases without any advisory, lowest first; and why there is none, where there is none."""
        catalog = self.locks.now[findings[0].lock].catalog
        project = catalog.project(name)
        advised = self.source.affected([(name, each) for each in project.versions])
        late = {bound.specifier for bound in too_young(project, self.locks.tools.now, ())}

        def clean(other: str) -> bool:
            return f"!={other}" not in late and is_certainly_clean(name, other, advised)

        found = later_releases(project, version, clean=clean)
        return (found, "") if found else ((), _why_none(project, version, findings, clean))

    def _refresh(self, names: frozenset[str], why: str) -> None:
        """Let `names` move up as far as they can; the others stay where they can, and never go down."""

        def holding(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            return (*floors(lock, settings.output), *held(lock, settings.output, names))

        def loose(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            return floors(lock, settings.output)

        try:
            outcomes = self.locks.relocked(names, holding, edge=self.edge)
        except Unsolvable:
            outcomes = self.locks.relocked(names, loose, edge=self.edge)
        along = f"moves along with {', '.join(sorted(names)[:3])}{' …' if len(names) > 3 else ''}"
        moved = moved_names(self.locks, outcomes)
        self.take(Step(outcomes=outcomes, because={n: why if n in names else along for n in moved}))

    def take(self, step: Step) -> None:
        """Adopt a step with its reasons."""
        self.locks.adopt(step.outcomes)
        self.waived |= step.waived
        for name, why in step.because.items():
            self.because.setdefault(name, why)

    def _unfixable(
        self, ids: tuple[str, ...], name: str, version: str, why: str, paths: tuple[str, ...]
    ) -> None:
        self.unfixable.append(Unfixable(ids=ids, name=name, version=version, why=why, locks=paths))


def _told(error: Unsolvable) -> str:
    return f"{error.what}\n{error.why}".strip()


def _why_none(
    project: Project, version: str, findings: Sequence[Finding], clean: Callable[[str], bool]
) -> str:
    """Why no release above `version` can be the fix: none is said, or each is withdrawn, early or not there."""
    every, yanked = every_later(project, version, clean=clean), yanked_releases(project)
    if every:
        told = [f"{each} ({'yanked' if each in yanked else 'pre-release'})" for each in every]
        early = [each for each in every if each not in yanked]
        hint = f"; to take one all the same: `pinkit upgrade {project.name}=={early[0]}`" if early else ""
        return f"the only releases free of these advisories are {', '.join(told)}{hint}"
    fixed = tuple(dict.fromkeys(v for finding in findings for v in finding.fixed_in))
    if not fixed:
        return "no release is free of these advisories, and none is announced"
    return f"fixed in {', '.join(fixed)}, which the index does not have"


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
