"""Advisories as pinkit reads them: OSV records reduced to what matching and reports need."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Severity(IntEnum):
    """How bad an advisory is; ordered. UNKNOWN is below all others and has its own policy."""

    UNKNOWN = -1
    NONE = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """As written in reports and options: "low", "unknown", …"""
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """What one advisory says about the versions of one project, compiled for quick matching.

    All `affected[]` entries of the record for `name` are merged, GIT ranges left out. `spans` is a
    space-joined list of intervals "START,END": START is a version or "" (below every version); END is
    "<V" (fixed in V), "=V" (V is the last affected), "^V" (a limit) or "" (no end). `versions` holds the
    listed versions in their comparable form (`formats.osv_versions.comparable`), each between newlines;
    "" when none is listed. `aliases` are the record's, space-joined. `doubt` says what of the record could
    not be read ("" when all could); `may_miss` is true when what could not be read may cover more versions.
    """

    name: str
    id: str
    spans: str = ""
    versions: str = ""
    aliases: str = ""
    doubt: str = ""
    may_miss: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """One OSV record for people: what it is called, how bad it is, where to read more.

    `modified`, `published` and `withdrawn` are RFC 3339 texts in UTC as published ("" when absent).
    `score` is the CVSS base score, 0.0 with severity UNKNOWN or where only a word was given. `references` are
    URLs, `cwes` "CWE-79". `affected` is empty when the advisory was read for a report only. `digest` is a
    hex SHA-256 over everything here.
    """

    id: str
    modified: str
    published: str = ""
    withdrawn: str = ""
    aliases: tuple[str, ...] = ()
    summary: str = ""
    details: str = ""
    severity: Severity = Severity.UNKNOWN
    score: float = 0.0
    vector: str = ""
    references: tuple[str, ...] = ()
    cwes: tuple[str, ...] = ()
    affected: tuple[Affected, ...] = ()
    defects: tuple[str, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A record that could not be read: its id, why, and the projects that it seems to name (normalised)."""

    id: str
    why: str
    names: tuple[str, ...] = ()
    modified: str = ""


Record = Advisory | Quarantined


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """Which advisories an answer rests on.

    `source` is as the user gave it (URL, or a path as written). `newest` is the latest `modified` of all
    records. `synced_at` is seconds since the epoch, None when unknown. `digest` is "sha256:hex" over all
    records in order of id: equal digests mean equal answers. `unreadable` counts quarantined records.
    """

    source: str
    records: int
    newest: str
    digest: str
    synced_at: int | None = None
    unreadable: int = 0
    defective: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """What a source knows about the projects it was asked for.

    `by_name` holds each project's compiled advisories in order of id; a project without any is absent.
    `unreadable` are quarantined records by the project that they name. `unanswered` maps (name, version)
    to why the source could not answer for it.
    """

    by_name: Mapping[str, tuple[Affected, ...]]
    unreadable: Mapping[str, tuple[Quarantined, ...]]
    unanswered: Mapping[tuple[str, str], str]
