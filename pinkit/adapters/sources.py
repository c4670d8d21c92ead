"""Direct references read (`ports.SourceReader`): archives by URL or path, directories, git repositories.

What a source says statically is believed (PEP 621, PEP 643); only then its backend is asked, sandboxed.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote, urlsplit

from pinkit.adapters.archives import extract
from pinkit.adapters.git import recorded_url
from pinkit.adapters.scratch import scratch
from pinkit.adapters.source_metadata import Described, of_metadata, of_static_tree, of_wheel
from pinkit.errors import IntegrityError, UsageError
from pinkit.formats.pep508 import normalized_name
from pinkit.formats.sources import source_of
from pinkit.formats.urls import without_credentials
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource
from pinkit.model.source import SourceMetadata

if TYPE_CHECKING:
    from pinkit.adapters.git import GitCache
    from pinkit.adapters.metadata_build import MetadataBuilds
    from pinkit.model.lock import Source
    from pinkit.model.requirement import Requirement
    from pinkit.ports import Artifacts


_BUILDABLE = ("pyproject.toml", "setup.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Reads sources; each one once in a run. Relative paths are meant from `base`."""

    builds: MetadataBuilds
    artifacts: Artifacts
    git: GitCache
    base: Path
    _known: dict[tuple[str, Source | None], SourceMetadata] = field(default_factory=dict)

    def resolve_source(self, requirement: Requirement, kept: Source | None = None) -> SourceMetadata:
        """What the source says of itself (`ports.SourceReader`)."""
        key = (f"{requirement.url} {requirement.editable} {requirement.hashes}", kept)
        if key not in self._known:
            self._known[key] = self._read(requirement, kept)
        found = self._known[key]
        if requirement.name and found.name != normalized_name(requirement.name):
            raise UsageError(
                f"{requirement.origin}: {requirement.name} is asked for, but its source is {found.name}",
                f"the source is {_shown(requirement)}",
                f"write {found.name} @ …",
            )
        return found

    def _read(self, requirement: Requirement, kept: Source | None) -> SourceMetadata:
        match source_of(requirement.url, editable=requirement.editable):
            case VcsSource() as vcs:
                return self._of_repository(vcs, kept, requirement)
            case DirectorySource() as directory:
                return self._of_directory(directory, requirement)
            case ArchiveSource() as archive:
                return self._of_archive(archive, requirement)
            case _ as never:
                assert_never(never)

    def _of_repository(self, vcs: VcsSource, kept: Source | None, requirement: Requirement) -> SourceMetadata:
        if vcs.kind != "git":
            raise UsageError(
                f"{requirement.origin}: {vcs.kind} is not supported", hint="only git is, of version controls"
            )
        url = _percent_decoded_path(vcs.url)
        recorded = replace(vcs, url=recorded_url(url))
        earlier = ""
        if isinstance(kept, VcsSource) and (kept.url, kept.subdirectory) == (recorded.url, vcs.subdirectory):
            changed = kept.requested_revision and kept.requested_revision != vcs.requested_revision
            earlier = "" if changed else kept.commit
        commit = self.git.commit(url, vcs.commit or vcs.requested_revision, earlier)
        with scratch("git") as place:
            tree = self.git.check_out(url, commit, place / "tree")
            described = self._of_tree(tree, vcs.subdirectory, requirement, own=False)
        return _metadata(described, replace(recorded, commit=commit))

    def _of_directory(self, directory: DirectorySource, requirement: Requirement) -> SourceMetadata:
        place = Path(os.path.normpath(self.base / directory.path))
        if not place.is_dir():
            raise UsageError(
                f"{requirement.origin}: {directory.path}: no such directory",
                hint="check the path; it is relative to the working directory",
            )
        return _metadata(self._of_tree(place, directory.subdirectory, requirement, own=True), directory)

    def _of_archive(self, archive: ArchiveSource, requirement: Requirement) -> SourceMetadata:
        path = self._opened(archive, requirement)
        with path.open("rb") as stream:
            digest = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
        for claim in (*archive.hashes, *requirement.hashes):
            if claim.startswith("sha256:") and claim != digest and claim in archive.hashes:
                raise _mismatch(requirement, claim, digest)
        asked = [claim for claim in requirement.hashes if claim.startswith("sha256:")]
        if asked and digest not in asked:
            raise _mismatch(requirement, ", ".join(asked), digest)
        recorded = replace(
            archive,
            url=without_credentials(archive.url),
            hashes=tuple(sorted({digest, *archive.hashes})),
            size=path.stat().st_size,
        )
        return _metadata(self._of_archive_file(path, archive, requirement), recorded)

    def _opened(self, archive: ArchiveSource, requirement: Requirement) -> Path:
        if archive.url:
            filename = unquote(urlsplit(archive.url).path.rpartition("/")[2]) or "archive"
            return self.artifacts.open_distribution(
                Distribution(filename=filename, url=archive.url, hashes=archive.hashes)
            )
        place = Path(os.path.normpath(self.base / archive.path))
        if not place.is_file():
            raise UsageError(f"{requirement.origin}: {archive.path}: no such file")
        return place

    def _of_archive_file(self, path: Path, archive: ArchiveSource, requirement: Requirement) -> Described:
        if path.name.lower().endswith(".whl"):
            return of_wheel(path)
        with scratch("archive") as place:
            tree = extract(path, place / "tree")
            project = _project(tree, archive.subdirectory, requirement)
            static = of_static_tree(project, is_sdist=True)
            if static is not None:
                return static
            if archive.subdirectory:
                built = self.builds.of_own_tree(tree, archive.subdirectory)
            else:
                built = self.builds.of_sdist(path)
        return replace(of_metadata(built, requirement.name), built=True)

    def _of_tree(self, tree: Path, subdirectory: str, requirement: Requirement, *, own: bool) -> Described:
        """`own`: the tree is the user's and must not be written; otherwise it is ours to build in."""
        project = _project(tree, subdirectory, requirement)
        if not any((project / name).is_file() for name in _BUILDABLE):
            raise UsageError(
                f"{requirement.origin}: {_shown(requirement)} is no Python project",
                "it has neither pyproject.toml nor setup.py",
                "" if subdirectory else "name the folder inside it with #subdirectory=…",
            )
        static = of_static_tree(project, is_sdist=False)
        if static is not None:
            return static
        built = self.builds.of_tree(project) if own else self.builds.of_own_tree(tree, subdirectory)
        return replace(of_metadata(built, requirement.name), built=True)


def _metadata(described: Described, source: Source) -> SourceMetadata:
    return SourceMetadata(
        name=described.name,
        version=described.version,
        source=source,
        dependencies=described.dependencies,
        requires_python=described.requires_python,
        kind=described.kind,
        repeatable=not described.built,
    )


def _project(tree: Path, subdirectory: str, requirement: Requirement) -> Path:
    project = tree / subdirectory
    inside = Path(os.path.realpath(project)).is_relative_to(os.path.realpath(tree))
    if not inside or not project.is_dir():
        raise UsageError(f"{requirement.origin}: {_shown(requirement)} has no directory {subdirectory!r}")
    return project


def _percent_decoded_path(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{unquote(rest)}" if scheme == "file" else url


def _shown(requirement: Requirement) -> str:
    scheme, separator, rest = requirement.url.partition("+")
    if separator and scheme == "git":
        return f"git+{recorded_url(rest)}"
    return without_credentials(requirement.url)


def _mismatch(requirement: Requirement, claim: str, digest: str) -> IntegrityError:
    return IntegrityError(
        f"{_shown(requirement)} is not the archive that was asked for",
        f"it has {digest}\nasked for was {claim}\nby {requirement.origin}",
        "find out why its content changed before you take the new hash",
    )
