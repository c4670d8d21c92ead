"""What `pinkit verify pins` and `verify dist` do once their options are read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.errors import ExitCode, UsageError
from pinkit.model.distribution import Distribution
from pinkit.model.rebuild import STANDINGS, Standing, Verdict
from pinkit.rebuild.report import VerifyReport
from pinkit.rebuild.verdict import exit_code

if TYPE_CHECKING:
    from pinkit.cli.app import Settings
    from pinkit.model.audit import LockFile
    from pinkit.model.lock import Pin
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.ledger import Regression
    from pinkit.workflows.rebuild_wheel import Task
    from pinkit.workflows.verify_pins import VerifyTools

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")
LEDGER_SUFFIX = ".verified.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOptions:
    """The command line of `verify pins` and `verify dist`."""

    locks: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    changed_since: str = ""
    locked: bool = False
    jobs: int = 0
    evidence: str = ""
    require_sandbox: bool = False
    allow_unsandboxed: bool = False
    accept: tuple[str, ...] = ()
    allow_inconclusive: bool = False
    pythons: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    timeout_s: float = 900.0
    format: str = "text"
    output: str = ""

    def accepted(self) -> frozenset[Verdict]:
        """Verdicts that policy lets pass. UsageError for one that never may."""
        named = {text.upper().replace("-", "_") for text in self.accept}
        if not named <= {Verdict.EQUIVALENT, Verdict.PARTIAL}:
            raise UsageError("--accept takes EQUIVALENT or PARTIAL", f"not {', '.join(sorted(named))}")
        found = {Verdict(text) for text in named}
        if self.allow_inconclusive:
            found |= {v for v, standing in STANDINGS.items() if standing is Standing.INCONCLUSIVE}
        return frozenset(found)


def run_pins(options: VerifyOptions, settings: Settings) -> int:
    """Verify every lock, write evidence and ledgers, report, answer with the exit code."""
    from pinkit.adapters.audit_inputs import read_locks
    from pinkit.cli.audit_discovery import Project

    _check_format(options)
    options.accepted()
    files = read_locks(options.locks or Project(settings.config).locks())
    if options.locked:
        return _run_locked(files, settings)
    chosen = {file.path: _pins(file, options) for file in files}
    return _verified(chosen, files, options, settings)


def run_dist(what: str, options: VerifyOptions, settings: Settings, *, sdist: str, replay_file: str) -> int:
    """Verify one file, one release, or the build that evidence describes."""
    from pinkit.cli.verify_wiring import verify_tools
    from pinkit.workflows.verify_pins import verify_tasks

    _check_format(options)
    accepted = options.accepted()
    if bool(what) == bool(replay_file):
        raise UsageError("name one file or NAME==VERSION, or one --replay FILE")
    with verify_tools(options, settings) as tools:
        if replay_file:
            outcomes: tuple[Outcome, ...] = (_replayed(replay_file, tools),)
        else:
            tasks, rest = _dist_tasks(what, sdist, tools)
            outcomes = (*verify_tasks(tasks, tools), *rest)
    outcomes = tuple(sorted(outcomes, key=lambda o: (o.name, o.version, o.file)))
    _report(
        VerifyReport(outcomes=outcomes, evidence=_evidence(outcomes, options), accepted=accepted),
        options,
        settings,
    )
    code = exit_code((o.verdict for o in outcomes), accepted=accepted)
    differs = replay_file and any(
        o.reason for o in outcomes if STANDINGS[o.verdict] is not Standing.INCONCLUSIVE
    )
    return int(ExitCode.worst(code, ExitCode.NO) if differs else code)


def _check_format(options: VerifyOptions) -> None:
    if options.format not in FORMATS:
        raise UsageError(f"--format {options.format}: unknown", hint=f"one of {', '.join(FORMATS)}")


def _pins(file: LockFile, options: VerifyOptions) -> tuple[Pin, ...]:
    from pinkit.adapters.audit_inputs import read_locks
    from pinkit.adapters.git_show import file_at
    from pinkit.formats.pep508 import normalized_name
    from pinkit.workflows.verify_pins import changed_pins, selected_pins

    pins = selected_pins(file.lock.pins, {normalized_name(name) for name in options.only})
    if not options.changed_since:
        return pins
    content = file_at(options.changed_since, file.path)
    if content is None:
        return pins
    (before, *_) = read_locks([file.path], read=lambda path: file_at(options.changed_since, path) or b"")
    return changed_pins(pins, before.lock.pins)


def _verified(
    chosen: dict[str, tuple[Pin, ...]],
    files: tuple[LockFile, ...],
    options: VerifyOptions,
    settings: Settings,
) -> int:
    from pinkit.adapters.evidence_files import ledger_entries, update_ledger
    from pinkit.cli.verify_wiring import verify_tools
    from pinkit.rebuild.ledger import regressions
    from pinkit.workflows.verify_pins import verify_pins

    releases = {(pin.name, pin.version, pin.hashes): pin for pins in chosen.values() for pin in pins}
    accepted = options.accepted()
    with verify_tools(options, settings, files) as tools:
        outcomes = verify_pins(releases.values(), tools)
    found: list[Regression] = []
    for path, pins in chosen.items():
        mine = tuple(o for o in outcomes if (o.name, o.version) in {(p.name, p.version) for p in pins})
        entries = ledger_entries(path + LEDGER_SUFFIX)
        found += regressions(entries or (), mine)
        if mine:
            update_ledger(path + LEDGER_SUFFIX, entries or (), mine)
    places = tuple(
        ((pin.name, pin.version), (path, pin.line)) for path, pins in reversed(chosen.items()) for pin in pins
    )
    report = VerifyReport(
        outcomes=outcomes,
        regressions=tuple(dict.fromkeys(found)),
        evidence=_evidence(outcomes, options),
        places=places,
        accepted=accepted,
    )
    _report(report, options, settings)
    code = exit_code((o.verdict for o in outcomes), accepted=accepted)
    return int(ExitCode.worst(code, ExitCode.NO) if report.regressions else code)


def _run_locked(files: tuple[LockFile, ...], settings: Settings) -> int:
    """Offline: are the pins proved by the ledgers beside their locks?"""
    from pinkit.adapters.evidence_files import ledger_entries
    from pinkit.rebuild.ledger import unproved

    open_pins, total = [], 0
    for file in files:
        pins = [(pin.name, pin.version, pin.hashes) for pin in file.lock.pins]
        total += len(pins)
        open_pins += [
            (file.path, *pin) for pin in unproved(pins, ledger_entries(file.path + LEDGER_SUFFIX) or ())
        ]
    for path, name, version in open_pins:
        settings.console.answer(f"{path}: {name} {version} is not proved by the ledger\n")
    settings.console.answer(f"{total - len(open_pins)} of {total} pins proved by ledgers\n")
    return int(ExitCode.NO if open_pins else ExitCode.YES)


def _dist_tasks(what: str, sdist: str, tools: VerifyTools) -> tuple[list[Task], list[Outcome]]:
    from pinkit.formats.pep508 import normalized_name
    from pinkit.workflows.verify_pins import choose_tasks

    local = _local(sdist) if sdist else None
    if what.endswith(".whl"):
        name, version = Path(what).name.split("-")[:2]
        name = normalized_name(name)
        locked = [_published(_local(what), name, version, tools)]
    elif "==" in what:
        name, _, version = what.partition("==")
        name, locked = (
            normalized_name(name),
            list(tools.catalog.distributions(normalized_name(name), version)),
        )
    else:
        raise UsageError(f"{what}: neither a wheel nor NAME==VERSION")
    published = [local] if local else list(tools.catalog.distributions(name, version))
    return choose_tasks(name, version, locked, published, tools)


def _published(mine: Distribution, name: str, version: str, tools: VerifyTools) -> Distribution:
    """The local file with the upload time of its release, where the index knows exactly these bytes."""
    for distribution in tools.catalog.distributions(name, version):
        if set(mine.hashes) & set(distribution.hashes):
            return replace(mine, upload_time=distribution.upload_time)
    return mine


def _local(path: str) -> Distribution:
    from pinkit.adapters.files import read_bytes

    content = read_bytes(path)
    digest = hashlib.sha256(content).hexdigest()
    where = Path(path).resolve()
    return Distribution(
        filename=where.name, url=where.as_uri(), hashes=(f"sha256:{digest}",), size=len(content)
    )


def _replayed(path: str, tools: VerifyTools) -> Outcome:
    from pinkit.adapters.files import read_bytes
    from pinkit.cli.verify_wiring import with_resolver
    from pinkit.rebuild.statement import InvalidEvidence, replay
    from pinkit.workflows.replay import replayed

    try:
        told = replay(read_bytes(path))
    except InvalidEvidence as error:
        raise UsageError(f"{path}: this evidence cannot be replayed", str(error)) from error
    if told.plan.python not in tools.rebuilds.pythons:
        raise UsageError(f"{path}: Python {told.plan.python} is not here", hint="name one with --python PATH")
    return replayed(
        told, tools.catalog, tools.artifacts, lambda resolver: with_resolver(tools.rebuilds, resolver)
    )


def _evidence(outcomes: tuple[Outcome, ...], options: VerifyOptions) -> tuple[tuple[str, str], ...]:
    if not options.evidence:
        return ()
    from pinkit.adapters.evidence_files import write_evidence

    return tuple(write_evidence(outcomes, options.evidence).items())


def _report(report: VerifyReport, options: VerifyOptions, settings: Settings) -> None:
    text = rendered(report, options.format, settings)
    if options.output:
        from pinkit.adapters.files import write_atomically

        write_atomically(options.output, text.encode("utf-8", "replace"))
        settings.console.note(report.summary())
    else:
        settings.console.answer(text)


def rendered(report: VerifyReport, form: str, settings: Settings) -> str:
    """The report in one of FORMATS."""
    match form:
        case "json":
            from pinkit.render.rebuild_json import rebuild_json

            return rebuild_json(report)
        case "sarif" | "github":
            from pinkit.render.github import github_annotations
            from pinkit.render.rebuild_notices import rebuild_notices
            from pinkit.render.sarif import sarif

            found = rebuild_notices(report)
            return sarif(found) if form == "sarif" else github_annotations(found)
        case "junit":
            from pinkit.render.rebuild_junit import rebuild_junit

            return rebuild_junit(report)
        case "markdown":
            from pinkit.render.rebuild_markdown import rebuild_markdown

            return rebuild_markdown(report)
        case _:
            from pinkit.cli.console import printable
            from pinkit.render.rebuild_text import rebuild_text

            verbose = settings.console.verbosity > 0
            plain = printable(rebuild_text(report, verbose=verbose))
            return rebuild_text(report, color=True, verbose=verbose) if settings.console.color else plain
