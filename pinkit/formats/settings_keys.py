"""The keys of a lock's configuration, and what may stand at each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.pep508 import is_name, normalized_name
from pinkit.formats.toml_text import unknown_key, wrong_type

if TYPE_CHECKING:
    from collections.abc import Callable

_PYTHON = re.compile(r"[0-9]+\.[0-9]+(?:\.[0-9]+)?t?")


def checked(key: str, value: Any, file: str, where: str) -> Any:
    """The value of a known key in its settled form. Raises UsageError that names `file` and `where`."""
    return LOCK_KEYS[key](value, file, where)


def _string(value: Any, file: str, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise wrong_type(file, where, "a string that is not empty")
    return value


def _flag(value: Any, file: str, where: str) -> bool:
    if not isinstance(value, bool):
        raise wrong_type(file, where, "true or false")
    return value


def _strings(value: Any, file: str, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise wrong_type(file, where, "an array of strings")
    return tuple(value)


def _names(value: Any, file: str, where: str) -> tuple[str, ...]:
    found = _strings(value, file, where)
    for name in found:
        if not is_name(name):
            raise UsageError(f"{file}: {where}: {name!r} is no valid name")
    return tuple(normalized_name(name) for name in found)


def _names_or_all(value: Any, file: str, where: str) -> tuple[str, ...]:
    found = _strings([value] if isinstance(value, str) else value, file, where)
    return tuple(name if name in (":all:", ":none:") else _names([name], file, where)[0] for name in found)


def _one_of(*choices: str) -> Callable[[Any, str, str], str]:
    def check(value: Any, file: str, where: str) -> str:
        if value not in choices:
            raise UsageError(f"{file}: {where} is {value!r}", "", f"it can be {', '.join(choices)}")
        return str(value)

    return check


def _python(value: Any, file: str, where: str) -> str:
    if isinstance(value, float):
        raise UsageError(
            f"{file}: {where} is a number", "3.10 would be read as 3.1", f'write it in quotes: "{value}"'
        )
    if not isinstance(value, str) or not _PYTHON.fullmatch(value):
        raise wrong_type(file, where, 'a Python version such as "3.12" or "3.12.4"')
    return value


def _moment(value: Any, file: str, where: str) -> str:
    # TOML has dates and times of its own.
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    return _string(value, file, where)


def _moments_by_name(value: Any, file: str, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise wrong_type(file, where, 'a table of NAME = "DATE", "DURATION" or false')
    found: dict[str, str] = {}
    for name, moment in value.items():
        key = _names([name], file, where)[0]
        found[key] = "false" if moment is False else _moment(moment, file, f"{where}.{name}")
    return tuple(sorted(found.items()))


def _indexes(value: Any, file: str, where: str) -> tuple[dict[str, str], ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise wrong_type(file, where, 'an array of {name = "NAME", url = "URL"}')
    found = []
    for number, entry in enumerate(value):
        for key in entry:
            if key not in ("name", "url"):
                raise unknown_key(file, f"{where}[{number}].{key}", ("name", "url"))
        url = _string(entry.get("url"), file, f"{where}[{number}].url")
        name = _string(entry["name"], file, f"{where}[{number}].name") if "name" in entry else ""
        found.append({"url": url, "name": name})
    return tuple(found)


LOCK_KEYS: dict[str, Callable[[Any, str, str], Any]] = {
    "name": _string,
    "inputs": _strings,
    "output": _string,
    "output-format": _one_of("requirements.txt", "pylock.toml"),
    "constraints": _strings,
    "overrides": _strings,
    "excludes": _names,
    "build-constraints": _strings,
    "extras": _names,
    "all-extras": _flag,
    "groups": _names,
    "all-groups": _flag,
    "python": _python,
    "python-platform": _string,
    "universal": _flag,
    "targets": _strings,
    "prerelease": _one_of("disallow", "allow", "if-necessary", "explicit", "if-necessary-or-explicit"),
    "resolution": _one_of("highest", "lowest", "lowest-direct"),
    "fork-strategy": _one_of("requires-python", "fewest"),
    "exclude-newer": _moment,
    "exclude-newer-package": _moments_by_name,
    "only-binary": _names_or_all,
    "no-binary": _names_or_all,
    "no-build": _flag,
    "strip-extras": _flag,
    "annotate": _flag,
    "annotation-style": _one_of("split", "line"),
    "header": _flag,
    "emit-index-url": _flag,
    "no-emit-package": _names,
    "hash-algorithm": _one_of("sha256"),
    "index-url": _string,
    "extra-index-urls": _strings,
    "indexes": _indexes,
    "find-links": _strings,
    "no-index": _flag,
    "index-strategy": _one_of("first-index", "unsafe-best-match"),
}
"""Each key with the check that settles its value."""

LIST_KEYS = frozenset(key for key, check in LOCK_KEYS.items() if check in (_strings, _names))
"""The keys that take an array and nothing else."""
