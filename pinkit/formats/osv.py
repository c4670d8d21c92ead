"""OSV records (schema 1.7) read tolerantly and loudly: a bad event is dropped, a bad record quarantined.

Nothing is dropped in silence: `Advisory.defects` lists what was unreadable inside a record, `Quarantined`
says why a whole record was. Unknown fields are let be.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeGuard

from pinkit.formats.cvss_score import score, severity_word
from pinkit.formats.osv_affected import compile_affected
from pinkit.formats.pep508 import normalized_name
from pinkit.model.advisory import Advisory, Quarantined, Record, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_RECORD_BYTES = 64 << 20
"""Larger records are quarantined unread."""

_MAX_SUMMARY = 300
_MAX_DETAILS = 16_384
_MAX_TEXTS = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_NAME_SEEN = re.compile(rb'"name"\s*:\s*("(?:[^"\\]|\\.){1,200}")')
_TIME = re.compile(
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,12})?(Z|[+-][01][0-9]:[0-5][0-9])"
)
_SCHEMES = ("CVSS_V4", "CVSS_V3", "CVSS_V2")


class Unreadable(ValueError):
    """The record makes no sense; the text says why."""


def read_record(content: bytes, label: str, *, exact: bool = False) -> Record:
    """The record in `content`; Quarantined when it cannot be read.

    `label` is what the file's name or the question said; a record under another id is quarantined when
    `exact`.
    """
    try:
        return _advisory(_decoded(content), label if exact else "")
    except Unreadable as error:
        return Quarantined(id=label or "?", why=str(error), names=names_in(content))


def names_in(content: bytes) -> tuple[str, ...]:
    """Every normalised name that an unreadable record seems to mention, sorted; too many rather than too few."""
    seen = {_unquoted(match.decode("utf-8", "replace")) for match in set(_NAME_SEEN.findall(content))}
    return tuple(sorted({normalized_name(name.strip()) for name in seen}))


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError:
        return text[1:-1]


def _decoded(content: bytes) -> dict[str, Any]:
    import msgspec

    if len(content) > MAX_RECORD_BYTES:
        raise Unreadable(f"larger than {MAX_RECORD_BYTES >> 20} MiB")
    try:
        record = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Unreadable(f"not JSON: {error}") from error
    if not isinstance(record, dict):
        raise Unreadable("not a JSON object")
    return record


def _advisory(record: dict[str, Any], expected_id: str) -> Advisory:
    identity = _identity(record.get("id"), expected_id)
    defects: list[str] = []
    aliases = tuple(
        alias for alias in _texts(record.get("aliases"), "aliases", defects) if _ID.fullmatch(alias)
    )
    entries = record.get("affected", ())
    if not isinstance(entries, list | tuple):
        raise Unreadable("`affected` is no list")
    affected = compile_affected(identity, entries, aliases, defects)
    severity, base, vector = _severity(record, entries, defects)
    details = _text(record.get("details"))
    advisory = Advisory(
        id=identity,
        modified=_time(record, "modified", defects),
        published=_time(record, "published", defects),
        withdrawn=_time(record, "withdrawn", defects),
        aliases=aliases,
        summary=_summary(_text(record.get("summary")), details),
        details=details[:_MAX_DETAILS],
        severity=severity,
        score=base,
        vector=vector,
        references=tuple(_references(record.get("references"), defects)),
        cwes=_cwes(record),
        affected=affected,
        defects=tuple(defects),
    )
    digest = hashlib.sha256(repr(advisory).encode("utf-8", "surrogatepass")).hexdigest()
    return replace(advisory, digest=digest)


def is_id(found: object) -> TypeGuard[str]:
    """Whether this can be an advisory's id: a short name that is safe in a path, a URL or Markdown."""
    return isinstance(found, str) and _ID.fullmatch(found) is not None


def _identity(found: object, expected: str) -> str:
    if not is_id(found):
        raise Unreadable("no usable `id`")
    if expected and found != expected:
        raise Unreadable(f"its id is {found}, not {expected}")
    return found


def _time(record: dict[str, Any], field: str, defects: list[str]) -> str:
    value = record.get(field)
    if isinstance(value, str) and _TIME.fullmatch(value):
        return value
    # An unreadable `withdrawn` does not withdraw: a record too many is better than one too few.
    if value is not None or field == "modified":
        defects.append(f"`{field}` is no time")
    return ""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object, field: str, defects: list[str]) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        defects.append(f"`{field}` is no list")
        return []
    texts = [text for text in value if isinstance(text, str)]
    if len(texts) != len(value):
        defects.append(f"`{field}` has entries that are no text")
    return texts[:_MAX_TEXTS]


def _summary(summary: str, details: str) -> str:
    """One line: the summary, or the first sentence or so of the details (most PYSEC records have no summary)."""
    line = " ".join((summary or details.strip().partition("\n\n")[0]).split()).lstrip("# ")
    if len(line) <= _MAX_SUMMARY:
        return line
    return line[:_MAX_SUMMARY].rpartition(" ")[0] + " …"


def _references(value: object, defects: list[str]) -> Iterable[str]:
    if value is None:
        return
    if not isinstance(value, list):
        defects.append("`references` is no list")
        return
    for entry in value[:_MAX_TEXTS]:
        url = entry.get("url") if isinstance(entry, dict) else None
        if isinstance(url, str) and url.startswith(("https://", "http://")):
            yield url


def _cwes(record: dict[str, Any]) -> tuple[str, ...]:
    specific = record.get("database_specific")
    cwes = specific.get("cwe_ids") if isinstance(specific, dict) else None
    found = {cwe for cwe in cwes if isinstance(cwe, str)} if isinstance(cwes, list) else set()
    return tuple(sorted(cwe for cwe in found if re.fullmatch(r"CWE-[0-9]{1,6}", cwe)))


def _severity(
    record: dict[str, Any], entries: Iterable[Any], defects: list[str]
) -> tuple[Severity, float, str]:
    """The best scheme that can be read: CVSS v4, v3, v2, else the database's own word, else UNKNOWN."""
    rated: list[tuple[int, float, Severity, str]] = []
    for scheme, vector in _vectors(record, entries):
        if scheme not in _SCHEMES:
            continue
        found = score(vector)
        if found is None:
            defects.append(f"{scheme} vector is not valid: {vector[:80]!r}")
        else:
            rated.append((-_SCHEMES.index(scheme), found[0], found[1], vector))
    if rated:
        _, base, severity, vector = max(rated)
        return severity, base, vector
    return _database_word(record, entries), 0.0, ""


def _vectors(record: dict[str, Any], entries: Iterable[Any]) -> Iterable[tuple[str, str]]:
    places = [record.get("severity")]
    places += [entry.get("severity") for entry in entries if isinstance(entry, dict)]
    for place in places:
        for item in place if isinstance(place, list) else ():
            if isinstance(item, dict) and isinstance(item.get("score"), str):
                yield str(item.get("type", "")), item["score"].strip()


def _database_word(record: dict[str, Any], entries: Iterable[Any]) -> Severity:
    holders = [record, *(entry for entry in entries if isinstance(entry, dict))]
    words = [
        specific.get("severity")
        for holder in holders
        for specific in (holder.get("database_specific"), holder.get("ecosystem_specific"))
        if isinstance(specific, dict)
    ]
    return max((severity_word(word) for word in words if isinstance(word, str)), default=Severity.UNKNOWN)
