"""CVSS vectors as scores and words (FIRST's specifications, by the `cvss` library)."""

from __future__ import annotations

from functools import lru_cache

from pinkit.model.advisory import Severity

_WORDS = {
    "none": Severity.NONE,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "important": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
_LONGEST_VECTOR = 512


def severity_word(text: str) -> Severity:
    """The severity that a database's own word means; UNKNOWN for a word nobody uses."""
    return _WORDS.get(text.strip().lower(), Severity.UNKNOWN)


@lru_cache(maxsize=8192)
def score(vector: str) -> tuple[float, Severity] | None:
    """Base score and severity of a CVSS v4, v3 or v2 vector; None when it is no valid vector.

    v2 has no "critical": its scores from 7.0 are HIGH, as the NVD rates them.
    """
    from cvss import CVSS2, CVSS3, CVSS4, CVSSError  # type: ignore[import-untyped]

    if len(vector) > _LONGEST_VECTOR:
        return None
    try:
        if vector.startswith("CVSS:4"):
            base = float(CVSS4(vector).base_score)
        elif vector.startswith("CVSS:3"):
            base = float(CVSS3(vector).base_score)
        else:
            base = float(CVSS2(vector).base_score)
            return (base, min(_rating(base), Severity.HIGH))
    except CVSSError:
        return None
    return (base, _rating(base))


def _rating(base: float) -> Severity:
    if base <= 0:
        return Severity.NONE
    bounds = ((4.0, Severity.LOW), (7.0, Severity.MEDIUM), (9.0, Severity.HIGH))
    return next((severity for bound, severity in bounds if base < bound), Severity.CRITICAL)
