"""A proposal at a forge and the branch behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pinkit.model.upgrade import PlannedFile

State = Literal["open", "closed", "merged"]

Action = Literal[
    "created", "updated", "unchanged", "stopped", "limited", "declined", "done", "withdrawn", "patch"
]
"""What publishing did: "stopped" before someone else's commit, "limited" by the number of open proposals, "declined"
since someone closed this very plan, "done" since the base has it all, "withdrawn" since nothing is left to propose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a forge shows to people: a pull request or merge request to be."""

    branch: str
    base: str
    title: str
    body: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A proposal as the forge has it. `url` leads people to it; `body` may be the forge's rewriting of ours."""

    number: int
    branch: str
    base: str
    title: str
    body: str
    url: str
    state: State = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchCommit:
    """A commit at the tip of a branch; `tree` and `parents` are object ids, `author` is for people."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchChange:
    """One commit to make: the files on top of `base` as `parent`, to become the whole of `branch`.

    `replaces` is the tip that the branch must have when it is moved ("" = it must not exist).
    """

    branch: str
    base: str
    parent: str
    message: str
    files: tuple[PlannedFile, ...]
    replaces: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What publishing a plan did. `overtaken` are proposals that were closed, `left` those that were not, and why."""

    action: Action
    branch: str
    detail: str = ""
    url: str = ""
    pushed: bool = False
    overtaken: tuple[int, ...] = ()
    left: tuple[tuple[int, str], ...] = ()
