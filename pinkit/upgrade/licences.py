"""Whether two releases state the same licence, however they write it (core metadata: PEP 639 and before)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_EXPRESSION, _FREE, _CLASSIFIER = "License-Expression: ", "License: ", "Classifier: License :: "
_APPROVED = "OSI Approved :: "
_SPELLINGS = {
    "apache-2.0": ("apache", "apache 2", "apache 2.0", "apache license 2.0", "apache software license"),
    "bsd": (
        "bsd license",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsd 2-clause",
        "bsd 3-clause",
        "new bsd",
        "modified bsd",
    ),
    "isc": ("isc license", "isc license (iscl)"),
    "mit": ("mit license", "the mit license", "the mit license (mit)", "expat"),
    "mpl-2.0": ("mpl 2.0", "mozilla public license 2.0", "mozilla public license 2.0 (mpl 2.0)"),
    "psf-2.0": ("psf", "psfl", "python software foundation license"),
    "unlicense": ("the unlicense", "the unlicense (unlicense)"),
}
"""Names that older fields give to what an expression writes as one of its identifiers ("bsd": any of its clauses)."""
_KNOWN = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in (name, *spellings)}


def same_licence(before: Iterable[str], after: Iterable[str]) -> bool:
    """Whether the statements of two releases ("Field: value") agree; not where only one of them states any.

    Statements of the same field have to be equal but for case and spaces. Across fields, as when a release takes up
    License-Expression, they agree where both are known to mean the same single licence.
    """
    old, new = _statements(before), _statements(after)
    shared = next((field for field in (_EXPRESSION, _FREE, _CLASSIFIER) if old[field] and new[field]), "")
    if shared:
        return old[shared] == new[shared]
    return _meant(old) == _meant(new) and "" not in _meant(old)


def _statements(lines: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {_EXPRESSION: set(), _FREE: set(), _CLASSIFIER: set()}
    for line in lines:
        for field, texts in found.items():
            if line.startswith(field):
                texts.add(" ".join(line.removeprefix(field).removeprefix(_APPROVED).lower().split()))
    return found


def _meant(statements: dict[str, set[str]]) -> set[str]:
    """The licences meant, by the field that says it most exactly; {""} where one is not known by name."""
    texts = statements[_EXPRESSION] or statements[_FREE] or statements[_CLASSIFIER]
    plain = (re.sub(r"[,]|\bversion\b|\bv(?=\d)", " ", text) for text in texts)
    return {_KNOWN.get(" ".join(text.split()), "") for text in plain} if texts else set()
