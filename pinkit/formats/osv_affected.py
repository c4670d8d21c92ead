"""`affected[]` of an OSV record compiled per PyPI project (OSV schema 1.7, "affected" and "Evaluation")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.formats.osv_versions import KINDS, Event, key_of, listed, spans
from pinkit.formats.pep508 import normalized_name
from pinkit.model.advisory import Affected

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_EVENTS = 100_000
_MAX_TOLD = 5


class _Merged:
    """What all entries for one project say together; grows while a record is read."""

    __slots__ = ("doubts", "may_miss", "spans", "versions")

    def __init__(self) -> None:
        self.spans: list[tuple[str, str]] = []
        self.versions: list[str] = []
        self.doubts: list[str] = []
        self.may_miss = False


def compile_affected(
    identity: str, entries: Iterable[Any], aliases: Sequence[str], defects: list[str]
) -> tuple[Affected, ...]:
    """One `Affected` per PyPI project that the entries name, by name; what is unreadable goes to `defects`."""
    merged: dict[str, _Merged] = {}
    for entry in entries:
        name = _pypi_name(entry, defects)
        if name:
            into = merged.setdefault(name, _Merged())
            known = len(into.doubts)
            _add_versions(entry.get("versions"), into)
            _add_ranges(entry.get("ranges"), into)
            defects += (f"{name}: {doubt}" for doubt in _some(into.doubts[known:]))
    return tuple(
        Affected(
            name=name,
            id=identity,
            spans=" ".join(sorted({f"{start},{end}" for start, end in found.spans})),
            versions=listed(found.versions),
            aliases=" ".join(aliases),
            doubt="; ".join(_some(found.doubts)),
            may_miss=found.may_miss,
        )
        for name, found in sorted(merged.items())
    )


def _some(doubts: list[str]) -> list[str]:
    """The first few: a hostile record may have any number."""
    rest = len(doubts) - _MAX_TOLD
    return [*doubts[:_MAX_TOLD], f"and {rest} more"] if rest > 0 else doubts


def _pypi_name(entry: object, defects: list[str]) -> str:
    if not isinstance(entry, dict):
        defects.append("an entry of `affected` is no object")
        return ""
    project = entry.get("package")
    if project is None:
        return ""
    ecosystem = project.get("ecosystem") if isinstance(project, dict) else None
    if not isinstance(ecosystem, str):
        defects.append("an entry of `affected` has a package of no readable ecosystem")
        return ""
    if ecosystem.partition(":")[0] != "PyPI":
        return ""
    name = project.get("name")
    if not isinstance(name, str) or not name.strip() or len(name) > 200:
        defects.append("an entry of `affected` has no usable project name")
        return ""
    return normalized_name(name.strip())


def _add_versions(value: object, into: _Merged) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        into.doubts.append("`versions` is no list")
        into.may_miss = True
        return
    texts = [text for text in value if isinstance(text, str)]
    into.versions += texts
    if len(texts) != len(value):
        into.doubts.append("`versions` has entries that are no text")
        into.may_miss = True


def _add_ranges(value: object, into: _Merged) -> None:
    if value is None:
        return
    if not isinstance(value, list):
        into.doubts.append("`ranges` is no list")
        into.may_miss = True
        return
    for entry in value:
        if not isinstance(entry, dict):
            into.doubts.append("a range is no object")
            into.may_miss = True
        elif entry.get("type") in ("ECOSYSTEM", "SEMVER"):
            into.spans += spans(_events(entry.get("events"), into))
        elif entry.get("type") != "GIT":
            into.doubts.append(f"a range of unknown type {str(entry.get('type'))[:40]!r}")
            into.may_miss = True


def _events(value: object, into: _Merged) -> list[Event]:
    if not isinstance(value, list) or len(value) > _MAX_EVENTS:
        into.doubts.append("`events` is no list" if not isinstance(value, list) else "too many events")
        into.may_miss = True
        return []
    found: list[Event] = []
    for event in value:
        known = [kind for kind in KINDS if isinstance(event, dict) and kind in event]
        if not known:
            into.doubts.append("an event without a known kind was dropped")
        for kind in known:
            _add_event(kind, event[kind], found, into)
    return found


def _add_event(kind: str, value: object, found: list[Event], into: _Merged) -> None:
    text = value.strip() if isinstance(value, str) else ""
    literal = (kind == "introduced" and text == "0") or (kind == "limit" and text == "*")
    if literal or key_of(text) is not None:
        found.append((kind, text))
        return
    into.doubts.append(f"{kind} {str(value)[:60]!r} is no version, the event was dropped")
    # Without its start or its limit lifted a range may cover more than what is left of it.
    into.may_miss = into.may_miss or kind == "introduced"
