"""An sdist against the project's own repository: the tag of its release, every file, then the archive built again."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from pinkit.errors import Unavailable
from pinkit.formats.tar_layout import read_tar_gz
from pinkit.formats.zip_content import read_contents
from pinkit.formats.zip_end import Malformed
from pinkit.formats.zip_layout import read_zip
from pinkit.model.checkout import Checkout
from pinkit.model.rebuild import STANDINGS, Attempt, Comparison, Level, Outcome, Standing, Verdict
from pinkit.model.rebuild_plan import Plan
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.compare_git import (
    COMPARED,
    UNBUILT,
    SourceFile,
    blob_ids,
    compare_with_git,
    project_folder,
)
from pinkit.rebuild.verdict import verdict_of
from pinkit.workflows.rebuild_task import Task
from pinkit.workflows.tagged_commit import buildable, tagged_commit
from pinkit.workflows.verify_pins import verify_tasks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinkit.formats.tar_layout import Member
    from pinkit.model.distribution import Distribution
    from pinkit.ports import Artifacts
    from pinkit.workflows.tagged_commit import Repository
    from pinkit.workflows.verify_pins import VerifyTools


class _Read(NamedTuple):
    outcome: Outcome
    checkout: Checkout | None = None
    why: str = ""


class Release(NamedTuple):
    """The sdists of a release, and a wheel of it where there is one: it tells how they were made."""

    name: str
    version: str
    sdists: tuple[Distribution, ...]
    kin: Distribution | None = None


def release_of(name: str, version: str, published: Iterable[Distribution]) -> Release:
    """The release by what the index publishes of it; its kin is a pure wheel, else the smallest."""
    files = tuple(published)
    wheels = [d for d in files if d.filename.endswith(".whl")]
    kin = min(
        wheels,
        key=lambda d: (not d.filename.endswith("-none-any.whl"), d.size or 0, d.filename),
        default=None,
    )
    return Release(name, version, tuple(d for d in files if not d.filename.endswith(".whl")), kin)


def verify_sources(releases: Iterable[Release], tools: VerifyTools) -> tuple[Outcome, ...]:
    """An outcome for every sdist of the releases whose projects have a repository, in that order.

    First every file is compared with the commit's; then the sdist is built from the commit, and the better answer
    counts. NO_SOURCE where no tag names the release, or tags that do name different commits.
    """
    read: list[_Read] = []
    tasks: list[Task] = []
    for release in releases:
        repository = tools.repositories.get(release.name)
        if repository is None:
            continue
        for sdist in release.sdists:
            found = _read_source(release.name, release.version, sdist, tools.artifacts, repository)
            read.append(found)
            if found.checkout:
                task = Task(
                    name=release.name,
                    version=release.version,
                    published=sdist,
                    source=found.checkout,
                    kin=release.kin,
                )
                tasks.append(task)
    built = {(o.name, o.version, o.file): o for o in verify_tasks(tasks, tools)}
    return tuple(_better(r, built.get((r.outcome.name, r.outcome.version, r.outcome.file))) for r in read)


def _better(read: _Read, built: Outcome | None) -> Outcome:
    """The answer that proves more; that of the files says what became of the build."""
    if built is None:
        return _noting(read.outcome, f"{UNBUILT}: {read.why}") if read.why else read.outcome
    if STANDINGS[built.verdict] is Standing.INCONCLUSIVE:
        lines = built.reason.strip().splitlines() or [built.verdict.value]
        return _noting(read.outcome, f"{UNBUILT}: {lines[0]}")
    order = tuple(Verdict)
    if order.index(built.verdict) <= order.index(read.outcome.verdict):
        return built
    worst = max(built.discrepancies, key=lambda d: d.weight)
    told = f"built again it is {built.verdict.value}: {worst.kind} {worst.member}".rstrip()
    return replace(_noting(read.outcome, told), builds=built.builds)


def _noting(outcome: Outcome, note: str) -> Outcome:
    if outcome.best is None or outcome.best.comparison is None:
        return outcome
    comparison = outcome.best.comparison
    told = tuple(
        replace(d, detail=f"{COMPARED}; {note}") if d.detail.startswith(COMPARED) else d
        for d in comparison.discrepancies
    )
    return replace(outcome, best=replace(outcome.best, comparison=replace(comparison, discrepancies=told)))


def verify_source(
    name: str, version: str, sdist: Distribution, artifacts: Artifacts, repository: Repository
) -> Outcome:
    """The outcome of comparing the sdist's files alone: at best EQUIVALENT, since its archive is not built again."""
    return _read_source(name, version, sdist, artifacts, repository).outcome


def _read_source(
    name: str, version: str, sdist: Distribution, artifacts: Artifacts, repository: Repository
) -> _Read:
    content = artifacts.open_distribution(sdist).read_bytes()
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"

    def outcome(verdict: Verdict, **more: Any) -> Outcome:
        return Outcome(
            name=name, version=version, file=sdist.filename, digest=digest, verdict=verdict, **more
        )

    try:
        tagged = tagged_commit(name, version, repository)
        if not tagged.commit:
            return _Read(outcome(Verdict.NO_SOURCE, reason=tagged.why))
        blobs = repository.blobs(tagged.commit)
        algorithm = repository.object_format()
    except Unavailable as error:
        return _Read(outcome(Verdict.SKIPPED, reason=f"{error.what}: {error.why}"))
    at = Checkout(path="", commit=tagged.commit)
    checkout, why = None, ""
    try:
        files = source_files(content)
    except Malformed as error:
        compared = Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy("malformed", "", str(error)),))
    else:
        compared = compare_with_git(files, blobs, algorithm)
        folder = project_folder(blob_ids(files, algorithm), blobs).rstrip("/")
        checkout, why = buildable(tagged.commit, folder, repository, blobs)
    attempt = Attempt(plan=Plan(because=f"files of tag {tagged.tag}"), comparison=compared)
    found = outcome(verdict_of(compared), source=at.name, source_digest=at.digest, best=attempt)
    return _Read(found, checkout, why)


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
