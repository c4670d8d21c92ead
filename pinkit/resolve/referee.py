"""A second opinion on a lock: does resolvelib, given the pins and nothing else, accept them for one target?

It shares nothing with the solver: markers and specifiers are judged by `packaging`, the search is resolvelib's. Only
the pins are candidates, so it cannot repair anything: what is missing, broken or unneeded is named.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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


def judge(
    environment: Mapping[str, str],
    exhibits: Sequence[Exhibit],
    requirements: Sequence[Requirement],
    constraints: Sequence[Requirement] = (),
) -> tuple[Objection, ...]:
    """All objections to the pins for the target with the marker values `environment`; none: accepted."""
    provider = _Provider(environment, constraints)
    pinned = provider.admit(exhibits)
    try:
        resolved = _resolve(provider, requirements)
    except ResolutionImpossible:
        provider.lenient = True
        resolved = _resolve(provider, requirements)
    unneeded = [
        Objection(kind="superfluous", name=name, version=exhibit.version)
        for name, exhibit in pinned.items()
        if name not in resolved
    ]
    return tuple(sorted([*dict.fromkeys(provider.objections), *unneeded], key=_order))


def _resolve(provider: _Provider, requirements: Sequence[Requirement]) -> set[str]:
    """Names that resolvelib reaches over the pins alone."""
    rounds = 100 + sum(1 + len(exhibit.dependencies) for exhibit in provider.pinned.values()) * 2
    resolver: Resolver[_Wanted, _Candidate, _Key] = Resolver(provider, BaseReporter())
    result = resolver.resolve(provider.asked(requirements), max_rounds=rounds)
    return {name for name, _ in result.mapping}


def _order(objection: Objection) -> tuple[str, str, str, tuple[str, str]]:
    return objection.kind, objection.name, objection.asked, objection.parent or ("", "")


_Key = tuple[str, str]
"""(name, extra); the extra is "" for the project itself."""


class _Wanted(NamedTuple):
    name: str
    extra: str
    specifier: str
    parent: tuple[str, str] | None
    requirement: Requirement | None


class _Candidate(NamedTuple):
    exhibit: Exhibit
    extra: str


class _Provider(AbstractProvider["_Wanted", "_Candidate", "_Key"]):
    """The pins that count in one environment, as resolvelib wants to see them.

    A `lenient` one notes every requirement that cannot hold and goes on as if any version would do, or without it
    where nothing is pinned: so all of them are named.
    """

    def __init__(self, environment: Mapping[str, str], constraints: Sequence[Requirement]) -> None:
        self._environment = tuple(sorted(environment.items()))
        self.pinned: dict[str, Exhibit] = {}
        self._bounds: dict[str, list[Requirement]] = {}
        self.objections: list[Objection] = []
        self.lenient = False
        for constraint in constraints:
            if self._holds(constraint.marker, (), constraint.name):
                self._bounds.setdefault(constraint.name, []).append(constraint)

    def admit(self, exhibits: Iterable[Exhibit]) -> dict[str, Exhibit]:
        """Take the pins whose markers hold here."""
        for exhibit in exhibits:
            if not self._holds(exhibit.marker, (), exhibit.name):
                continue
            if exhibit.name in self.pinned:
                self.objections.append(
                    Objection(kind="ambiguous", name=exhibit.name, version=exhibit.version)
                )
            self.pinned[exhibit.name] = exhibit
        return self.pinned

    def asked(self, requirements: Iterable[Requirement]) -> list[_Wanted]:
        """What the input asks for here."""
        return self._heard(
            [
                _Wanted(each.name, extra, _specifier(each), None, each)
                for each in requirements
                if self._holds(each.marker, (), each.name)
                for extra in ("", *each.extras)
            ]
        )

    def identify(self, requirement_or_candidate: _Wanted | _Candidate) -> _Key:
        match requirement_or_candidate:
            case _Wanted(name=name, extra=extra):
                return name, extra
            case _Candidate(exhibit=exhibit, extra=extra):
                return exhibit.name, extra

    def narrow_requirement_selection(
        self, identifiers: Iterable[_Key], *_: object, **__: object
    ) -> Iterable[_Key]:
        return [min(identifiers)]

    def get_preference(self, identifier: _Key, *_: object, **__: object) -> _Key:
        return identifier

    def find_matches(
        self,
        identifier: _Key,
        requirements: Mapping[_Key, Iterator[_Wanted]],
        incompatibilities: Mapping[_Key, Iterator[_Candidate]],
    ) -> list[_Candidate]:
        name, extra = identifier
        exhibit = self.pinned.get(name)
        if exhibit is None or any(self._fault(wanted) for wanted in requirements[identifier]):
            return []
        return [] if any(incompatibilities[identifier]) else [_Candidate(exhibit, extra)]

    def is_satisfied_by(self, requirement: _Wanted, candidate: _Candidate) -> bool:
        return not self._fault(requirement)

    def get_dependencies(self, candidate: _Candidate) -> list[_Wanted]:
        exhibit, extra = candidate
        parent = (exhibit.name, exhibit.version)
        wanted: list[_Wanted] = []
        if extra:
            wanted.append(_Wanted(exhibit.name, "", "", parent, None))
        else:
            wanted += [
                _Wanted(bound.name, "", _specifier(bound), None, bound)
                for bound in self._bounds.get(exhibit.name, ())
            ]
        for name, extras, specifier, marker in exhibit.dependencies:
            if self._holds(marker, (extra,), exhibit.name):
                wanted += [_Wanted(name, each, specifier, parent, None) for each in ("", *extras)]
        return self._heard(wanted)

    def _heard(self, wanted: list[_Wanted]) -> list[_Wanted]:
        if not self.lenient:
            return wanted
        self.objections += [self._objection(each) for each in wanted if self._fault(each)]
        present = [each for each in wanted if each.name in self.pinned]
        return [each._replace(specifier="") if self._fault(each) else each for each in present]

    def _holds(self, marker: str, extras: tuple[str, ...], name: str) -> bool:
        try:
            return _evaluates(marker, self._environment, extras)
        except InvalidMarker:
            self.objections.append(Objection(kind="unreadable", name=name, asked=marker))
            return False

    def _fault(self, wanted: _Wanted) -> bool:
        exhibit = self.pinned.get(wanted.name)
        return exhibit is None or not _satisfies(exhibit.version, exhibit.url, wanted.specifier)

    def _objection(self, wanted: _Wanted) -> Objection:
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


@lru_cache(maxsize=4096)
def _parsed(marker: str) -> Marker:
    return Marker(marker)


@lru_cache(maxsize=65536)
def _evaluates(marker: str, environment: tuple[tuple[str, str], ...], extras: tuple[str, ...]) -> bool:
    if not marker:
        return extras in ((), ("",))
    values = dict(environment)
    return _parsed(marker).evaluate(values | {"extra": extras[0] if extras else ""})


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
