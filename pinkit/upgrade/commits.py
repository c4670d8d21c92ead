"""What the commit of a plan says, and what the commit of an earlier one tells: whose it is, what it moves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.formats.forge_text import quiet
from pinkit.formats.pep440 import sort_key
from pinkit.formats.plan_json import plan_digest
from pinkit.formats.trailers import trailers, with_trailers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.model.proposal import BranchCommit
    from pinkit.model.upgrade import UpgradePlan

PLAN, BRANCH, CHANGES = "Pinkit-Plan", "Pinkit-Branch", "Pinkit-Changes"
BASE, TREE = "Pinkit-Base", "Pinkit-Tree"
_SUBJECT = 200


def proposal_digest(plan: UpgradePlan) -> str:
    """The "sha256:hex" of what a plan proposes: the same when it was only made again at a later moment.

    The cutoff, the command that names it, and the details of proofs, which tell of ages, do not count.
    """
    proof = tuple(replace(each, detail="") for each in plan.proof)
    return plan_digest(replace(plan, cutoff="", command="", proof=proof))


def commit_message(plan: UpgradePlan, digest: str) -> str:
    """The message of the plan's commit; the digest and the new versions are in its trailers."""
    first, _, rest = (plan.message or plan.title).strip().partition("\n")
    paragraphs = [quiet(first)[:_SUBJECT], *map(quiet, filter(None, rest.strip().split("\n\n")))]
    if not rest and plan.summary:
        paragraphs.append(quiet(plan.summary))
    moved = ", ".join(f"{name}=={version}" for name, version in sorted(_new_versions(plan).items()))
    return with_trailers(
        "\n\n".join(paragraphs) + "\n\n", {PLAN: digest, BRANCH: plan.branch, CHANGES: moved or "none"}
    )


def plan_of(commit: BranchCommit) -> str:
    """The digest of the plan whose commit this is, untouched; "" for anyone else's commit.

    An amended, rebased or merged commit has another tree or parent than its trailers say.
    """
    said = trailers(commit.message)
    untouched = said.get(TREE) == commit.tree and (said.get(BASE),) == commit.parents
    return said.get(PLAN, "") if untouched else ""


def branch_of(commit: BranchCommit) -> str:
    """The branch of the plan whose commit this is; "" for anyone else's commit."""
    return trailers(commit.message).get(BRANCH, "") if plan_of(commit) else ""


def is_overtaken(commit: BranchCommit, plan: UpgradePlan) -> bool:
    """Whether the plan moves everything at least as far as the plan behind `commit` does."""
    said = trailers(commit.message).get(CHANGES, "")
    earlier = dict(each.split("==", 1) for each in said.split(", ") if "==" in each)
    return bool(earlier) and _covers(_new_versions(plan), earlier)


def _new_versions(plan: UpgradePlan) -> dict[str, str]:
    """The version that each changed name has afterwards; of several (by lock or target) the lowest."""
    found: dict[str, str] = {}
    for change in plan.changes:
        for version in change.after.split(", "):
            if change.name not in found or not _at_least(version, found[change.name]):
                found[change.name] = version
    return found


def _covers(later: Mapping[str, str], earlier: Mapping[str, str]) -> bool:
    return all(name in later and _at_least(later[name], version) for name, version in earlier.items())


def _at_least(version: str, other: str) -> bool:
    key, least = sort_key(version), sort_key(other)
    return version == other or (key is not None and least is not None and key >= least)
