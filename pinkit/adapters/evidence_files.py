"""Evidence and ledgers as files."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.files import make_folders, read_bytes, write_atomically
from pinkit.adapters.sigstore import BUNDLE_SUFFIX
from pinkit.errors import UsageError
from pinkit.rebuild.ledger import InvalidLedger, read_ledger, updated, write_ledger
from pinkit.rebuild.statement import evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.ledger import Entry

SUFFIX = ".intoto.jsonl"


def write_evidence(outcomes: Iterable[Outcome], folder: str) -> Mapping[str, str]:
    """Published digest -> path of the statements just written below `folder`; made when missing."""
    written: dict[str, str] = {}
    for outcome in outcomes:
        text = evidence(outcome)
        if text:
            make_folders(folder)
            path = f"{folder.rstrip('/')}/{outcome.file}{SUFFIX}"
            if Path(path).is_file() and Path(path).read_bytes() != text:
                Path(path + BUNDLE_SUFFIX).unlink(missing_ok=True)  # it signs what was there before
            write_atomically(path, text)
            written[outcome.digest] = path
    return written


def evidence_digests(outcomes: Iterable[Outcome]) -> Mapping[str, str]:
    """Published digest -> "sha256:hex" of its statements, whether they are written or not."""
    texts = {outcome.digest: evidence(outcome) for outcome in outcomes}
    return {digest: f"sha256:{hashlib.sha256(text).hexdigest()}" for digest, text in texts.items() if text}


def ledger_entries(path: str) -> tuple[Entry, ...] | None:
    """The ledger at `path`; None when there is no such file. Raises UsageError for another file."""
    if not Path(path).exists():
        return None
    try:
        return read_ledger(read_bytes(path))
    except InvalidLedger as error:
        hint = "restore it, or delete it and verify again"
        raise UsageError(f"{path}: this ledger cannot be read", str(error), hint) from error


def update_ledger(path: str, before: Iterable[Entry], outcomes: tuple[Outcome, ...]) -> None:
    """Replace the ledger by one that knows these outcomes."""
    write_atomically(path, write_ledger(updated(before, outcomes, evidence_digests(outcomes))))
