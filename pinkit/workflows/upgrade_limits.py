"""Rules of the policy as bounds on a lock that is made again: what is held, and which releases are left out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from pinkit.formats.pep440 import kind_of_move, sort_key
from pinkit.model.requirement import Origin, Requirement
from pinkit.model.upgrade_policy import KINDS, IgnoreRule
from pinkit.resolve.specifiers import contains
from pinkit.upgrade.bounds import held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.model.lock import Lock, Pin
    from pinkit.model.upgrade_policy import Kind, Role
    from pinkit.ports import Catalog
    from pinkit.upgrade.policy import UpgradePolicy

    Rules: TypeAlias = Callable[[str], tuple[IgnoreRule, ...]]


def limits(lock: Lock, path: str, catalog: Catalog, rules: Rules) -> tuple[Requirement, ...]:
    """Bounds by the rules about the names that `lock` (at `path`) pins; it is possible as it is under all of them."""
    pins: dict[str, list[Pin]] = {}
    for pin in lock.pins:
        if pin.source is None and pin.version:
            pins.setdefault(pin.name, []).append(pin)
    found: list[Requirement] = []
    for name, mine in pins.items():
        for rule in rules(name):
            if rule.whole:
                same = held(replace(lock, pins=tuple(mine)), path, ())
                found += [replace(each, origin=_origin(rule)) for each in same]
            elif left_out := _left_out(rule, [pin.version for pin in mine], catalog.project(name).versions):
                found.append(Requirement(name=name, specifier=left_out, origin=_origin(rule)))
    return tuple(found)


def fixing_rules(policy: UpgradePolicy, today: str) -> Rules:
    """What holds while findings are fixed: ignores of names and of versions, as far as they are for fixes too."""

    def rules(name: str) -> tuple[IgnoreRule, ...]:
        said = (rule for rule in policy.rules(name, today) if rule.fixes)
        return tuple(replace(rule, kinds=()) for rule in said if rule.whole or rule.versions)

    return rules


def moving_rules(
    policy: UpgradePolicy, today: str, roles: Mapping[str, frozenset[Role]], kinds: tuple[Kind, ...]
) -> tuple[frozenset[str], Rules]:
    """Which names of `roles` may move by moves of `kinds` (() for all), and what holds while they do: every ignore,
    and of allows what they leave to those names.
    """
    allowed = {
        name: tuple(kind for kind in policy.allowed(name, mine) if not kinds or kind in kinds)
        for name, mine in roles.items()
    }
    barred = {
        name: IgnoreRule(pattern=name, reason=f"only {' and '.join(mine)} moves", kinds=left)
        for name, mine in allowed.items()
        if mine and (left := tuple(kind for kind in KINDS if kind not in mine))
    }

    def rules(name: str) -> tuple[IgnoreRule, ...]:
        said = policy.rules(name, today)
        return (*said, barred[name]) if name in barred else said

    free = (name for name, mine in allowed.items() if mine and not any(rule.whole for rule in rules(name)))
    return frozenset(free), rules


def _left_out(rule: IgnoreRule, pinned: Sequence[str], versions: Iterable[str]) -> str:
    """The specifier that bars what the rule does above the lowest pin: one bound where that says the same, else each
    release by itself; "" for nothing to bar.
    """
    lowest, highest = _ends(pinned)
    above = [version for version in versions if (sort_key(version) or ()) > (sort_key(lowest) or ())]
    barred = {version for version in above if version not in pinned and _is_barred(rule, lowest, version)}
    for short in (
        _below(highest, rule),
        *(f"<{each[2:]}" for each in rule.versions if each.startswith(">=")),
    ):
        usable = barred and short and "," not in short
        if usable and all(contains(short, each) == (each not in barred) for each in (*pinned, *above)):
            return short
    return ",".join(f"!={version}" for version in above if version in barred)


def _is_barred(rule: IgnoreRule, lowest: str, version: str) -> bool:
    return kind_of_move(lowest, version) in rule.kinds or any(
        contains(specifier, version) for specifier in rule.versions
    )


def _below(version: str, rule: IgnoreRule) -> str:
    """ "<2" where major moves are barred, "<1.5" where minor ones are too; "" for others."""
    key = sort_key(version)
    if key is None or "major" not in rule.kinds:
        return ""
    numbers = [*key[1], 0, 0][: 2 if "minor" in rule.kinds else 1]
    numbers[-1] += 1
    return f"<{f'{key[0]}!' if key[0] else ''}{'.'.join(map(str, numbers))}"


def _ends(versions: Sequence[str]) -> tuple[str, str]:
    ordered = sorted(versions, key=lambda version: sort_key(version) or ())
    return ordered[0], ordered[-1]


def _origin(rule: IgnoreRule) -> Origin:
    return Origin(file=f"the policy ({rule.told})")
