"""What `pinkit diff` does: locks by pins, artifacts by members, merges by locking again."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.cli.workplace import Workplace
from pinkit.errors import ExitCode, UsageError
from pinkit.model.change import changes_between
from pinkit.render.lock_changes import changes_json, changes_markdown, changes_text, counted
from pinkit.workflows.export import read_lock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.settings import Settings
    from pinkit.model.lock import Lock, Pin

FORMATS = ("text", "markdown", "json")


def run_diff(settings: Settings, paths: Sequence[str], *, form: str, diffoscope: bool) -> int:
    """0 when A and B say the same, 1 when they differ."""
    if len(paths) != 2:
        raise UsageError("diff compares two files", hint="pinkit diff A B")
    if form not in FORMATS:
        raise UsageError(f"unknown format {form!r}", hint=f"name one of {', '.join(FORMATS)}")
    from pinkit.cli.artifact_diff import is_artifact, run_artifact_diff

    one, other = paths
    if is_artifact(one) or is_artifact(other):
        return run_artifact_diff(one, other, settings, form=form, diffoscope=diffoscope)
    workplace = Workplace()
    changes = changes_between(read_lock(workplace.read(one), one), read_lock(workplace.read(other), other))
    if form == "json":
        settings.console.answer(changes_json(changes))
    elif form == "markdown":
        settings.console.answer(changes_markdown(changes))
    else:
        settings.console.answer(changes_text(changes, color=settings.console.color))
        settings.console.note(counted(changes))
    return int(ExitCode.NO if changes else ExitCode.YES)


def run_merge(settings: Settings, paths: Sequence[str], path: str) -> int:
    """Merge a lock for git: OURS with the pins that THEIRS moved, locked again over the merged inputs, into OURS.

    `path` is the lock's own path (git's %P); it must be configured. Git has merged no file yet when it runs a driver,
    so the inputs are merged here as well. Raises UsageError where that cannot be: git then keeps the conflict.
    """
    if len(paths) != 3:
        raise UsageError(
            "a merge needs BASE OURS THEIRS",
            hint="driver = pinkit diff --merge --path %P %O %A %B (git itself quotes them)",
        )
    from pinkit.adapters.git_merge import merged_inputs
    from pinkit.cli.wiring import lock_tools
    from pinkit.workflows.discovery import chosen_locks, configuration
    from pinkit.workflows.lock import LockWishes, make_locks

    base, ours, theirs = (read_lock(Workplace().read(name), name) for name in paths)
    workplace = Workplace(settings.config)
    found = configuration(workplace.found, workplace.config)
    lock = chosen_locks(found, [_from(workplace.base, path or paths[1])])[0]
    # git runs a driver at the top of the repository, from where all of its paths are.
    outputs = frozenset(_from(".", workplace.path(each.output)) for each in found.locks)
    for name, content in merged_inputs((".in", ".txt", ".toml"), outputs).items():
        workplace.stand_in(os.path.abspath(name), content)
    with lock_tools(settings, workplace) as (tools, _):
        workplace.stand_in(lock.output, _merged(base, ours, theirs, Workplace().read(paths[1]), lock.output))
        outcome = make_locks([lock], tools, LockWishes())[0]
    Workplace().write(paths[1], outcome.text.encode())
    settings.console.note(f"{lock.output}: {counted(changes_between(ours, outcome.lock))} by the merge")
    return int(ExitCode.YES)


def _from(folder: str, path: str) -> str:
    """A path as the configuration in `folder` writes it."""
    return os.path.relpath(path, folder).replace(os.sep, "/") if folder else path


def _merged(base: Lock, ours: Lock, theirs: Lock, content: bytes, path: str) -> bytes:
    """OURS as text with what THEIRS changed taken over: the wishes that the new lock begins with.

    A pin that both moved takes the higher version. The hashes of what moved are taken anew from the index.
    """
    from pinkit.formats.lock_layout import Layout
    from pinkit.formats.lock_reader import read_lock_text
    from pinkit.formats.lock_writer import write_lock_text
    from pinkit.formats.pep440 import sort_key

    moved = {change.name for change in changes_between(base, theirs) if change.kind != "hashes"}
    mine = {pin.name: pin for pin in ours.pins}
    taken = []
    for pin in theirs.pins:
        if pin.name not in moved:
            continue
        other = mine.get(pin.name)
        both = other is not None and any(c.name == pin.name for c in changes_between(base, ours))
        if both and other is not None and (sort_key(other.version) or ()) >= (sort_key(pin.version) or ()):
            taken.append(other)
        else:
            taken.append(replace(pin, hashes=()))
    names = {pin.name for pin in taken}
    pins = sorted(
        [*(p for p in ours.pins if p.name not in moved and p.name not in names), *taken], key=_order
    )
    if path.endswith(".toml"):
        from pinkit.formats.pylock_writer import write_pylock

        return write_pylock(replace(ours, pins=tuple(pins))).encode()
    layout: Layout = read_lock_text(content, path).layout
    return write_lock_text(replace(ours, pins=tuple(pins)), layout).encode()


def _order(pin: Pin) -> tuple[str, str]:
    return (pin.name, pin.version)
