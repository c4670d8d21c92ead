"""`upgrade --fixup`: a bot's branch made whole: its bumps where every lock and input allows them, else given back."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable
from pinkit.formats.input_edit import changed_names, exact_versions, is_input, with_statements_of
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pylock_reader import is_pylock_name, read_pylock
from pinkit.formats.requirements_txt import read_requirements
from pinkit.model.upgrade import Unfixable
from pinkit.upgrade.bounds import floors
from pinkit.workflows.upgrade_steps import Goal, Step, moved_names, smallest_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.workflows.upgrade import Upgrade

BytesPair = tuple[bytes | None, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """(at the branch's beginning, now) of every lock, and of every input that locks are made from, includes too.

    None where there was no such file.
    """

    locks: Mapping[str, BytesPair]
    inputs: Mapping[str, BytesPair]


@dataclass(slots=True)
class FixUp:
    """The repair of a branch: `begin` before the locks are started, then `run`.

    `stand_in` lets later reads of a path see other bytes. `kept` are bumps that stay, as NAME==VERSION.
    """

    upgrade: Upgrade
    branch: Branch
    stand_in: Callable[[str, bytes], None]
    kept: list[str] = field(default_factory=list)
    _edited: dict[str, frozenset[str]] = field(default_factory=dict)
    _held_back: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Let every lock be as it was, and of the inputs what no wish depends on as it is now."""
        for path, (base, _) in self.branch.locks.items():
            if base is not None:
                self.stand_in(path, base)
        for path, (base, head) in self.branch.inputs.items():
            if base is not None and head is not None:
                self._edited[path] = frozenset(
                    name
                    for name in changed_names(base, head, path)
                    if with_statements_of(base, head, path, (name,)) != head
                )
                self._held_back |= self._edited[path]
        self._show_inputs()

    def run(self) -> None:
        """Keep what can be kept, one name after the other until nothing more can be; tell what is given back."""
        wishes = self._wishes()
        pending = sorted({*wishes, *self._held_back})
        blocked: dict[str, Unsolvable] = {}
        while pending:
            left = []
            for name in pending:
                try:
                    self._keep(name, wishes.get(name, ()))
                except Unsolvable as error:
                    blocked[name] = error
                    left.append(name)
            if left == pending:
                break
            pending = left
        self.upgrade.unfixable += [
            self._given_back(name, wishes.get(name, ()), blocked[name]) for name in pending
        ]

    def inputs(self) -> Mapping[str, bytes]:
        """The input files as they are to be."""
        return {path: self._input(path) for path, (_, head) in self.branch.inputs.items() if head is not None}

    def _keep(self, name: str, versions: tuple[str, ...]) -> None:
        """Take one name's lines and its highest wish that can be had. Raises Unsolvable, the lines as they were."""
        was_held = name in self._held_back
        self._held_back.discard(name)
        self._show_inputs()
        try:
            self._take(name, versions)
        except Unsolvable:
            if was_held:
                self._held_back.add(name)
                self._show_inputs()
            raise

    def _take(self, name: str, versions: tuple[str, ...]) -> None:
        pinned = self.upgrade.locks.pinned(name).values()
        lowest = min((v for each in pinned for v in each), key=lambda v: sort_key(v) or (), default="")
        above = [v for v in versions if (sort_key(v) or ()) > (sort_key(lowest) or ())]
        if not above:
            self._follow(name)
            for version in versions[:1]:
                self.kept.append(f"{name}=={version}")
                if version == lowest:
                    self.upgrade.because[name] = f"kept from the branch: {name}=={version}"
            return
        failed: Unsolvable | None = None
        for version in above:
            try:
                step = self._step(name, version)
            except Unsolvable as error:
                failed = failed or error
                continue
            self.upgrade.waived.add(name)
            self.upgrade.take(step)
            self.kept.append(f"{name}=={version}")
            return
        if failed is not None:
            raise failed

    def _step(self, name: str, version: str) -> Step:
        goal = Goal(name=name, version=version, why=f"kept from the branch: {name}=={version}")
        self.upgrade.locks.left_out = False
        try:
            return smallest_step(self.upgrade.locks, goal)
        except Unsolvable:
            if not self.upgrade.locks.left_out:
                raise
            step = smallest_step(self.upgrade.locks, replace(goal, young=True))
        self.upgrade.waived |= moved_names(self.upgrade.locks, step.outcomes)
        return step

    def _follow(self, name: str) -> None:
        """Only a line changed: what it asks for, with everything where it is as far as that can be."""
        locks, asked = self.upgrade.locks, frozenset({name})
        nothing: frozenset[str] = frozenset()
        made = locks.relocked(nothing, lambda s, lock: floors(lock, s.output), asked=asked)
        why = f"the branch asks for another {name}"
        self.upgrade.take(Step(outcomes=made, because=dict.fromkeys(moved_names(locks, made), why)))

    def _wishes(self) -> dict[str, tuple[str, ...]]:
        """Versions that the branch raised a name to anywhere, the highest first."""
        found: dict[str, set[str]] = {}
        for path, (base, head) in self.branch.locks.items():
            for name, version in _raised(_versions(base, path), _versions(head, path)):
                found.setdefault(name, set()).add(version)
        for path, names in self._edited.items():
            head = self.branch.inputs[path][1] or b""
            for name, version in exact_versions(head, path, names).items():
                found.setdefault(name, set()).add(version)
        return {
            name: tuple(sorted(versions, key=lambda v: sort_key(v) or (), reverse=True))
            for name, versions in found.items()
        }

    def _given_back(self, name: str, versions: tuple[str, ...], error: Unsolvable) -> Unfixable:
        wish = versions[0] if versions else ""
        files = [path for path, names in self._edited.items() if name in names]
        lines = f"; its line in {', '.join(files)} is as it was" if files else ""
        what = f"{name} {wish}".strip()
        return Unfixable(
            ids=(),
            name=name,
            version=wish,
            why=f"{what} cannot be kept{lines}: {error.what}\n{error.why}".strip(),
            locks=tuple(self.upgrade.locks.pinned(name)),
        )

    def _show_inputs(self) -> None:
        for path, content in self.inputs().items():
            self.stand_in(path, content)

    def _input(self, path: str) -> bytes:
        base, head = self.branch.inputs[path]
        if base is None or head is None:
            return head or b""
        return with_statements_of(
            base, head, path, sorted(self._edited.get(path, frozenset()) & self._held_back)
        )


def input_files(
    paths: Iterable[str], read: Callable[[str], bytes], environment: Mapping[str, str]
) -> tuple[str, ...]:
    """The input files among `paths` with all requirements files that they include, sorted.

    Raises UsageError where one cannot be read.
    """
    found: set[str] = set()
    for path in filter(is_input, paths):
        if path.endswith(".toml"):
            found.add(path)
        else:
            found.update(read_requirements(path, read, environment).files)
    return tuple(sorted({posixpath.normpath(path) for path in found if "://" not in path}))


def _versions(content: bytes | None, path: str) -> dict[str, tuple[str, ...]]:
    """The versions by name in a lock that may be broken: lines that are no pins are passed over."""
    if not content:
        return {}
    lock = read_pylock(content, path) if is_pylock_name(path) else read_lock_text(content, path).lock
    found: dict[str, tuple[str, ...]] = {}
    for pin in lock.pins:
        if pin.source is None and sort_key(pin.version) is not None:
            found[pin.name] = (*found.get(pin.name, ()), pin.version)
    return found


def _raised(
    base: Mapping[str, tuple[str, ...]], head: Mapping[str, tuple[str, ...]]
) -> Iterable[tuple[str, str]]:
    for name in base.keys() & head.keys():
        above = max(sort_key(version) or () for version in base[name])
        yield from ((name, version) for version in head[name] if (sort_key(version) or ()) > above)
