"""Inputs widened for a move that they forbid: as few names as will do, each as little as lets the move in."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable
from pinkit.formats.input_edit import differences, is_input, with_changed_clauses
from pinkit.workflows.upgrade_clauses import is_capped, loosened, widened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.formats.clause_edit import Statement
    from pinkit.workflows.upgrade_steps import Locks, Step

    Edits = Mapping[str, tuple[bytes, bytes]]
    Place = tuple[str, str, str]
    """(path, name, section) of requirements; the section is "" in requirements files."""

_MOST_TRIES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Widening:
    """A step that was possible with widened inputs: `edits` are (as it was, as it is to be) by path.

    `said` are sentences, one for each requirement that was widened.
    """

    step: Step
    edits: Edits
    said: tuple[str, ...]


def widening(
    locks: Locks,
    goal: tuple[str, str],
    error: Unsolvable,
    attempt: Callable[[], Step],
    *,
    top: str = "",
) -> Widening | None:
    """The smallest widening of inputs with which `attempt` brings the (name, version) of `goal`, None for none.

    `error` is why it cannot be had as things are: its derivation, and those of tries after it, name the
    requirements that are looked at. Afterwards the inputs read widened, or as before. `top` is the folder of the
    configuration below the top of the repository: inputs outside of that are left alone.
    """
    return _Search(locks, goal, attempt, top).run(error)


def in_the_way(locks: Locks, error: Unsolvable, top: str) -> tuple[str, ...]:
    """The user's own input files whose requirements take part in a contradiction and have an upper end, sorted."""
    known = {(path, name) for path, name, _ in _places(locks, top)}
    return tuple(sorted({_place(file) for file, name in error.asked if (_place(file), name) in known}))


def is_inside(path: str, top: str) -> bool:
    """Whether a path is that of an input that can be edited, within the repository."""
    whole = posixpath.normpath(posixpath.join(top, path))
    return is_input(path) and not posixpath.isabs(path) and whole.partition("/")[0] != ".."


class _Search:
    def __init__(self, locks: Locks, goal: tuple[str, str], attempt: Callable[[], Step], top: str) -> None:
        self._locks, self._goal, self._attempt = locks, goal, attempt
        self._places = _places(locks, top)

    def run(self, error: Unsolvable) -> Widening | None:
        """Breadth first: no set of names is tried before all smaller ones that the derivations lead to."""
        pending: list[tuple[frozenset[str], Unsolvable]] = [(frozenset(), error)]
        tried: set[frozenset[str]] = set()
        while pending and len(tried) < _MOST_TRIES:
            names, error = pending.pop(0)
            for name in self._in_the_way(error, names):
                wider = names | {name}
                if wider in tried:
                    continue
                tried.add(wider)
                try:
                    return self._widened(wider)
                except Unsolvable as next_error:
                    pending.append((wider, next_error))
        return None

    def _in_the_way(self, error: Unsolvable, names: frozenset[str]) -> list[str]:
        """Names of the derivation that an input can be widened for, the goal's own first."""
        known = {(path, name) for path, name, _ in self._places}
        found = {
            name
            for file, name in error.asked
            if name not in names and (_place(file), name) in known and self._loose(frozenset({name}))
        }
        return sorted(found, key=lambda name: (name != self._goal[0], name))

    def _widened(self, names: frozenset[str]) -> Widening:
        """The step with the inputs' requirements of `names` widened. Raises Unsolvable, the inputs as they were."""
        known = {path: self._locks.tools.read(path) for path in self._paths(names)}
        try:
            loose = self._loose(names)
            step = self._with(loose)
            self._show(known)
            edited = self._edited(names, lambda place: _clause(widened, self._versions(place, step)))
            if edited == loose:
                self._show(edited)
            else:
                step = self._with(edited)
        except Unsolvable:
            self._show(known)
            raise
        edits = {path: (known[path], content) for path, content in edited.items()}
        return Widening(step=step, edits=edits, said=tuple(_sentences(edits)))

    def _with(self, contents: Mapping[str, bytes]) -> Step:
        self._show(contents)
        return self._attempt()

    def _show(self, contents: Mapping[str, bytes]) -> None:
        for path, content in contents.items():
            self._locks.stand_in(path, content)

    def _loose(self, names: frozenset[str]) -> Mapping[str, bytes]:
        """The files that differ when the goal is let in and all other `names` have no upper end."""
        goal, version = self._goal
        let_in = _clause(widened, (version,))
        return self._edited(names, lambda place: let_in if place[1] == goal else loosened)

    def _edited(
        self, names: frozenset[str], change: Callable[[Place], Callable[[str], str]]
    ) -> Mapping[str, bytes]:
        found = {}
        for path in self._paths(names):

            def of(each: Statement, path: str = path) -> Callable[[str], str] | None:
                place = (path, each.name, each.place if path.endswith(".toml") else "")
                return change(place) if each.name in names and place in self._places else None

            content = self._locks.tools.read(path)
            edited = with_changed_clauses(content, path, of)
            if edited != content:
                found[path] = edited
        return found

    def _paths(self, names: frozenset[str]) -> list[str]:
        return sorted({path for path, name, _ in self._places if name in names})

    def _versions(self, place: Place, step: Step) -> tuple[str, ...]:
        """What the locks that are made from a place pin of its name."""
        locks = (step.outcomes[path].lock for path in self._places[place])
        return tuple(sorted({pin.version for lock in locks for pin in lock.pins if pin.name == place[1]}))


def _places(locks: Locks, top: str) -> Mapping[Place, frozenset[str]]:
    """The locks made from each place where the user's own inputs have a requirement with an upper end."""
    outputs = {_place(settings.output) for settings in locks.settings}
    found: dict[Place, frozenset[str]] = {}
    for lock, outcome in locks.now.items():
        for each in (*outcome.inputs.requirements, *outcome.inputs.constraints):
            path = _place(each.origin.file)
            if is_capped(each.specifier) and path not in outputs and is_inside(each.origin.file, top):
                place = (path, each.name, each.origin.section)
                found[place] = found.get(place, frozenset()) | {lock}
    return found


def _place(path: str) -> str:
    return posixpath.normpath(path) if path else path


def _clause(change: Callable[[str, str], str], versions: Iterable[str]) -> Callable[[str], str]:
    """The change of a clause for each of several versions in turn."""

    def changed(clause: str) -> str:
        for version in versions:
            clause = change(clause, version)
        return clause

    return changed


def _sentences(edits: Edits) -> Iterable[str]:
    for path, (before, after) in sorted(edits.items()):
        for old, new in differences(before, after, path):
            place = path if new.place.isdigit() else f"{path} ({new.place})"
            yield f"{place} has {new.name}{new.specifier} now, not {new.name}{old.specifier}"
