"""What `check` finds in a lock: one value a finding, and what could not be checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FindingKind = Literal[
    "forged-hash",
    "unknown-hash",
    "missing-hash",
    "foreign-hash",
    "weak-hash",
    "yanked",
    "vanished",
    "late-file",
    "stale",
    "unsatisfied",
    "superfluous",
    "wrong-marker",
    "layer-conflict",
    "confusion",
    "referee",
    "replay",
    "url",
    "size",
    "duplicate",
    "unreadable",
]
Severity = Literal["error", "warning", "note"]

FORGERY: frozenset[str] = frozenset(
    {"forged-hash", "unknown-hash", "foreign-hash", "weak-hash", "url", "size"}
)
"""Kinds that mean "these bytes are not what the index publishes": exit 5. Others at error or warning: exit 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong (or worth knowing) about a lock.

    `lock` is the path as given, `line` 1-based (0: the whole file). `name` and `version` are the pin's ("" for
    a finding about the file). `message` is one sentence; `hint` says what to do next, or "".
    """

    kind: FindingKind
    severity: Severity
    lock: str
    line: int
    name: str
    version: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """A pin that could not be checked, and why; never shown as good."""

    lock: str
    name: str
    version: str
    why: str
