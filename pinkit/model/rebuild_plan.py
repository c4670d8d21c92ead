"""How a published wheel seems to have been built, and the plans to build it again: data, nothing runs here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SourceModes = Literal["kept", "loosened", "tightened"]
"""Modes of the sources that were built, against the sdist's: group-writable as a checkout under umask 002 is;
or without any write bit of group and others, as an sdist unpacked by tarfile's "data" filter is (PEP 706)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """What a published wheel tells about how it was built.

    `generator` is WHEEL's text, `backend` (normalised project, version) from it, None where it names no
    project. `stamp` is the one zip time of all members, as seconds since the epoch as if it were UTC; None
    where members differ. `first_stamp` and `last_stamp` are the earliest and latest. `zone_hours` is how far
    zip times are ahead of the sdist's times, None where they are not ahead by one number of whole hours.
    `group_writable`: generated members carry the modes of umask 002. `source_modes`: how members' modes differ
    from the sdist's. `bare_record_mode`: RECORD has no file type (wheel before 0.39). `bracketed`: Requires-Dist
    has parentheses (wheel before 0.42). `licence_files`, `platform_unknown` and `metadata_version` tell
    setuptools' age. `universal`: tag py2.py3. `pure`: tag "none-any". `crlf`: metadata written on Windows.
    `upload_time` is seconds since the epoch, None where unknown; `inferred`: no index says it, but the files' own
    times, and it is somewhat late. `own_backend`: the sources hold their backend, and require nothing of the
    Generator's project.
    """

    generator: str
    backend: tuple[str, str] | None
    stamp: int | None
    first_stamp: int
    last_stamp: int
    zone_hours: int | None = None
    group_writable: bool = False
    source_modes: SourceModes = "kept"
    bare_record_mode: bool = False
    bracketed: bool = False
    licence_files: bool = False
    platform_unknown: bool = False
    metadata_version: str = ""
    universal: bool = False
    pure: bool = True
    crlf: bool = False
    upload_time: int | None = None
    inferred: bool = False
    own_backend: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One way to build a wheel again.

    `pins` are exact requirements ("hatchling==1.27.0") that replace the sdist's own on the same projects.
    `cutoff` bounds the upload times of the build environment; `cutoff_inferred`: it comes from the artifact's own
    times, and gives way where nothing was there by then. `python` is a minor ("3.12").
    `source_date_epoch` None means: unset. `timezone` is a TZ value ("" = UTC). `source_modes` is done to
    the sources before the build. `universal` asks setuptools for a py2.py3 tag. `on_branch` checks a commit out as the
    tip of the clone's branch, which some backends write down, instead of by itself. `because` says what in the
    fingerprint led here.
    """

    because: str
    pins: tuple[str, ...] = ()
    cutoff: int | None = None
    python: str = "3.12"
    source_date_epoch: int | None = None
    timezone: str = ""
    umask: int = 0o022
    source_modes: SourceModes = "kept"
    universal: bool = False
    on_branch: bool = False
    cutoff_inferred: bool = False
