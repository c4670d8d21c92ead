"""`pinkit audit`: every pin of every lock against advisories, ignores applied, nothing unproved shown as good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinkit.audit.compare import against_baseline, since_last
from pinkit.audit.judge import examine, findings, is_internal, unanswered
from pinkit.audit.policy import failing
from pinkit.audit.triage import judged_ignores, triage
from pinkit.errors import ExitCode, Unavailable
from pinkit.formats.sources import shown_name
from pinkit.model.advisory import Advised, DatabaseFacts
from pinkit.model.audit import AuditReport, Unanswered
from pinkit.resolve.specifiers import contains

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.audit.judge import Examined
    from pinkit.model.advisory import Advisory
    from pinkit.model.audit import AuditPolicy, Finding, LockFile
    from pinkit.ports import AdvisorySource, Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit and against what to compare.

    `today` is an ISO date: ignores end by it. `as_of` bounds what counts as published (an ISO date, "" = all).
    `stale` says why the advisories may be out of date ("" = they are not): then no pin is clean.
    `baseline` are the locks of the other side, None for no comparison; `by_lock` pairs them by path. `told` are
    the keys of findings that the last run told, None without `--since-last`. `details` asks for the advisories'
    long texts.
    """

    files: tuple[LockFile, ...]
    policy: AuditPolicy
    today: str
    as_of: str = ""
    stale: str = ""
    baseline: tuple[LockFile, ...] | None = None
    compared: str = ""
    by_lock: bool = True
    told: frozenset[str] | None = None
    details: bool = False


def audit(request: AuditRequest, source: AdvisorySource, catalog: Catalog | None = None) -> AuditReport:
    """The report on every pin of `request.files`; with a `catalog` also what the index says against them.

    A source that cannot answer at all does not raise: every pin is then unanswered, by name.
    """
    files = tuple(_without_internal(file, request.policy.internal) for file in request.files)
    internal = sum(len(f.lock.pins) for f in request.files) - sum(len(f.lock.pins) for f in files)
    advised = _ask(source, (*files, *(request.baseline or ())))
    examined = examine(files, advised)
    advisories = _records(source, examined, request)
    found = findings(examined, advisories, request.as_of)
    open_questions = unanswered(examined, files)
    if catalog is not None:
        said, unsaid = _index_side(files, catalog)
        found, open_questions = (*found, *said), (*open_questions, *unsaid)
    kept, quiet = triage(found, request.policy.ignores, request.today, contains)
    doubted = open_questions + _stale(open_questions, examined, (), request.stale)
    kept += judged_ignores(request.policy.ignores, found, quiet, doubted, request.today, contains)
    kept, fixed = _compared(kept, request, source, advised)
    only_new = request.baseline is not None or request.told is not None
    fails = failing(kept, request.policy, only_new=only_new)
    open_questions += _stale(open_questions, examined, fails, request.stale)
    sealed = source.facts()
    unclean = {(f.lock, f.name, f.version) for f in found}
    unclean |= {(u.lock, u.name, u.version) for u in open_questions}
    pins = [(file.path, shown_name(pin), pin.version) for file in files for pin in file.lock.pins]
    return AuditReport(
        database=sealed,
        as_of=request.as_of or sealed.newest,
        locks=tuple(file.path for file in files),
        pins=len(pins) + internal + sum(len(file.unpinned) for file in files),
        clean=sum(pin not in unclean for pin in pins),
        findings=_ordered(kept),
        failing=_ordered(fails),
        suppressed=quiet,
        unanswered=tuple(sorted(open_questions, key=lambda u: (u.lock, u.line, u.name, u.why))),
        fixed=_ordered(fixed),
        compared=request.compared,
        index_asked=catalog is not None,
        internal=internal,
        files=files,
    )


def exit_code(report: AuditReport) -> ExitCode:
    """0 clean, 1 failing findings, 4 when a pin could not be audited."""
    return ExitCode.worst(
        ExitCode.NO if report.failing else ExitCode.YES,
        ExitCode.UNAVAILABLE if report.unanswered else ExitCode.YES,
    )


class NoSource:
    """An `AdvisorySource` that can answer nothing: a missing database, a service that is down."""

    def __init__(self, source: str, error: Unavailable) -> None:
        self._source, self._error = source, error

    def facts(self) -> DatabaseFacts:
        """No records."""
        return DatabaseFacts(source=self._source, records=0, newest="", digest="")

    def affected(self, releases: object) -> Advised:
        """Always the failure."""
        raise self._error

    def advisories(self, ids: object, *, details: bool) -> Mapping[str, Advisory]:
        """Always the failure."""
        raise self._error


def _without_internal(file: LockFile, patterns: Sequence[str]) -> LockFile:
    if not patterns:
        return file
    pins = tuple(pin for pin in file.lock.pins if not is_internal(pin.name, patterns))
    return replace(file, lock=replace(file.lock, pins=pins))


def _ask(source: AdvisorySource, files: Sequence[LockFile]) -> Advised:
    releases = {(pin.name, pin.version) for file in files for pin in file.lock.pins if pin.version}
    try:
        return source.affected(releases)
    except Unavailable as error:
        why = f"{error.what}: {error.why}" if error.why else error.what
        return Advised(by_name={}, unreadable={}, unanswered=dict.fromkeys(releases, why))


def _records(
    source: AdvisorySource, examined: Sequence[Examined], request: AuditRequest
) -> Mapping[str, Advisory]:
    ids = {found.affected.id for each in examined for found in each.hits}
    return source.advisories(ids, details=request.details) if ids else {}


def _stale(
    told: Sequence[Unanswered], examined: Sequence[Examined], fails: Sequence[Finding], why: str
) -> tuple[Unanswered, ...]:
    """When the advisories are out of date every pin that neither is unanswered nor fails: newer ones may apply."""
    if not why:
        return ()
    known = {(u.lock, u.line, u.name, u.version) for u in told}
    known |= {(f.lock, f.line, f.name, f.version) for f in fails}
    return tuple(
        Unanswered(
            name=shown_name(each.pin),
            version=each.pin.version,
            lock=each.file.path,
            line=each.pin.line,
            verdict="uncertain",
            why=why,
        )
        for each in examined
        if (each.file.path, each.pin.line, shown_name(each.pin), each.pin.version) not in known
    )


def _index_side(
    files: Sequence[LockFile], catalog: Catalog
) -> tuple[tuple[Finding, ...], tuple[Unanswered, ...]]:
    from pinkit.audit.index_facts import index_findings, release_of

    pins = [(file, pin) for file in files for pin in file.lock.pins if pin.version and pin.source is None]
    catalog.prefetch_projects(sorted({pin.name for _, pin in pins}))
    found: list[Finding] = []
    unsaid: list[Unanswered] = []
    for file, pin in pins:
        try:
            project = catalog.project(pin.name)
            known = release_of(pin, project)
            distributions = catalog.distributions(pin.name, known) if known else ()
        except Unavailable as error:
            why = f"the index did not answer: {error.what}"
        else:
            found += index_findings(file, pin, project, distributions)
            why = "" if project.versions else "no index knows the project, so advisories may not, either"
        if why:
            unsaid.append(
                Unanswered(
                    name=pin.name,
                    version=pin.version,
                    lock=file.path,
                    line=pin.line,
                    verdict="not audited",
                    why=why,
                )
            )
    return tuple(found), tuple(unsaid)


def _compared(
    kept: tuple[Finding, ...], request: AuditRequest, source: AdvisorySource, advised: Advised
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    fixed: tuple[Finding, ...] = ()
    if request.baseline is not None:
        examined = examine(request.baseline, advised)
        before = findings(examined, _records(source, examined, request), request.as_of)
        before, _ = triage(before, request.policy.ignores, request.today, contains)
        kept, fixed = against_baseline(kept, before, by_lock=request.by_lock)
    if request.told is not None:
        kept = since_last(kept, request.told)
    return kept, fixed


def _ordered(found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: (f.lock, f.line, f.name, f.kind, f.ids)))
