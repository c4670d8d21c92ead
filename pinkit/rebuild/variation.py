"""The factors that a build could depend on without meaning to, and how to vary each alone or all at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinkit.model.variation import Application, Variant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pinkit.model.variation import Facilities

_DAY_S = 86_400
_STEADY = (
    ("LC_ALL", "C.UTF-8"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
    ("PYTHONHASHSEED", "0"),
    ("TZ", "UTC0"),
)
CLOCK = "clock or randomness"
"""What is blamed when two builds under equal conditions differ: nothing else can be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One thing that may differ between two machines: `vary` changes it, and it alone, in a variant."""

    name: str
    vary: Callable[[Variant, Facilities], Variant]
    available: Callable[[Facilities], bool] = lambda _: True


def base_variant(epoch: int | None, path: str = "/build/src") -> Variant:
    """The conditions of control builds; `epoch` None leaves SOURCE_DATE_EPOCH unset."""
    plain = Variant()
    steady = dict(_STEADY)
    if epoch is not None:
        steady["SOURCE_DATE_EPOCH"] = str(epoch)
    return replace(plain, conditions=replace(plain.conditions, env=tuple(sorted(steady.items())), path=path))


def applications(facilities: Facilities) -> tuple[Application, ...]:
    """Each factor, and whether it can be varied here, in the order they are tried."""
    lacking = dict(facilities.lacking)
    return tuple(
        Application(factor=factor.name, applied=True, reason=lacking.get(factor.name, ""))
        if factor.available(facilities)
        else Application(
            factor=factor.name, applied=False, reason=lacking.get(factor.name, "not possible here")
        )
        for factor in FACTORS
    )


def applied_factors(facilities: Facilities) -> tuple[Factor, ...]:
    """The factors that can be varied here."""
    return tuple(factor for factor in FACTORS if factor.available(facilities))


def varied(variant: Variant, factors: Iterable[Factor], facilities: Facilities) -> Variant:
    """`variant` with each of `factors` changed."""
    for factor in factors:
        variant = factor.vary(variant, facilities)
    return variant


def _env(variant: Variant, **values: str) -> Variant:
    env = {**dict(variant.conditions.env), **values}
    return replace(variant, conditions=replace(variant.conditions, env=tuple(sorted(env.items()))))


def _path(variant: Variant, _: Facilities) -> Variant:
    return replace(
        variant, conditions=replace(variant.conditions, path="/build/some where/else-entirely/src")
    )


def _umask(variant: Variant, _: Facilities) -> Variant:
    return replace(variant, conditions=replace(variant.conditions, umask=0o002))


def _modes(variant: Variant, _: Facilities) -> Variant:
    return replace(variant, group_writable=True)


def _mtimes(variant: Variant, _: Facilities) -> Variant:
    return replace(variant, mtime_shift_s=-400 * _DAY_S - 3 * 3600 - 7)


def _timezone(variant: Variant, _: Facilities) -> Variant:
    return _env(variant, TZ="PINKIT-13:30")


def _locale(variant: Variant, facilities: Facilities) -> Variant:
    names = {"LC_ALL": facilities.locale, "LANG": facilities.locale}
    if facilities.locale_path:
        names["LOCPATH"] = facilities.locale_path
    return _env(variant, **names)


def _hash_seed(variant: Variant, _: Facilities) -> Variant:
    return _env(variant, PYTHONHASHSEED="4242")


def _environment(variant: Variant, _: Facilities) -> Variant:
    return _env(
        variant, HOME="/nonexistent/home", USER="somebody", LOGNAME="somebody", PINKIT_VARIED="1", EDITOR="ed"
    )


def _host(variant: Variant, _: Facilities) -> Variant:
    return replace(variant, conditions=replace(variant.conditions, hostname="another-host"))


def _before(variant: Variant, command: tuple[str, ...]) -> Variant:
    wrapper = (*command, *variant.conditions.wrapper)
    return replace(variant, conditions=replace(variant.conditions, wrapper=wrapper))


def _cpus(variant: Variant, facilities: Facilities) -> Variant:
    return _before(variant, facilities.one_cpu)


def _clock(variant: Variant, facilities: Facilities) -> Variant:
    return _env(_before(variant, facilities.clock), **dict(facilities.clock_env))


def _order(variant: Variant, facilities: Facilities) -> Variant:
    return replace(variant, order=facilities.order)


FACTORS: tuple[Factor, ...] = (
    Factor(name="path", vary=_path, available=lambda f: f.fixed_paths),
    Factor(name="umask", vary=_umask),
    Factor(name="source modes", vary=_modes),
    Factor(name="source times", vary=_mtimes),
    Factor(name="timezone", vary=_timezone),
    Factor(name="locale", vary=_locale, available=lambda f: bool(f.locale)),
    Factor(name="hash seed", vary=_hash_seed),
    Factor(name="environment", vary=_environment),
    Factor(name="host name", vary=_host, available=lambda f: f.fixed_paths),
    Factor(name="processors", vary=_cpus, available=lambda f: bool(f.one_cpu)),
    Factor(name="clock", vary=_clock, available=lambda f: bool(f.clock_env)),
    Factor(name="file order", vary=_order, available=lambda f: bool(f.order)),
)
