"""Which targets a lock is made for: names, universal sets, single targets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.pep440 import Key, sort_key
from pinkit.model.target import Target
from pinkit.resolve.platforms import UNIVERSAL, platform
from pinkit.resolve.specifiers import InvalidSpecifier, lower_bound

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.target import Platform

MINORS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15")
"""The Python minors that a target may have, ascending."""

_TARGET = re.compile(
    r"(?P<platform>.+)-py(?P<major>3)\.?(?P<minor>[0-9]{1,2})(?:\.(?P<patch>[0-9]{1,3}))?(?P<t>t?)"
)
_VERSION = re.compile(r"(3\.[0-9]{1,2})(?:\.([0-9]{1,3}))?")


def target(text: str) -> Target:
    """The target of a name "linux-x86_64-py312" ("…-py312t" free-threaded). Raises UsageError."""
    match = _TARGET.fullmatch(text)
    if match is None:
        raise UsageError(f"{text!r} is no target", hint="write PLATFORM-pyXY, as in linux-x86_64-py312")
    minor = f"3.{int(match['minor'])}"
    if minor not in MINORS:
        raise UsageError(
            f"Python {minor} of target {text!r} is not supported", f"known are {', '.join(MINORS)}"
        )
    if match["t"] and MINORS.index(minor) < MINORS.index("3.13"):
        raise UsageError(f"target {text!r} does not exist", "free-threaded builds begin with Python 3.13")
    return Target(
        python=minor,
        python_full=f"{minor}.{int(match['patch'] or 0)}",
        platform=platform(match["platform"]),
        free_threaded=bool(match["t"]),
    )


def single_target(python_version: str, where: Platform) -> Target:
    """The one target of `--python-version X.Y[.Z]` on a platform; X.Y means X.Y.0, as in uv. Raises UsageError."""
    match = _VERSION.fullmatch(python_version)
    if match is None:
        raise UsageError(f"{python_version!r} is no Python version", hint="write X.Y or X.Y.Z, as in 3.12")
    return Target(python=match[1], python_full=f"{match[1]}.{match[2] or 0}", platform=where)


def universal_targets(requires_python: str, platforms: Iterable[str] = UNIVERSAL) -> tuple[Target, ...]:
    """Every platform with every Python from the lower bound of `requires_python` (">=3.9.2", "3.11", "") up.

    The first minor begins at its patch level when the bound names one. Upper bounds are not looked at, as in
    uv. Raises UsageError where no supported Python remains.
    """
    try:
        bound = lower_bound(f">={requires_python}" if requires_python[:1].isdigit() else requires_python)
    except InvalidSpecifier as error:
        raise UsageError(f"{requires_python!r} is no Python version or specifier", str(error)) from None
    pythons = [(minor, first) for minor in MINORS if (first := _first_patch(minor, bound))]
    if not pythons:
        raise UsageError(
            f"no supported Python satisfies {requires_python}", f"the newest known is {MINORS[-1]}"
        )
    return tuple(
        Target(python=minor, python_full=first, platform=platform(name, generous=True))
        for minor, first in pythons
        for name in platforms
    )


def _first_patch(minor: str, bound: Key | None) -> str:
    """The first release of a minor at or above the bound, "" for none."""
    if bound is None or _key(f"{minor}.0") >= bound:
        return f"{minor}.0"
    _, release, _, _ = bound
    if release[:2] != _key(minor)[1]:
        return ""
    # ">3.11.4" is a bound after 3.11.4 and its post releases, so the next patch level is the first.
    patch = release[2] if len(release) > 2 else 0
    return f"{minor}.{patch}" if _key(f"{minor}.{patch}") >= bound else f"{minor}.{patch + 1}"


def _key(version: str) -> Key:
    key = sort_key(version)
    if key is None:
        raise AssertionError(version)
    return key
