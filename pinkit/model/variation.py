"""Builds of one's own project under varied conditions: what was tried, what it changed, who is to blame."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from pinkit.model.build import Conditions

if TYPE_CHECKING:
    from pinkit.model.rebuild import Discrepancy

Kind = Literal["wheel", "sdist"]
FileOrder = Literal["", "copy", "disorderfs"]
"""How directories list in another order: a copy made backwards on another file system, or disorderfs over the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to build: conditions of the process, and what is done to the copy of the sources before.

    `order` lists directories in another order. `group_writable` gives sources the modes of umask 002.
    `mtime_shift_s` moves the times of all sources.
    """

    conditions: Conditions = field(default_factory=Conditions)
    group_writable: bool = False
    mtime_shift_s: int = 0
    order: FileOrder = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facilities:
    """What this machine can vary; each is empty or False where it cannot, `lacking` says why by factor name.

    `locale` is the name of a locale that is really there, `locale_path` where it was compiled to ("" = system).
    `clock` and `one_cpu` are commands to put before the build, `clock_env` goes with the former or does without.
    """

    fixed_paths: bool
    locale: str = ""
    locale_path: str = ""
    clock: tuple[str, ...] = ()
    clock_env: tuple[tuple[str, str], ...] = ()
    one_cpu: tuple[str, ...] = ()
    order: FileOrder = ""
    lacking: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Whether a factor was varied; `reason` says why not, or how far only."""

    factor: str
    applied: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What one build made."""

    filename: str
    content: bytes
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """A factor that alone changes the result, in what it does so, and what to do about it."""

    factor: str
    discrepancies: tuple[Discrepancy, ...]
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """All builds of one kind, with SOURCE_DATE_EPOCH `epoch` or (None) without.

    `repeatable`: two builds under equal conditions agreed; where not, `blames` names only clock or randomness.
    `stable`: the build with everything varied agreed too. `failure` is why there is no answer, in words of others.
    """

    kind: Kind
    epoch: int | None
    file: str = ""
    digest: str = ""
    repeatable: bool = False
    stable: bool = False
    blames: tuple[Blame, ...] = ()
    builds: int = 0
    failure: str = ""

    @property
    def reproducible(self) -> bool:
        """Whether every build agreed."""
        return self.repeatable and self.stable and not self.failure


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildReport:
    """What `verify build` found. `wheels` are the filenames of the build environment."""

    backend: str
    python: str
    sandbox: str
    series: tuple[Series, ...]
    factors: tuple[Application, ...]
    wheels: tuple[str, ...] = ()

    @property
    def reproducible(self) -> bool:
        """Whether what a release makes (SOURCE_DATE_EPOCH set) agreed in every build."""
        return all(series.reproducible for series in self.series if series.epoch is not None)

    @property
    def answered(self) -> bool:
        """Whether every series that counts came to an answer."""
        return not any(series.failure for series in self.series if series.epoch is not None)
