"""A whole run of `verify`: outcomes, regressions, where the evidence lies; counted honestly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.model.rebuild import STANDINGS, Standing, Verdict

if TYPE_CHECKING:
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.ledger import Regression


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What a run concluded.

    `evidence` maps a published digest to the path of its statements as the user named the folder. `places` maps
    (name, version) to the lock's (file, line). `accepted` are verdicts short of reproduction that policy lets pass.
    """

    outcomes: tuple[Outcome, ...]
    regressions: tuple[Regression, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    places: tuple[tuple[tuple[str, str], tuple[str, int]], ...] = ()
    accepted: frozenset[Verdict] = frozenset()

    def evidence_of(self, outcome: Outcome) -> str:
        """The path of the outcome's statements, "" without."""
        return dict(self.evidence).get(outcome.digest, "")

    def place_of(self, name: str, version: str) -> tuple[str, int]:
        """(file, line) of the pin; ("", 0) for an artifact that no lock named."""
        return dict(self.places).get((name, version), ("", 0))

    def standing(self, outcome: Outcome) -> Standing:
        """How the outcome counts here: an accepted one that warns only warns, any other that warns fails."""
        standing = STANDINGS[outcome.verdict]
        if standing is Standing.WARN and outcome.verdict not in self.accepted:
            return Standing.FAIL
        return standing

    def summary(self) -> str:
        """One sentence with every number: "2 of 3 artifacts reproduced; 1 UNBUILDABLE"."""
        counts = Counter(outcome.verdict for outcome in self.outcomes)
        good = sum(n for verdict, n in counts.items() if STANDINGS[verdict] is Standing.PASS)
        parts = [f"{good} of {len(self.outcomes)} artifacts reproduced"]
        if counts[Verdict.REPRODUCED_MODULO_TIME]:
            parts[0] += f" ({counts[Verdict.REPRODUCED_MODULO_TIME]} but for zip times)"
        parts += [
            f"{counts[verdict]} {verdict.value}"
            for verdict in Verdict
            if counts[verdict] and STANDINGS[verdict] is not Standing.PASS
        ]
        if self.regressions:
            parts.append(f"{len(self.regressions)} reproduced before and not now")
        return "; ".join(parts)
