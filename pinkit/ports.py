"""The outside world, as Protocols. Everything above `formats` sees the world only through these."""

from __future__ import annotations

from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager
    from pathlib import Path

    from pinkit.model.advisory import Advised, Advisory, DatabaseFacts
    from pinkit.model.contents import Inspected, Unread
    from pinkit.model.distribution import Distribution, Project
    from pinkit.model.lock import Source
    from pinkit.model.proposal import BranchChange, BranchCommit, Proposal, Published
    from pinkit.model.requirement import Dependency, Requirement
    from pinkit.model.source import SourceMetadata
    from pinkit.model.variation import Kind, Product, Variant

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Catalog(Protocol):
    """All that can be known of projects on the configured indexes; memoised, prefetching behind the port.

    Every method may raise `Unavailable` (the index could not answer), `IntegrityError` (an answer does not
    match its digest). Names are normalised. The same question always gets the same answer within a run.
    """

    def project(self, name: str) -> Project:
        """All releases of `name` by the index strategy; a Project without versions where no index has it."""
        ...

    def index_of(self, name: str) -> str:
        """Display name of the index that answers for `name`; "" where no index has it."""
        ...

    def remembers_absence(self, name: str) -> bool:
        """Whether no index has `name` as far as is known from an earlier run: asked again, one might."""
        ...

    def notes(self, name: str, view: str) -> bytes | None:
        """What `keep_notes` kept for `view` of the very page that answers for `name` now; None for nothing."""
        ...

    def keep_notes(self, name: str, view: str, notes: bytes) -> None:
        """Keep what was worked out from the page of `name` and the metadata behind it, for `view`; a hint."""
        ...

    def dependencies(self, name: str, version: str) -> tuple[Dependency, ...]:
        """Requires-Dist of the release, in file order (sidecar, range read, wheel, static sdist, built)."""
        ...

    def requires_python(self, name: str, version: str) -> str:
        """Requires-Python of the release's metadata ("" = any), for indexes whose pages do not say it."""
        ...

    def extras(self, name: str, version: str) -> tuple[str, ...]:
        """The extras that the release declares, normalised. Raises as `dependencies`."""
        ...

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        """All wheels and sdists of the release, sorted by filename; yanked ones included."""
        ...

    def proved(self, name: str, version: str) -> tuple[Distribution, ...]:
        """`distributions`, those for which no sha256 is claimed with the one of their bytes beside their claims."""
        ...

    def digests(self, name: str, version: str, cutoff: int | None) -> tuple[str, ...]:
        """ "sha256:hex" of every distribution uploaded at or before `cutoff`, sorted; computed where unclaimed."""
        ...

    def vanished(self, name: str, version: str) -> frozenset[str]:
        """ "sha256:hex" of files that the index had for the release once, as far as the cache has seen."""
        ...

    def indexes_with(self, name: str) -> tuple[str, ...]:
        """Display names of all configured indexes that serve the name, every one asked, in order."""
        ...

    def distributions_on(self, index: str, name: str, version: str) -> tuple[Distribution, ...]:
        """As `distributions`, on the index of this display name, whichever answers for the project."""
        ...

    def prefetch_projects(self, names: Iterable[str]) -> None:
        """A hint, costs nothing: these projects will probably be asked for soon."""
        ...

    def prefetch_dependencies(self, releases: Iterable[tuple[str, str]]) -> None:
        """A hint, costs nothing: the metadata of these (name, version) will probably be asked for soon."""
        ...


class MetadataBuilder(Protocol):
    """Runs an sdist's build backend, isolated, for its metadata (PEP 517)."""

    def __call__(self, name: str, version: str, sdist: Path) -> bytes:
        """The METADATA text of the sdist at `sdist` (verified). Raises Unavailable when it cannot be built."""
        ...


class Step(Protocol):
    """Progress of one task."""

    def __call__(self, done: int, total: int | None = None) -> None:
        """Say that `done` of `total` are done."""
        ...


class Progress(Protocol):
    """Where long work says how far it is (the console implements it)."""

    def task(self, label: str, total: int = 0) -> AbstractContextManager[Step]:
        """Start a task; `total` 0 when unknown."""
        ...

    def note(self, text: str) -> None:
        """Say a line to the reader."""
        ...

    def warn(self, text: str) -> None:
        """Say a warning to the reader."""
        ...


class Completed(Protocol):
    """How a sandboxed command ended; `output` is its last 64 KiB of stdout and stderr, cleaned."""

    @property
    def returncode(self) -> int:
        """Its exit status; negative for the signal that ended it."""
        ...

    @property
    def output(self) -> str:
        """The last 64 KiB of stdout and stderr, without control characters but newline and tab."""
        ...

    @property
    def timed_out(self) -> bool:
        """Whether the wall-clock limit stopped it."""
        ...

    @property
    def stopped(self) -> str:
        """The limit that stopped it, in words ("more than 256 processes"); "" when it ended by itself."""
        ...


class Sandbox(Protocol):
    """Runs third-party code without network, home or secrets."""

    @property
    def level(self) -> str:
        """What isolates, probed by really running: "bubblewrap", "unshare" or "none"."""
        ...

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path],
        readable: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        timeout_s: float = 600.0,
        at: Mapping[Path, str] | None = None,
        hostname: str = "build",
    ) -> Completed:
        """Run `command` seeing only the system read-only, `readable`, and `writable`; limits on every resource.

        Paths stand inside where they stand outside, but those in `at`: there under the absolute path given
        ("/build/src"); `cwd` follows them. Level "none" cannot do `at`. Raises `Unavailable` where third-party
        code may not run because nothing isolates.
        """
        ...


class BuildResolver(Protocol):
    """Finds the wheels of an isolated build environment, as of a moment in the past when asked so."""

    def resolve_build(
        self, requirements: Sequence[str], *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        """Wheels for Python `python` ("3.12") on this platform that satisfy the PEP 508 `requirements`, by filename.

        Only files uploaded at or before `cutoff` (seconds since the epoch) count. Raises `Unsolvable` (also where
        only an sdist would do), `Unavailable`.
        """
        ...


class Executor(Protocol):
    """Runs calls somewhere else, in the shape of `concurrent.futures`: threads here, a cluster elsewhere.

    Of a future only `result`, `cancel` and `add_done_callback` are used. What verifying pins submits can be pickled;
    building one's own project is for threads.
    """

    def submit(
        self, function: Callable[Asked, Answer], /, *args: Asked.args, **kwargs: Asked.kwargs
    ) -> Future[Answer]:
        """The call's future."""
        ...


class Artifacts(Protocol):
    """Bytes of what an index publishes, downloaded once and checked."""

    def open_distribution(self, distribution: Distribution) -> Path:
        """A file with exactly the bytes that the distribution's digests claim. `Unavailable`, `IntegrityError`."""
        ...


class Inspector(Protocol):
    """Looks into distributions of an index, without the whole of large ones and without running anything."""

    def inspect(self, files: Sequence[Distribution]) -> tuple[Inspected, ...]:
        """What each file says of itself, side by side; `Unread` with the reason where it cannot be read.

        Raises `IntegrityError` where a whole file is not as claimed.
        """
        ...

    def publishers(self, files: Sequence[Distribution]) -> tuple[tuple[str, ...] | Unread, ...]:
        """Who published each file by the attestations that its index serves (PEP 740), sorted; () without any.

        What the index says is taken as it is: no signature is verified.
        """
        ...


class AdvisorySource(Protocol):
    """Advisories about projects: a local database, or a service asked live. One matcher reads both.

    Every method may raise `Unavailable` when nothing at all can be answered.
    """

    def facts(self) -> DatabaseFacts:
        """What the answers rest on; for a live service complete only after the questions were asked."""
        ...

    def affected(self, releases: Collection[tuple[str, str]]) -> Advised:
        """Everything known about the projects of these (name, version), withdrawn records left out."""
        ...

    def advisories(self, ids: Collection[str], *, details: bool) -> Mapping[str, Advisory]:
        """The records of these ids, as far as they are known; their long texts with `details` alone."""
        ...


class SourceReader(Protocol):
    """Reads what direct references point to: archives, folders, version control."""

    def resolve_source(self, requirement: Requirement, kept: Source | None = None) -> SourceMetadata:
        """What the source behind `requirement.url` says of itself, and the source as a lock records it.

        `kept` is the source that an existing lock has of it: its commit is taken again when it still is an
        answer. Raises `UsageError` (no such thing), `Unavailable`, `IntegrityError`, `Unsolvable` (its metadata
        cannot be built).
        """
        ...


class ProjectBuilder(Protocol):
    """Builds the user's own project again and again, each time from a fresh copy. Safe with several threads."""

    def prepare(self, kind: Kind) -> None:
        """Make ready for builds of `kind`. Raises `BuildFailed`, `Unsolvable`, `Unavailable`."""
        ...

    def build(self, kind: Kind, variant: Variant) -> Product:
        """What one build under these conditions makes. Raises `BuildFailed`."""
        ...

    def let_the_clock_move(self) -> None:
        """Return when a clock of any resolution shows another time than when the last build ended."""
        ...


class Forge(Protocol):
    """Where proposals are opened: one repository at GitHub, GitLab or Forgejo.

    Every method may raise `Unavailable`: the forge is not reached, or refuses; the message has no token.
    """

    @property
    def body_limit(self) -> int:
        """How many characters the body of a proposal may have."""
        ...

    def default_branch(self) -> str:
        """The branch that proposals are for when nothing else is said."""
        ...

    def proposals(self, branch: str = "") -> tuple[Published, ...]:
        """The open ones from branches of the repository itself; with `branch` its own in any state, newest first."""
        ...

    def create(self, proposal: Proposal) -> Published:
        """Open it. Asked again after an answer that got lost, it opens no second one."""
        ...

    def update(self, published: Published, proposal: Proposal) -> None:
        """Give an open one another title, body and more labels."""
        ...

    def close(self, published: Published, comment: str) -> None:
        """Close an open one, saying why."""
        ...


class Branches(Protocol):
    """Branches of the repository that proposals are for. Every method may raise `Unavailable`."""

    def tip(self, branch: str) -> BranchCommit | None:
        """The newest commit; None where there is no such branch."""
        ...

    def content(self, commit: str, path: str) -> bytes | None:
        """A file at a commit that `tip` gave; None where it has none."""
        ...

    def publish(self, change: BranchChange) -> str:
        """The id of the commit that `change.branch` now is at; refused when its tip is not `change.replaces`.

        The commit's message ends with the trailers Pinkit-Base and Pinkit-Tree, by which it is known again.
        """
        ...

    def delete(self, branch: str, tip: str) -> None:
        """Remove a branch whose tip is `tip`."""
        ...
