"""What an audit concludes: findings, what was suppressed and why, what could not be answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pinkit.model.advisory import Advisory, DatabaseFacts, Severity
    from pinkit.model.lock import Lock

Kind = Literal[
    "vulnerable",
    "malicious",
    "yanked",
    "quarantined",
    "archived",
    "deprecated",
    "hash-gone",
    "ignore-expired",
    "ignore-unused",
    "ignore-endless",
]
"""What a finding is about: an advisory, a fact of the index, or an ignore entry itself."""

Verdict = Literal["vulnerable", "clean", "uncertain", "not audited"]
"""The answer for one pin. Only "clean" is good."""

Status = Literal["", "new", "same"]
"""Against a baseline or the last run; "" when nothing was compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """A lock and the path under which reports name it (as given, never made absolute).

    `unpinned` are (line, name, why) of entries that are no exact pin and cannot be audited.
    """

    path: str
    lock: Lock
    unpinned: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that speaks against a pin.

    `ids` are every id and alias of the alias group, the best known first ("" kinds other than advisories have
    the kind itself or the ignore's id). `fixed_in` ascends and leaves out what another advisory of the
    group still affects. `via` is the path from the requirement that brings the pin ("-r x.in") down to the pin itself;
    `direct` the pinned requirement to move. `notes` say what is uncertain about the finding.
    """

    kind: Kind
    name: str
    version: str
    lock: str
    line: int
    ids: tuple[str, ...]
    severity: Severity
    score: float = 0.0
    summary: str = ""
    fixed_in: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    direct: str = ""
    notes: tuple[str, ...] = ()
    advisories: tuple[Advisory, ...] = ()
    status: Status = ""

    @property
    def id(self) -> str:
        """The id to show."""
        return self.ids[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """A decision not to act on an advisory, with its reason.

    `id` is an id or alias ("" = every advisory of `project`). `project` is normalised ("" = any),
    `versions` a specifier ("" = any).
    `until` is an ISO date, the first day on which the ignore no longer holds ("" = none). `scope` is the
    directory whose locks it covers ("" = all). `file` and `line` say where it was written. `justification` is
    an OpenVEX one when the advisory does not apply at all.
    """

    id: str
    reason: str
    project: str = ""
    versions: str = ""
    until: str = ""
    until_fixed: bool = False
    scope: str = ""
    file: str = ""
    line: int = 0
    justification: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """A finding that an ignore keeps quiet."""

    finding: Finding
    ignore: Ignore


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A pin that could not be audited, or not with certainty; never shown as clean."""

    name: str
    version: str
    lock: str
    line: int
    verdict: Verdict
    why: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The answer of one run.

    `findings` fail unless their severity is under the policy (`failing`); `notices` never fail. `fixed` are
    findings of the baseline that are gone. `as_of` is the day (or newest record) that the answer is about.
    `compared` names the baseline ("" = none). `files` are the locks themselves, for bills of materials.
    """

    database: DatabaseFacts
    as_of: str
    locks: tuple[str, ...]
    pins: int
    clean: int
    findings: tuple[Finding, ...]
    failing: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    unanswered: tuple[Unanswered, ...] = ()
    fixed: tuple[Finding, ...] = ()
    compared: str = ""
    index_asked: bool = False
    internal: int = 0
    files: tuple[LockFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPolicy:
    """What fails an audit.

    `fail_on` is the lowest failing severity. `unknown_fails` is the policy for advisories whose severity nobody
    knows. `internal` are glob patterns of projects that no public source knows: counted, not audited.
    """

    fail_on: Severity
    unknown_fails: bool = True
    ignores: tuple[Ignore, ...] = ()
    internal: tuple[str, ...] = ()
