"""A derivation in sentences that a person understands; no word of how the solver works."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from pinkit.errors import Unsolvable
from pinkit.resolve.facts import Asks, Bounds, Derivation, Fact, Needs, Rejects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinkit.model.requirement import Requirement

_LISTED = 3
"""Versions or specifiers that are written out; more are given as a range."""
_MOST_LINES = 30


def explain(
    derivation: Derivation,
    *,
    all_lanes: int,
    name_lanes: Callable[[int], str],
    remembered: bool = False,
    unusable: Iterable[tuple[str, str, str]] = (),
) -> Unsolvable:
    """The error to show: what cannot be had, the statements that contradict, and what could be changed.

    `name_lanes` names the targets of a lane mask; they are only mentioned where the contradiction is not in
    `all_lanes`. `remembered` tells that what no index has was not asked for in this run. `unusable` are (name, version,
    why) of releases that say of themselves with a requirement on their own project that they are no choice.
    """
    where = "" if derivation.lanes == all_lanes else f" on {name_lanes(derivation.lanes)}"
    lines = [line for fact in derivation.facts for line in _sentences(fact)]
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"and {len(lines) - _MOST_LINES} more statements of this kind"]
    lines += list(_reasons(derivation, unusable))[:_LISTED]
    asked = [fact.requirement for fact in derivation.facts if isinstance(fact, Asks | Bounds)]
    return Unsolvable(
        _what(derivation, where),
        "\n".join(lines),
        _REMEMBERED if derivation.unpublished and remembered else _hint(derivation),
        asked=tuple(dict.fromkeys((each.origin.file, each.name) for each in asked)),
    )


def _reasons(derivation: Derivation, unusable: Iterable[tuple[str, str, str]]) -> Iterable[str]:
    excluded = {
        (fact.parent, version)
        for fact in derivation.facts
        if isinstance(fact, Needs) and fact.parent == fact.name
        for version in fact.versions
    }
    return (f"{name} {version}: {why}" for name, version, why in unusable if (name, version) in excluded)


def _what(derivation: Derivation, where: str) -> str:
    facts = derivation.facts
    if derivation.unpublished:
        return f"no index has a project named {derivation.unpublished[0]}"
    name = _clash(facts)
    rejected = [fact for fact in facts if isinstance(fact, Rejects)]
    match facts:
        case [Asks(requirement=requirement, matching=())]:
            return f"no version of {name} satisfies {requirement.specifier or requirement.url}{where}"
        case [Asks(requirement=requirement), *_] if len(rejected) == len(facts) - 1:
            return f"no distribution of {requirement.name}{requirement.specifier} can be used{where}"
        case _:
            return f"requirements contradict: no version of {name} fits all of them{where}"


def _clash(facts: Iterable[Fact]) -> str:
    """The project where the statements meet: nothing further is said to follow from it, and most speak of it."""
    facts = tuple(facts)
    parents = {fact.parent for fact in facts if isinstance(fact, Needs)}
    spoken_of: dict[str, int] = {}
    for fact in facts:
        name = _subject(fact)
        spoken_of[name] = spoken_of.get(name, 0) + 1
    return min(spoken_of, key=lambda name: (name in parents, -spoken_of[name], name))


def _subject(fact: Fact) -> str:
    match fact:
        case Asks(requirement=requirement) | Bounds(requirement=requirement):
            return requirement.name
        case Needs(name=name) | Rejects(name=name):
            return name
        case _:
            assert_never(fact)


def _sentences(fact: Fact) -> list[str]:
    match fact:
        case Asks(requirement=requirement, published=published, matching=matching):
            asks = f"{_origin(requirement)} asks for {requirement}"
            if matching or not published:
                return [asks]
            return [asks, f"{requirement.name} has {_versions(published)}"]
        case Bounds(requirement=requirement):
            return [f"{_origin(requirement)} allows only {requirement}"]
        case Needs():
            return [_needs(fact)]
        case Rejects(name=name, reason=reason, versions=versions):
            return [
                f"{name} {_versions(versions)} cannot be used: {reason or 'it has nothing for the target'}"
            ]
        case _:
            assert_never(fact)


def _origin(requirement: Requirement) -> str:
    return str(requirement.origin) or requirement.origin.via or "pinkit"


def _needs(fact: Needs) -> str:
    extra = f"[{fact.extra}]" if fact.extra else ""
    one = len(fact.versions) == 1
    subject = f"{fact.parent}{extra} {_versions(fact.versions)}"
    if fact.name == fact.parent and not fact.allowed and not _is_specifier(fact.specifiers[0]):
        return f"{subject} {'is' if one else 'are'} {fact.specifiers[0]}"
    wanted = f"{fact.name}[{','.join(fact.extras)}]" if fact.extras else fact.name
    head = f"{subject} {'needs' if one else 'need'} "
    if len(fact.specifiers) > _LISTED and fact.allowed:
        return (
            f"{head}{wanted}, each in a range of its own, all within {fact.allowed[0]} to {fact.allowed[-1]}"
        )
    choices = [f"{wanted}{'' if _is_specifier(each) else ' '}{each}" for each in fact.specifiers]
    return head + " or ".join(choices) + ("" if fact.allowed else ", and there is no such version")


def _is_specifier(text: str) -> bool:
    """Whether the text is PEP 440's: the universe may put words there, or a direct reference."""
    return text[:1] in "<>=!~"


def _versions(versions: Sequence[str]) -> str:
    if len(versions) > _LISTED:
        return f"{versions[0]} to {versions[-1]} ({len(versions)} versions)"
    *most, last = versions
    return f"{', '.join(most)} and {last}" if most else last


_REMEMBERED = (
    "that is the answer of an earlier run: --refresh asks again; else check the spelling, or name the index that has "
    "it with --index"
)


def _hint(derivation: Derivation) -> str:
    if derivation.unpublished:
        return "check the spelling, or name the index that has it with --index"
    for fact in derivation.facts:
        if isinstance(fact, Rejects):
            for start, hint in _HINTS:
                if fact.reason.startswith(start):
                    return hint.format(name=fact.name)
    movable = [fact for fact in derivation.facts if isinstance(fact, Asks | Bounds)]
    if len(movable) == 1:
        return f"change {_place(movable[0])}"
    return "loosen one of " + ", ".join([_place(fact) for fact in movable])


def _place(fact: Asks | Bounds) -> str:
    return f"{fact.requirement} ({_origin(fact.requirement)})"


_HINTS = (
    (
        "newer than the cutoff",
        "move --exclude-newer, or let it through with --exclude-newer-package {name}=DATE",
    ),
    ("without an upload time", "exempt it from the cutoff with --exclude-newer-package {name}=DATE"),
    ("yanked", "pin {name} with == to accept a yanked release, or ask for another version"),
    (
        "pre-release",
        "allow pre-releases with --prerelease allow, or ask for a version of {name} that is final",
    ),
    (
        "requires Python",
        "raise the lowest Python (--python-version, requires-python), or allow an older {name}",
    ),
    ("only an sdist", "allow {name} to be built (--only-binary and --no-build forbid it)"),
    ("only wheels", "allow wheels of {name} (--no-binary forbids them)"),
    ("wrong tag", "allow another version of {name}, or drop the target"),
)
