"""The pins of a lock as resolvelib wants to see them, judged by `packaging`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from resolvelib import AbstractProvider

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinkit.model.requirement import Dependency, Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A pin as the referee sees it: `url` is set for a direct reference; `version` is "" where it is dynamic."""

    name: str
    version: str
    dependencies: tuple[Dependency, ...]
    marker: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """Why the pins are no answer.

    `kind` is "missing" (nothing pinned where something is needed), "unsatisfied" (the pin is not what is asked),
    "superfluous" (nothing needs the pin), "ambiguous" (two pins of one project for one target) or "unreadable"
    (a marker, specifier or version that is no PEP 440 or 508). `version` is the pin's, "" when missing. `asked` is
    the requirement's text; `parent` the (name, version) that has it, None for the input's own.
    """

    kind: str
    name: str
    version: str = ""
    asked: str = ""
    parent: tuple[str, str] | None = None
    requirement: Requirement | None = None


Key = tuple[str, str]
"""(name, extra); the extra is "" for the project itself."""


class Wanted(NamedTuple):
    """A requirement on the pins; `met` says whether the pin of that name satisfies it."""

    name: str
    extra: str
    specifier: str
    parent: tuple[str, str] | None
    requirement: Requirement | None
    met: bool


class Candidate(NamedTuple):
    """A pin, or one extra of it."""

    exhibit: Exhibit
    extra: str


class Exhibits(AbstractProvider["Wanted", "Candidate", "Key"]):
    """The pins that count in one environment: the only candidates there are."""

    def __init__(
        self,
        environment: Mapping[str, str],
        exhibits: Iterable[Exhibit],
        constraints: Iterable[Requirement],
    ) -> None:
        self._environment = environment
        self._truth: dict[tuple[str, str], bool] = {}
        self.pinned: dict[str, Exhibit] = {}
        self._bounds: dict[str, list[Requirement]] = {}
        self.objections: list[Objection] = []
        self._lenient = False
        for exhibit in exhibits:
            if self._holds(exhibit.marker, "", exhibit.name):
                if exhibit.name in self.pinned:
                    self.objections.append(
                        Objection(kind="ambiguous", name=exhibit.name, version=exhibit.version)
                    )
                self.pinned[exhibit.name] = exhibit
        for constraint in constraints:
            if self._holds(constraint.marker, "", constraint.name):
                self._bounds.setdefault(constraint.name, []).append(constraint)

    def go_on(self) -> None:
        """From here note every requirement that is not met, and go on as if any version would do.

        Where nothing is pinned go on without it.
        """
        self._lenient = True

    def asked(self, requirements: Iterable[Requirement]) -> list[Wanted]:
        """What the input asks for here."""
        return self._heard(
            [
                self._wanted(each.name, extra, _specifier(each), None, each)
                for each in requirements
                if self._holds(each.marker, "", each.name)
                for extra in ("", *each.extras)
            ]
        )

    def identify(self, requirement_or_candidate: Wanted | Candidate) -> Key:
        """What requirements and candidates have in common: (name, extra)."""
        match requirement_or_candidate:
            case Wanted(name=name, extra=extra):
                return name, extra
            case Candidate(exhibit=exhibit, extra=extra):
                return exhibit.name, extra

    def narrow_requirement_selection(
        self, identifiers: Iterable[Key], *_: object, **__: object
    ) -> Iterable[Key]:
        """The first one: there is nothing to choose."""
        return [next(iter(identifiers))]

    def get_preference(self, identifier: Key, *_: object, **__: object) -> Key:
        """Any order will do: there is nothing to choose."""
        return identifier

    def find_matches(
        self,
        identifier: Key,
        requirements: Mapping[Key, Iterator[Wanted]],
        incompatibilities: Mapping[Key, Iterator[Candidate]],
    ) -> list[Candidate]:
        """The pin, if it is all that is asked of it; else nothing."""
        name, extra = identifier
        for wanted in requirements[identifier]:
            if not wanted.met:
                return []
        return [] if any(incompatibilities[identifier]) else [Candidate(self.pinned[name], extra)]

    def is_satisfied_by(self, requirement: Wanted, candidate: Candidate) -> bool:
        """Whether the pin is what is asked for."""
        return requirement.met

    def get_dependencies(self, candidate: Candidate) -> list[Wanted]:
        """What a pin, or one extra of it, needs here; constraints bind the pins that are there."""
        exhibit, extra = candidate
        parent = (exhibit.name, exhibit.version)
        wanted: list[Wanted] = []
        if extra:
            wanted.append(self._wanted(exhibit.name, "", "", parent, None))
        else:
            wanted += [
                self._wanted(bound.name, "", _specifier(bound), None, bound)
                for bound in self._bounds.get(exhibit.name, ())
            ]
        for name, extras, specifier, marker in exhibit.dependencies:
            if self._holds(marker, extra, exhibit.name) and (marker or not extra):
                wanted += [self._wanted(name, each, specifier, parent, None) for each in ("", *extras)]
        return self._heard(wanted)

    def _wanted(
        self,
        name: str,
        extra: str,
        specifier: str,
        parent: tuple[str, str] | None,
        requirement: Requirement | None,
    ) -> Wanted:
        exhibit = self.pinned.get(name)
        met = exhibit is not None and _satisfies(exhibit.version, exhibit.url, specifier)
        return Wanted(name, extra, specifier, parent, requirement, met)

    def _heard(self, wanted: list[Wanted]) -> list[Wanted]:
        if not self._lenient:
            return wanted
        self.objections += [self._objection(each) for each in wanted if not each.met]
        return [each._replace(specifier="", met=True) for each in wanted if each.name in self.pinned]

    def _holds(self, marker: str, extra: str, name: str) -> bool:
        if not marker:
            return True
        truth = self._truth.get((marker, extra))
        if truth is None:
            answer = evaluated(marker, self._environment, extra)
            if answer is None:
                self.objections.append(Objection(kind="unreadable", name=name, asked=marker))
            truth = self._truth[marker, extra] = bool(answer)
        return truth

    def _objection(self, wanted: Wanted) -> Objection:
        exhibit = self.pinned.get(wanted.name)
        extras = f"[{wanted.extra}]" if wanted.extra else ""
        return Objection(
            kind="missing" if exhibit is None else "unsatisfied",
            name=wanted.name,
            version=exhibit.version if exhibit else "",
            asked=f"{wanted.name}{extras}{' ' if wanted.specifier[:1] == '@' else ''}{wanted.specifier}",
            parent=wanted.parent,
            requirement=wanted.requirement,
        )


def _specifier(requirement: Requirement) -> str:
    return f"@ {requirement.url}" if requirement.url else requirement.specifier


@lru_cache(maxsize=8192)
def _parsed(marker: str) -> Marker | None:
    try:
        return Marker(marker)
    except InvalidMarker:
        return None


def evaluated(marker: str, environment: Mapping[str, str], extra: str) -> bool | None:
    """Whether the marker holds; None for one that is no marker."""
    parsed = _parsed(marker)
    return None if parsed is None else parsed.evaluate({**environment, "extra": extra})


@lru_cache(maxsize=65536)
def _satisfies(version: str, url: str, specifier: str) -> bool:
    if specifier.startswith("@"):
        return url == specifier[1:].strip()
    if not specifier or not version:
        return True
    try:
        return SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False
