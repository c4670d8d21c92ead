"""One project as the solver sees it: which of its versions each lane may have, and why not the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.pep440 import sort_key
from pinkit.resolve import specifiers
from pinkit.resolve.direct import Direct, with_direct
from pinkit.resolve.notes import Shape
from pinkit.resolve.published import published

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.model.distribution import Distribution, Project
    from pinkit.resolve.files import Fit, Partition
    from pinkit.resolve.notes import Note
    from pinkit.resolve.policy import Policy
    from pinkit.resolve.published import Published


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
    """The candidates of one project (implements `universe.Candidates`).

    `read` gives its page's columns, `files` the files of a release. With a `note` of this page neither is asked
    before somebody wants reasons, and what is worked out is put down there.
    """

    __slots__ = (
        "_files",
        "_fit",
        "_plain",
        "_policy",
        "_read",
        "_references",
        "_silent",
        "_wishes",
        "answers",
        "available",
        "direct",
        "domain",
        "first",
        "installable",
        "kept",
        "last_resort",
        "name",
        "shape",
        "undated",
        "versions",
    )

    def __init__(
        self,
        name: str,
        read: Callable[[], Project],
        fit: Fit,
        policy: Policy,
        wishes: Wishes,
        files: Callable[[str, str], tuple[Distribution, ...]],
        direct: tuple[Direct, ...] = (),
        note: Note | None = None,
    ) -> None:
        self.name, self.direct = name, direct
        self._read, self._fit, self._policy, self._wishes, self._files = read, fit, policy, wishes, files
        self._silent: frozenset[str] | None = None
        self.shape = note.shape if note is not None else self._worked_out()
        self.versions = self.shape.versions
        self._references = tuple(reference.label for reference in direct)
        self._plain = _plain(self.versions) if direct else self.versions
        self.undated = self.shape.undated
        """Versions with files that do not count because the index does not say when they were uploaded."""
        self.last_resort = self.shape.odd
        """Versions to choose only where no other is possible: pre-releases, unless the policy allows them all."""
        self.installable: Partition = self.shape.installable
        """A partition of all lanes: (lanes, versions with a file for each of their targets)."""
        self.first: Partition = self.installable
        """A partition of all lanes: (lanes, versions to choose from while one of them is possible there)."""
        if self.last_resort:
            self.first = tuple([(lanes, found & ~self.last_resort) for lanes, found in self.installable])
        self.domain: Partition = self.shape.domain
        """A partition of all lanes: (lanes, versions allowed there), without bit 0."""
        self.available = 0
        """Versions that some lane may have."""
        for _, versions in self.domain:
            self.available |= versions
        self.kept: Partition = self._allowed(wishes) if wishes.kept else ()
        """(lanes, version bit) of existing pins that are still possible."""
        self.answers: dict[str, int] = note.matching if note is not None else {}
        """What `matching` said so far."""

    def _worked_out(self) -> Shape:
        project, files = self._published()
        policy = self._policy
        odd = 0
        if policy.prerelease != "allow":
            odd = specifiers.prereleases(_plain(project.versions) if self.direct else project.versions)
        before = (2 << len(project.versions)) - 2
        if policy.prerelease == "disallow" or (policy.prerelease == "explicit" and not self._wishes.explicit):
            before &= ~odd
        sdists = bool(self.direct) or policy.takes_sdists(self.name)
        wheels = bool(self.direct) or policy.takes_wheels(self.name)
        installable = self._fit.installable(files.classes, before, sdists=sdists, wheels=wheels)
        domain = installable
        if policy.lenient and (len(installable) > 1 or installable[0][1] != before):
            domain = self._fit.supported(files.classes, before, sdists=sdists, wheels=wheels)
        silent = (2 << len(project.versions)) - 2
        for file, members in files.classes:
            silent &= ~members if file[0] else silent
        return Shape(
            versions=project.versions,
            installable=installable,
            domain=domain,
            odd=odd,
            before=before,
            silent=silent,
            latest=_latest(project),
            yanked=any(yanked for (_, _, yanked), _ in project.classes),
            undated=files.undated,
        )

    def _published(self) -> tuple[Project, Published]:
        """The project with its direct references, and the files of it that count."""
        project = self._read()
        if self.direct:
            project = with_direct(project, self.direct)
        exact = 0
        plain = _plain(project.versions) if self.direct else project.versions
        for version in self._wishes.exact:
            exact |= _exact(version, project.versions, plain)
        cutoff = None if self.direct else self._policy.cutoff_of(self.name)
        return project, published(project, cutoff, exact, self._files)

    def matching(self, specifier: str) -> int:
        """Versions that satisfy `specifier` ("" = any, "@ URL" = that direct reference); none an invalid one."""
        found = self.answers.get(specifier)
        if found is None:
            found = self.answers[specifier] = self._satisfying(specifier)
        return found

    def states_python(self, version: str) -> bool:
        """Whether the index's page says of some file of `version` which Pythons it is for."""
        silent = self.shape.silent
        if not silent:
            return True
        if self._silent is None:
            self._silent = frozenset(
                [each for at, each in enumerate(self.versions) if silent >> (at + 1) & 1]
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
        _, files = self._published()
        return reasons(left_out, lanes, files, self.shape.before, self._fit, self._policy, self.name)

    def _allowed(self, wishes: Wishes) -> Partition:
        kept = [
            (lanes, bit)
            for lanes, version in wishes.kept
            if (bit := _exact(version, self.versions, self._plain))
        ]
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


def _plain(versions: tuple[str, ...]) -> tuple[str, ...]:
    """`versions` without the URLs of direct references."""
    return tuple([version.partition(" @ ")[0] for version in versions])


def _exact(version: str, versions: tuple[str, ...], plain: tuple[str, ...]) -> int:
    """Bits of what a pin of `version` means."""
    if " @ " in version:
        return sum(2 << at for at, label in enumerate(versions) if label == version)
    if sort_key(version) is None:
        return 0
    found = specifiers.matching(f"=={version}", plain)
    # ==1.0 holds for 1.0+cpu too, but a pin means one version: the text itself where it is there.
    same = sum(2 << at for at, text in enumerate(versions) if text == version) if found else 0
    return same or found


def _latest(project: Project) -> int:
    """The time of the last upload; 0 without versions, -1 where a file has no time."""
    if not project.versions:
        return 0
    times = project.last_upload
    return max(times) if times and all(project.first_upload) and all(times) else -1
