"""`hash`: hashes of exact pins added or refreshed in a hand-kept file; nothing else of it moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import IntegrityError, Unsolvable, UsageError
from pinkit.formats.lock_reader import read_lock_text
from pinkit.workflows.lock_pins import unknown_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pinkit.formats.lock_reader import LockText
    from pinkit.model.lock import Pin
    from pinkit.ports import Catalog

_LOGICAL = re.compile(
    r"(?P<indent>\s*)(?P<head>[^#]*?)(?P<hashes>(?:\s+--hash[= ]\S+)*)(?P<comment>\s+#.*)?\s*\Z", re.DOTALL
)
_COMMENT_LINE = re.compile(r"\s*#")
_NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HashChange:
    """The `hashes` that a pin gets, how many are added and removed; `unknown` of the removed were never known."""

    name: str
    version: str
    line: int
    hashes: tuple[str, ...]
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
    # From the end, so that lines before stay where they are.
    for pin in reversed(read.lock.pins):
        real = None if pin.source else _wanted(file, pin, catalog, refresh=refresh)
        if real is None:
            continue
        changes.append(_change(pin, real))
        start, end = pin.line - 1, _end(lines, pin.line - 1)
        lines[start:end] = [_rewritten(f"{file}:{pin.line}", lines[start:end], pin, real, rewrite)]
    changes.reverse()
    new = "".join(lines)
    _prove(file, new, read, changes)
    return new, tuple(changes)


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


def _wanted(file: str, pin: Pin, catalog: Catalog, *, refresh: bool) -> tuple[str, ...] | None:
    """The hashes that the pin is to have; None where it keeps its own."""
    real = release_hashes(pin.name, pin.version, catalog)
    if not refresh and (unknown := unknown_hashes(f"{file}:{pin.line}", pin, catalog)):
        raise IntegrityError(
            f"{file}:{pin.line}: {pin.name} {pin.version} has a hash that is of no file of this release",
            why="\n".join(unknown),
            hint="if this is expected, `pinkit hash --refresh` takes the index's hashes",
        )
    return None if pin.hashes and (not refresh or set(pin.hashes) == set(real)) else real


def _change(pin: Pin, real: tuple[str, ...]) -> HashChange:
    here = set(pin.hashes)
    return HashChange(
        name=pin.name,
        version=pin.version,
        line=pin.line,
        hashes=real,
        added=len(set(real) - here),
        removed=len(here - set(real)),
        unknown=tuple(digest for digest in pin.hashes if digest not in real),
    )


def _end(lines: Sequence[str], start: int) -> int:
    """The number of the line behind the pin that begins at `start`: continued as pip continues lines."""
    end = start
    while end + 1 < len(lines) and lines[end].rstrip("\r\n").endswith("\\"):
        end += 1
        if _COMMENT_LINE.match(lines[end]):
            break
    return end + 1


def _rewritten(
    place: str, lines: Sequence[str], pin: Pin, real: Sequence[str], rewrite: Callable[[str, str, str], str]
) -> str:
    """The lines of one pin with the hashes `real`, in its own line ends; its comment follows the last hash."""
    bare = [line.rstrip("\r\n") for line in lines]
    joined = "".join(
        f" {line}" if at and _COMMENT_LINE.match(line) else line.strip("\\") for at, line in enumerate(bare)
    )
    match = _LOGICAL.match(joined)
    name = _NAME.match(match["head"]) if match else None
    if match is None or name is None:
        raise UsageError(f"{place}: this pin cannot be rewritten", why=joined.strip())
    head = match["head"] if bare[0].strip().startswith(match["head"]) else " ".join(match["head"].split())
    comment = (match["comment"] or "").lstrip()
    block = pin_block(head, real, f"  {comment}" if comment else "")
    # hashin finds a pin only where it is laid out as hashin itself lays it out.
    now = rewrite(pin_block(f"{name[1]}=={pin.version}", pin.hashes), name[1], block)
    ending = lines[0][len(bare[0]) :] or "\n"
    text = match["indent"] + now.removesuffix("\n").replace("\n", f"{ending}{match['indent']}")
    return text + lines[-1][len(bare[-1]) :]


def _prove(file: str, new: str, read: LockText, changes: Sequence[HashChange]) -> None:
    """UsageError where the new text does not say what was meant: all pins as they were, with their new hashes."""
    wanted = {change.line: change.hashes for change in changes}
    meant = [(pin.name, pin.version, pin.marker, wanted.get(pin.line, pin.hashes)) for pin in read.lock.pins]
    said = read_lock_text(new.encode(), file).lock.pins
    if [(pin.name, pin.version, pin.marker, pin.hashes) for pin in said] != meant:
        raise UsageError(
            f"{file}: the file cannot be rewritten", "its pins would not be the same", "simplify its layout"
        )
