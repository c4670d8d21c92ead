"""A generated lock to the command that makes it: from its header, else from its annotations."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinkit.formats.compile_command import Command, header_command, parse_command, split_command
from pinkit.formats.lock_layout import header_tool
from pinkit.formats.settings import LockSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.formats.lock_reader import LockText

_MINOR = re.compile(r"(?:^|[^0-9])3[._]?([0-9]{1,2})(?![0-9])")
_PATHS = ("constraints", "overrides", "build_constraints")


def lock_command(text: LockText, path: str, exists: Callable[[str], bool]) -> Command | None:
    """How the lock at `path` is made, with paths from the project's root; None for one that nothing generated.

    A header shows paths from the folder in which its command ran: that is found by which of the lock's folders
    fits. `exists` tells whether a path from the root does. The output is "" for a copy of another lock.
    """
    header = text.lock.header
    if any("pip-compile-multi" in line for line in header):
        return _of_multi(text, path)
    shown, python = header_command(header)
    if not shown or not header_tool(header):
        return None
    split = split_command(shown)
    if split is None:
        return _inferred(text, path, shown, exists)
    tool, arguments = split
    if tool == "pinkit" and not arguments:
        return None  # it was configured, and the configuration is not here
    command = parse_command(tool, arguments)
    settings = command.settings
    folder = _folder(settings, path, exists)
    if folder is None:
        copied = f"its header is that of {settings.output}, so it seems to be a copy; left out"
        return Command(settings=replace(settings, output=""), notes=(copied,))
    notes = list(command.notes)
    if folder:
        notes.append(f"its command ran in {folder}; annotations will name paths from the project's root")
    changes: dict[str, Any] = {
        "inputs": tuple(_under(folder, name) for name in settings.inputs),
        "output": path,
    }
    for field in _PATHS:
        changes[field] = tuple(_under(folder, name) for name in getattr(settings, field))
    if python and not settings.python:
        changes["python"] = python
    settings = replace(settings, **_omissions(text), **changes)
    return Command(settings=settings, tool=command.tool, notes=tuple(notes))


def _folder(settings: LockSettings, path: str, exists: Callable[[str], bool]) -> str | None:
    """The folder in which a command ran: the root, or the nearest one above the lock from which paths fit.

    None where the command writes another file from each of them.
    """
    candidates = [""]
    folder = posixpath.dirname(path)
    while folder:
        candidates.append(folder)
        folder = posixpath.dirname(folder)
    fitting = [
        folder
        for folder in candidates
        if not settings.output or posixpath.normpath(posixpath.join(folder, settings.output)) == path
    ]
    for folder in fitting:
        if any(exists(_under(folder, name)) for name in settings.inputs):
            return folder
    return fitting[0] if fitting else None


def _under(folder: str, name: str) -> str:
    if not folder or name == "-" or "://" in name or posixpath.isabs(name):
        return name
    return posixpath.normpath(posixpath.join(folder, name))


def _omissions(text: LockText) -> dict[str, Any]:
    """What pip-compile leaves out without --allow-unsafe, as the lock shows it."""
    return {"no_emit_package": text.layout.omitted} if text.layout.omitted else {}


def _inferred(text: LockText, path: str, shown: str, exists: Callable[[str], bool]) -> Command | None:
    """The lock of a program of the project's own: inputs are those that annotations name."""
    inputs = _annotated(text, "-r ")
    if not inputs or not all(map(exists, inputs)):
        return None
    universal = any(pin.marker for pin in text.lock.pins)
    match = _MINOR.search(posixpath.basename(path))
    settings = LockSettings(
        inputs=inputs,
        output=path,
        constraints=_annotated(text, "-c "),
        universal=universal or None,
        python=f"3.{match[1]}" if match else "",
        strip_extras=text.layout.strip_extras,
    )
    return Command(
        settings=settings,
        notes=(
            f"it is made by `{shown}`, a program of its own: inputs, constraints and scope are read off the lock, "
            "options that leave no trace there are lost",
        ),
    )


def _annotated(text: LockText, prefix: str) -> tuple[str, ...]:
    entries = {
        entry[len(prefix) :] for pin in text.lock.pins for entry in pin.via if entry.startswith(prefix)
    }
    return tuple(sorted(entries))


def _of_multi(text: LockText, path: str) -> Command:
    """pip-compile-multi: X.txt is made from X.in, and has of other layers only `-r` lines."""
    folder = posixpath.dirname(path)
    below = [line.split(None, 1)[1].strip() for _, line in text.includes if line.startswith("-r ")]
    settings = LockSettings(
        inputs=(f"{path.removesuffix('.txt')}.in",),
        output=path,
        constraints=tuple(_under(folder, name) for name in below),
        strip_extras=text.layout.strip_extras,
    )
    notes = (
        ("it held only what its layers below do not; pinkit writes every pin into each lock",)
        if below
        else ()
    )
    return Command(settings=settings, tool="pip-compile", notes=notes)
