"""Plans for a published sdist: its own times and modes, and the tools that a wheel of the same release names."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.tar_layout import read_tar_gz
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.fingerprint import inferred_upload
from pinkit.rebuild.plan import DEFAULT_STAMPS, plans, python_for

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.model.rebuild_plan import Fingerprint

MAX_PLANS = 4
_ZIP = b"PK"


class SdistPrint(NamedTuple):
    """What an sdist tells of how it was made: the one time of all members (None: they differ), whether any is
    group-writable, and the newest time."""

    stamp: int | None = None
    group_writable: bool = False
    newest: int | None = None


def sdist_print(sdist: bytes) -> SdistPrint:
    """The print of a .tar.gz; an empty one for a zip. Raises `Malformed`."""
    if sdist[:2] == _ZIP:
        return SdistPrint()
    members = read_tar_gz(sdist).members
    times = {member.mtime for member in members}
    return SdistPrint(
        stamp=int(min(times)) if len(times) == 1 else None,
        group_writable=any(member.mode & stat.S_IWGRP for member in members),
        newest=max(map(int, times)) if times else None,
    )


def times_of(sdist: bytes) -> Mapping[str, float]:
    """Path below the top directory -> time of each file of a .tar.gz, in seconds; none of a zip. Raises `Malformed`."""
    if sdist[:2] == _ZIP:
        return {}
    return {m.name.partition("/")[2]: m.mtime for m in read_tar_gz(sdist).members}


def sdist_plans(
    print_: SdistPrint, kin: Fingerprint | None, *, upload_time: int | None, pythons: Sequence[str]
) -> tuple[Plan, ...]:
    """Plans, likeliest first; empty without an interpreter. `kin` is of a wheel of the release.

    At most `MAX_PLANS`, and one more for where the tools that the wheel names cannot be had.
    """
    if not pythons:
        return ()
    cutoff, inferred = upload_time, False
    if cutoff is None and print_.newest is not None:
        cutoff, inferred = inferred_upload([print_.newest]), True
    newest = Plan(
        because="the tools of its day",
        cutoff=cutoff,
        python=python_for(cutoff, pythons),
        cutoff_inferred=inferred and cutoff is not None,
    )
    told = plans(kin, pythons=pythons) if kin else (newest,)
    stamp = None if print_.stamp in DEFAULT_STAMPS else print_.stamp
    found: dict[tuple[str, ...], Plan] = {}
    for plan in told:
        base = Plan(
            because=f"{plan.because}; {'no' if stamp is None else 'one'} time of all members of the sdist",
            pins=plan.pins,
            cutoff=plan.cutoff,
            cutoff_inferred=plan.cutoff_inferred,
            python=plan.python,
            source_date_epoch=stamp,
            umask=0o002 if print_.group_writable else 0o022,
            source_modes="loosened" if print_.group_writable else "kept",
        )
        found.setdefault(base.pins, base)
    first, *others = found.values()
    spare = [others.pop()] if others and not others[-1].pins else []
    others.insert(0, replace(first, because=f"{first.because}; from a branch", on_branch=True))
    if stamp is not None:
        unset = replace(first, because=f"{first.because}; SOURCE_DATE_EPOCH unset", source_date_epoch=None)
        others.insert(0, unset)
    return (*(first, *others)[:MAX_PLANS], *spare)
