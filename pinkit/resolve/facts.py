"""The statements that a contradiction is told in, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.model.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """The input asks for this; `published` are all versions there are, `matching` those that it allows."""

    requirement: Requirement
    published: tuple[str, ...]
    matching: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A constraint allows only this."""

    requirement: Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """`versions` of `parent` (with `extra`, "" for none) need `name`; ascending, as all of the lists here.

    `specifiers` are the different ones among them; `allowed` what any of them allows.
    """

    parent: str
    versions: tuple[str, ...]
    extra: str
    name: str
    extras: tuple[str, ...]
    specifiers: tuple[str, ...]
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejects:
    """`versions` of `name` are no candidates, for `reason`."""

    name: str
    reason: str
    versions: tuple[str, ...]


Fact = Asks | Bounds | Needs | Rejects


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """Facts that contradict in every lane of `lanes`: first what is asked, then from parents to children.

    Leaving out any one of them would end the contradiction, as far as the effort spent could tell. `unpublished`
    are projects among them of which no index has any version. `lane` is the one that was examined.
    """

    lane: int
    lanes: int
    facts: tuple[Fact, ...]
    unpublished: tuple[str, ...]
