"""What may move and when: rules by name and by kind of move, as a project's configuration has them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["major", "minor", "patch"]
"""Which number of the release a move changes first; see `pep440.kind_of_move`."""

Role = Literal["", "direct", "indirect", "production", "development"]
"""How a name came into the locks; "" for any."""

KINDS: tuple[Kind, ...] = ("major", "minor", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """Names (a pattern with `*`) that are not moved; `reason` is shown. `until` is an ISO date, "" for no end.

    With `kinds` only such moves are left out, with `versions` (specifiers, PEP 440) only these releases. `fixes` says
    whether a security fix is held back too; never by `kinds`.
    """

    pattern: str
    reason: str
    until: str = ""
    kinds: tuple[Kind, ...] = ()
    versions: tuple[str, ...] = ()
    fixes: bool = True

    @property
    def told(self) -> str:
        """The reason, with the day on which the rule ends."""
        return f"{self.reason}, until {self.until}" if self.until else self.reason

    @property
    def whole(self) -> bool:
        """Whether every move is left out."""
        return not self.kinds and not self.versions

    def holds(self, name: str, today: str) -> bool:
        """Whether the rule is about `name` on the ISO date `today`."""
        return fnmatchcase(name, self.pattern) and (not self.until or today <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowRule:
    """Names (a pattern with `*`) in a role that may be moved, by moves of `kinds` (() for all)."""

    pattern: str = "*"
    role: Role = ""
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveGroup:
    """Names that move together, by moves of `kinds` (() for all): in a role, matched by a pattern and no `exclude`.

    `fixes` says that only findings of these names are fixed.
    """

    name: str
    patterns: tuple[str, ...]
    exclude: tuple[str, ...] = ()
    role: Role = ""
    kinds: tuple[Kind, ...] = ()
    fixes: bool = False

    def has(self, name: str) -> bool:
        """Whether the group is about `name`, its role aside."""
        return matches(name, self.patterns) and not matches(name, self.exclude)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cooldown:
    """How old every file of a moved pin must be, in seconds: `default_s`, or what `kinds` say for its kind of move.

    Names that `include` (() for all) does not match, or that `exclude` does, need no age.
    """

    default_s: int
    kinds: tuple[tuple[Kind, int], ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def age_s(self, name: str, kind: Kind | None) -> int:
        """How old a release of `name` must be; `kind` is None for a name that is new."""
        if matches(name, self.exclude) or (self.include and not matches(name, self.include)):
            return 0
        return next((age for known, age in self.kinds if known == kind), self.default_s)

    @property
    def uniform(self) -> bool:
        """Whether it is the same for all moves."""
        return not (self.kinds or self.include or self.exclude)


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a normalised name matches one of the patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
