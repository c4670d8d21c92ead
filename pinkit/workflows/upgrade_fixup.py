"""`upgrade --fixup`: a bot's branch made whole: its bumps where every lock and input allows them, else given back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable
from pinkit.formats.input_edit import changed_names, exact_versions, with_statements_of
from pinkit.formats.pep440 import sort_key
from pinkit.model.upgrade import Unfixable
from pinkit.upgrade.bounds import floors
from pinkit.workflows.upgrade_branch import raised
from pinkit.workflows.upgrade_inputs import widening
from pinkit.workflows.upgrade_steps import Goal, Step, moved_names, smallest_step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.workflows.upgrade import Upgrade
    from pinkit.workflows.upgrade_branch import Branch, BytesPair


@dataclass(slots=True)
class FixUp:
    """The repair of a branch: `begin` before the locks are started, then `run`.

    `stand_in` lets later reads of a path see other bytes. `kept` are bumps that stay, as NAME==VERSION.
    """

    upgrade: Upgrade
    branch: Branch
    stand_in: Callable[[str, bytes], None]
    kept: list[str] = field(default_factory=list)
    _inputs: dict[str, BytesPair] = field(default_factory=dict)
    _edited: dict[str, frozenset[str]] = field(default_factory=dict)
    _held_back: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Let every lock be as it was, and of the inputs what no wish depends on as it is now."""
        for path, (base, _) in self.branch.locks.items():
            if base is not None:
                self.stand_in(path, base)
        self._inputs.update(self.branch.inputs)
        for path, (base, head) in self._inputs.items():
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
        return {path: self._input(path) for path, (_, head) in self._inputs.items() if head is not None}

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
        if failed is not None and not self._widened(name, above[0], failed):
            raise failed

    def _widened(self, name: str, version: str, failed: Unsolvable) -> bool:
        """Whether the wish was kept by widened inputs, where the policy lets them be."""
        upgrade = self.upgrade
        if not upgrade.policy.edit_inputs:
            return False
        goal = (name, version)
        found = widening(upgrade.locks, goal, failed, lambda: self._step(name, version), top=upgrade.top)
        if found is None:
            return False
        for path, (old, new) in found.edits.items():
            self._widen(path, new, changed_names(old, new, path))
        self._show_inputs()
        upgrade.waived.add(name)
        upgrade.take(found.step)
        upgrade.because[name] = "; ".join((f"kept from the branch: {name}=={version}", *found.said))
        self.kept.append(f"{name}=={version}")
        return True

    def _widen(self, path: str, new: bytes, names: frozenset[str]) -> None:
        """Let the statements of `names` be as they are in `new`, whatever is kept or given back later."""
        base, head = self._inputs.get(path, (None, new))
        if base is not None:
            base = with_statements_of(new, base, path, names & changed_names(new, base, path))
        if head is not None:
            head = with_statements_of(new, head, path, names & changed_names(new, head, path))
        self._inputs[path] = (base, head)
        self._edited[path] = self._edited.get(path, frozenset()) - names

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
        found = raised(self.branch.locks)
        for path, names in self._edited.items():
            head = self._inputs[path][1] or b""
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
        base, head = self._inputs[path]
        if base is None or head is None:
            return head or b""
        return with_statements_of(
            base, head, path, sorted(self._edited.get(path, frozenset()) & self._held_back)
        )
