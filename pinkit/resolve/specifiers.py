"""Version specifiers (PEP 440) as intervals of sort keys, hence as bit ranges over a project's sorted versions.

Equal to packaging's `SpecifierSet.contains(version, prereleases=True)`; what to do about pre-releases is
the business of `candidates`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, lru_cache
from typing import NamedTuple

from pinkit.formats.pep440 import Key, is_prerelease, prerelease_places, sort_key

# Above every number that fits in a version text of at most 1,024 characters.
_BEYOND = 1 << 3500
_LOWEST_PHASE = (-1, 0, 0, 0, 0)
_AFTER_LOCALS = ((_BEYOND, ""),)
_OPERATOR = re.compile(r"\s*(===|~=|==|!=|<=|>=|<|>)\s*(.*?)\s*", re.DOTALL)


class InvalidSpecifier(ValueError):
    """The text is no version specifier; `clause` is the part that is not."""

    def __init__(self, clause: str) -> None:
        super().__init__(f"{clause!r} is no version specifier")
        self.clause = clause


class Clause(NamedTuple):
    """One clause: the versions with `lower` <= key < `upper` (None = unbounded), or all others when `inverted`.

    `literal` is set for `===` alone, which compares texts; `prerelease` says that the clause names one.
    """

    operator: str
    lower: Key | None
    upper: Key | None
    inverted: bool = False
    literal: str = ""
    prerelease: bool = False


@lru_cache(maxsize=16384)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a specifier, () for "". Raises InvalidSpecifier."""
    parts = text.split(",")
    return tuple(_clause(part) for part in parts if part and not part.isspace())


def contains(text: str, version: str) -> bool:
    """Whether `version` satisfies the specifier; a text that is no version satisfies `===` only.

    Raises InvalidSpecifier.
    """
    key = _KEYS[version]
    return all(_holds(clause, version, key) for clause in clauses(text))


def matching(text: str, versions: tuple[str, ...]) -> int:
    """Bits (i+1 for `versions[i]`) of the versions that satisfy the specifier; they must ascend.

    Only about log2(n) keys are computed a clause. Raises InvalidSpecifier.
    """
    found = (2 << len(versions)) - 2
    for clause in clauses(text):
        if clause.literal:
            found &= _same_text(clause.literal, versions)
            continue
        low = bisect_left(versions, clause.lower, key=_order) if clause.lower is not None else 0
        high = len(versions) if clause.upper is None else bisect_left(versions, clause.upper, low, key=_order)
        between = (2 << high) - (2 << low)
        found &= ~between if clause.inverted else between
    return found


def exact_version(text: str) -> str:
    """The version of a specifier that is one `==` or `===` clause without wildcard, else ""."""
    match = _OPERATOR.fullmatch(text)
    if match is None or match[1] not in ("==", "===") or "," in text or match[2].endswith(".*"):
        return ""
    return match[2]


def prereleases(versions: tuple[str, ...]) -> int:
    """Bits (i+1 for `versions[i]`) of the pre-releases and dev releases."""
    found = 0
    for place in prerelease_places(versions):
        found |= 2 << place
    return found


def names_prerelease(text: str) -> bool:
    """Whether some clause of a valid specifier, other than `!=`, names a pre-release or dev release."""
    return any(clause.prerelease and not clause.inverted for clause in clauses(text))


@lru_cache(maxsize=4096)
def lower_bound(text: str) -> Key | None:
    """The lowest key that the specifier lets through, its holes (`!=`) and upper bounds ignored; None for none.

    What uv makes of Requires-Python. Raises InvalidSpecifier.
    """
    bounds = [clause.lower for clause in clauses(text) if clause.lower is not None and not clause.inverted]
    return max(bounds, default=None)


_NO_VERSION: Key = (-1, (), _LOWEST_PHASE, ())


class _Keys(dict[str, Key]):
    """Sort keys of the versions seen in this process; what is no version sorts before all others."""

    def __missing__(self, version: str) -> Key:
        key = self[version] = sort_key(version) or _NO_VERSION
        return key


_KEYS = _Keys()
# Looked up from C by bisect: a Python function here would cost more than the search.
_order = _KEYS.__getitem__


def _holds(clause: Clause, version: str, key: Key) -> bool:
    if clause.literal:
        return version.lower() == clause.literal
    if key is _NO_VERSION:
        return False
    inside = (clause.lower is None or clause.lower <= key) and (clause.upper is None or key < clause.upper)
    return inside != clause.inverted


def _same_text(literal: str, versions: tuple[str, ...]) -> int:
    return sum(2 << index for index, version in enumerate(versions) if version.lower() == literal)


@lru_cache(maxsize=32768)
def _clause(text: str) -> Clause:
    match = _OPERATOR.fullmatch(text)
    if match is None:
        raise InvalidSpecifier(text)
    operator, version = match.groups()
    if operator == "===":
        return _literal(text, version)
    if version.endswith(".*"):
        return _wildcard(text, operator, version[:-2])
    key = _KEYS[version]
    if key is _NO_VERSION or (key[3] and operator not in ("==", "!=")):
        raise InvalidSpecifier(text)
    lower, upper = _bounds(text, operator, version, key)
    return Clause(operator, lower, upper, operator == "!=", prerelease=is_prerelease(key))


def _literal(text: str, version: str) -> Clause:
    if not version or re.search(r"[\s;)]", version):
        raise InvalidSpecifier(text)
    key = _KEYS[version]
    prerelease = key is not _NO_VERSION and is_prerelease(key)
    lower = None if key is _NO_VERSION else key
    return Clause("===", lower, None, literal=version.lower(), prerelease=prerelease)


def _wildcard(text: str, operator: str, prefix: str) -> Clause:
    if operator not in ("==", "!=") or not _plain_release().fullmatch(prefix):
        raise InvalidSpecifier(text)
    epoch, release = _release(prefix)
    upper = (*release[:-1], release[-1] + 1)
    return Clause(operator, _first_of(epoch, release), _first_of(epoch, upper), operator == "!=")


def _bounds(text: str, operator: str, version: str, key: Key) -> tuple[Key | None, Key | None]:
    epoch, release, phase, local = key
    match operator:
        case ">=":
            return key, None
        case "<=":
            return None, (epoch, release, phase, _AFTER_LOCALS)
        case ">":
            return _above(key), None
        case "<":
            return None, _below(key)
        case "~=":
            epoch, written = _release(version)
            if len(written) < 2:
                raise InvalidSpecifier(text)
            return key, _first_of(epoch, (*written[:-2], written[-2] + 1))
        case _:
            # ==1.0 holds for 1.0+anything, ==1.0+x for that one local version only.
            after = (*local, (-2, "")) if local else _AFTER_LOCALS
            return key, (epoch, release, phase, after)


def _above(key: Key) -> Key:
    epoch, release, (rank, number, post, undeveloped, dev), _ = key
    if not undeveloped:
        return (epoch, release, (rank, number, post, 0, dev + 1), ())
    # >1.0 excludes the post and local releases of 1.0; >1.0.post1 only what belongs to that post release.
    return (epoch, release, (rank, number, post + 1 if post else _BEYOND, 0, 0), ())


def _below(key: Key) -> Key:
    epoch, release, (rank, number, post, undeveloped, _), _ = key
    if is_prerelease(key):
        return key
    # <1.0 excludes the pre-releases of 1.0.
    phase = (rank, number, post, 0, 0) if post and undeveloped else _LOWEST_PHASE
    return (epoch, release, phase, ())


def _release(version: str) -> tuple[int, tuple[int, ...]]:
    match = _plain_release().match(version)
    if match is None:
        raise InvalidSpecifier(version)
    return int(match[1] or 0), tuple(map(int, match[2].split(".")))


def _first_of(epoch: int, release: tuple[int, ...]) -> Key:
    end = len(release)
    while end and not release[end - 1]:
        end -= 1
    return (epoch, release[:end], _LOWEST_PHASE, ())


@cache
def _plain_release() -> re.Pattern[str]:
    return re.compile(r"\s*v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)", re.ASCII | re.IGNORECASE)
