"""TOML documents of people: typed look-ups whose errors name file and key, and lines of string literals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_lines import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'([^'\n]*)'")

Table = dict[str, Any]


def parsed_toml(content: bytes, file: str) -> Table:
    """The document. Raises UsageError with file and line where it is no TOML (or no UTF-8)."""
    if len(content) > MAX_BYTES:
        raise UsageError(f"{file} is too large", f"{len(content)} bytes; the limit is {MAX_BYTES}")
    import tomllib

    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as problem:
        raise UsageError(f"{file} is not UTF-8, as TOML must be", str(problem)) from None
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply") from None
    except tomllib.TOMLDecodeError as problem:
        message = str(problem)
        place = _LINE.search(message)
        if place is None:
            raise UsageError(f"{file} is no TOML", message) from None
        raise UsageError(
            f"{file}:{place[1]}: no TOML", f"{message[: place.start()]} at column {place[2]}"
        ) from None


def table_at(document: Mapping[str, Any], key: str, file: str) -> Table:
    """The table at a dotted key, empty where there is none. Raises UsageError where something else stands."""
    found: Any = document
    walked: list[str] = []
    for part in key.split("."):
        walked.append(part)
        found = found.get(part, {})
        if not isinstance(found, dict):
            raise wrong_type(file, ".".join(walked), "a table")
    table: Table = found
    return table


def string_at(table: Mapping[str, Any], key: str, file: str, *, under: str = "") -> str:
    """The string at `key` of a table that stands at `under`; "" where there is none."""
    found = table.get(key, "")
    if not isinstance(found, str):
        raise wrong_type(file, _joined(under, key), "a string")
    return found


def strings_at(table: Mapping[str, Any], key: str, file: str, *, under: str = "") -> tuple[str, ...]:
    """The strings of the array at `key`; () where there is none."""
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise wrong_type(file, _joined(under, key), "an array of strings")
    return tuple(found)


def wrong_type(file: str, key: str, expected: str) -> UsageError:
    """The error for a value of another kind than `expected`."""
    return UsageError(f"{file}: {key} must be {expected}")


def unknown_key(file: str, key: str, known: Iterable[str]) -> UsageError:
    """The error for a key that means nothing, with the nearest one that does."""
    from difflib import get_close_matches

    names = sorted(known)
    near = get_close_matches(key.rpartition(".")[2], names, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(names)}"
    return UsageError(f"{file}: {key} is no known key", "", hint)


def _joined(under: str, key: str) -> str:
    return f"{under}.{key}" if under else key


class Lines:
    """Where string literals stand in a TOML text, as near as can be told without a full parser."""

    def __init__(self, content: bytes) -> None:
        self._literals: dict[str, list[int]] = {}
        self._tables: dict[str, int] = {}
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            bare = line.strip()
            if bare.startswith("["):
                self._tables.setdefault(
                    bare.split("#")[0].strip().strip("[]").replace('"', "").strip(), number
                )
            for match in _STRING.finditer(line):
                self._literals.setdefault(match[1] or match[2] or "", []).append(number)

    def of(self, text: str, table: str) -> int:
        """The first line in or after `table` with the string `text`; 0 where it cannot be told."""
        start = self._tables.get(table, 0)
        literal = text.replace("\\", "\\\\").replace('"', '\\"')
        lines = self._literals.get(text) or self._literals.get(literal) or []
        return next((line for line in lines if line >= start), 0)
