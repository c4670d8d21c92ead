"""A bot's branch: its files as they were where it began and as they are, and what it raised."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.formats.input_edit import is_input
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pylock_reader import is_pylock_name, read_pylock
from pinkit.formats.requirements_txt import read_requirements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

BytesPair = tuple[bytes | None, bytes | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """(at the branch's beginning, now) of every lock, and of every input that locks are made from, includes too.

    None where there was no such file.
    """

    locks: Mapping[str, BytesPair]
    inputs: Mapping[str, BytesPair]


def input_files(
    paths: Iterable[str], read: Callable[[str], bytes], environment: Mapping[str, str]
) -> tuple[str, ...]:
    """The input files among `paths` with all requirements files that they include, sorted.

    Raises UsageError where one cannot be read.
    """
    found: set[str] = set()
    for path in filter(is_input, paths):
        if path.endswith(".toml"):
            found.add(path)
        else:
            found.update(read_requirements(path, read, environment).files)
    return tuple(sorted({posixpath.normpath(path) for path in found if "://" not in path}))


def raised(locks: Mapping[str, BytesPair]) -> dict[str, set[str]]:
    """The versions above all of before that a branch has of a name in some lock, by name."""
    found: dict[str, set[str]] = {}
    for path, (base, head) in locks.items():
        old, new = _versions(base, path), _versions(head, path)
        for name in old.keys() & new.keys():
            above = max(sort_key(version) or () for version in old[name])
            later = {version for version in new[name] if (sort_key(version) or ()) > above}
            if later:
                found.setdefault(name, set()).update(later)
    return found


def _versions(content: bytes | None, path: str) -> dict[str, tuple[str, ...]]:
    """The versions by name in a lock that may be broken: lines that are no pins are passed over."""
    if not content:
        return {}
    lock = read_pylock(content, path) if is_pylock_name(path) else read_lock_text(content, path).lock
    found: dict[str, tuple[str, ...]] = {}
    for pin in lock.pins:
        if pin.source is None and sort_key(pin.version) is not None:
            found[pin.name] = (*found.get(pin.name, ()), pin.version)
    return found
