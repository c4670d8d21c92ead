"""A lock: pins for targets, with what each pin was needed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution


@frozen_value(frozen=True, slots=True, kw_only=True)
class VcsSource:
    """A pin from version control (PEP 751 `packages.vcs`, PEP 610): `commit` is the full object id."""

    kind: str
    url: str
    commit: str
    requested_revision: str = ""
    subdirectory: str = ""


@frozen_value(frozen=True, slots=True, kw_only=True)
class DirectorySource:
    """A pin from a local directory; `path` is relative to the lock, with forward slashes."""

    path: str
    editable: bool = False
    subdirectory: str = ""


@frozen_value(frozen=True, slots=True, kw_only=True)
class ArchiveSource:
    """A pin from one archive by URL or path (exactly one is set); `hashes` are "algorithm:hex" of its bytes."""

    url: str = ""
    path: str = ""
    hashes: tuple[str, ...] = ()
    size: int | None = None
    subdirectory: str = ""


Source = VcsSource | DirectorySource | ArchiveSource


@frozen_value(frozen=True, slots=True, kw_only=True)
class Edge:
    """A dependency of one pin on another: the pinned `name`, its `version`, the `extras` asked, the `marker`."""

    name: str
    version: str = ""
    extras: tuple[str, ...] = ()
    marker: str = ""


@frozen_value(frozen=True, slots=True, kw_only=True)
class Pin:
    """A chosen release with its hashes.

    `version` is "" only for a source whose version is dynamic. `extras` are those shown with the name when
    extras are not stripped. `marker` is PEP 508 text that selects the pin's targets ("" = all).
    `hashes` are "algorithm:hex" in file order. `via` are annotation entries ("-r x.in", "-c y.txt",
    parents' names) in order. `source` is None for an index release. `line` is where the pin stands in the
    file it was read from (1-based; 0 for a solved one); `hash_lines` runs parallel to `hashes`.
    """

    name: str
    version: str
    extras: tuple[str, ...] = ()
    marker: str = ""
    hashes: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    source: Source | None = None
    index: str = ""
    requires_python: str = ""
    distributions: tuple[Distribution, ...] = ()
    dependencies: tuple[Edge, ...] = ()
    line: int = 0
    hash_lines: tuple[int, ...] = ()


@frozen_value(frozen=True, slots=True, kw_only=True)
class Lock:
    """All pins of one lock file.

    Pins are in file order when read, sorted by name (then by first target) when solved. `cutoff` is the
    upload-time bound it was made with, seconds since the epoch, None for none. `environments` are PEP 508
    markers, one a target group (PEP 751). `index_urls` are index lines to emit, first the default.
    """

    pins: tuple[Pin, ...]
    requires_python: str = ""
    environments: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    cutoff: int | None = None
    index_urls: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
