"""The ledger beside a lock: which published files were rebuilt, with what verdict; readable offline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinkit.model.rebuild import STANDINGS, Standing, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.rebuild import Outcome

VERSION = 1


class InvalidLedger(ValueError):
    """The text is no ledger; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file's verdict; `evidence` is the "sha256:hex" of its statements, "" where there are none."""

    name: str
    version: str
    file: str
    digest: str
    verdict: Verdict
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A release of `name` that was not reproduced although `before` (an earlier one) was."""

    name: str
    version: str
    file: str
    before: str
    verdict: Verdict


def read_ledger(text: bytes) -> tuple[Entry, ...]:
    """The entries, in file order. Raises InvalidLedger."""
    try:
        told = json.loads(text)
        version, entries = told["version"], [_entry(entry) for entry in told["entries"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidLedger(f"it is no ledger: {error!r}") from error
    if version != VERSION:
        raise InvalidLedger(f"its version is {version!r}, not {VERSION}")
    return tuple(entries)


def _entry(told: Mapping[str, Any]) -> Entry:
    texts = {key: str(told[key]) for key in ("name", "version", "file", "digest", "evidence")}
    return Entry(verdict=Verdict(told["verdict"]), **texts)


def write_ledger(entries: Iterable[Entry]) -> bytes:
    """The ledger's text: sorted, one entry a line, so that a change of one pin is a change of one line."""
    lines = [
        json.dumps(
            {
                "name": entry.name,
                "version": entry.version,
                "file": entry.file,
                "digest": entry.digest,
                "verdict": entry.verdict.value,
                "evidence": entry.evidence,
            }
        )
        for entry in sorted(entries, key=lambda e: (e.name, e.version, e.file, e.digest))
    ]
    body = ",\n".join(lines)
    return f'{{"version": {VERSION}, "entries": [\n{body}\n]}}\n'.encode()


def updated(
    entries: Iterable[Entry], outcomes: Iterable[Outcome], evidence: Mapping[str, str]
) -> tuple[Entry, ...]:
    """The ledger after these outcomes; `evidence` maps published digests to those of their statements.

    A file's new verdict replaces its old one. Entries of releases that the lock no longer pins stay while they
    are the last that passed of their name: a later failure is then known to be a regression.
    """
    new = {
        outcome.digest: Entry(
            name=outcome.name,
            version=outcome.version,
            file=outcome.file,
            digest=outcome.digest,
            verdict=outcome.verdict,
            evidence=evidence.get(outcome.digest, ""),
        )
        for outcome in outcomes
        if outcome.digest
    }
    seen = {entry.name for entry in new.values()}
    failed = {entry.name for entry in new.values() if not _passes(entry.verdict)}
    kept = [
        entry
        for entry in entries
        if entry.digest not in new
        and (entry.name not in seen or (entry.name in failed and _passes(entry.verdict)))
    ]
    return (*kept, *new.values())


def regressions(entries: Iterable[Entry], outcomes: Iterable[Outcome]) -> tuple[Regression, ...]:
    """Outcomes that do not pass although another release of the same name did, by name and file."""
    passed: dict[str, list[str]] = {}
    for entry in entries:
        if _passes(entry.verdict):
            passed.setdefault(entry.name, []).append(entry.version)
    return tuple(
        Regression(
            name=outcome.name,
            version=outcome.version,
            file=outcome.file,
            before=others[-1],
            verdict=outcome.verdict,
        )
        for outcome in sorted(outcomes, key=lambda o: (o.name, o.file))
        if not _passes(outcome.verdict)
        and (others := [version for version in passed.get(outcome.name, ()) if version != outcome.version])
    )


def unproved(
    pins: Iterable[tuple[str, str, tuple[str, ...]]], entries: Iterable[Entry]
) -> tuple[tuple[str, str], ...]:
    """(name, version) of the pins of which the ledger proves no file; each pin is (name, version, hashes)."""
    proved = {entry.digest for entry in entries if _passes(entry.verdict)}
    return tuple((name, version) for name, version, hashes in pins if proved.isdisjoint(hashes))


def _passes(verdict: Verdict) -> bool:
    return STANDINGS[verdict] is Standing.PASS
