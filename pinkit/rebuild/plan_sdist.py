"""Plans for a published sdist: its own times and modes, and the tools that a wheel of the same release names."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.tar_layout import read_tar_gz
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.plan import DEFAULT_STAMPS, plans, python_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.rebuild_plan import Fingerprint

MAX_PLANS = 4
_ZIP = b"PK"


class SdistPrint(NamedTuple):
    """What an sdist tells of how it was made: the one time of all members (None: they differ), and whether any is
    group-writable."""

    stamp: int | None = None
    group_writable: bool = False


def sdist_print(sdist: bytes) -> SdistPrint:
    """The print of a .tar.gz; an empty one for a zip. Raises `Malformed`."""
    if sdist[:2] == _ZIP:
        return SdistPrint()
    members = read_tar_gz(sdist).members
    times = {member.mtime for member in members}
    return SdistPrint(
        stamp=int(times.pop()) if len(times) == 1 else None,
        group_writable=any(member.mode & stat.S_IWGRP for member in members),
    )


def sdist_plans(
    print_: SdistPrint, kin: Fingerprint | None, *, upload_time: int | None, pythons: Sequence[str]
) -> tuple[Plan, ...]:
    """At most `MAX_PLANS` plans, likeliest first; empty without an interpreter. `kin` is of a wheel of the release."""
    if not pythons:
        return ()
    newest = Plan(because="the tools of its day", cutoff=upload_time, python=python_for(upload_time, pythons))
    told = plans(kin, pythons=pythons) if kin else (newest,)
    stamp = None if print_.stamp in DEFAULT_STAMPS else print_.stamp
    found: dict[tuple[str, ...], Plan] = {}
    for plan in told:
        base = Plan(
            because=f"{plan.because}; {'no' if stamp is None else 'one'} time of all members of the sdist",
            pins=plan.pins,
            cutoff=plan.cutoff,
            python=plan.python,
            source_date_epoch=stamp,
            umask=0o002 if print_.group_writable else 0o022,
            source_modes="loosened" if print_.group_writable else "kept",
        )
        found.setdefault(base.pins, base)
    ordered = tuple(found.values())
    unset = [
        replace(ordered[0], because=f"{ordered[0].because}; SOURCE_DATE_EPOCH unset", source_date_epoch=None)
    ]
    return (*ordered[: MAX_PLANS - 1], *(unset if stamp is not None else ()))
