"""The verdict for every pin: findings that apply, and pins that could not be answered."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pinkit.audit.groups import alias_groups, fixed_in, is_malicious, severity, shown_ids
from pinkit.audit.match import hit, incomparable, subject
from pinkit.formats.sources import shown_name
from pinkit.formats.via_graph import ViaGraph
from pinkit.model.advisory import Severity
from pinkit.model.audit import Finding, Unanswered

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pinkit.audit.match import Hit
    from pinkit.model.advisory import Advised, Advisory
    from pinkit.model.audit import LockFile
    from pinkit.model.lock import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One pin matched: advisories that apply, and why more might (`doubts`; empty when that is certain)."""

    file: LockFile
    pin: Pin
    hits: tuple[Hit, ...] = ()
    doubts: tuple[str, ...] = ()
    doubtful_ids: tuple[str, ...] = ()
    audited: bool = True


def examine(files: Iterable[LockFile], advised: Advised) -> tuple[Examined, ...]:
    """Every pin of every lock, whatever its marker, matched against what is known of its project."""
    return tuple(_examined(file, pin, advised) for file in files for pin in file.lock.pins)


def is_internal(name: str, patterns: Iterable[str]) -> bool:
    """Whether a project is one that no public source can know (configured patterns)."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def findings(
    examined: Sequence[Examined], advisories: Mapping[str, Advisory], published_by: str = ""
) -> tuple[Finding, ...]:
    """One finding per alias group and pin, in order of lock, line and id.

    Advisories published after `published_by` (an ISO date, "" = no bound) are left out.
    """
    graphs: dict[int, ViaGraph] = {}
    found: list[Finding] = []
    for each in examined:
        hits = [h for h in each.hits if _known_by(advisories.get(h.affected.id), published_by)]
        if hits:
            graph = graphs.get(id(each.file)) or graphs.setdefault(id(each.file), ViaGraph(each.file.lock))
            why = (graph.path(each.pin.name), graph.direct(each.pin.name))
            found += (_finding(each, group, advisories, why) for group in alias_groups(hits))
    return tuple(found)


def unanswered(examined: Iterable[Examined], files: Iterable[LockFile]) -> tuple[Unanswered, ...]:
    """The pins that are not certain, with every reason, and the entries that are no exact pin."""
    loose = tuple(
        Unanswered(name=name, version="", lock=file.path, line=line, verdict="not audited", why=why)
        for file in files
        for line, name, why in file.unpinned
    )
    return loose + tuple(
        Unanswered(
            name=shown_name(each.pin),
            version=each.pin.version,
            lock=each.file.path,
            line=each.pin.line,
            verdict="uncertain" if each.audited else "not audited",
            why="; ".join(each.doubts),
            ids=each.doubtful_ids,
        )
        for each in examined
        if each.doubts
    )


def is_certainly_clean(name: str, version: str, advised: Advised) -> bool:
    """Whether no advisory applies to the release, and nothing about its project is in doubt."""
    pinned = subject(version)
    known = advised.by_name.get(name, ())
    return (
        (name, version) not in advised.unanswered
        and name not in advised.unreadable
        and not any(hit(each, pinned) or incomparable(each, pinned) for each in known)
    )


def _known_by(advisory: Advisory | None, day: str) -> bool:
    return not (day and advisory is not None and advisory.published[:10] > day)


def _examined(file: LockFile, pin: Pin, advised: Advised) -> Examined:
    refused = advised.unanswered.get((pin.name, pin.version), "")
    if not pin.version:
        why = _foreign(pin) or "it has no exact version"
        return Examined(file=file, pin=pin, audited=False, doubts=(why,))
    pinned = subject(pin.version)
    hits: list[Hit] = []
    doubts: list[str] = [refused] if refused else []
    ids: list[str] = []
    for affected in advised.by_name.get(pin.name, ()):
        found = hit(affected, pinned)
        doubt = incomparable(affected, pinned) if found is None else ""
        if found is not None and found.as_public:
            doubt = f"{affected.id} affects {pinned.public}; it does not say whether the local build is, too"
        elif found is not None:
            hits.append(found)
        if doubt:
            doubts.append(doubt)
            ids.append(affected.id)
    for record in advised.unreadable.get(pin.name, ()):
        doubts.append(f"{record.id} names it and could not be read: {record.why}")
        ids.append(record.id)
    foreign = _foreign(pin) if not hits else ""
    doubts += [foreign] if foreign else []
    return Examined(
        file=file,
        pin=pin,
        hits=tuple(hits),
        doubts=tuple(doubts),
        doubtful_ids=tuple(ids),
        audited=not refused and not foreign,
    )


def _foreign(pin: Pin) -> str:
    if pin.source is None:
        return ""
    return f"it comes from {_place(pin)}; advisories speak of the releases of an index"


def _place(pin: Pin) -> str:
    kind = type(pin.source).__name__
    return {"VcsSource": "version control", "DirectorySource": "a directory"}.get(
        kind, "an archive by URL or path"
    )


def _finding(
    each: Examined,
    group: tuple[Hit, ...],
    advisories: Mapping[str, Advisory],
    why: tuple[tuple[str, ...], str],
) -> Finding:
    ids = shown_ids(group)
    known = tuple(advisories[h.affected.id] for h in group if h.affected.id in advisories)
    rated, score = severity(known)
    malicious = is_malicious(ids)
    return Finding(
        kind="malicious" if malicious else "vulnerable",
        name=each.pin.name,
        version=each.pin.version,
        lock=each.file.path,
        line=each.pin.line,
        ids=ids,
        severity=Severity.CRITICAL if malicious else rated,
        score=score,
        summary=next((a.summary for a in known if a.summary), ""),
        fixed_in=fixed_in(group),
        via=why[0],
        direct=why[1],
        notes=tuple(f"uncertain: {h.affected.id}: {h.affected.doubt}" for h in group if h.affected.doubt),
        advisories=known,
    )
