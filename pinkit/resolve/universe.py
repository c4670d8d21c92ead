"""What the solver asks of the world: lanes, candidates, dependencies. The contract between solver and candidates.

A **lane** is one target's bit; a set of targets is an int mask. A set of one project's versions is an int too:
**bit i+1** is `versions[i]`, **bit 0** is "absent".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinkit.model.value import frozen_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.model.requirement import Dependency, Requirement


Row = tuple["Dependency", int]
"""A dependency row and the lanes where it counts."""
Rows = dict[str, list[Row]]
"""Rows by the extra that brings them in, "" for those that always count (and those do not count for an extra again)."""


class Candidates(Protocol):
    """One project as the solver sees it, after every policy (cutoff, yanked, tags, pre-releases)."""

    name: str
    versions: tuple[str, ...]
    """Ascending. A direct reference's label is "1.0 @ URL"."""
    domain: tuple[tuple[int, int], ...]
    """A partition of all lanes: (lanes, versions allowed there), without bit 0; (lanes, 0) where nothing fits."""
    first: tuple[tuple[int, int], ...]
    """A partition of all lanes: (lanes, versions to choose from while one of them is possible there)."""
    last_resort: int
    """Versions to choose only where no other is possible: pre-releases, unless the policy allows them all."""

    def matching(self, specifier: str) -> int:
        """Versions that satisfy `specifier` ("" = any, "@ URL" = that direct reference), policy applied; no bit 0."""
        ...

    def rejected(self, lanes: int) -> tuple[tuple[str, int], ...]:
        """(reason, versions) of what `domain` left out in any of `lanes`, for explanations; most versions first."""
        ...


class Universe(Protocol):
    """Everything one solve can see. Pure and memoised: the same question gets the same answer."""

    lanes: int
    """All lanes."""

    def candidates(self, name: str) -> Candidates:
        """The candidates of a normalised name; no versions where no index has it."""
        ...

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        """Dependencies of a candidate, overrides and excludes applied."""
        ...

    def needs(self, name: str, version: str) -> Rows:
        """`dependencies` with the lanes where they count. Not to be changed."""
        ...

    def marker(self, text: str) -> Mapping[str, int]:
        """Lanes where `text` holds: key "" with no extra asked, and one key for each extra that it mentions."""
        ...

    def preferred(self, name: str) -> tuple[tuple[int, int], ...]:
        """(lanes, version bit) that existing pins ask to keep; empty when free to move."""
        ...

    def prefetch(self, wanted: Iterable[tuple[str, str]]) -> None:
        """A hint: the projects of (name, specifier) and their best candidate's metadata will be asked soon."""
        ...

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        """A hint: the metadata of these (name, version) will be asked soon."""
        ...


@frozen_value(frozen=True, slots=True, kw_only=True)
class Problem:
    """What to solve: `requirements` must hold, `constraints` bound what is there without bringing it in."""

    requirements: tuple[Requirement, ...]
    constraints: tuple[Requirement, ...] = ()
    resolution: str = "highest"
    """"highest", "lowest" or "lowest-direct"."""
    fork_strategy: str = "requires-python"
    """"requires-python": lanes with different candidates each get their best; "fewest": one version if they can."""
    lowest: frozenset[str] = frozenset()
    """Names that get their lowest possible version, whatever `resolution` says."""


class Chosen(NamedTuple):
    """A version chosen for the lanes of `lanes`."""

    name: str
    version: str
    lanes: int


@frozen_value(frozen=True, slots=True, kw_only=True)
class Resolution:
    """An answer: `chosen` sorted by name, then version; `extras` are (name, extra, lanes) that are active."""

    chosen: tuple[Chosen, ...]
    extras: tuple[tuple[str, str, int], ...] = ()
    decisions: int = 0
    conflicts: int = 0
