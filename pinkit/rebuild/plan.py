"""Plans from a fingerprint, the likeliest first. They know tools and their habits, and no project's name."""

from __future__ import annotations

from calendar import timegm
from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.model.rebuild_plan import Fingerprint, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_PLANS = 6
DEFAULT_STAMPS = frozenset(
    timegm((*day, 0, 0, 0, 0, 0, 0)) for day in ((1980, 1, 1), (2016, 1, 1), (2020, 2, 2))
)
"""Zip times that backends write when no SOURCE_DATE_EPOCH is set (zip's first day; flit's; hatchling's)."""
_LADDER = (
    # (setuptools, it writes License-File, it writes "Platform: UNKNOWN")
    ("67.7.2", True, False),
    ("65.5.0", True, False),
    ("62.6.0", True, False),
    ("60.10.0", True, False),
    ("57.5.0", True, True),
    ("56.2.0", False, True),
    ("54.2.0", False, True),
    ("44.1.1", False, True),
)
_OLD_WHEELS = ("0.38.4", "0.41.3")
"""The last before RECORD got a file type, and the last that put brackets into Requires-Dist."""
_OUT_SINCE = (
    # Python minor, seconds since the epoch half a year after its release: when publishers had it
    ("3.6", 1498176000),
    ("3.7", 1545868800),
    ("3.8", 1586822400),
    ("3.9", 1617840000),
    ("3.10", 1649030400),
    ("3.11", 1682294400),
    ("3.12", 1711929600),
    ("3.13", 1743984000),
    ("3.14", 1775779200),
)


def plans(print_: Fingerprint, *, pythons: Sequence[str]) -> tuple[Plan, ...]:
    """Plans, likeliest first; empty without an interpreter. `pythons`: minors, ascending.

    At most `MAX_PLANS`, and one more for where the tools that the wheel names cannot be had.
    """
    if not pythons:
        return ()
    base = Plan(
        because=_because(print_),
        pins=_backend_pins(print_),
        cutoff=print_.upload_time,
        python=python_for(print_.upload_time, pythons),
        source_date_epoch=inferred_epoch(print_),
        timezone=timezone(print_.zone_hours),
        umask=0o002 if print_.group_writable else 0o022,
        source_modes=print_.source_modes,
        universal=print_.universal,
        cutoff_inferred=print_.inferred,
    )
    companions = tuple(_companion_plans(print_, base)) or (base,)
    found = [
        *companions,
        *_setuptools_plans(print_, base),
        *_time_plans(print_, companions[0]),
    ]
    named = (
        *tuple(dict.fromkeys(found))[: MAX_PLANS - print_.inferred],
        *_unbounded_plans(companions[0], pythons),
    )
    if not base.pins:
        return named
    if print_.own_backend:
        own = _unpinned(base, "the sources hold their own build backend")
        return (own, *_time_plans(print_, own), *named)[:MAX_PLANS]
    return (*named, _unpinned(base, "these tools cannot be had: those that the sources ask for"))


def _unbounded_plans(base: Plan, pythons: Sequence[str]) -> Iterator[Plan]:
    """The same build by the newest tools, where the moment that bounds them is only inferred."""
    if base.cutoff_inferred:
        newest = python_for(None, pythons)
        yield replace(unbounded(base, "no cutoff"), python=newest)


def unbounded(plan: Plan, why: str) -> Plan:
    """The plan without its inferred cutoff."""
    return replace(plan, because=f"{plan.because}; {why}", cutoff=None, cutoff_inferred=False)


def _unpinned(base: Plan, why: str) -> Plan:
    return replace(base, because=f"{base.because}; {why}", pins=())


def worth_after_build(best: Plan, plan: Plan) -> bool:
    """Whether `plan` may still agree better than `best`, which could be built: tools that the file names are right."""
    return bool(plan.pins) or not best.pins


def worth_after_time(best: Plan, plan: Plan) -> bool:
    """Whether `plan` may still turn "byte-exact modulo time" into "byte-exact": it differs in its clock only."""
    same_clock = (plan.source_date_epoch, plan.timezone) == (best.source_date_epoch, best.timezone)
    with_its_clock = replace(
        plan, because=best.because, source_date_epoch=best.source_date_epoch, timezone=best.timezone
    )
    return not same_clock and with_its_clock == best


def inferred_epoch(print_: Fingerprint) -> int | None:
    """SOURCE_DATE_EPOCH: the one time of all members, unless that is a default that is written without it."""
    return None if print_.stamp in DEFAULT_STAMPS else print_.stamp


def timezone(hours: int | None) -> str:
    """TZ for a clock that many hours ahead of UTC, without a time zone database (POSIX: the sign is turned)."""
    return f"<{hours:+03d}>{-hours:+d}" if hours else ""


def python_for(upload_time: int | None, pythons: Sequence[str]) -> str:
    """The newest of `pythons` (ascending) that publishers had at `upload_time`; the oldest when none was out."""
    out = {minor for minor, since in _OUT_SINCE if upload_time is None or since <= upload_time}
    known = [minor for minor in pythons if minor in out]
    return known[-1] if known else pythons[0]


def _backend_pins(print_: Fingerprint) -> tuple[str, ...]:
    return () if print_.backend is None else ("==".join(print_.backend),)


def _companion_plans(print_: Fingerprint, base: Plan) -> Iterator[Plan]:
    """An older `wheel` beside a setuptools that names only itself: it writes RECORD's mode and Requires-Dist."""
    if print_.backend is None or print_.backend[0] != "setuptools":
        return
    if print_.bare_record_mode or print_.bracketed:
        for version in _OLD_WHEELS:
            because = f"{base.because}; wheel {version} by the marks of RECORD and METADATA"
            yield replace(base, because=because, pins=(*base.pins, f"wheel=={version}"))


def _setuptools_plans(print_: Fingerprint, base: Plan) -> Iterator[Plan]:
    """Older setuptools, where the Generator names only `wheel`: the steps whose marks METADATA shows."""
    if print_.backend is None or print_.backend[0] != "wheel":
        return
    marks = (print_.licence_files, print_.platform_unknown)
    # A project may declare a platform of its own: then METADATA cannot tell about "UNKNOWN".
    fitting = [step for step in _LADDER if step[1:] == marks] or [s for s in _LADDER if s[1] == marks[0]]
    for version, _, _ in fitting:
        because = f"{base.because}; setuptools {version} by the marks of METADATA"
        yield replace(base, because=because, pins=(*base.pins, f"setuptools=={version}"))


def _time_plans(print_: Fingerprint, base: Plan) -> Iterator[Plan]:
    """The same build by another clock."""
    if base.source_date_epoch is not None:
        because = f"{base.because}; SOURCE_DATE_EPOCH unset: times come from the sources"
        yield replace(base, because=because, source_date_epoch=None)
    if base.timezone:
        yield replace(base, because=f"{base.because}; the clock on UTC", timezone="")


def _because(print_: Fingerprint) -> str:
    reasons = [f"Generator {print_.generator!r}"]
    epoch = inferred_epoch(print_)
    reasons.append("one zip time" if epoch is not None else "zip times differ or are a default")
    if print_.zone_hours:
        reasons.append(f"zip times {print_.zone_hours:+d} h from the sources'")
    if print_.group_writable:
        reasons.append("group-writable modes")
    if print_.source_modes != "kept":
        reasons.append(f"modes {print_.source_modes} from the sources'")
    if print_.universal:
        reasons.append("universal tag")
    if print_.inferred:
        reasons.append("no upload time: a day after its newest time is the cutoff")
    return ", ".join(reasons)
