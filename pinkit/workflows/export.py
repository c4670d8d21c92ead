"""A lock in another format: what a format needs and the lock does not say is asked of the index."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.lock_edges import with_annotations, with_edges
from pinkit.formats.lock_layout import Layout, annotation_order
from pinkit.formats.lock_reader import read_lock_text
from pinkit.formats.lock_writer import write_lock_text
from pinkit.formats.pylock_reader import is_pylock_name, read_pylock
from pinkit.formats.pylock_writer import write_pylock

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Lock, Pin
    from pinkit.ports import Catalog


def read_lock(content: bytes, file: str) -> Lock:
    """The lock in a file of either format. Raises UsageError for lines that are no pins: nothing is dropped."""
    if is_pylock_name(file):
        return read_pylock(content, file)
    found = read_lock_text(content, file)
    for problem in found.problems:
        raise UsageError(
            f"{file}:{problem.line}: {problem.what}",
            "",
            "a lock has nothing but exact pins: make one with `pinkit lock`",
        )
    for line, text in found.includes:
        raise UsageError(f"{file}:{line}: {text} includes another file", "", "name each file on its own")
    return found.lock


def export_requirements(lock: Lock, source: str) -> str:
    """The lock as a hashed requirements.txt. Raises UsageError for a pin of an index without hashes."""
    for pin in lock.pins:
        if pin.source is None and not pin.hashes:
            raise UsageError(
                f"{source}: {pin.name} {pin.version} has no hash", "", "add them with `pinkit hash`"
            )
    layout = Layout(strip_extras=not any(pin.extras for pin in lock.pins))
    lock = with_annotations(lock)
    pins = tuple(
        replace(pin, via=annotation_order(pin.via, layout), hashes=tuple(sorted(set(pin.hashes))), index="")
        for pin in lock.pins
    )
    layout = replace(layout, annotate=any(pin.via for pin in pins))
    return write_lock_text(replace(lock, pins=pins, header=_header(source)), layout)


def export_pylock(lock: Lock, source: str, catalog: Catalog | None) -> str:
    """The lock as pylock.toml (PEP 751), each pin with exactly the files whose hashes it has.

    `catalog` answers for pins whose files the lock does not name; None where all do. Raises UsageError for a
    hash that belongs to no file of its release.
    """
    lock = with_edges(lock)
    pins = tuple(
        pin if catalog is None or _complete(pin) else _filled(pin, catalog, source) for pin in lock.pins
    )
    return write_pylock(replace(lock, pins=pins, header=_header(source)))


def needs_index(lock: Lock) -> bool:
    """Whether some pin's files are only known by their hashes."""
    return not all(map(_complete, lock.pins))


def moment(lock: Lock) -> int:
    """A time that the lock itself tells, for formats that ask for one: its cutoff, else the latest upload, else 0."""
    uploads = [item.upload_time or 0 for pin in lock.pins for item in pin.distributions]
    return lock.cutoff if lock.cutoff is not None else max(uploads, default=0)


def _complete(pin: Pin) -> bool:
    return pin.source is not None or bool(pin.distributions)


def _filled(pin: Pin, catalog: Catalog, source: str) -> Pin:
    files = [item for item in catalog.proved(pin.name, pin.version) if set(item.hashes) & set(pin.hashes)]
    found = {value for item in files for value in item.hashes}
    unknown = [value for value in pin.hashes if value not in found]
    if unknown or not files:
        line = pin.hash_lines[pin.hashes.index(unknown[0])] if unknown and pin.hash_lines else pin.line
        what = "has a hash of no file that the index has" if unknown else "has no hash"
        raise UsageError(
            f"{source}:{line}: {pin.name} {pin.version} {what}",
            "\n".join(unknown),
            f"see what is wrong with `pinkit check {source}`" if unknown else "add them with `pinkit hash`",
        )
    return replace(
        pin,
        distributions=tuple(files),
        index=pin.index if "://" in pin.index else "",
        requires_python=pin.requires_python or _requires_python(files),
    )


def _requires_python(files: list[Distribution]) -> str:
    said = {item.requires_python for item in files}
    return said.pop() if len(said) == 1 else ""


def _header(source: str) -> tuple[str, ...]:
    return (f"# This file is exported by pinkit from {source}",)
