"""Publish a plan without a forge's API: as a patch, or by a push whose options let the forge open the proposal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pinkit.errors import UsageError
from pinkit.formats.forge_text import quiet, title
from pinkit.model.proposal import Outcome
from pinkit.ports import Branches
from pinkit.upgrade.commits import branch_of, plan_of
from pinkit.workflows.publish import base_tip, check_base, is_applied, planned_commit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.proposal import BranchChange, BranchCommit
    from pinkit.model.upgrade import UpgradePlan


class LocalBranches(Branches, Protocol):
    """Branches whose commits are made here before they go anywhere."""

    def default_branch(self) -> str:
        """The branch that proposals are for when nothing else is said."""
        ...

    def pull_tips(self) -> tuple[BranchCommit, ...]:
        """The tips of proposals that have no branch, newest first."""
        ...

    def commit(self, change: BranchChange) -> str:
        """The id of the commit, made here alone."""
        ...

    def patch(self, commit: str) -> str:
        """The commit as `git am` takes it."""
        ...

    def push(self, change: BranchChange, commit: str, ref: str, options: Iterable[str] = ()) -> None:
        """Push a commit made here, with push options."""
        ...


def patch_text(plan: UpgradePlan, digest: str, branches: LocalBranches) -> str:
    """The plan as one patch on top of its base."""
    base, start = _start(plan, branches)
    check_base(plan, branches, start)
    return branches.patch(branches.commit(planned_commit(plan, digest, base, start, None)))


def push_proposal(plan: UpgradePlan, digest: str, branches: LocalBranches, kind: str) -> Outcome:
    """Push so that the forge opens or updates the proposal itself: "gitlab" by push options, "agit" by `refs/for`."""
    base, start = _start(plan, branches)
    if is_applied(plan, branches, start):
        return Outcome(action="done", branch=plan.branch, detail=f"{base} has these changes already.")
    tip = branches.tip(plan.branch) if kind == "gitlab" else _proposed(plan, branches)
    held = plan_of(tip) if tip else ""
    if tip and not held:
        why = f"its newest commit {tip.id[:12]} by {tip.author} is not pinkit's, or was changed since"
        return Outcome(action="stopped", branch=plan.branch, detail=why)
    if held == digest:
        return Outcome(action="unchanged", branch=plan.branch)
    check_base(plan, branches, start)
    change = planned_commit(plan, digest, base, start, tip)
    named = title(plan.title)
    if kind == "gitlab":
        options = ["merge_request.create", f"merge_request.target={base}", f"merge_request.title={named}"]
        options += [f"merge_request.label={quiet(label)}" for label in plan.labels]
        ref = f"refs/heads/{plan.branch}"
    else:
        # Without force-push the forge refuses to replace what somebody else added to the topic.
        options = [f"topic={plan.branch}", f"title={named}", *(["force-push=true"] if tip else [])]
        ref = f"refs/for/{base}"
    branches.push(change, branches.commit(change), ref, options)
    return Outcome(action="patch", branch=plan.branch, pushed=True)


def _proposed(plan: UpgradePlan, branches: LocalBranches) -> BranchCommit | None:
    """The untouched commit of an earlier plan for the branch; AGit keeps it behind the proposal alone."""
    return next((tip for tip in branches.pull_tips() if branch_of(tip) == plan.branch), None)


def _start(plan: UpgradePlan, branches: LocalBranches) -> tuple[str, BranchCommit]:
    base = plan.base or branches.default_branch()
    if base == plan.branch:
        raise UsageError(f"{base} is both the base and the branch of the plan")
    return base, base_tip(branches, base)
