"""`hash`: hashes of exact pins added or refreshed in a hand-kept file; nothing else of it moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import IntegrityError, Unsolvable, UsageError
from pinkit.formats.pep508 import normalized_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinkit.formats.lock_reader import LockText
    from pinkit.model.lock import Pin
    from pinkit.ports import Catalog

_HEAD = re.compile(
    r"^(?P<pin>[^#\\]*?)(?P<inline>(?:\s+--hash=\S+)*)(?P<slash>\s*\\)?(?P<comment>\s+#.*)?\s*$"
)
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HashChange:
    """What became of one pin's hashes: how many were added and removed; `unknown` of the removed were never known."""

    name: str
    version: str
    line: int
    added: int
    removed: int
    unknown: tuple[str, ...] = ()


def hashed_text(
    file: str,
    text: str,
    read: LockText,
    catalog: Catalog,
    rewrite: Callable[[str, str, str], str],
    *,
    refresh: bool,
) -> tuple[str, tuple[HashChange, ...]]:
    """The file with hashes for every exact pin, and what changed, in file order.

    Pins without hashes get all; with `refresh` every pin gets exactly what the index has. A kept hash that the
    index does not know is an IntegrityError; a line that is no exact pin a UsageError: nothing is moved.
    """
    for problem in read.problems:
        raise UsageError(
            f"{file}:{problem.line}: {problem.what}", hint="hash needs exact pins: NAME==VERSION"
        )
    lines = text.splitlines(keepends=True)
    changes: list[HashChange] = []
    starts = [pin.line for pin in read.lock.pins]
    # From the end, so that lines before stay where they are.
    for at in range(len(starts) - 1, -1, -1):
        pin = read.lock.pins[at]
        end = starts[at + 1] - 1 if at + 1 < len(starts) else len(lines)
        change, block = _of_pin(file, pin, lines[pin.line - 1], catalog, refresh=refresh)
        if change is None:
            continue
        changes.append(change)
        part = "".join(lines[pin.line - 1 : end])
        lines[pin.line - 1 : end] = [rewrite(_plain(part, lines[pin.line - 1]), _written_name(part), block)]
    return "".join(lines), tuple(reversed(changes))


def pin_block(head: str, hashes: Sequence[str], comment: str = "") -> str:
    """A pin with its hashes, one a line; the comment follows the last, where pip allows one."""
    return " \\\n    --hash=".join((head, *hashes)) + comment + "\n"


def release_hashes(name: str, version: str, catalog: Catalog) -> tuple[str, ...]:
    """All hashes of a release. Unsolvable where the index has no such release."""
    if version not in catalog.project(name).versions:
        raise Unsolvable(
            f"the index has no {name} {version}", hint="hash never moves a pin: correct the version"
        )
    return catalog.digests(name, version, None)


def _of_pin(
    file: str, pin: Pin, line: str, catalog: Catalog, *, refresh: bool
) -> tuple[HashChange | None, str]:
    if pin.source is not None:
        return None, ""
    real = release_hashes(pin.name, pin.version, catalog)
    here = set(pin.hashes)
    unknown = tuple(digest for digest in pin.hashes if digest not in real)
    if unknown and not refresh:
        raise IntegrityError(
            f"{file}:{pin.line}: {pin.name} {pin.version} has a hash that is of no file of this release",
            why="\n".join(unknown),
            hint="if this is expected, `pinkit hash --refresh` takes the index's hashes",
        )
    if here and (not refresh or here == set(real)):
        return None, ""
    match = _HEAD.match(line.rstrip("\r\n"))
    if match is None:
        raise UsageError(f"{file}:{pin.line}: this pin cannot be rewritten", why=line.strip())
    block = pin_block(match["pin"].rstrip(), real, match["comment"] or "")
    change = HashChange(
        name=pin.name,
        version=pin.version,
        line=pin.line,
        added=len(set(real) - here),
        removed=len(here - set(real)),
        unknown=unknown,
    )
    return change, block


def _plain(part: str, line: str) -> str:
    """The pin's part of the file with a comment on its first line taken off: the block carries it."""
    match = _HEAD.match(line.rstrip("\r\n"))
    if match is None or not match["comment"]:
        return part
    return part.replace(match["comment"], "", 1)


def _written_name(part: str) -> str:
    match = _NAME.match(part)
    return match[1] if match else normalized_name(part)
