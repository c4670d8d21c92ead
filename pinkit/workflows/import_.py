"""Locks that other tools make, found in a project, as [[tool.pinkit.lock]] entries."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.compile_command import Command, parse_command
from pinkit.formats.lock_origin import lock_command
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.settings import IndexSetting, LockSettings, read_settings
from pinkit.formats.toml_text import Table, parsed_toml
from pinkit.formats.urls import without_credentials
from pinkit.formats.uv_settings import pip_tools_settings, uv_bounds, uv_pip_settings
from pinkit.workflows.import_projects import (
    UV_FILES,
    ImportedLock,
    bounded,
    poetry_project,
    uv_project,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.formats.compile_command import Tool

PYPROJECT = "pyproject.toml"
PRE_COMMIT = ".pre-commit-config.yaml"
UV_LOCK = "uv.lock"
POETRY_LOCK = "poetry.lock"

_OWN_MACHINE = (
    "locks without `python-platform`, `targets` or `universal` are for the machine that makes them, as before; "
    "set one of these to make them the same everywhere"
)
_NOT_SAID: tuple[object, ...] = ("", (), None)
_SHARED = (
    "python",
    "python_platform",
    "universal",
    "prerelease",
    "resolution",
    "fork_strategy",
    "exclude_newer",
    "strip_extras",
    "annotate",
    "annotation_style",
    "index_url",
    "indexes",
    "index_strategy",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a project's other tools say: the locks to add, and what could not be carried over.

    `text` is the new pyproject.toml, "" where nothing was found. `notes` are (place, sentence). `files` are
    (path, text) to write where there is no such file yet: pins to start from, inputs, constraints. `kept` are
    outputs that the configuration has already.
    """

    locks: tuple[ImportedLock, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    text: str = ""
    files: tuple[tuple[str, str], ...] = ()
    kept: tuple[str, ...] = ()


def import_project(paths: Iterable[str], read: Callable[[str], bytes]) -> Imported:
    """What can be imported from the files at `paths` (from the project's root, with forward slashes).

    Hooks go before headers of locks, since they are what runs. Raises UsageError for files that cannot be read.
    """
    known = frozenset(paths)
    content = read(PYPROJECT) if PYPROJECT in known else b""
    configured = frozenset(lock.output for lock in read_settings(content, PYPROJECT).locks)
    finder = _Finder(known, read, parsed_toml(content, PYPROJECT))
    finder.hooks()
    finder.headers()
    finder.projects()
    finder.constraints()
    new = [lock for lock in finder.found.values() if lock.settings.output not in configured]
    defaults = _common([lock.settings for lock in new])
    notes = [*finder.notes, *((lock.source, note) for lock in new for note in lock.notes)]
    if any(not _scoped(lock.settings) for lock in new):
        notes.append((PYPROJECT, _OWN_MACHINE))
    text = ""
    if new:
        from pinkit.formats.settings_text import with_locks

        text = with_locks(content, PYPROJECT, defaults, [lock.settings for lock in new])
    files = [file for lock in new for file in lock.files if file[0] not in known]
    return Imported(
        locks=tuple(new),
        notes=tuple(dict.fromkeys(notes)),
        text=text,
        files=tuple(dict(files).items()),
        kept=tuple(sorted(set(finder.found) & configured)),
    )


class _Finder:
    def __init__(self, known: frozenset[str], read: Callable[[str], bytes], document: Table) -> None:
        self._known, self._read, self._document = known, read, document
        self.found: dict[str, ImportedLock] = {}
        self.notes: list[tuple[str, str]] = []
        self._defaults: dict[str, LockSettings] = {}

    def hooks(self) -> None:
        if PRE_COMMIT not in self._known:
            return
        from pinkit.formats.precommit_config import compile_hooks

        for hook in compile_hooks(self._read(PRE_COMMIT), PRE_COMMIT):
            source = f"{PRE_COMMIT}:{hook.line}"
            command = parse_command(hook.tool, hook.arguments)
            if not command.settings.output:
                self.notes.append((source, "the hook writes no file of its own and is left out"))
                continue
            self._add(self._completed(command), source)

    def headers(self) -> None:
        for path in sorted(self._known):
            if not path.endswith(".txt") or path in self.found:
                continue
            try:
                text = read_lock_text(self._read(path), path)
            except UsageError as problem:
                self.notes.append((path, f"{problem.what}: left out"))
                continue
            command = lock_command(text, path, self._known.__contains__)
            if command is None:
                if text.lock.header and text.lock.pins and any(pin.hashes for pin in text.lock.pins):
                    self.notes.append((path, "nothing says how this lock is made; add it by hand"))
                continue
            if not command.settings.output:
                self.notes += [(path, note) for note in command.notes]
                continue
            self._add(command, path)

    def projects(self) -> None:
        if UV_LOCK in self._known:
            self._project(uv_project(self._read(UV_LOCK), UV_LOCK, self._document))
        if POETRY_LOCK in self._known:
            for lock in poetry_project(self._read(POETRY_LOCK), POETRY_LOCK, self._document):
                self._project(lock)

    def constraints(self) -> None:
        """Say what became of the bounds in [tool.uv]."""
        for key, name in UV_FILES.items():
            _, notes = uv_bounds(self._document, PYPROJECT, key)
            self.notes += [(PYPROJECT, note) for note in notes]
            if any(path == name for lock in self.found.values() for path, _ in lock.files):
                said = f"tool.uv.{key} are in {name} from now on"
                if name in self._known:
                    said = f"tool.uv.{key}: {name} is there already and stays as it is"
                self.notes.append((PYPROJECT, said))

    def _project(self, lock: ImportedLock) -> None:
        if lock.settings.output in self.found:
            self.notes.append((lock.source, f"left out: {lock.settings.output} is made by another tool too"))
        else:
            self.found[lock.settings.output] = replace(lock, settings=self._clean(lock.settings, lock.source))

    def _completed(self, command: Command) -> Command:
        """A hook's command with the Python that the header of its lock names (pip-compile's do)."""
        output = command.settings.output
        if command.settings.python or output not in self._known:
            return command
        made = lock_command(read_lock_text(self._read(output), output), output, self._known.__contains__)
        if made is None:
            return command
        changes: dict[str, Any] = {"python": made.settings.python}
        if made.settings.no_emit_package:
            changes["no_emit_package"] = made.settings.no_emit_package
        return replace(command, settings=replace(command.settings, **changes))

    def _add(self, command: Command, source: str) -> None:
        settings = self._clean(_over(self._tool_defaults(command.tool), command.settings), source)
        notes = list(command.notes)
        if not settings.python and not settings.targets:
            notes.append(
                "the Python it locks for is not recorded; set `python` to keep it the same everywhere"
            )
        if settings.output in self.found:
            return
        files: tuple[tuple[str, str], ...] = ()
        if command.tool == "uv":
            settings, files = bounded(settings, self._document)
        self.found[settings.output] = ImportedLock(
            settings=settings, source=source, notes=tuple(notes), files=files
        )

    def _tool_defaults(self, tool: Tool | None) -> LockSettings:
        if tool is None:
            return LockSettings()
        if tool not in self._defaults:
            of = uv_pip_settings if tool == "uv" else pip_tools_settings
            self._defaults[tool], notes = of(self._document, PYPROJECT)
            self.notes += [(PYPROJECT, note) for note in notes]
        return self._defaults[tool]

    def _clean(self, settings: LockSettings, source: str) -> LockSettings:
        """The settings without credentials in URLs, which belong into the environment or a keyring."""
        cleaned = replace(
            settings,
            index_url=without_credentials(settings.index_url),
            extra_index_urls=tuple(map(without_credentials, settings.extra_index_urls)),
            indexes=tuple(
                IndexSetting(url=without_credentials(index.url), name=index.name)
                for index in settings.indexes
            ),
        )
        if cleaned != settings:
            self.notes.append(
                (source, "credentials in an index URL are not carried over; use a keyring or netrc")
            )
        return cleaned


def _scoped(settings: LockSettings) -> bool:
    return bool(settings.python_platform or settings.targets or settings.universal)


def _over(defaults: LockSettings, settings: LockSettings) -> LockSettings:
    said: Mapping[str, Any] = {
        field.name: value
        for field in fields(settings)
        if (value := getattr(settings, field.name)) not in _NOT_SAID
    }
    return replace(defaults, **said)


def _common(locks: list[LockSettings]) -> LockSettings:
    """What most of several locks say alike and none leaves unsaid."""
    if len(locks) < 2:
        return LockSettings()
    shared: dict[str, Any] = {}
    for name in _SHARED:
        values = [getattr(lock, name) for lock in locks]
        if not any(value in _NOT_SAID for value in values):
            shared[name] = max(values, key=lambda value: (values.count(value), -values.index(value)))
    return LockSettings(**shared)
