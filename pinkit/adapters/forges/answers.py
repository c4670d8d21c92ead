"""Fields of a forge's answers: of the kind that is expected, or `Unavailable`."""

from __future__ import annotations

from typing import Any

from pinkit.errors import Unavailable


def text_at(entry: Any, *keys: str) -> str:
    """The text at a path of keys, without control characters."""
    found = _at(entry, keys)
    if not isinstance(found, str):
        raise _odd(keys)
    return "".join(char if char.isprintable() else " " for char in found)


def number_at(entry: Any, *keys: str) -> int:
    """The whole number at a path of keys."""
    found = _at(entry, keys)
    if not isinstance(found, int) or isinstance(found, bool):
        raise _odd(keys)
    return found


def entries_at(entry: Any, *keys: str) -> list[Any]:
    """The list at a path of keys."""
    found = _at(entry, keys)
    if not isinstance(found, list):
        raise _odd(keys)
    return found


def _at(entry: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry


def _odd(keys: tuple[str, ...]) -> Unavailable:
    return Unavailable(
        f"the forge's answer has no usable {'.'.join(keys)}", hint="is --api-url the right one?"
    )
