"""The signals of an upgrade: every moved or new release held against what its locks had before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable
from pinkit.formats.pep440 import sort_key
from pinkit.model.change import changes_between
from pinkit.upgrade.chosen_files import chosen_files
from pinkit.upgrade.signals import differences, newcomer, status, untold
from pinkit.upgrade.signals_contents import ReleaseFacts, content_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Signal
    from pinkit.ports import Catalog, Inspector
    from pinkit.workflows.upgrade_steps import Locks


@dataclass(frozen=True, slots=True)
class Release:
    """A release with those of its files that a lock pins; `gap` says why they are not known."""

    version: str
    files: tuple[Distribution, ...]
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A release that locks took up, and the highest one that they had of the name (None: they had none)."""

    name: str
    old: Release | None
    new: Release


def signals(
    before: Mapping[str, Lock], locks: Locks, inspector: Callable[[Catalog], Inspector]
) -> tuple[Signal, ...]:
    """Each signal once, whatever number of locks it is about; sorted by name, version and kind.

    Only files that the locks pin count. Of pins that did not move, none is looked into.
    """
    known = {pin.name for lock in before.values() for pin in lock.pins}
    found: dict[Signal, None] = {}
    for catalog, moves in moves_by_catalog(before, locks):
        facts = _facts(moves, inspector(catalog))
        for move in moves:
            project = catalog.project(move.name)
            if move.name not in known:
                found[newcomer(project, move.new.version, locks.tools.now)] = None
            told = [*status(project, move.new.version), *_differences(move)]
            old = None if move.old is None else facts[move.name, move.old]
            told += content_signals(move.name, old, facts[move.name, move.new], _untold(move))
            found.update(dict.fromkeys(told))
    return tuple(sorted(found, key=lambda s: (s.name, sort_key(s.version) or (), s.kind, s.detail)))


def moves_by_catalog(
    before: Mapping[str, Lock], locks: Locks
) -> tuple[tuple[Catalog, tuple[Move, ...]], ...]:
    """Every move of every lock, each once, beside the catalog of its lock."""
    catalogs: dict[int, Catalog] = {}
    moves: dict[int, dict[Move, None]] = {}
    for path, outcome in locks.now.items():
        catalogs.setdefault(id(outcome.catalog), outcome.catalog)
        mine = moves.setdefault(id(outcome.catalog), {})
        mine.update(dict.fromkeys(_moves(before[path], outcome.lock, outcome.catalog)))
    return tuple((catalog, tuple(moves[key])) for key, catalog in catalogs.items())


def _moves(before: Lock, after: Lock, catalog: Catalog) -> Iterable[Move]:
    for change in changes_between(before, after):
        if change.kind in ("moved", "added"):
            old = _releases(change.name, before, catalog)
            had = {release.version for release in old}
            for new in _releases(change.name, after, catalog):
                if new.version not in had:
                    yield Move(change.name, old[-1] if old else None, new)


def _releases(name: str, lock: Lock, catalog: Catalog) -> list[Release]:
    """The releases of a name that a lock pins from an index, ascending."""
    hashes: dict[str, set[str]] = {}
    for pin in lock.pins:
        if pin.name == name and pin.source is None:
            hashes.setdefault(pin.version, set()).update(pin.hashes)
    found = []
    for version in sorted(hashes, key=lambda each: (sort_key(each) or (), each)):
        try:
            files = catalog.distributions(name, version)
        except Unavailable as error:
            found.append(Release(version, (), error.what))
            continue
        pinned = tuple(f for f in files if not hashes[version] or hashes[version].intersection(f.hashes))
        found.append(Release(version, pinned, "" if pinned else "the index has none of the pinned files"))
    return found


def _differences(move: Move) -> Iterable[Signal]:
    return differences(move.name, move.new.version, move.old.files, move.new.files) if move.old else ()


def _untold(move: Move) -> Iterable[str]:
    """Where the files are not known at all, the gap of the release says so."""
    if move.old is None or not (move.old.files and move.new.files):
        return ()
    return untold(move.old.files, move.new.files)


def _facts(moves: Sequence[Move], inspector: Inspector) -> dict[tuple[str, Release], ReleaseFacts]:
    """What the chosen files of every release say, all of them asked at once."""
    chosen = {
        (move.name, release): chosen_files(move.name, release.files)
        for move in moves
        for release in (move.old, move.new)
        if release is not None
    }
    files = tuple(dict.fromkeys(file for each in chosen.values() for file in each))
    contents = dict(zip(files, inspector.inspect(files), strict=True))
    publishers = dict(zip(files, inspector.publishers(files), strict=True))
    return {
        (name, release): ReleaseFacts(
            version=release.version,
            files={file.filename: contents[file] for file in mine},
            publishers={file.filename: publishers[file] for file in mine},
            gap=release.gap,
        )
        for (name, release), mine in chosen.items()
    }
