"""What the store keeps of an index, as text and bytes that the warm path splits into the model's values.

Nothing is decoded and nothing heavy imported here: a lock of 700 pins reads tens of thousands of rows.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from pinkit.model.distribution import Distribution, FileClass, Project

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.requirement import Dependency

KEY_BYTES = 32
"""Length of a metadata key."""


class Columns(NamedTuple):
    """A project as text and bytes.

    `versions` is one a line, ascending. `classes` has lines "mask in hex TAB yanked 0/1 TAB kind TAB
    requires_python". `uploads` packs first and last upload of every version as little-endian int64, all
    firsts before all lasts; empty where no file has a time. `keys` has KEY_BYTES bytes a version: what
    identifies the file whose metadata speak for it.
    """

    versions: str = ""
    classes: str = ""
    uploads: bytes = b""
    keys: bytes = b""
    status: str = "active"


def project_of(name: str, columns: Columns, index: str) -> Project:
    """The model's value of stored columns."""
    versions, classes, uploads, _, status = columns
    if not versions:
        return Project(name=name, index=index, status=status)
    times = struct.unpack(f"<{len(uploads) // 8}q", uploads)
    half = len(times) // 2
    return Project(
        name=name,
        versions=tuple(versions.split("\n")),
        classes=tuple([_class(line) for line in classes.split("\n")]),
        first_upload=times[:half],
        last_upload=times[half:],
        index=index,
        status=status,
    )


def dependency_lines(dependencies: Iterable[Dependency]) -> str:
    """Dependencies as text: a line each, fields between tabs."""
    return "\n".join(
        f"{name}\t{','.join(extras)}\t{specifier}\t{marker}"
        for name, extras, specifier, marker in dependencies
    )


def dependencies_of(lines: str) -> tuple[Dependency, ...]:
    """The reverse of `dependency_lines`."""
    if not lines:
        return ()
    return tuple(
        [
            (name, tuple(extras.split(",")) if extras else (), specifier, marker)
            for name, extras, specifier, marker in [line.split("\t") for line in lines.split("\n")]
        ]
    )


def distribution_lines(distributions: Iterable[Distribution]) -> str:
    """Distributions as text: a line each, fields between tabs; "-" for None, "+" before a text."""
    return "\n".join(_distribution_line(distribution) for distribution in distributions)


def distributions_of(lines: str) -> tuple[Distribution, ...]:
    """The reverse of `distribution_lines`."""
    return tuple([_distribution(line.split("\t")) for line in lines.split("\n")]) if lines else ()


def latest_upload(distributions: Iterable[Distribution]) -> int:
    """The time of the last upload; -1 where a distribution has none."""
    times = [distribution.upload_time for distribution in distributions]
    return max((time or 0 for time in times), default=0) if None not in times else -1


_classes: dict[str, FileClass] = {}
"""What was read before: projects share most of their classes."""


def _class(line: str) -> tuple[FileClass, int]:
    mask, _, text = line.partition("\t")
    found = _classes.get(text)
    if found is None:
        yanked, kind, requires_python = text.split("\t")
        found = _classes[text] = (requires_python, kind, yanked == "1")
    return found, int(mask, 16)


def _distribution_line(distribution: Distribution) -> str:
    size, uploaded = distribution.size, distribution.upload_time
    fields = (
        distribution.filename,
        distribution.url,
        ",".join(distribution.hashes),
        "-" if size is None else str(size),
        "-" if uploaded is None else str(uploaded),
        distribution.requires_python,
        _optional(distribution.yanked),
        _optional(distribution.core_metadata),
        distribution.provenance,
    )
    return "\t".join(fields)


def _distribution(fields: list[str]) -> Distribution:
    filename, url, hashes, size, uploaded, requires_python, yanked, core_metadata, provenance = fields
    return Distribution(
        filename=filename,
        url=url,
        hashes=tuple(hashes.split(",")) if hashes else (),
        size=None if size == "-" else int(size),
        upload_time=None if uploaded == "-" else int(uploaded),
        requires_python=requires_python,
        yanked=None if yanked == "-" else yanked[1:],
        core_metadata=None if core_metadata == "-" else core_metadata[1:],
        provenance=provenance,
    )


def _optional(text: str | None) -> str:
    return "-" if text is None else f"+{' '.join(text.split())}"
