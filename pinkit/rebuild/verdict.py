"""From a comparison to a verdict, and from verdicts to an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.errors import ExitCode
from pinkit.model.rebuild import STANDINGS, Comparison, Level, Standing, Verdict, Weight

if TYPE_CHECKING:
    from collections.abc import Iterable


def verdict_of(comparison: Comparison) -> Verdict:
    """The verdict that the comparison justifies: the heaviest discrepancy decides."""
    if comparison.level is Level.BYTES:
        return Verdict.REPRODUCED
    if comparison.level is Level.MODULO_TIME:
        return Verdict.REPRODUCED_MODULO_TIME
    worst = max((d.weight for d in comparison.discrepancies), default=Weight.FAULT)
    return {
        Weight.EXPLAINED: Verdict.EQUIVALENT,
        Weight.UNPROVED: Verdict.PARTIAL,
        Weight.FAULT: Verdict.DIFFERS,
        Weight.SUSPICION: Verdict.TAMPER_SUSPECT,
    }[worst]


def exit_code(verdicts: Iterable[Verdict], *, accepted: frozenset[Verdict] = frozenset()) -> ExitCode:
    """YES when every verdict passes or is accepted, NO for one that fails or warns.

    UNAVAILABLE for an inconclusive one; it outranks NO, as everywhere (`ExitCode.worst`). What fails cannot be
    accepted.
    """
    return ExitCode.worst(*(_code(verdict, accepted) for verdict in verdicts))


def _code(verdict: Verdict, accepted: frozenset[Verdict]) -> ExitCode:
    standing = STANDINGS[verdict]
    if standing is Standing.PASS or (verdict in accepted and standing is not Standing.FAIL):
        return ExitCode.YES
    return ExitCode.UNAVAILABLE if standing is Standing.INCONCLUSIVE else ExitCode.NO
