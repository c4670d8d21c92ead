"""One project as the solver sees it: which of its versions each lane may have, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.pep440 import sort_key
from pinkit.resolve import specifiers
from pinkit.resolve.direct import Direct as Direct
from pinkit.resolve.direct import with_direct
from pinkit.resolve.files import partition
from pinkit.resolve.published import published

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.model.distribution import Distribution, Project
    from pinkit.resolve.files import Fit, Partition
    from pinkit.resolve.policy import Policy


class Wishes(NamedTuple):
    """What requirements and existing pins say of one project.

    `exact` are versions that a requirement or constraint of the input pins with `==` or that an existing pin
    has: those may be yanked. `explicit` says that a requirement of the input names a pre-release. `asked` are
    the (lanes, valid specifier) of the input, `kept` the (lanes, version) of existing pins.
    """

    exact: tuple[str, ...] = ()
    explicit: bool = False
    asked: tuple[tuple[int, str], ...] = ()
    kept: tuple[tuple[int, str], ...] = ()


class ProjectCandidates:
    """The candidates of one project (implements `universe.Candidates`)."""

    __slots__ = (
        "_before",
        "_finals_first",
        "_fit",
        "_kept",
        "_matching",
        "_plain",
        "_policy",
        "_prereleases",
        "_published",
        "_references",
        "available",
        "domain",
        "kept",
        "name",
        "undated",
        "unsupported",
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
        kept = [(lanes, bit) for lanes, version in wishes.kept if (bit := self._exact(version))]
        before = (2 << len(self.versions)) - 2
        if policy.prerelease == "disallow" or (policy.prerelease == "explicit" and not wishes.explicit):
            before &= ~specifiers.prereleases(self._plain)
        self._before = before
        self.unsupported: Partition = ()
        """(lanes, versions) let through although they have no file there, and no other version has one."""
        self.domain: Partition = self._partition(kept, wishes)
        """A partition of all lanes: (lanes, versions allowed there), without bit 0."""
        self.available = 0
        """Versions that some lane may have."""
        for _, versions in self.domain:
            self.available |= versions
        self.kept: Partition = tuple(self._allowed(kept))
        """(lanes, version bit) of existing pins that are still possible."""
        self._kept = 0
        for _, bit in self.kept:
            self._kept |= bit
        self._matching: dict[str, int] = {}
        self._prereleases: int | None = None
        self._finals_first = False
        if policy.prerelease not in ("allow", "disallow"):
            self._finals_first = not wishes.explicit or self._leave_finals(wishes)

    def matching(self, specifier: str) -> int:
        """Versions that satisfy `specifier` ("" = any, "@ URL" = that direct reference), policy applied.

        Unless the policy allows all pre-releases, they are left out as long as a final version that satisfies
        is available; those of existing pins stay. Nothing satisfies an invalid specifier.
        """
        found = self._matching.get(specifier)
        if found is None:
            found = self._matching[specifier] = self._satisfying(specifier)
        return found

    def rejected(self, lanes: int) -> tuple[tuple[str, int], ...]:
        """(reason, versions) of what `domain` left out in any of `lanes`; most versions first."""
        from pinkit.resolve.rejection import reasons

        left_out = 0
        everything = (2 << len(self.versions)) - 2
        for part, versions in self.domain:
            if part & lanes:
                left_out |= everything & ~versions
        return reasons(left_out, lanes, self._published, self._before, self._fit, self._policy, self.name)

    def _finals(self) -> int:
        if self._prereleases is None:
            self._prereleases = specifiers.prereleases(self._plain)
        return self.available & ~self._prereleases

    def _leave_finals(self, wishes: Wishes) -> bool:
        """Whether a final version satisfies all that the input asks for on every lane."""
        finals = self._finals()
        for lanes, specifier in wishes.asked:
            if lanes == self._fit.lanes:
                finals &= self._satisfying(specifier)
        return bool(finals)

    def _exact(self, version: str) -> int:
        if " @ " in version:
            return sum(2 << at for at, label in enumerate(self.versions) if label == version)
        if sort_key(version) is None:
            return 0
        found = specifiers.matching(f"=={version}", self._plain)
        # ==1.0 holds for 1.0+cpu too, but a pin means one version: the text itself where it is there.
        same = sum(2 << at for at, text in enumerate(self.versions) if text == version) if found else 0
        return same or found

    def _partition(self, kept: list[tuple[int, int]], wishes: Wishes) -> Partition:
        name, policy = self.name, self._policy
        classes = self._published.classes
        sdists, wheels = policy.takes_sdists(name), policy.takes_wheels(name)
        if self._references:
            sdists = wheels = True
        if name in policy.waived:
            return self._fit.supported(classes, self._before, sdists=sdists, wheels=wheels)
        installable = self._fit.installable(classes, self._before, sdists=sdists, wheels=wheels)
        if not policy.lenient:
            return installable
        empty = _without_finals(installable, self._plain) | self._without_asked(installable, wishes)
        if not empty and not kept:
            return installable
        supported = self._fit.supported(classes, self._before, sdists=sdists, wheels=wheels)
        return self._waived(installable, supported, empty, kept)

    def _without_asked(self, installable: Partition, wishes: Wishes) -> int:
        """Lanes where no version that the input asks for can be installed."""
        parts = installable
        for lanes, specifier in wishes.asked:
            if specifier:
                satisfying = specifiers.matching(specifier, self._plain)
                inside = [(part & lanes, members & satisfying) for part, members in parts if part & lanes]
                outside = [(part & ~lanes, members) for part, members in parts if part & ~lanes]
                parts = (*inside, *outside)
        empty = 0
        for part, members in parts:
            empty |= part if not members else 0
        return empty

    def _waived(
        self, installable: Partition, supported: Partition, empty: int, kept: list[tuple[int, int]]
    ) -> Partition:
        """`installable` with what is let through in a universal lock although no file fits."""
        added: list[tuple[int, int]] = []
        for lanes, versions in supported:
            if lanes & empty and versions:
                added.append((lanes & empty, versions))
            added += [(lanes & pinned, bit) for pinned, bit in kept if lanes & pinned and versions & bit]
        self.unsupported = tuple(
            (lanes & part, versions & ~members)
            for lanes, versions in added
            for part, members in installable
            if lanes & part and versions & ~members
        )
        if not self.unsupported:
            return installable
        everywhere = 0
        for lanes, _ in installable:
            everywhere |= lanes
        return partition((*installable, *self.unsupported), everywhere)

    def _allowed(self, kept: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [
            (lanes & part, bit)
            for lanes, bit in kept
            for part, versions in self.domain
            if lanes & part and versions & bit
        ]

    def _satisfying(self, specifier: str) -> int:
        if specifier.startswith("@ "):
            label_end = f" {specifier}"
            return sum(
                2 << at
                for at, version in enumerate(self.versions)
                if version.endswith(label_end) and version in self._references
            )
        try:
            found = specifiers.matching(specifier, self._plain)
        except specifiers.InvalidSpecifier:
            return 0
        if self._finals_first and (finals := found & self._finals()):
            return finals | found & self._kept
        return found


def _without_finals(installable: Partition, versions: tuple[str, ...]) -> int:
    """Lanes where no final version can be installed."""
    lanes = 0
    for part, members in installable:
        # From the newest down: nearly always the first one is final.
        while members and specifiers.prereleases((versions[members.bit_length() - 2],)):
            members ^= 1 << (members.bit_length() - 1)
        if not members:
            lanes |= part
    return lanes
