"""`upgrade`: what should move, the smallest change of all locks that moves it, and the proof of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinkit.audit.judge import is_certainly_clean
from pinkit.errors import Unsolvable, UsageError
from pinkit.formats.pep440 import sort_key
from pinkit.model.upgrade import Remediation, Unfixable
from pinkit.model.upgrade_policy import MoveGroup
from pinkit.upgrade.bounds import floors, held, later_releases, too_young
from pinkit.workflows.upgrade_capped import why_no_further
from pinkit.workflows.upgrade_findings import audit_of, by_name, closed_besides, compared, why_none
from pinkit.workflows.upgrade_inputs import in_the_way, widening
from pinkit.workflows.upgrade_limits import fixing_rules, moving_rules
from pinkit.workflows.upgrade_roles import roles
from pinkit.workflows.upgrade_steps import Goal, Step, moved_names, smallest_step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinkit.formats.settings import LockSettings
    from pinkit.model.audit import AuditReport, Finding
    from pinkit.model.lock import Lock
    from pinkit.model.requirement import Requirement
    from pinkit.model.upgrade import Result
    from pinkit.model.upgrade_policy import Kind
    from pinkit.ports import AdvisorySource
    from pinkit.upgrade.policy import UpgradePolicy
    from pinkit.workflows.upgrade_steps import Locks

_MOST_TRIES = 25
_MOST_WIDENED = 3


@dataclass(slots=True)
class Upgrade:
    """One upgrade of `locks` (started): calls of its methods add up; `because` says why each name moved.

    `today` is an ISO date: ignores end by it. `held` says why names that were asked for do not move. `waived` are names
    that the cooldown does not hold back. `edits` are inputs that were widened: (as it was, as it is to be) by path.
    `remediations` were aimed at, `besides` are findings that are gone all the same, once the new locks are audited.
    `top` is the folder of the configuration below the top of its repository ("" or with a slash at its end).
    """

    locks: Locks
    policy: UpgradePolicy
    source: AdvisorySource
    stale: str
    today: str
    because: dict[str, str] = field(default_factory=dict)
    remediations: list[Remediation] = field(default_factory=list)
    besides: list[Remediation] = field(default_factory=list)
    unfixable: list[Unfixable] = field(default_factory=list)
    waived: set[str] = field(default_factory=set)
    held: dict[str, str] = field(default_factory=dict)
    edits: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    top: str = ""

    def secure(self, before: AuditReport) -> None:
        """Move every pin with a finding to its lowest release that no advisory names."""
        self._secure(before, None)

    def name(self, name: str, version: str = "") -> None:
        """Move one name: to `version`, else to the newest release that is old enough and solves.

        UsageError where no lock pins it, or pins more than `version`; Unsolvable where `version` has no answer.
        """
        pinned = self.locks.pinned(name)
        if not pinned:
            raise UsageError(f"no lock pins {name}", hint="run `pinkit why` to see what is pinned")
        self.locks.rules = lambda other: () if other == name else self.policy.rules(other, self.today)
        if not version:
            self._refresh(frozenset({name}), "asked for by name")
            if why := why_no_further(self.locks, name):
                self.held[name] = why
            return
        above = max((v for versions in pinned.values() for v in versions), key=lambda v: sort_key(v) or ())
        if (sort_key(version) or ()) < (sort_key(above) or ()):
            raise UsageError(
                f"{name} {version} is below the {above} that is pinned: an upgrade moves nothing down",
                hint=f"to go back, use `pinkit lock -P '{name}=={version}'`",
            )
        goal = Goal(name=name, version=version, why=f"asked for: {name}=={version}")
        try:
            self.take(smallest_step(self.locks, goal))
        except Unsolvable as error:
            if not self._widened(goal, error, lambda each: smallest_step(self.locks, each)):
                raise

    def group(self, group: MoveGroup, before: AuditReport) -> None:
        """Move every pinned name of a group as far as inputs, cooldown and policy allow, or fix its findings alone.

        UsageError where no lock pins a name of the group.
        """
        names = self._names(group)
        if not names:
            raise UsageError(f"no lock pins anything of group {group.name}", why=", ".join(group.patterns))
        if group.fixes:
            self._secure(before, names)
        else:
            self._move(names, f"in group {group.name}", group.kinds)

    def everything(self) -> None:
        """Move every pinned name as far as inputs, cooldown and policy allow."""
        everything = MoveGroup(name="", patterns=("*",))
        self._move(self._names(everything), "newest that inputs and cooldown allow", ())

    def reaudit(self, before: AuditReport) -> tuple[Result, str]:
        """The "advisories" check: what was to be fixed is gone, nothing new came, everything was answered."""
        locks = {path: outcome.lock for path, outcome in self.locks.now.items()}
        after = audit_of(locks, self.source, self.stale, self.today)
        besides = closed_besides(before, after, self.remediations)
        self.besides = [_remedy(findings, self._versions_now(name)) for name, findings in besides.items()]
        gone = {(remedy.name, i) for remedy in self.besides for i in remedy.ids}
        self.unfixable = [
            u for u in self.unfixable if not u.ids or any((u.name, i) not in gone for i in u.ids)
        ]
        return compared(before, after, (*self.remediations, *self.besides))

    def _versions_now(self, name: str) -> str:
        now = {v for versions in self.locks.pinned(name).values() for v in versions}
        return ", ".join(sorted(now)) or "removed"

    def _names(self, group: MoveGroup) -> frozenset[str]:
        known = roles(self.locks.now.values())
        return frozenset(
            name for name, mine in known.items() if group.has(name) and (not group.role or group.role in mine)
        )

    def _move(self, names: frozenset[str], why: str, kinds: tuple[Kind, ...]) -> None:
        """Move names by moves of `kinds` (() for all), as far as the policy's allows and ignores let them."""
        known = roles(self.locks.now.values())
        free, rules = moving_rules(self.policy, self.today, {name: known[name] for name in names}, kinds)
        self.locks.rules = rules
        self.held |= {name: rule.told for name in names for rule in rules(name) if rule.whole}
        self._refresh(free, why)

    def _secure(self, before: AuditReport, names: frozenset[str] | None) -> None:
        """Fix findings, of `names` only if given. Ignores by kinds of moves bar no fix, nor what it needs."""
        self.locks.rules = fixing_rules(self.policy, self.today)
        for name, findings in by_name(before.findings).items():
            if names is None or name in names:
                self._fix(name, findings)

    def _fix(self, name: str, findings: Sequence[Finding]) -> None:
        ids, affected = _ids(findings), _affected(findings)
        version = ", ".join(affected)
        paths = tuple(dict.fromkeys(finding.lock for finding in findings))
        now = {v for versions in self.locks.pinned(name).values() for v in versions}
        if not now & set(affected):
            self.remediations.append(_remedy(findings, self._versions_now(name)))
            return
        rule = next((rule for rule in self.locks.rules(name) if rule.whole), None)
        if rule is not None:
            self._unfixable(ids, name, version, f"not moved by policy: {rule.told}", paths)
            return
        candidates, why_none = self._fixes(name, affected[-1], findings)
        fix, blocked = self._first_possible(name, candidates[:_MOST_TRIES], ids[0], frozenset(affected))
        if fix:
            self.remediations.append(_remedy(findings, fix))
        else:
            self._unfixable(ids, name, version, blocked or why_none, paths)

    def _first_possible(
        self, name: str, candidates: Sequence[str], advisory: str, affected: frozenset[str]
    ) -> tuple[str, str]:
        """The first candidate that can be had, taken; else "" and why the first one cannot."""
        blocked: list[tuple[Goal, Unsolvable]] = []
        for version in candidates:
            goal = Goal(name=name, version=version, why=f"fixes {advisory}", replaced=affected)
            try:
                self.take(self._fixing(goal))
            except Unsolvable as error:
                blocked.append((goal, error))
                continue
            return version, ""
        for goal, failed in blocked[:_MOST_WIDENED]:
            if self._widened(goal, failed, self._fixing):
                return goal.version, ""
        return "", next((self._told(goal, failed) for goal, failed in blocked), "")

    def _told(self, goal: Goal, error: Unsolvable) -> str:
        """Why a fix cannot be had, and whether the policy could change that."""
        why = f"{goal.name} {goal.version} cannot be had: {error.what}\n{error.why}".strip()
        files = () if self.policy.edit_inputs else in_the_way(self.locks, error, self.top)
        return f"{why}\nwith edit-inputs = true, {' and '.join(files)} may be widened" if files else why

    def _fixing(self, goal: Goal) -> Step:
        """The step to a fix: what moves along is old enough where that can be, else the cooldown is waived."""
        self.locks.left_out = False
        try:
            step = smallest_step(self.locks, goal)
        except Unsolvable:
            if not self.locks.left_out:
                raise
            step = smallest_step(self.locks, replace(goal, young=True))
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

    def _fixes(self, name: str, version: str, findings: Sequence[Finding]) -> tuple[tuple[str, ...], str]:
        """Releases without any advisory, lowest first; and why there is none, where there is none."""
        catalog = self.locks.now[findings[0].lock].catalog
        project = catalog.project(name)
        advised = self.source.affected([(name, each) for each in project.versions])
        late = {bound.specifier for bound in too_young(project, self.locks.tools.now)}

        def clean(other: str) -> bool:
            return f"!={other}" not in late and is_certainly_clean(name, other, advised)

        found = later_releases(project, version, clean=clean)
        return (found, "") if found else ((), why_none(project, version, findings, clean))

    def _refresh(self, names: frozenset[str], why: str) -> None:
        """Let `names` move up as far as they can, never down; the others stay where they are."""

        def holding(settings: LockSettings, lock: Lock) -> tuple[Requirement, ...]:
            return (*floors(lock, settings.output), *held(lock, settings.output, names))

        outcomes = self.locks.relocked(names, holding)
        moved = moved_names(self.locks, outcomes) & names
        self.take(Step(outcomes=outcomes, because=dict.fromkeys(moved, why)))

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


def _remedy(findings: Sequence[Finding], fix: str) -> Remediation:
    """What closed all findings of one name: `fix`, the versions that it has now."""
    worst = max(findings, key=lambda finding: finding.severity)
    return Remediation(
        ids=_ids(findings),
        name=worst.name,
        version=", ".join(_affected(findings)),
        fixed_in=fix,
        severity=worst.severity.word,
        summary=worst.summary,
        locks=tuple(dict.fromkeys(finding.lock for finding in findings)),
    )


def _ids(findings: Sequence[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(i for finding in findings for i in finding.ids))


def _affected(findings: Sequence[Finding]) -> list[str]:
    return sorted({finding.version for finding in findings}, key=lambda v: sort_key(v) or ())
