"""Settings into the text of a pyproject.toml, its own formatting and comments kept (tomlkit)."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.formats.settings_keys import LOCK_KEYS
from pinkit.formats.toml_text import parsed_toml, table_at

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = {key.replace("-", "_"): key for key in LOCK_KEYS}


def with_locks(content: bytes, file: str, defaults: LockSettings, locks: Sequence[LockSettings]) -> str:
    """The document with `locks` added at its end; what was there stays byte for byte.

    `defaults` go into a new [tool.pinkit] table, or into each lock where that table exists already. Raises
    UsageError where the file is no TOML, or where it has `tool.pinkit.lock` in a form that cannot be added to.
    """
    existing = table_at(parsed_toml(content, file), "tool.pinkit", file)
    text = content.decode("utf-8")
    shared = {} if existing else _said(defaults)
    tables = [_said(lock) if shared else _said(defaults) | _said(lock) for lock in locks]
    fragment = _fragment(shared, [_without(table, shared) for table in tables])
    if text and not text.endswith("\n"):
        text += "\n"
    whole = f"{text}\n{fragment}" if text.strip() else fragment
    try:
        parsed_toml(whole.encode(), file)
    except UsageError as problem:
        raise UsageError(
            f"{file}: [[tool.pinkit.lock]] cannot be added",
            problem.why,
            "write tool.pinkit.lock as [[tool.pinkit.lock]] tables, not as an inline array",
        ) from None
    return whole


def _fragment(shared: dict[str, Any], tables: list[dict[str, Any]]) -> str:
    import tomlkit

    parts = []
    if shared:
        parts.append("[tool.pinkit]\n" + tomlkit.dumps({key: _item(value) for key, value in shared.items()}))
    for table in tables:
        lines = tomlkit.dumps({key: _item(value) for key, value in table.items()})
        parts.append("[[tool.pinkit.lock]]\n" + lines)
    return "\n".join(parts)


def _without(table: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in table.items() if shared.get(key) != value}


def _said(settings: LockSettings) -> dict[str, Any]:
    """The keys of a configuration with what the settings say, in the order of the fields."""
    found: dict[str, Any] = {}
    for field in fields(settings):
        value = getattr(settings, field.name)
        if field.name in _NAMES and value not in ("", (), None):
            found[_NAMES[field.name]] = value
    return found


def _item(value: Any) -> Any:
    import tomlkit

    if not isinstance(value, tuple):
        return value
    if value and isinstance(value[0], IndexSetting):
        rows = [
            {"name": entry.name, "url": entry.url} if entry.name else {"url": entry.url} for entry in value
        ]
        array = tomlkit.array()
        for row in rows:
            table = tomlkit.inline_table()
            table.update(row)
            array.append(table)
        return array.multiline(len(rows) > 1)
    if value and isinstance(value[0], tuple):
        table = tomlkit.inline_table()
        table.update({name: False if moment == "false" else moment for name, moment in value})
        return table
    array = tomlkit.array()
    array.extend(value)
    return array.multiline(len(value) > 3)
