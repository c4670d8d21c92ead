"""One published wheel, rebuilt from its sdist: fetch by hash, fingerprint, plans, attempts, verdict."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from calendar import timegm
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pinkit.errors import IntegrityError
from pinkit.formats.filenames import FilenameReader
from pinkit.formats.zip_end import Malformed
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.fingerprint import fingerprint
from pinkit.rebuild.plan import plans
from pinkit.rebuild.search import search
from pinkit.rebuild.verdict import verdict_of

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.distribution import Distribution
    from pinkit.model.rebuild_plan import Plan
    from pinkit.ports import Artifacts
    from pinkit.rebuild.fingerprint import Sources


_MAX_SOURCE_BYTES = 2 << 30


class Rebuilds(Protocol):
    """Carries out plans (the executor implements it)."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """Minors that can build, ascending."""
        ...

    def attempt(
        self, *, source: Path, project: str, published: bytes, plan: Plan, native: bool = False
    ) -> Attempt:
        """The plan's attempt; a build that fails is its `failure`. `native`: the filename promises machine code."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One wheel to rebuild; `source` is its release's sdist."""

    name: str
    version: str
    wheel: Distribution
    source: Distribution

    @property
    def native(self) -> bool:
        """Whether the wheel's filename promises machine code."""
        return not self.wheel.filename.endswith("-none-any.whl")


def rebuild_wheel(task: Task, artifacts: Artifacts, rebuilds: Rebuilds) -> Outcome:
    """The outcome for the wheel. Raises `Unavailable` (cannot be fetched) and `IntegrityError` (false bytes)."""
    path = artifacts.open_distribution(task.wheel)
    source = artifacts.open_distribution(task.source)
    published = path.read_bytes()
    digest = f"sha256:{hashlib.sha256(published).hexdigest()}"
    with source.open("rb") as stream:
        source_digest = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    facts = _About(task, digest, source_digest)
    try:
        ordered = _plans(task, published, source, rebuilds)
    except Malformed as error:
        return facts.suspected("malformed", str(error))
    if not ordered:
        return facts.outcome(Verdict.SKIPPED, reason="no Python on this machine fits the wheel's tags")

    def attempt(plan: Plan) -> Attempt:
        return rebuilds.attempt(
            source=source, project=task.name, published=published, plan=plan, native=task.native
        )

    try:
        best, builds = search(ordered, attempt)
    except IntegrityError as error:  # the source itself is hostile; nothing of it was run
        return facts.suspected("unsafe-source", f"{error.what}: {error.why}")
    return facts.concluded(best, builds)


def about(task: Task, digest: str, source_digest: str, best: Attempt | None, builds: int) -> Outcome:
    """The outcome that the task's best attempt justifies; digests are "sha256:hex" of the wheel and its source."""
    return _About(task, digest, source_digest).concluded(best, builds)


@dataclass(frozen=True, slots=True)
class _About:
    task: Task
    digest: str
    source_digest: str

    def outcome(
        self, verdict: Verdict, *, best: Attempt | None = None, builds: int = 0, reason: str = ""
    ) -> Outcome:
        return Outcome(
            name=self.task.name,
            version=self.task.version,
            file=self.task.wheel.filename,
            digest=self.digest,
            verdict=verdict,
            source=self.task.source.filename,
            source_digest=self.source_digest,
            best=best,
            builds=builds,
            reason=reason,
        )

    def concluded(self, best: Attempt | None, builds: int) -> Outcome:
        if best is None or best.comparison is None:
            reason = best.failure if best else ""
            return self.outcome(Verdict.UNBUILDABLE, best=best, builds=builds, reason=reason)
        return self.outcome(verdict_of(best.comparison), best=best, builds=builds)

    def suspected(self, kind: str, detail: str) -> Outcome:
        """TAMPER_SUSPECT without a build."""
        from pinkit.model.rebuild_plan import Plan

        comparison = Comparison(level=Level.PAYLOAD, discrepancies=(discrepancy(kind, "", detail),))
        nothing = Attempt(plan=Plan(because="nothing was built"), comparison=comparison)
        return self.outcome(Verdict.TAMPER_SUSPECT, best=nothing)


def _plans(task: Task, published: bytes, source: Path, rebuilds: Rebuilds) -> tuple[Plan, ...]:
    told = fingerprint(published, sources=source_members(source), upload_time=task.wheel.upload_time)
    pythons = fitting_pythons(task.wheel.filename, task.name, rebuilds.pythons)
    return plans(told, pythons=pythons)


def fitting_pythons(filename: str, name: str, pythons: tuple[str, ...]) -> tuple[str, ...]:
    """The minors that may build a wheel of these tags: for "cp312" only 3.12 (PEP 425)."""
    parsed = FilenameReader(name).parse(filename)
    tag = parsed[1].partition("-")[0] if parsed else "py3"
    minors = tuple(f"{part[2]}.{part[3:]}" for part in tag.split(".") if part.startswith("cp") and part[3:])
    return tuple(minor for minor in pythons if minor in minors) if minors else pythons


def source_members(source: Path) -> Sources:
    """What the fingerprint reads of the sdist's members; empty for an archive that is unreadable or too large."""
    found: dict[str, tuple[int, int]] = {}
    try:
        if zipfile.is_zipfile(source):
            with zipfile.ZipFile(source) as zipped:
                for entry in zipped.infolist():
                    moment = timegm((*entry.date_time, 0, 0, 0))
                    found[entry.filename.partition("/")[2]] = (moment, entry.external_attr >> 16 & 0o777)
        else:
            with tarfile.open(source) as tar:
                total = 0
                for member in tar:
                    total += member.size
                    if total > _MAX_SOURCE_BYTES:  # to look further would unpack it
                        return {}
                    found[member.name.partition("/")[2]] = (int(member.mtime), member.mode & 0o777)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, ValueError):
        return {}
    return found
