"""The ledger beside a lock: which published files were rebuilt, with what verdict; readable offline."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinkit.model.rebuild import STANDINGS, Outcome, Standing, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    except (ValueError, KeyError, TypeError, RecursionError) as error:
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
    """Outcomes that do not pass although such a file of another release of the name did, by name and file.

    What was not tried (SKIPPED) is none, and neither is machine code where only pure wheels passed.
    """
    passed: dict[tuple[str, str], list[str]] = {}
    for entry in entries:
        if _passes(entry.verdict):
            passed.setdefault((entry.name, _kind(entry.file)), []).append(entry.version)
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
        and outcome.verdict is not Verdict.SKIPPED
        and (
            others := [
                version
                for version in passed.get((outcome.name, _kind(outcome.file)), ())
                if version != outcome.version
            ]
        )
    )


def _kind(file: str) -> str:
    """An sdist, a pure wheel or a native one; a release without a wheel is compared with sdists."""
    if not file.endswith(".whl"):
        return "sdist"
    return "wheel" if file.endswith("-any.whl") else "native"


def recorded(pin: tuple[str, str, tuple[str, ...]], entries: Iterable[Entry]) -> tuple[Outcome, ...]:
    """What the ledger says of the files of this pin (name, version, hashes), by file.

    SKIPPED with the reason, and without a digest, where it knows none of them.
    """
    name, version, hashes = pin
    known = sorted((e for e in entries if e.digest in hashes), key=lambda e: (e.file, e.verdict))
    if known:
        return tuple(_recorded(name, version, entry) for entry in known)
    why = "it knows none of the files" if hashes else "the lock has no hashes to find files by"
    return (Outcome(name=name, version=version, file="", digest="", verdict=Verdict.SKIPPED, reason=why),)


def _recorded(name: str, version: str, entry: Entry) -> Outcome:
    return Outcome(
        name=name,
        version=version,
        file=entry.file,
        digest=entry.digest,
        verdict=entry.verdict,
        reason="the ledger says so",
    )


def _passes(verdict: Verdict) -> bool:
    return STANDINGS[verdict] is Standing.PASS
