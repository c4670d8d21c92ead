"""Everything that one solve can see (implements `universe.Universe`), over a Catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pinkit.errors import BuildFailed, Unsolvable, UsageError
from pinkit.formats.core_metadata import InvalidMetadata
from pinkit.formats.markers import InvalidMarker
from pinkit.model.distribution import Project
from pinkit.resolve.candidates import ProjectCandidates, Wishes
from pinkit.resolve.files import Fit
from pinkit.resolve.lanes import LaneSplit
from pinkit.resolve.marker_text import marker_text
from pinkit.resolve.notes import Note, holds_for, read_note, rows_of, view_of
from pinkit.resolve.overrides import overridden_rows
from pinkit.resolve.policy import Policy
from pinkit.resolve.specifiers import InvalidSpecifier, exact_version, names_prerelease

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.model.distribution import Distribution
    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.ports import Catalog
    from pinkit.resolve.direct import Direct
    from pinkit.resolve.lanes import Lanes
    from pinkit.resolve.notes import Shape
    from pinkit.resolve.universe import Resolution, Rows

_MOST_UNUSABLE = 3

Kept = tuple[tuple[str, str], ...]
"""(version, marker text) of the pins that an existing lock has of one project."""


class Unfitting(NamedTuple):
    """`version` was chosen in `lanes` although no file of it fits there, since no version that does is possible."""

    name: str
    version: str
    lanes: int


class Undated(NamedTuple):
    """The index does not say when some files of `name` were uploaded, so the cutoff left them out."""

    name: str


class Unusable(NamedTuple):
    """`version` was left out because its metadata are malformed or cannot be built: `why`."""

    name: str
    version: str
    why: str


class World:
    """The universe of one solve: candidates by policy, dependencies with overrides and excludes applied.

    `roots` and `constraints` decide which yanked versions and pre-releases may be chosen; they and
    `overrides` must be valid: a wrong specifier or marker in them is a UsageError that names its origin.
    `keep` has the pins of an existing lock by name, without those that may move freely. `direct` has the
    releases behind direct references by name: the index is not asked for a project all of whose lanes have one.
    """

    def __init__(
        self,
        catalog: Catalog,
        lanes: Lanes,
        *,
        policy: Policy | None = None,
        roots: tuple[Requirement, ...] = (),
        constraints: tuple[Requirement, ...] = (),
        overrides: tuple[Requirement, ...] = (),
        excludes: frozenset[str] = frozenset(),
        keep: Mapping[str, Kept] | None = None,
        direct: Mapping[str, tuple[Direct, ...]] | None = None,
    ) -> None:
        self.lanes = lanes.all
        self.roots = roots
        self.marker = lanes.marker
        """Lanes where a marker holds: key "" with no extra asked, and one key for each extra that it mentions."""
        self._catalog, self._lanes, self._policy = catalog, lanes, policy or Policy()
        self._fit = Fit(lanes)
        self._excludes, self._keep, self._direct = excludes, keep or {}, direct or {}
        self._asked: dict[str, list[Requirement]] = {}
        for requirement in (*roots, *constraints, *overrides):
            self._check(requirement)
            self._asked.setdefault(requirement.name, []).append(requirement)
        self._overrides: dict[str, list[Requirement]] = {}
        for requirement in overrides:
            self._overrides.setdefault(requirement.name, []).append(requirement)
        self._candidates: dict[str, ProjectCandidates] = {}
        self._view = view_of(lanes, self._policy, self._overrides, excludes)
        self._notes: dict[str, Note | None] = {}
        self._guessed: dict[str, Note] = {}
        self._needs: dict[str, dict[str, Rows]] = {}
        self._hinted: set[str] = set()
        self.unusable: list[Unusable] = []
        """Releases that were left out because nobody can tell what they need."""

    def candidates(self, name: str) -> ProjectCandidates:
        """The candidates of a normalised name; no versions where no index has it."""
        found = self._candidates.get(name)
        if found is None:
            found = self._candidates[name] = self._found(name)
        return found

    def _found(self, name: str) -> ProjectCandidates:
        direct = self._direct.get(name, ())
        if direct:
            project = Project(name=name) if self._all_direct(name) else self._catalog.project(name)
            return self._made(project, direct, self._catalog.distributions)
        wishes, note = self._wishes(name), self._recalled(name)
        guessed = self._guessed.get(name) if note is None else None
        found = ProjectCandidates(
            name,
            lambda: self._catalog.project(name),
            self._fit,
            self._policy,
            wishes,
            self._catalog.distributions,
            note=note or guessed,
        )
        if note is None and self._is_noteworthy(name, found.shape, wishes):
            self._notes[name] = guessed or Note(found.shape, found.answers, {})
        return found

    def _recalled(self, name: str) -> Note | None:
        """What an earlier solve noted of the project, if it holds for this one."""
        if name not in self._notes:
            kept = self._catalog.notes(name, self._view)
            note = read_note(kept) if kept else None
            if note is not None and not self._is_noteworthy(name, note.shape, self._wishes(name)):
                note = None
            self._notes[name] = note
        return self._notes[name]

    def _is_noteworthy(self, name: str, shape: Shape, wishes: Wishes) -> bool:
        """Whether the shape is not of this solve's requirements and cutoff alone."""
        explicit = wishes.explicit and self._policy.prerelease == "explicit"
        return not explicit and holds_for(shape, self._policy.cutoff_of(name), wishes.exact)

    def keep_notes(self) -> None:
        """Give what was worked out anew to the catalog, for the next solve."""
        for name, note in self._notes.items():
            if note is not None and note.changed:
                self._catalog.keep_notes(name, self._view, note.kept())

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        """Dependencies of a candidate, overrides and excludes applied.

        A row whose marker has no meaning becomes one that nothing satisfies, so that the version is no choice.
        """
        rows = self._rows(name, version)
        marker = self.marker
        try:
            for row in rows:
                marker(row[3])
        except InvalidMarker:
            return self._sound(rows)
        return rows

    def needs(self, name: str, version: str) -> Rows:
        """`dependencies` with the lanes where they count, by the extra that brings them in."""
        note = self._notes.get(name)
        known = note.needs if note is not None else self._needs.setdefault(name, {})
        found = known.get(version)
        if found is None:
            rows = self._rows(name, version)
            try:
                found = rows_of(rows, self._lanes)
            except InvalidMarker:
                found = rows_of(self._sound(rows), self._lanes)
            # Why a release was left out is told in every run.
            if not any((each.name, each.version) == (name, version) for each in self.unusable):
                known[version] = found
        return found

    def _rows(self, name: str, version: str) -> tuple[Dependency, ...]:
        _, reference, url = version.partition(" @ ")
        if reference:
            rows = next(each.dependencies for each in self._direct[name] if each.url == url)
        else:
            rows = self._indexed(name, version)
        if self._overrides:
            rows = overridden_rows(rows, self._overrides, self._lanes)
        if self._excludes:
            rows = tuple([row for row in rows if row[0] not in self._excludes])
        return rows

    def _indexed(self, name: str, version: str) -> tuple[Dependency, ...]:
        """Rows of an index release; one that nothing satisfies where its metadata cannot be had at all.

        A project of which several releases are like that is given up: the reason is raised.
        """
        try:
            rows = self._catalog.dependencies(name, version)
            stated = self._python_rows(name, version)
        except (InvalidMetadata, BuildFailed, Unsolvable) as error:
            known = [each for each in self.unusable if each.name == name]
            if len(known) >= _MOST_UNUSABLE:
                raise
            # Of the output of a backend, and of a list of faults, the end says what is wrong.
            last = error.why.strip().rpartition("\n")[2].strip()
            unusable = Unusable(name, version, f"{error.what}: {last}" if last else error.what)
            if unusable not in self.unusable:
                self.unusable.append(unusable)
            return ((name, (), "without usable metadata", ""),)
        return (*rows, *stated) if stated else rows

    def _python_rows(self, name: str, version: str) -> tuple[Dependency, ...]:
        """A row that nothing satisfies where only the metadata say which Pythons the release is for (PEP 345)."""
        known = self._candidates.get(name)
        if known is None or known.states_python(version):
            return ()
        text = self._catalog.requires_python(name, version)
        outside = self.lanes & ~self._lanes.requires_python(text)
        if not outside:
            return ()
        marker = "" if outside == self.lanes else marker_text(self._lanes, outside)
        return ((name, (), f"for a Python {text}", marker),)

    def preferred(self, name: str) -> tuple[tuple[int, int], ...]:
        """(lanes, version bit) that existing pins ask to keep; empty when free to move."""
        return self.candidates(name).kept if name in self._keep else ()

    def prefetch(self, wanted: Iterable[tuple[str, str]]) -> None:
        """A hint: the projects of (name, specifier) and their best candidate's metadata will be asked soon."""
        hinted = dict.fromkeys([name for name, _ in wanted if name not in self._hinted])
        names = [name for name in hinted if not self._all_direct(name)]
        if names:
            self._hinted.update(names)
            unknown = [name for name in names if name in self._direct or self._recalled(name) is None]
            if unknown:
                self._catalog.prefetch_projects(unknown)

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        """A hint: the metadata of these (name, version) will be asked soon."""
        notes = self._notes
        indexed = [
            (name, version)
            for name, version in releases
            if " @ " not in version and not ((note := notes.get(name)) and version in note.needs)
        ]
        if indexed:
            self._catalog.prefetch_dependencies(indexed)

    def guess(self, project: Project) -> str | None:
        """The version of an index project that will probably be chosen, for eager prefetching.

        Safe to call from any thread; asks the catalog nothing.
        """
        unseen: list[str] = []

        def files(_: str, version: str) -> tuple[()]:
            unseen.append(version)
            return ()

        try:
            candidates = self._made(project, (), files)
        except LaneSplit:
            return None
        found = self._likely(candidates)
        if not unseen:
            # Nothing was guessed of its files: the solve need not work them out again.
            self._guessed[project.name] = Note(candidates.shape, candidates.answers, {})
        return candidates.versions[found.bit_length() - 2] if found else None

    def _likely(self, candidates: ProjectCandidates) -> int:
        """The bits of the versions that come into question first."""
        for _, version in candidates.kept:
            return version
        asked = self._asked.get(candidates.name, ())
        wanted = [each.specifier for each in asked if not each.url] or [""]
        found = candidates.available
        for specifier in wanted:
            found &= candidates.matching(specifier)
        first = 0
        for _, versions in candidates.first:
            first |= versions
        return found & first or found & ~candidates.last_resort or found

    def warnings(self, resolution: Resolution) -> tuple[Unfitting | Undated, ...]:
        """What the reader of the lock must know of the choices, in the order of the pins."""
        found: list[Unfitting | Undated] = []
        for chosen in resolution.chosen:
            candidates = self.candidates(chosen.name)
            bit = 2 << candidates.versions.index(chosen.version)
            lanes = 0
            for part, versions in candidates.installable:
                lanes |= 0 if versions & bit else part & chosen.lanes
            if lanes:
                found.append(Unfitting(chosen.name, chosen.version, lanes))
            if candidates.undated and Undated(chosen.name) not in found:
                found.append(Undated(chosen.name))
        return tuple(found)

    def _made(
        self,
        project: Project,
        direct: tuple[Direct, ...],
        files: Callable[[str, str], tuple[Distribution, ...]],
    ) -> ProjectCandidates:
        wishes = self._wishes(project.name)
        return ProjectCandidates(
            project.name, lambda: project, self._fit, self._policy, wishes, files, direct
        )

    def _wishes(self, name: str) -> Wishes:
        asked = self._asked.get(name, ())
        keep = self._keep.get(name, ())
        if not asked and not keep:
            return Wishes()
        exact = [version for each in asked if (version := exact_version(each.specifier))]
        return Wishes(
            exact=(*exact, *(version for version, _ in keep)),
            explicit=any(names_prerelease(each.specifier) for each in asked),
            kept=tuple([(self._kept_lanes(marker), version) for version, marker in keep]),
        )

    def _kept_lanes(self, marker: str) -> int:
        try:
            return self._lanes.marker(marker)[""]
        except InvalidMarker:
            return 0

    def _all_direct(self, name: str) -> bool:
        """Whether the input gives a direct reference to the project for every lane."""
        lanes = 0
        for each in self._asked.get(name, ()):
            if each.url and name in self._direct:
                lanes |= self._lanes.marker(each.marker)[""]
        return lanes == self.lanes

    def _check(self, requirement: Requirement) -> None:
        try:
            names_prerelease(requirement.specifier)
            self._lanes.marker(requirement.marker)
        except (InvalidSpecifier, InvalidMarker) as error:
            raise UsageError(
                f"{requirement.origin}: {requirement} is no valid requirement", str(error)
            ) from None

    def _sound(self, rows: tuple[Dependency, ...]) -> tuple[Dependency, ...]:
        return tuple([row if self._is_marker(row[3]) else _impossible(row) for row in rows])

    def _is_marker(self, text: str) -> bool:
        try:
            self._lanes.marker(text)
        except InvalidMarker:
            return False
        return True


def _impossible(row: Dependency) -> Dependency:
    return (row[0], (), f"with the invalid marker {row[3]}", "")
