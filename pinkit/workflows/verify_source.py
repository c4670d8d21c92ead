"""An sdist against the project's own repository: the tag of its release, then every file."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from pinkit.errors import Unavailable
from pinkit.formats.tar_layout import read_tar_gz
from pinkit.formats.zip_content import read_contents
from pinkit.formats.zip_end import Malformed
from pinkit.formats.zip_layout import read_zip
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.compare_git import SourceFile, compare_with_git, tags_for
from pinkit.rebuild.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.formats.tar_layout import Member
    from pinkit.model.distribution import Distribution
    from pinkit.ports import Artifacts
    from pinkit.rebuild.compare_git import Blob


class Repository(Protocol):
    """A local clone. Every method raises `Unavailable` where git cannot answer."""

    def tags(self) -> Mapping[str, str]:
        """Tag -> full id of the commit."""
        ...

    def object_format(self) -> str:
        """ "sha1" or "sha256"."""
        ...

    def blobs(self, commit: str) -> Mapping[str, Blob]:
        """Path -> blob of every file of the commit."""
        ...


def verify_source(
    name: str, version: str, sdist: Distribution, artifacts: Artifacts, repository: Repository
) -> Outcome:
    """The outcome for the sdist: at best EQUIVALENT, since its archive is not built again.

    NO_SOURCE where no tag names the release, or tags that do name different commits.
    """
    content = artifacts.open_distribution(sdist).read_bytes()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"

    def outcome(verdict: Verdict, commit: str = "", reason: str = "", best: Attempt | None = None) -> Outcome:
        return Outcome(
            name=name,
            version=version,
            file=sdist.filename,
            digest=digest,
            verdict=verdict,
            source="git" if commit else "",
            source_digest=f"gitCommit:{commit}" if commit else "",
            best=best,
            reason=reason,
        )

    try:
        tags = repository.tags()
        named = tags_for(name, version, tags)
        commits = {tags[tag] for tag in named}
        if len(commits) != 1:
            told = (
                f"tags {', '.join(named)} stand for different commits"
                if named
                else "no tag names this release"
            )
            return outcome(Verdict.NO_SOURCE, reason=told)
        (commit,) = commits
        compared = _compared(content, repository, commit)
    except Unavailable as error:
        return outcome(Verdict.SKIPPED, reason=f"{error.what}: {error.why}")
    attempt = Attempt(plan=Plan(because=f"files of tag {named[0]}"), comparison=compared)
    return outcome(verdict_of(compared), commit, best=attempt)


def verify_sources(
    releases: Iterable[tuple[str, str]],
    repositories: Mapping[str, Repository],
    distributions: Callable[[str, str], tuple[Distribution, ...]],
    artifacts: Artifacts,
) -> tuple[Outcome, ...]:
    """An outcome for every sdist of the (name, version) whose name has a repository, in that order."""
    outcomes: list[Outcome] = []
    for name, version in dict.fromkeys(releases):
        repository = repositories.get(name)
        if repository is None:
            continue
        sdists = [d for d in distributions(name, version) if not d.filename.endswith(".whl")]
        if not sdists:
            told = "the release has no sdist to compare with its repository"
            none = Outcome(
                name=name, version=version, file="", digest="", verdict=Verdict.NO_SOURCE, reason=told
            )
            outcomes.append(none)
        outcomes += [verify_source(name, version, sdist, artifacts, repository) for sdist in sdists]
    return tuple(outcomes)


def _compared(content: bytes, repository: Repository, commit: str) -> Comparison:
    try:
        files = source_files(content)
    except Malformed as error:
        return Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("malformed", "", str(error)),))
    return compare_with_git(files, repository.blobs(commit), repository.object_format())


def source_files(sdist: bytes) -> Mapping[str, SourceFile]:
    """The regular files of an sdist below its top directory. Raises `Malformed`."""
    if zipfile.is_zipfile(BytesIO(sdist)) and sdist[:2] == b"PK":
        layout = read_zip(sdist)
        contents, lies = read_contents(sdist, layout.entries)
        if lies:
            raise Malformed(lies[0].detail)
        return {
            e.name.partition("/")[2]: SourceFile(contents[e.name], e.mode)
            for e in layout.entries
            if not e.name.endswith("/")
        }
    members = {member.name: member for member in read_tar_gz(sdist).members}
    return {
        name.partition("/")[2]: _source_file(member, members)
        for name, member in members.items()
        if member.kind != tarfile.DIRTYPE
    }


def _source_file(member: Member, members: Mapping[str, Member]) -> SourceFile:
    """A file as git would have it: a symbolic link is a file that holds its target's path."""
    if member.kind == tarfile.SYMTYPE:
        return SourceFile(member.link.encode("utf-8", "surrogateescape"), 0)
    if member.kind == tarfile.LNKTYPE and member.link in members:
        member = members[member.link]
    if member.kind not in (tarfile.REGTYPE, tarfile.AREGTYPE):
        raise Malformed(f"{member.name} is neither a file, a directory nor a link")
    return SourceFile(member.content, member.mode)
