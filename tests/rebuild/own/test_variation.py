"""Factors vary one thing each; what they vary is said, and what they cannot."""

from __future__ import annotations

from dataclasses import fields

import pytest

from pinkit.model.variation import Facilities, Variant
from pinkit.rebuild.variation import FACTORS, applications, applied_factors, base_variant, varied

ALL = Facilities(
    fixed_paths=True,
    locale="et_EE.UTF-8",
    locale_path="/somewhere/locale",
    clock=("faketime", "-f", "+400d"),
    clock_env=(("NO_FAKE_STAT", "1"),),
    one_cpu=("taskset", "-c", "1"),
    order="disorderfs",
)
NONE = Facilities(fixed_paths=False, lacking=(("clock", "faketime is not installed"),))


def differing(one: Variant, other: Variant) -> set[str]:
    """Names of everything in which two variants differ, environment variables singly."""
    found = {
        f.name
        for f in fields(one)
        if f.name != "conditions" and getattr(one, f.name) != getattr(other, f.name)
    }
    before, after = one.conditions, other.conditions
    found |= {
        f.name
        for f in fields(before)
        if f.name != "env" and getattr(before, f.name) != getattr(after, f.name)
    }
    env, changed = dict(before.env), dict(after.env)
    return found | {name for name in {*env, *changed} if env.get(name) != changed.get(name)}


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("path", {"path"}),
        ("umask", {"umask"}),
        ("source modes", {"group_writable"}),
        ("source times", {"mtime_shift_s"}),
        ("timezone", {"TZ"}),
        ("locale", {"LC_ALL", "LANG", "LOCPATH"}),
        ("hash seed", {"PYTHONHASHSEED"}),
        ("environment", {"HOME", "USER", "LOGNAME", "PINKIT_VARIED", "EDITOR"}),
        ("host name", {"hostname"}),
        ("processors", {"wrapper"}),
        ("clock", {"wrapper", "NO_FAKE_STAT"}),
        ("file order", {"order"}),
    ],
)
def test_a_factor_changes_one_thing(name: str, changes: set[str]) -> None:
    factor = next(f for f in FACTORS if f.name == name)
    base = base_variant(7)
    assert differing(base, varied(base, [factor], ALL)) == changes


def test_everything_varied_is_the_sum() -> None:
    base = base_variant(None)
    single = [differing(base, varied(base, [factor], ALL)) for factor in FACTORS]
    together = varied(base, FACTORS, ALL)
    assert differing(base, together) == set().union(*single)
    assert set(together.conditions.wrapper) == {*ALL.clock, *ALL.one_cpu}


def test_every_factor_is_listed_applied_or_with_a_reason() -> None:
    assert [a.factor for a in applications(ALL) if a.applied] == [f.name for f in FACTORS]
    lacking = {a.factor: a.reason for a in applications(NONE) if not a.applied}
    assert lacking["clock"] == "faketime is not installed"
    assert set(lacking) == {"path", "locale", "host name", "processors", "clock", "file order"}
    assert all(lacking.values())
    assert {f.name for f in applied_factors(NONE)} == {f.name for f in FACTORS} - set(lacking)


def test_source_date_epoch_is_set_or_unset_in_control_builds() -> None:
    assert dict(base_variant(7).conditions.env)["SOURCE_DATE_EPOCH"] == "7"
    assert "SOURCE_DATE_EPOCH" not in dict(base_variant(None).conditions.env)
