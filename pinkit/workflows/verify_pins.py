"""`verify pins`: every wheel that a lock pins for which this machine can try, rebuilt and judged."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import TYPE_CHECKING

from pinkit.errors import Unavailable
from pinkit.formats.filenames import FilenameReader
from pinkit.formats.pep440 import sort_key
from pinkit.model.rebuild import Outcome, Verdict
from pinkit.rebuild.compare_git import folder_named
from pinkit.workflows.rebuild_task import Task, fitting_pythons
from pinkit.workflows.tagged_commit import buildable, tagged_commit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pinkit.model.checkout import Checkout
    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Pin
    from pinkit.ports import Artifacts, Catalog, Executor, Progress
    from pinkit.workflows.rebuild_task import Rebuilds
    from pinkit.workflows.tagged_commit import Repository

_NO_VERSION = "its version is none of PEP 440: which files of an index are of this release cannot be told"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyTools:
    """The world that rebuilds happen in. `fits` says whether a wheel of a tag set runs on a Python minor here.

    `repositories` are local clones by project name. `rebuild` is what the executor carries to a worker: it can be
    pickled, and so can tasks and outcomes. It raises `Unavailable` and `IntegrityError` as `rebuild_task` does.
    """

    catalog: Catalog
    artifacts: Artifacts
    rebuilds: Rebuilds
    rebuild: Callable[[Task], Outcome]
    executor: Executor
    progress: Progress
    fits: Callable[[str, str], bool]
    repositories: Mapping[str, Repository] = field(default_factory=dict)


def verify_pins(pins: Iterable[Pin], tools: VerifyTools) -> tuple[Outcome, ...]:
    """An outcome for each wheel that can be tried, and one for what cannot; by name, version and file.

    A pin that the index cannot answer for is SKIPPED with the reason. Raises `IntegrityError` where bytes are not
    those of the lock.
    """
    outcomes: list[Outcome] = []
    tasks: list[Task] = []
    for pin in pins:
        found, rest = _tasks(pin, tools)
        tasks += found
        outcomes += rest
    outcomes += verify_tasks(tasks, tools)
    return tuple(sorted(outcomes, key=lambda o: (o.name, o.version, o.file)))


def verify_tasks(tasks: Iterable[Task], tools: VerifyTools) -> tuple[Outcome, ...]:
    """The outcomes of these tasks, the largest begun first. What cannot be fetched is SKIPPED with the reason."""
    ordered = sorted(tasks, key=lambda t: (-t.size_bytes, t.published.filename))
    running: dict[Future[Outcome], Task] = {}
    ended: SimpleQueue[Future[Outcome]] = SimpleQueue()
    outcomes: list[Outcome] = []
    try:
        with tools.progress.task("rebuilding", len(ordered)) as step:
            for task in ordered:
                future = _begun(task, tools)
                running[future] = task
                future.add_done_callback(ended.put)
            for _ in ordered:
                future = ended.get()
                outcomes.append(_result(future, running[future]))
                step(len(outcomes))
    except BaseException:
        for future in running:
            future.cancel()
        raise
    return tuple(outcomes)


def _begun(task: Task, tools: VerifyTools) -> Future[Outcome]:
    try:
        return tools.executor.submit(tools.rebuild, task)
    except BrokenExecutor as error:
        refused: Future[Outcome] = Future()
        refused.set_exception(error)
        return refused


def _result(future: Future[Outcome], task: Task) -> Outcome:
    try:
        return future.result()
    except Unavailable as error:
        return _skipped(task.name, task.version, task.published.filename, f"{error.what}: {error.why}")
    except BrokenExecutor as error:
        told = f"the worker ended without an answer: {error}"
        return _skipped(task.name, task.version, task.published.filename, told)


def _tasks(pin: Pin, tools: VerifyTools) -> tuple[list[Task], list[Outcome]]:
    """What to rebuild for a pin, and the outcomes known without any build."""
    if pin.source is not None:
        return [], [_skipped(pin.name, pin.version, "", "it is not from an index")]
    if sort_key(pin.version) is None:
        return [], [_skipped(pin.name, pin.version, "", _NO_VERSION)]
    try:
        published = tools.catalog.distributions(pin.name, pin.version)
    except Unavailable as error:
        return [], [_skipped(pin.name, pin.version, "", f"{error.what}: {error.why}")]
    tasks, rest = choose_tasks(pin.name, pin.version, _locked(pin, published), published, tools)
    return tasks, [*rest, *_unknown_hashes(pin, published)]


def choose_tasks(
    name: str,
    version: str,
    locked: Sequence[Distribution],
    published: Sequence[Distribution],
    tools: VerifyTools,
) -> tuple[list[Task], list[Outcome]]:
    """Every pure wheel among `locked` and the one native wheel that fits this machine best, with the source to use.

    That is the release's sdist; without one the commit of its tag, where `tools` have a clone.
    """
    wheels = [d for d in locked if d.filename.endswith(".whl")]
    sdists = sorted(
        (d for d in published if not d.filename.endswith(".whl")), key=lambda d: (d not in locked, d.filename)
    )
    if not wheels:
        if not locked:
            return [], [_skipped(name, version, "", "the index claims none of the locked hashes")]
        why = "only an sdist is locked"
        return [], [_outcome(name, version, d.filename, Verdict.NO_SOURCE, why, d) for d in locked]
    source, why = (sdists[0], "") if sdists else _commit(name, version, tools)
    if source is None:
        return [], [_outcome(name, version, d.filename, Verdict.NO_SOURCE, why, d) for d in wheels]
    chosen = [d for d in wheels if d.filename.endswith("-none-any.whl")]
    chosen += _best_native(name, [d for d in wheels if d not in chosen], tools)
    rest = len(wheels) - len(chosen)
    skipped = [_skipped(name, version, "", f"{rest} wheels for other platforms or Pythons")] if rest else []
    return [Task(name=name, version=version, published=d, source=source) for d in chosen], skipped


def _commit(name: str, version: str, tools: VerifyTools) -> tuple[Checkout | None, str]:
    none = "the release has no sdist to rebuild it from"
    repository = tools.repositories.get(name)
    if repository is None:
        return None, none
    try:
        found = tagged_commit(name, version, repository)
        if not found.commit:
            return None, f"{none}, and of the clone: {found.why}"
        blobs = repository.blobs(found.commit)
    except Unavailable as error:
        return None, f"{none}; {error.what}: {error.why}"
    checkout, why = buildable(found.commit, folder_named(name, blobs), repository, blobs)
    return checkout, f"{none}; {why}"


def _best_native(name: str, wheels: Iterable[Distribution], tools: VerifyTools) -> list[Distribution]:
    """At most one: for this platform, of the newest Python that is here."""
    pythons = tools.rebuilds.pythons
    fitting = []
    for wheel in wheels:
        parsed = FilenameReader(name).parse(wheel.filename)
        minors = fitting_pythons(wheel.filename, name, pythons)
        if parsed and minors and tools.fits(parsed[1], minors[-1]):
            fitting.append((pythons.index(minors[-1]), wheel.filename, wheel))
    return [max(fitting)[2]] if fitting else []


def _locked(pin: Pin, published: Iterable[Distribution]) -> list[Distribution]:
    """The files that the lock names by hash, all where it has none."""
    hashes = set(pin.hashes)
    return [d for d in published if not hashes or hashes.intersection(d.hashes)]


def _unknown_hashes(pin: Pin, published: Iterable[Distribution]) -> list[Outcome]:
    """What is locked beside files that the index has: whoever installs from the lock may be given it elsewhere."""
    told = {value for distribution in published for value in distribution.hashes}
    kinds = {value.partition(":")[0] for value in told}
    unknown = [h for h in pin.hashes if h not in told and h.partition(":")[0] in kinds]
    if not unknown or told.isdisjoint(pin.hashes):
        return []
    why = f"{len(unknown)} of {len(pin.hashes)} locked hashes are of no file that the index has"
    return [_skipped(pin.name, pin.version, "", why)]


def changed_pins(pins: Iterable[Pin], before: Iterable[Pin]) -> tuple[Pin, ...]:
    """The pins whose release or hashes were not in the lock `before`."""
    known = {(pin.name, pin.version, frozenset(pin.hashes)) for pin in before}
    return tuple(pin for pin in pins if (pin.name, pin.version, frozenset(pin.hashes)) not in known)


def selected_pins(pins: Iterable[Pin], only: Collection[str]) -> tuple[Pin, ...]:
    """Those named in `only` (normalised), all for none; each release once."""
    chosen = {(pin.name, pin.version, pin.hashes): pin for pin in pins if not only or pin.name in only}
    return tuple(chosen.values())


def _skipped(name: str, version: str, file: str, why: str) -> Outcome:
    return _outcome(name, version, file, Verdict.SKIPPED, why)


def _outcome(
    name: str, version: str, file: str, verdict: Verdict, why: str, wheel: Distribution | None = None
) -> Outcome:
    digest = next((h for h in wheel.hashes if h.startswith("sha256:")), "") if wheel else ""
    return Outcome(name=name, version=version, file=file, digest=digest, verdict=verdict, reason=why)
