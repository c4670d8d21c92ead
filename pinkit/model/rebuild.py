"""Rebuilding as values: what a comparison found, and what is concluded from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution
    from pinkit.model.rebuild_plan import Plan


class Verdict(StrEnum):
    """What is concluded about one published artifact, best first."""

    REPRODUCED = "REPRODUCED"
    REPRODUCED_MODULO_TIME = "REPRODUCED_MODULO_TIME"
    EQUIVALENT = "EQUIVALENT"
    PARTIAL = "PARTIAL"
    SKIPPED = "SKIPPED"
    NO_SOURCE = "NO_SOURCE"
    UNBUILDABLE = "UNBUILDABLE"
    DIFFERS = "DIFFERS"
    TAMPER_SUSPECT = "TAMPER_SUSPECT"


class Standing(StrEnum):
    """How a verdict counts: "inconclusive" is never shown as "pass"."""

    PASS = "pass"  # noqa: S105 - a standing, no password
    WARN = "warn"
    INCONCLUSIVE = "inconclusive"
    FAIL = "fail"


STANDINGS: dict[Verdict, Standing] = {
    Verdict.REPRODUCED: Standing.PASS,
    Verdict.REPRODUCED_MODULO_TIME: Standing.PASS,
    Verdict.EQUIVALENT: Standing.WARN,
    Verdict.PARTIAL: Standing.WARN,
    Verdict.SKIPPED: Standing.INCONCLUSIVE,
    Verdict.NO_SOURCE: Standing.INCONCLUSIVE,
    Verdict.UNBUILDABLE: Standing.INCONCLUSIVE,
    Verdict.DIFFERS: Standing.FAIL,
    Verdict.TAMPER_SUSPECT: Standing.FAIL,
}


class Weight(IntEnum):
    """What a discrepancy alone would justify: an explained difference, an unproved part, a fault, a suspicion."""

    EXPLAINED = 1
    UNPROVED = 2
    FAULT = 3
    SUSPICION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One difference that remains between the published artifact and the rebuilt one.

    `kind` is one of `rebuild.classes.WEIGHTS`; `member` is "" for the archive as a whole. `detail` may
    quote names from the artifact: it is not yet safe for a terminal.
    """

    kind: str
    member: str
    detail: str
    weight: Weight


class Level(StrEnum):
    """How far two artifacts agree, best first."""

    BYTES = "byte-exact"
    MODULO_TIME = "byte-exact modulo time"
    DEFLATE = "equal but for compression"
    CLASSES = "equal but for named classes"
    PAYLOAD = "payload differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far a rebuilt artifact agrees with the published one, and every discrepancy, by member."""

    level: Level
    discrepancies: tuple[Discrepancy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One plan carried out: its `comparison`, or why it came to nothing (`failure`, in words of others).

    `requirements` are the distributions of the build environment, by filename. `python` is the full version
    that built ("" when nothing ran), `sandbox` the level of isolation. `rebuilt` is the "sha256:hex" of what came out,
    with the published times put in where only those differ.
    """

    plan: Plan
    requirements: tuple[Distribution, ...] = ()
    python: str = ""
    sandbox: str = ""
    rebuilt: str = ""
    comparison: Comparison | None = None
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is concluded about one published artifact, and from what.

    `digest` is the "sha256:hex" of the published file, `source` and `source_digest` those of the sdist or commit
    it was built from ("" without one). `best` is the attempt that agrees most; `builds` counts all that ran.
    `reason` says why an inconclusive verdict is one, in words of others where a build failed.
    """

    name: str
    version: str
    file: str
    digest: str
    verdict: Verdict
    source: str = ""
    source_digest: str = ""
    best: Attempt | None = None
    builds: int = 0
    reason: str = ""

    @property
    def discrepancies(self) -> tuple[Discrepancy, ...]:
        """Those of the best attempt."""
        return self.best.comparison.discrepancies if self.best and self.best.comparison else ()
