"""One published distribution, rebuilt from its source: fetch by hash, fingerprint, plans, attempts, verdict."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinkit.errors import IntegrityError
from pinkit.formats.filenames import FilenameReader
from pinkit.formats.zip_end import Malformed
from pinkit.model.checkout import Checkout
from pinkit.model.rebuild import Attempt, Comparison, Level, Outcome, Verdict
from pinkit.rebuild.classes import discrepancy
from pinkit.rebuild.fingerprint import fingerprint
from pinkit.rebuild.plan import plans
from pinkit.rebuild.plan_sdist import sdist_plans, sdist_print
from pinkit.rebuild.search import search
from pinkit.rebuild.verdict import verdict_of
from pinkit.workflows.source_look import NOTHING, look

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.distribution import Distribution
    from pinkit.model.rebuild_plan import Fingerprint, Plan
    from pinkit.model.variation import Kind
    from pinkit.ports import Artifacts


class Rebuilds(Protocol):
    """Carries out plans (the executor implements it)."""

    @property
    def pythons(self) -> tuple[str, ...]:
        """Minors that can build, ascending."""
        ...

    def attempt(
        self,
        *,
        source: Path | Checkout,
        project: str,
        published: bytes,
        plan: Plan,
        kind: Kind = "wheel",
        native: bool = False,
    ) -> Attempt:
        """The plan's attempt at a `kind`; a build that fails is its `failure`.

        `native`: the filename promises machine code.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One distribution to rebuild; `source` is its release's sdist, or a commit.

    `kin` is a wheel of the same release: it tells how a published sdist was made.
    """

    name: str
    version: str
    published: Distribution
    source: Distribution | Checkout
    kin: Distribution | None = None

    @property
    def kind(self) -> Kind:
        """What is built."""
        return "wheel" if self.published.filename.endswith(".whl") else "sdist"

    @property
    def size_bytes(self) -> int:
        """About how much there is to build."""
        told = self.published.size if isinstance(self.source, Checkout) else self.source.size
        return told or 0

    @property
    def native(self) -> bool:
        """Whether the wheel's filename promises machine code."""
        return self.kind == "wheel" and not self.published.filename.endswith("-none-any.whl")


class _Source(NamedTuple):
    place: Path | Checkout
    name: str
    digest: str


def rebuild_task(task: Task, artifacts: Artifacts, rebuilds: Rebuilds) -> Outcome:
    """The outcome for the distribution. Raises `Unavailable` (cannot be had) and `IntegrityError` (false bytes)."""
    published = artifacts.open_distribution(task.published).read_bytes()
    source = _opened(task.source, artifacts)
    digest = f"sha256:{hashlib.sha256(published).hexdigest()}"
    facts = _About(task, digest, source.name, source.digest)
    try:
        ordered = _plans(task, published, source, artifacts, rebuilds)
    except Malformed as error:
        return facts.suspected("malformed", str(error))
    if not ordered:
        return facts.outcome(Verdict.SKIPPED, reason="no Python on this machine fits the wheel's tags")

    def attempt(plan: Plan) -> Attempt:
        return rebuilds.attempt(
            source=source.place,
            project=task.name,
            published=published,
            plan=plan,
            kind=task.kind,
            native=task.native,
        )

    try:
        best, builds = search(ordered, attempt)
    except IntegrityError as error:  # the source itself is hostile; nothing of it was run
        return facts.suspected("unsafe-source", f"{error.what}: {error.why}")
    return facts.concluded(best, builds)


def about(task: Task, digest: str, source_digest: str, best: Attempt | None, builds: int) -> Outcome:
    """The outcome that the task's best attempt justifies; digests are those of the wheel and its source."""
    return _About(task, digest, _name(task.source), source_digest).concluded(best, builds)


@dataclass(frozen=True, slots=True)
class _About:
    task: Task
    digest: str
    source: str
    source_digest: str

    def outcome(
        self, verdict: Verdict, *, best: Attempt | None = None, builds: int = 0, reason: str = ""
    ) -> Outcome:
        return Outcome(
            name=self.task.name,
            version=self.task.version,
            file=self.task.published.filename,
            digest=self.digest,
            verdict=verdict,
            source=self.source,
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


def _opened(source: Distribution | Checkout, artifacts: Artifacts) -> _Source:
    if isinstance(source, Checkout):
        return _Source(source, source.name, source.digest)
    path = artifacts.open_distribution(source)
    with path.open("rb") as stream:
        digest = f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
    return _Source(path, source.filename, digest)


def _name(source: Distribution | Checkout) -> str:
    return source.name if isinstance(source, Checkout) else source.filename


def _plans(
    task: Task, published: bytes, source: _Source, artifacts: Artifacts, rebuilds: Rebuilds
) -> tuple[Plan, ...]:
    uploaded = task.published.upload_time
    if task.kind == "sdist":
        kin = _kin(task, artifacts)
        return sdist_plans(sdist_print(published), kin, upload_time=uploaded, pythons=rebuilds.pythons)
    seen = NOTHING if isinstance(source.place, Checkout) else look(source.place)
    told = fingerprint(published, sources=seen.members, upload_time=uploaded, system=seen.system)
    return plans(told, pythons=fitting_pythons(task.published.filename, task.name, rebuilds.pythons))


def _kin(task: Task, artifacts: Artifacts) -> Fingerprint | None:
    if task.kin is None:
        return None
    try:
        wheel = artifacts.open_distribution(task.kin).read_bytes()
        return fingerprint(wheel, upload_time=task.published.upload_time)
    except Malformed:  # its own outcome tells
        return None


def fitting_pythons(filename: str, name: str, pythons: tuple[str, ...]) -> tuple[str, ...]:
    """The minors that may build a wheel of these tags: for "cp312" only 3.12 (PEP 425)."""
    parsed = FilenameReader(name).parse(filename)
    tag = parsed[1].partition("-")[0] if parsed else "py3"
    minors = tuple(f"{part[2]}.{part[3:]}" for part in tag.split(".") if part.startswith("cp") and part[3:])
    return tuple(minor for minor in pythons if minor in minors) if minors else pythons
