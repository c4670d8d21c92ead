"""Why versions are no candidates, in the words of explanations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.resolve.files import Fit
    from pinkit.resolve.policy import Policy
    from pinkit.resolve.published import Published


def reasons(
    left_out: int, lanes: int, files: Published, before: int, fit: Fit, policy: Policy, name: str
) -> tuple[tuple[str, int], ...]:
    """(reason, versions) for the versions in `left_out`, each under its first reason; most versions first.

    `before` are the versions that the pre-release policy admits.
    """
    found: dict[str, int] = {}
    for reason, versions in _tests(lanes, files, before, fit, policy, name):
        if versions & left_out:
            found[reason] = found.get(reason, 0) | versions & left_out
            left_out &= ~versions
    if left_out:
        found["wrong tag"] = left_out
    return tuple(sorted(found.items(), key=lambda item: (-item[1].bit_count(), item[0])))


def _tests(
    lanes: int, files: Published, before: int, fit: Fit, policy: Policy, name: str
) -> list[tuple[str, int]]:
    with_files = 0
    for _, members in files.classes:
        with_files |= members
    tests = [
        ("newer than the cutoff", files.late),
        ("without an upload time, which the cutoff needs", files.undated & ~with_files),
        ("yanked", files.yanked),
        ("pre-release", ~before & ~1),
    ]
    tests += _too_old(lanes, files, fit)
    kinds: dict[bool, int] = {}
    for (_, kind, _), members in files.classes:
        kinds[kind == "sdist"] = kinds.get(kind == "sdist", 0) | members
    if not policy.takes_sdists(name):
        tests.append(
            ("only an sdist, and building is not allowed", kinds.get(True, 0) & ~kinds.get(False, 0))
        )
    if not policy.takes_wheels(name):
        tests.append(("only wheels, and those are not allowed", kinds.get(False, 0) & ~kinds.get(True, 0)))
    return tests


def _too_old(lanes: int, files: Published, fit: Fit) -> list[tuple[str, int]]:
    """("requires Python >=3.13", versions) for versions none of whose files takes every Python of `lanes`."""
    by_text: dict[str, int] = {}
    fine = 0
    for (requires, _, _), members in files.classes:
        if lanes & ~fit.pythons(requires):
            by_text[requires] = by_text.get(requires, 0) | members
        else:
            fine |= members
    return [(f"requires Python {text}", members & ~fine) for text, members in sorted(by_text.items())]
