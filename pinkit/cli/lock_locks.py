"""How the locks that are named were made: by configuration, or by the command in their header."""

from __future__ import annotations

import posixpath
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinkit.cli.lock_settings import inputs_of, settings_of
from pinkit.cli.quick import read_lock
from pinkit.errors import UsageError
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.settings import LockSettings
from pinkit.workflows.discovery import USUAL_LOCKS, locks_to_make, over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.workplace import Workplace
    from pinkit.formats.lock_reader import LockText
    from pinkit.formats.settings import Settings

_COMMAND = "#    pinkit lock"


def settings_of_locks(
    found: Settings, names: Sequence[str], workplace: Workplace, *, of_others: bool = False
) -> tuple[LockSettings, ...]:
    """The settings of the named locks, else of all configured ones, else of the one with a usual name.

    A lock that is not configured tells in its header how it was made. UsageError where nothing says so; with
    `of_others` locks of pip-compile and uv are understood too, and what nothing tells has settings without inputs.
    """
    known = {key: lock for lock in found.locks for key in (lock.name, lock.output)}
    if not names and found.locks:
        return found.locks
    names = names or [name for name in USUAL_LOCKS if workplace.found(name) is not None][:1]
    if not names:
        raise UsageError(
            "there is no lock here",
            f"no lock is configured, and there is no {' or '.join(USUAL_LOCKS)}",
            "make one with `pinkit lock -o requirements.txt`, or configure your own (docs/configuration.md)",
        )
    return tuple(
        dict.fromkeys(
            known[name] if name in known else _by_header(name, found, workplace, of_others=of_others)
            for name in names
        )
    )


def scope_of_lock(name: str, header: Sequence[str], found: Settings) -> LockSettings:
    """What a lock of pinkit is for, as configured or as its header says; its inputs need not be here."""
    path = posixpath.normpath(name)
    for lock in found.locks:
        if path == posixpath.normpath(lock.output):
            return lock
    said = _said(header)
    return LockSettings() if said is None else over(found.defaults, settings_of(said[1]))


def _said(header: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """The command line in a header of pinkit; None for none, and for `pinkit lock` alone, which was configured."""
    command = next((line for line in header if line.startswith(_COMMAND)), "")
    words = shlex.split(command.removeprefix("#"))[1:]
    return read_lock(words) if len(words) > 1 else None


def _by_header(name: str, found: Settings, workplace: Workplace, *, of_others: bool) -> LockSettings:
    content = workplace.read(name)
    text = None if name.endswith(".toml") else read_lock_text(content, name)
    header = text.lock.header if text else ()
    said = _said(header)
    if said is None and of_others:
        return _of_others(name, text, found, workplace)
    if said is None:
        raise UsageError(
            f"{name}: how this lock was made is not known",
            why="it is not configured, and its header names no command of pinkit",
            hint="`pinkit import` writes a configuration for locks of pip-compile and uv",
        )
    params = {**said[1], "output": name}
    return locks_to_make(found, inputs_of(params), settings_of(params), workplace.found)[0]


def _of_others(name: str, text: LockText | None, found: Settings, workplace: Workplace) -> LockSettings:
    """The settings of a lock that pip-compile or uv made, without inputs unless its header says all that matters."""
    from pinkit.formats.lock_origin import lock_command

    if text is not None and not posixpath.isabs(name):
        command = lock_command(text, name, lambda path: workplace.found(path) is not None)
        if command is not None and not command.notes:
            said = command.settings
            if said.output and said.inputs and (said.python or said.universal):
                return over(found.defaults, said)
    return replace(found.defaults, output=name)
