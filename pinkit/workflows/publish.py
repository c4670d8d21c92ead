"""Publish a plan: one branch, one proposal, as often as one likes; no code of others runs.

A branch belongs to us as long as its tip is a commit of ours that nobody touched. Nothing else is ever replaced.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.forge_text import title
from pinkit.model.proposal import BranchChange, Outcome, Proposal
from pinkit.upgrade.commits import commit_message, is_overtaken, plan_of
from pinkit.upgrade.proposal import proposal_body, withdrawn_body

if TYPE_CHECKING:
    from pinkit.model.proposal import Action, BranchCommit, Published
    from pinkit.model.upgrade import UpgradePlan
    from pinkit.ports import Branches, Forge


def publish(plan: UpgradePlan, digest: str, forge: Forge, branches: Branches) -> Outcome:
    """What was done so that the forge shows exactly this plan; the second time nothing.

    `digest` is that by which the same plan is known again (`upgrade.commits.proposal_digest`).
    Raises `UsageError` where the base is no longer what the plan was made for, `Unavailable` where forge or
    repository cannot answer: then asking again goes on where this ended.
    """
    base = plan.base or forge.default_branch()
    if base == plan.branch:
        raise UsageError(f"{base} is both the base and the branch of the plan")
    return _Publication(plan, digest, base, forge, branches).outcome()


@dataclass(slots=True)
class _Publication:
    plan: UpgradePlan
    digest: str
    base: str
    forge: Forge
    branches: Branches

    def outcome(self) -> Outcome:
        opened = self.forge.proposals()
        mine = next((p for p in opened if p.branch == self.plan.branch and p.base == self.base), None)
        others = [p for p in opened if self._is_sister(p)]
        tip = self.branches.tip(self.plan.branch)
        held = plan_of(tip) if tip else ""
        if not self.plan.files:
            return self._withdraw("withdrawn", mine, tip, "There is nothing left to propose.")
        start = base_tip(self.branches, self.base)
        if is_applied(self.plan, self.branches, start):
            return self._withdraw("done", mine, tip, f"{self.base} has these changes already.")
        if tip and not held:
            why = f"its newest commit {tip.id[:12]} by {tip.author} is not pinkit's, or was changed since"
            return self._outcome("stopped", why, mine)
        check_base(self.plan, self.branches, start)
        if mine is None and self._was_declined():
            return self._outcome(
                "declined", "someone closed this very plan; a changed plan is proposed again"
            )
        overtaken = [p for p in others if self._overtakes(p)]
        if mine is None and self._is_full(len(others) - len(overtaken)):
            return self._outcome(
                "limited", f"{len(others)} proposals are open; the limit is {self.plan.open_limit}"
            )
        return self._show(start, tip, held, mine, overtaken)

    def _show(
        self,
        start: BranchCommit,
        tip: BranchCommit | None,
        held: str,
        mine: Published | None,
        overtaken: list[Published],
    ) -> Outcome:
        pushed = held != self.digest
        if pushed:
            self.branches.publish(planned_commit(self.plan, self.digest, self.base, start, tip))
        body = proposal_body(self.plan, self.digest, self.forge.body_limit)
        proposal = Proposal(
            branch=self.plan.branch,
            base=self.base,
            title=title(self.plan.title),
            body=body,
            labels=self.plan.labels,
        )
        if mine is None:
            mine = self.forge.create(proposal)
            outcome = self._outcome("created", "", mine)
        elif pushed or self.digest not in mine.body:
            self.forge.update(mine, proposal)
            outcome = self._outcome("updated", "", mine)
        else:
            # The same plan again: what people made of title and labels since is theirs.
            outcome = self._outcome("unchanged", "", mine)
        comment = f"Superseded by {mine.url}, which moves all of this at least as far."
        return self._closed(replace(outcome, pushed=pushed), overtaken, comment)

    def _withdraw(
        self, action: Action, mine: Published | None, tip: BranchCommit | None, detail: str
    ) -> Outcome:
        outcome = self._outcome(action, detail, mine)
        if mine is None:
            return outcome
        if tip is None or not plan_of(tip):
            return replace(outcome, left=((mine.number, "its newest commit is not pinkit's"),))
        return self._closed(outcome, [mine], detail)

    def _closed(self, outcome: Outcome, published: list[Published], comment: str) -> Outcome:
        """Close each with a comment and remove its branch, unless someone else worked on it meanwhile."""
        closed: list[int] = []
        left: list[tuple[int, str]] = []
        for each in published:
            tip = self.branches.tip(each.branch)
            digest = plan_of(tip) if tip else ""
            if tip is None or not digest:
                left.append((each.number, "its newest commit is not pinkit's"))
                continue
            body = withdrawn_body(each.body, digest)
            proposal = Proposal(branch=each.branch, base=each.base, title=each.title, body=body)
            self.forge.update(each, proposal)
            self.forge.close(each, comment)
            self.branches.delete(each.branch, tip.id)
            closed.append(each.number)
        return replace(outcome, overtaken=tuple(closed), left=tuple(left))

    def _is_sister(self, published: Published) -> bool:
        """Whether it is from another branch of ours for the same base, going by names alone."""
        first, slash, _ = self.plan.branch.partition("/")
        prefix = first + slash
        same = published.branch == self.plan.branch
        return (
            bool(slash) and published.branch.startswith(prefix) and published.base == self.base and not same
        )

    def _overtakes(self, published: Published) -> bool:
        if published.branch.rpartition("/")[0] != self.plan.branch.rpartition("/")[0]:
            return False  # of another folder of the repository: the same names are other pins there
        tip = self.branches.tip(published.branch)
        return tip is not None and bool(plan_of(tip)) and is_overtaken(tip, self.plan)

    def _was_declined(self) -> bool:
        earlier = self.forge.proposals(self.plan.branch)
        return any(p.state == "closed" and p.base == self.base and self.digest in p.body for p in earlier)

    def _is_full(self, opened: int) -> bool:
        return 0 < self.plan.open_limit <= opened

    def _outcome(self, action: Action, detail: str, shown: Published | None = None) -> Outcome:
        return Outcome(action=action, branch=self.plan.branch, detail=detail, url=shown.url if shown else "")


def planned_commit(
    plan: UpgradePlan, digest: str, base: str, start: BranchCommit, tip: BranchCommit | None
) -> BranchChange:
    """The commit that has the plan's files on top of `start`, in the place of `tip`."""
    return BranchChange(
        branch=plan.branch,
        base=base,
        parent=start.id,
        message=commit_message(plan, digest),
        files=plan.files,
        replaces=tip.id if tip else "",
    )


def base_tip(branches: Branches, base: str) -> BranchCommit:
    """The newest commit of the base. Raises `UsageError` where there is no such branch."""
    found = branches.tip(base)
    if found is None:
        raise UsageError(
            f"there is no branch {base} to propose to",
            hint="set `base` in [tool.pinkit.upgrade] and plan again",
        )
    return found


def is_applied(plan: UpgradePlan, branches: Branches, start: BranchCommit) -> bool:
    """Whether every file of the plan is at `start` as the plan wants it."""
    return all(
        branches.content(start.id, each.path) == (None if each.content is None else each.content.encode())
        for each in plan.files
    )


def check_base(plan: UpgradePlan, branches: Branches, start: BranchCommit) -> None:
    """Raises `UsageError` unless every file of the plan is at `start` as it was when the plan was made."""
    for each in plan.files:
        found = branches.content(start.id, each.path)
        digest = "" if found is None else f"sha256:{hashlib.sha256(found).hexdigest()}"
        if digest != each.before:
            raise UsageError(
                f"{each.path} has changed since the plan was made",
                f"at {start.id[:12]} it has {digest or 'no content'}, the plan was made for {each.before or 'none'}",
                "make the plan again with `pinkit upgrade`",
            )
