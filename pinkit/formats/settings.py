"""[tool.pinkit] and [[tool.pinkit.lock]] to values: what to lock, from what, for which targets."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.settings_keys import LOCK_KEYS, checked
from pinkit.formats.toml_text import Table, parsed_toml, table_at, unknown_key, wrong_type
from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TABLES = frozenset({"audit", "upgrade"})
"""Tables of other commands under [tool.pinkit]; their keys are theirs to read."""


@frozen_value(frozen=True, slots=True, kw_only=True)
class IndexSetting:
    """An index with the name that messages show; `name` is "" where only a URL was given."""

    url: str
    name: str = ""


@frozen_value(frozen=True, slots=True, kw_only=True)
class LockSettings:
    """One lock to make. "" and () are "not said", None is "not said" for a choice of yes and no.

    Paths are relative to the folder of the configuration, as written. `constraints` are files or names of other
    locks. `exclude_newer_package` are (normalised name, date | duration | "false"). `indexes` are asked before
    `extra_index_urls`, and these before `index_url`, the default. `where` says where it was written.
    """

    name: str = ""
    inputs: tuple[str, ...] = ()
    output: str = ""
    output_format: str = ""
    constraints: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    all_extras: bool | None = None
    groups: tuple[str, ...] = ()
    all_groups: bool | None = None
    python: str = ""
    python_platform: str = ""
    universal: bool | None = None
    targets: tuple[str, ...] = ()
    prerelease: str = ""
    resolution: str = ""
    fork_strategy: str = ""
    exclude_newer: str = ""
    exclude_newer_package: tuple[tuple[str, str], ...] = ()
    only_binary: tuple[str, ...] = ()
    no_binary: tuple[str, ...] = ()
    no_build: bool | None = None
    strip_extras: bool | None = None
    annotate: bool | None = None
    annotation_style: str = ""
    header: bool | None = None
    emit_index_url: bool | None = None
    no_emit_package: tuple[str, ...] = ()
    hash_algorithm: str = ""
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    indexes: tuple[IndexSetting, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool | None = None
    index_strategy: str = ""
    where: str = ""


@frozen_value(frozen=True, slots=True, kw_only=True)
class Settings:
    """A whole configuration.

    `defaults` is what [tool.pinkit] itself says (already merged into each lock). `tables` are (name, table) of
    the other commands' tables, unchecked. Both are empty without a configuration.
    """

    file: str = ""
    locks: tuple[LockSettings, ...] = ()
    defaults: LockSettings = LockSettings()
    tables: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    def table(self, name: str) -> Mapping[str, Any]:
        """The table of another command ("audit", "upgrade"), empty where there is none."""
        return next((table for known, table in self.tables if known == name), {})


def read_settings(content: bytes, file: str) -> Settings:
    """The configuration in a pyproject.toml, or in a file of its own (pinkit.toml) that has the keys at its top.

    Raises UsageError that names file and key; an unknown key is an error with a suggestion.
    """
    document = parsed_toml(content, file)
    if "pinkit" in table_at(document, "tool", file) or posixpath.basename(file) == "pyproject.toml":
        table, under = table_at(document, "tool.pinkit", file), "tool.pinkit"
    else:
        table, under = document, ""
    entries = table.get("lock", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise wrong_type(file, _key(under, "lock"), "an array of tables: [[tool.pinkit.lock]]")
    own = {key: value for key, value in table.items() if key != "lock" and key not in TABLES}
    for key in ("name", "inputs", "output"):
        if key in own:
            raise UsageError(f"{file}: {_key(under, key)} belongs into [[{_key(under, 'lock')}]]")
    defaults = _lock(own, file, under, {}, TABLES | {"lock"})
    locks = tuple(
        _complete(_lock(entry, file, f"{_key(under, 'lock')}[{number}]", own), file)
        for number, entry in enumerate(entries)
    )
    _check_unique(locks)
    tables = tuple((name, table_at(table, name, file)) for name in sorted(TABLES) if name in table)
    return Settings(file=file, locks=locks, defaults=defaults, tables=tables)


def layered(
    locks: Iterable[LockSettings], included: Mapping[str, Iterable[str]] | None = None
) -> tuple[LockSettings, ...]:
    """The locks in an order in which each comes after those that it is constrained by or reads, else as given.

    A lock depends on another whose name or output is among its constraints or inputs, or whose output is among
    the files that `included` (by lock name) says its inputs include. A circle is a UsageError that shows it.
    """
    listed = tuple(locks)
    by_place = {_place(lock.output): lock.name for lock in listed if lock.output}
    by_name = {lock.name: lock for lock in listed}
    ordered: dict[str, LockSettings] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in ordered:
            return
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise UsageError(
                "the locks constrain each other in a circle",
                circle,
                "remove one of these constraints: the first lock of a project stands on its own",
            )
        for below in _below(by_name[name], by_place, by_name, (included or {}).get(name, ())):
            visit(below, (*path, name))
        ordered[name] = by_name[name]

    for lock in listed:
        visit(lock.name, ())
    return tuple(ordered.values())


def _below(
    lock: LockSettings,
    by_place: Mapping[str, str],
    by_name: Mapping[str, LockSettings],
    included: Iterable[str],
) -> list[str]:
    found: dict[str, None] = {}
    for mention in lock.constraints:
        name = mention if mention in by_name else by_place.get(_place(mention), "")
        found[name] = None
    for path in (*lock.inputs, *included):
        found[by_place.get(_place(path), "")] = None
    # A lock read again as its own input or constraint only keeps its pins.
    return [name for name in found if name and name != lock.name]


def _place(path: str) -> str:
    return posixpath.normpath(path)


def _lock(
    table: Table, file: str, where: str, defaults: Table, also_known: frozenset[str] = frozenset()
) -> LockSettings:
    for key in table:
        if key not in LOCK_KEYS:
            raise unknown_key(file, _key(where, key), {*LOCK_KEYS, *also_known})
    merged = {**defaults, **table}
    values: dict[str, Any] = {}
    for key, value in merged.items():
        values[key.replace("-", "_")] = checked(key, value, file, _key(where, key))
    if "indexes" in values:
        values["indexes"] = tuple(IndexSetting(**entry) for entry in values["indexes"])
    settings = LockSettings(**values, where=f"{file}: {where}")
    chosen = [
        name
        for name, given in (
            ("universal", settings.universal),
            ("targets", settings.targets),
            ("python-platform", settings.python_platform),
        )
        if given
    ]
    if len(chosen) > 1:
        raise UsageError(
            f"{settings.where}: {' and '.join(chosen)} exclude each other", "", "keep one of them"
        )
    return settings


def _complete(lock: LockSettings, file: str) -> LockSettings:
    for key in ("inputs", "output"):
        if not getattr(lock, key):
            raise UsageError(f"{lock.where}: {key} is missing", "", f"every lock in {file} names its {key}")
    return lock if lock.name else replace(lock, name=lock.output)


def _check_unique(locks: tuple[LockSettings, ...]) -> None:
    names: dict[str, LockSettings] = {}
    places: dict[str, LockSettings] = {}
    for lock in locks:
        for kind, value, seen in (("name", lock.name, names), ("output", _place(lock.output), places)):
            other = seen.setdefault(value, lock)
            if other is not lock:
                raise UsageError(f"{lock.where}: {kind} {value!r} is taken", f"by {other.where}")


def _key(under: str, key: str) -> str:
    return f"{under}.{key}" if under else key
