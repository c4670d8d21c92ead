"""What an index publishes: distributions (files) and projects (all releases of a name)."""

from __future__ import annotations

from pinkit.model.value import frozen_value


@frozen_value(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One file that an index publishes (PEP 691 `files[]`); every digest here is *claimed*.

    `hashes` are "algorithm:hex", sorted. `upload_time` is seconds since the epoch (UTC), None where the
    index does not say (PEP 700). `size` is in bytes. `yanked` is None, or the reason ("" without one,
    PEP 592). `core_metadata` is None where no sidecar is advertised, else its "sha256:hex" or "" for an
    unhashed one (PEP 658, 714). `provenance` is a URL (PEP 740) or "".
    """

    filename: str
    url: str
    hashes: tuple[str, ...] = ()
    size: int | None = None
    upload_time: int | None = None
    requires_python: str = ""
    yanked: str | None = None
    core_metadata: str | None = None
    provenance: str = ""


FileClass = tuple[str, str, bool]
"""(requires_python, kind, yanked) shared by many files.

kind is "sdist", or a wheel's compressed tag set "py3-none-any" as in its filename (PEP 425).
"""


@frozen_value(frozen=True, slots=True, kw_only=True)
class Project:
    """All releases of one name on one index, as columns: what the resolver reads.

    `versions` ascend by PEP 440 order; each is as its files spell it, in normal form
    ("1.0RC1" is "1.0rc1"; zeros at the end are kept).
    Sets of versions are ints in which **bit i+1** stands for `versions[i]` (bit 0 is reserved for "absent").
    `classes` maps each distinct file class to the versions that have such a file: a version fits a
    target when one class that the target accepts has its bit. `first_upload`/`last_upload` hold seconds
    since the epoch of the earliest and latest file of each version, 0 where a file has no upload time;
    both are empty where the index gives none at all. `index` is the display name of the index it came from
    (never credentials). An unknown project has no versions. `status` is PEP 792's ("active" by default).
    """

    name: str
    versions: tuple[str, ...] = ()
    classes: tuple[tuple[FileClass, int], ...] = ()
    first_upload: tuple[int, ...] = ()
    last_upload: tuple[int, ...] = ()
    index: str = ""
    status: str = "active"
