"""`upgrade --verify`: the wheels of every moved pin rebuilt, those it had before and those it gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.formats.pep440 import sort_key
from pinkit.model.change import changes_between
from pinkit.upgrade.signals_rebuild import FileVerdict, ReleaseVerdicts, rebuild_signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.model.lock import Lock, Pin
    from pinkit.model.rebuild import Outcome
    from pinkit.model.upgrade import Signal
    from pinkit.rebuild.ledger import Entry
    from pinkit.workflows.upgrade_steps import Locks


@dataclass(frozen=True, slots=True)
class _Move:
    """A pin that a lock took up, the highest that it had of the name, and what the ledger knows of that one."""

    new: Pin
    old: Pin | None
    known: tuple[Entry, ...]


def rebuild_signals(
    before: Mapping[str, Lock],
    locks: Locks,
    ledger: Callable[[str], Iterable[Entry]],
    rebuilt: Callable[[str, tuple[Pin, ...]], tuple[Outcome, ...]],
) -> tuple[Signal, ...]:
    """A signal for each moved or new release, once for all locks; sorted by name and version.

    `ledger` gives what is kept beside the lock at a path, `rebuilt` the outcomes of pins, served by the indexes of the
    lock at a path. A release before that its ledger knows is not built again.
    """
    found: dict[Signal, None] = {}
    for path, moves in _by_indexes(before, locks, ledger):
        building = [move.new for move in moves] + [move.old for move in moves if move.old and not move.known]
        pins = {_release(pin): pin for pin in building}
        outcomes = rebuilt(path, tuple(pins.values())) if pins else ()
        for move in moves:
            new = _built(move.new, outcomes)
            found[rebuild_signal(move.new.name, _earlier(move, outcomes), new)] = None
    return tuple(sorted(found, key=lambda s: (s.name, sort_key(s.version) or (), s.detail)))


def _by_indexes(
    before: Mapping[str, Lock], locks: Locks, ledger: Callable[[str], Iterable[Entry]]
) -> Iterable[tuple[str, tuple[_Move, ...]]]:
    """The moves of all locks that share their indexes, each once, beside the path of one of these locks."""
    places: dict[int, str] = {}
    moves: dict[int, dict[tuple[object, ...], _Move]] = {}
    for path, outcome in locks.now.items():
        key = id(outcome.catalog)
        places.setdefault(key, path)
        mine = moves.setdefault(key, {})
        for move in _moves(before[path], outcome.lock, tuple(ledger(path))):
            moved = (*_release(move.new), move.old.version if move.old else "")
            if moved not in mine or (move.known and not mine[moved].known):
                mine[moved] = move
    return [(path, tuple(moves[key].values())) for key, path in places.items()]


def _moves(before: Lock, after: Lock, ledger: tuple[Entry, ...]) -> Iterable[_Move]:
    for change in changes_between(before, after):
        if change.kind in ("moved", "added"):
            old = _from_index(change.name, before)
            had = {pin.version for pin in old}
            last = old[-1] if old else None
            known = tuple(e for e in ledger if last is not None and _is_of(e, last))
            for new in _from_index(change.name, after):
                if new.version not in had:
                    yield _Move(new, last, known)


def _from_index(name: str, lock: Lock) -> list[Pin]:
    """The pins of a name that are from an index, ascending."""
    mine = [pin for pin in lock.pins if pin.name == name and pin.source is None]
    return sorted(mine, key=lambda pin: (sort_key(pin.version) or (), pin.version))


def _is_of(entry: Entry, pin: Pin) -> bool:
    return (entry.name, entry.version) == _release(pin) and entry.digest in pin.hashes


def _earlier(move: _Move, outcomes: Iterable[Outcome]) -> ReleaseVerdicts | None:
    if move.old is None:
        return None
    if not move.known:
        return _built(move.old, outcomes)
    files = tuple(FileVerdict(file=entry.file, verdict=entry.verdict) for entry in move.known)
    return ReleaseVerdicts(version=move.old.version, files=files, remembered=True)


def _built(pin: Pin, outcomes: Iterable[Outcome]) -> ReleaseVerdicts:
    files = tuple(
        FileVerdict(file=outcome.file, verdict=outcome.verdict, reason=outcome.reason)
        for outcome in outcomes
        if (outcome.name, outcome.version) == _release(pin)
    )
    return ReleaseVerdicts(version=pin.version, files=files)


def _release(pin: Pin) -> tuple[str, str]:
    return (pin.name, pin.version)
