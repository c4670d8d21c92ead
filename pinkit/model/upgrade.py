"""An upgrade as a plan: what would change, why, what proves it, and the files themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["security", "named", "group", "all", "fixup"]
"""What was asked for: `--security`, NAME[==V], `--group`, `--all`, `--fixup`."""

Result = Literal["pass", "fail", "unknown"]
"""The outcome of one check of the proof. Only "pass" is good."""

ChangeKind = Literal["moved", "added", "removed", "hashes", "targets"]
"""As in `model.change`: what differs of one name in one lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    """One name in one lock, before and after ("" = not there), and the reason.

    Several versions of a name, for different targets, stand in ascending order with ", " between. `uploaded`
    is when the newest pinned file of `after` appeared (ISO, UTC; "" = unknown). `compare` is a URL that shows the
    difference of the two releases ("" = none known).
    """

    lock: str
    name: str
    before: str
    after: str
    because: str
    kind: ChangeKind = "moved"
    uploaded: str = ""
    compare: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """A finding that the plan closes; `ids` are the alias group's, the best known first."""

    ids: tuple[str, ...]
    name: str
    version: str
    fixed_in: str
    severity: str = ""
    summary: str = ""
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfixable:
    """A finding that stays, and what would have to change for it to go."""

    ids: tuple[str, ...]
    name: str
    version: str
    why: str
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """A name that would have moved, or further: `why` is the reason that the policy gives, or what caps it."""

    name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One check on the whole set of new locks."""

    check: str
    result: Result
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something to look at before accepting: listed with its evidence, never scored.

    `before` and `after` are the values that differ, where there are any; `evidence` says where they were read. `kind`
    "not checked" means that something could not be compared; `detail` says what and why.
    """

    kind: str
    name: str
    version: str
    detail: str
    evidence: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFile:
    """A file as it will be. `before` is the "sha256:hex" of what it replaces ("" = there is none yet).

    `path` is relative to the top of the repository, with forward slashes. `content` None removes the file.
    """

    path: str
    before: str
    content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePlan:
    """Everything that publishing needs. No secret, no clock, no path of a machine is in it.

    `branch` is the same for every plan of the same purpose, so that a newer plan replaces an older one.
    `base` is the branch it is for ("" = the repository's default). `cutoff` is the moment up to which releases counted
    (ISO, UTC; "" = none). `command` reproduces the plan. `message` is the commit's ("" = made from the title).
    `open_limit` is how many proposals of ours may be open at once, this one included (0 = any number).
    """

    mode: Mode
    title: str
    branch: str
    base: str = ""
    summary: str = ""
    cutoff: str = ""
    command: str = ""
    message: str = ""
    labels: tuple[str, ...] = ()
    open_limit: int = 0
    changes: tuple[PlannedChange, ...] = ()
    remediations: tuple[Remediation, ...] = ()
    unfixable: tuple[Unfixable, ...] = ()
    held: tuple[HeldBack, ...] = ()
    proof: tuple[Proof, ...] = ()
    signals: tuple[Signal, ...] = ()
    files: tuple[PlannedFile, ...] = ()

    @property
    def fixed(self) -> tuple[str, ...]:
        """Every id of every finding that the plan closes, sorted."""
        return tuple(sorted({each for remedy in self.remediations for each in remedy.ids}))

    @property
    def proved(self) -> bool:
        """Whether every check passed; "unknown" is no pass, and no checks prove nothing."""
        return bool(self.proof) and all(each.result == "pass" for each in self.proof)
