"""One project as the solver sees it: which of its versions each lane may have, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.pep440 import sort_key
from pinkit.resolve import specifiers
from pinkit.resolve.direct import Direct, with_direct
from pinkit.resolve.published import published

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.model.distribution import Distribution, Project
    from pinkit.resolve.files import Fit, Partition
    from pinkit.resolve.policy import Policy


class Wishes(NamedTuple):
    """What requirements and existing pins say of one project.

    `exact` are versions that a requirement or constraint of the input pins with `==` or that an existing pin
    has: those may be yanked. `explicit` says that a requirement of the input names a pre-release. `kept` are
    (lanes, version) of existing pins.
    """

    exact: tuple[str, ...] = ()
    explicit: bool = False
    kept: tuple[tuple[int, str], ...] = ()


class ProjectCandidates:
    """The candidates of one project (implements `universe.Candidates`)."""

    __slots__ = (
        "_before",
        "_fit",
        "_matching",
        "_plain",
        "_policy",
        "_published",
        "_references",
        "_silent",
        "available",
        "domain",
        "first",
        "installable",
        "kept",
        "last_resort",
        "name",
        "undated",
        "versions",
    )

    def __init__(
        self,
        project: Project,
        fit: Fit,
        policy: Policy,
        wishes: Wishes,
        files: Callable[[str, str], tuple[Distribution, ...]],
        direct: tuple[Direct, ...] = (),
    ) -> None:
        if direct:
            project = with_direct(project, direct)
        self._silent: frozenset[str] | None = None
        self.name, self.versions = project.name, project.versions
        self._fit, self._policy = fit, policy
        self._references = tuple(reference.label for reference in direct)
        self._plain = tuple(v.partition(" @ ")[0] for v in self.versions) if direct else self.versions
        exact = 0
        for version in wishes.exact:
            exact |= self._exact(version)
        self._published = published(project, None if direct else policy.cutoff_of(self.name), exact, files)
        self.undated = self._published.undated
        """Versions with files that do not count because the index does not say when they were uploaded."""
        odd = 0 if policy.prerelease == "allow" else specifiers.prereleases(self._plain)
        before = (2 << len(self.versions)) - 2
        if policy.prerelease == "disallow" or (policy.prerelease == "explicit" and not wishes.explicit):
            before &= ~odd
        self._before = before
        self.last_resort = odd
        """Versions to choose only where no other is possible: pre-releases, unless the policy allows them all."""
        sdists = bool(direct) or policy.takes_sdists(self.name)
        wheels = bool(direct) or policy.takes_wheels(self.name)
        classes = self._published.classes
        self.installable: Partition = fit.installable(classes, before, sdists=sdists, wheels=wheels)
        """A partition of all lanes: (lanes, versions with a file for each of their targets)."""
        self.first: Partition = tuple([(lanes, versions & ~odd) for lanes, versions in self.installable])
        """A partition of all lanes: (lanes, versions to choose from while one of them is possible there)."""
        self.domain: Partition = self.installable
        """A partition of all lanes: (lanes, versions allowed there), without bit 0."""
        if policy.lenient and (len(self.installable) > 1 or self.installable[0][1] != before):
            self.domain = fit.supported(classes, before, sdists=sdists, wheels=wheels)
        self.available = 0
        """Versions that some lane may have."""
        for _, versions in self.domain:
            self.available |= versions
        self.kept: Partition = self._allowed(wishes)
        """(lanes, version bit) of existing pins that are still possible."""
        self._matching: dict[str, int] = {}

    def matching(self, specifier: str) -> int:
        """Versions that satisfy `specifier` ("" = any, "@ URL" = that direct reference); none an invalid one."""
        found = self._matching.get(specifier)
        if found is None:
            found = self._matching[specifier] = self._satisfying(specifier)
        return found

    def states_python(self, version: str) -> bool:
        """Whether the index's page says of some file of `version` which Pythons it is for."""
        if self._silent is None:
            silent = (2 << len(self.versions)) - 2
            for file, members in self._published.classes:
                silent &= ~members if file[0] else silent
            self._silent = frozenset(
                [each for at, each in enumerate(self.versions) if silent >> (at + 1) & 1] if silent else ()
            )
        return version not in self._silent

    def rejected(self, lanes: int) -> tuple[tuple[str, int], ...]:
        """(reason, versions) of what `domain` left out in any of `lanes`; most versions first."""
        from pinkit.resolve.rejection import reasons

        left_out = 0
        everything = (2 << len(self.versions)) - 2
        for part, versions in self.domain:
            if part & lanes:
                left_out |= everything & ~versions
        return reasons(left_out, lanes, self._published, self._before, self._fit, self._policy, self.name)

    def _exact(self, version: str) -> int:
        if " @ " in version:
            return sum(2 << at for at, label in enumerate(self.versions) if label == version)
        if sort_key(version) is None:
            return 0
        found = specifiers.matching(f"=={version}", self._plain)
        # ==1.0 holds for 1.0+cpu too, but a pin means one version: the text itself where it is there.
        same = sum(2 << at for at, text in enumerate(self.versions) if text == version) if found else 0
        return same or found

    def _allowed(self, wishes: Wishes) -> Partition:
        kept = [(lanes, bit) for lanes, version in wishes.kept if (bit := self._exact(version))]
        return tuple(
            [
                (lanes & part, bit)
                for lanes, bit in kept
                for part, versions in self.domain
                if lanes & part and versions & bit
            ]
        )

    def _satisfying(self, specifier: str) -> int:
        if specifier.startswith("@ "):
            label_end = f" {specifier}"
            return sum(
                2 << at
                for at, version in enumerate(self.versions)
                if version.endswith(label_end) and version in self._references
            )
        try:
            return specifiers.matching(specifier, self._plain)
        except specifiers.InvalidSpecifier:
            return 0
