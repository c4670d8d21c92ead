"""Wiring of `pinkit audit`: settings and files to a request, the report to its format and exit code."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.audit_inputs import read_locks, scanner_ignores
from pinkit.cli.audit_discovery import Project, index_catalog
from pinkit.cli.audit_sources import open_source
from pinkit.cli.console import printable
from pinkit.errors import UsageError
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, Ignore
from pinkit.workflows.audit import AuditRequest, audit, exit_code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.cli.settings import Settings
    from pinkit.formats.audit_settings import AuditSettings
    from pinkit.model.audit import AuditReport, LockFile
    from pinkit.ports import Catalog

FORMATS = ("text", "json", "sarif", "cyclonedx", "openvex", "github", "markdown")
"""Values of `--format`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditOptions:
    """The command line of `pinkit audit`; "" and None mean: as configured."""

    locks: tuple[str, ...] = ()
    db: str = ""
    live: bool = False
    osv_url: str = ""
    max_age: str = ""
    as_of: str = ""
    fail_on: str = ""
    unknown_severity: str = ""
    ignore: tuple[str, ...] = ()
    vex: tuple[str, ...] = ()
    baseline: str = ""
    since_last: bool = False
    environment: str = ""
    index: bool | None = None
    format: str = "text"
    output: str = ""


def run_audit(options: AuditOptions, settings: Settings) -> int:
    """Audit, write the report, answer with the exit code."""
    if options.format not in FORMATS:
        raise UsageError(f"--format {options.format}: unknown", hint=f"one of {', '.join(FORMATS)}")
    project = Project(settings.config)
    configured = project.audit
    files = _files(options, project)
    _no_input(options.output, files)
    policy = _policy(options, configured, files)
    max_age = options.max_age or (configured.max_age if configured else "")
    source, stale = open_source(
        settings, db=options.db, live=options.live, osv_url=options.osv_url, max_age=max_age
    )
    baseline, by_lock = _baseline(options, files)
    state = _state(options, files)
    as_of = _day(options.as_of)
    request = AuditRequest(
        files=files,
        policy=policy,
        today=as_of or time.strftime("%Y-%m-%d", time.gmtime()),
        as_of=as_of,
        stale=stale,
        baseline=baseline,
        compared=options.baseline or ("the last run" if state else ""),
        by_lock=by_lock,
        told=state.told() if state else None,
        details=options.format in ("sarif", "cyclonedx"),
    )
    with _catalog(options, project, files, settings) as catalog:
        report = audit(request, source, catalog)
    _write(rendered(report, options.format, settings), options.output, settings)
    if state:
        # Only what was told may be kept quiet the next time.
        state.remember(report)
    return int(exit_code(report))


def rendered(report: AuditReport, form: str, settings: Settings) -> str:
    """The report in one of FORMATS."""
    match form:
        case "json":
            from pinkit.render.audit_json import audit_json

            return audit_json(report)
        case "sarif":
            from pinkit.render.audit_notices import notices, said_unanswered
            from pinkit.render.sarif import sarif

            said = said_unanswered(report)
            return sarif(notices(report), complete=not said, unanswered=said)
        case "github":
            from pinkit.render.audit_notices import notices
            from pinkit.render.github import github_annotations

            return printable(github_annotations(notices(report)))
        case "markdown":
            from pinkit.render.audit_markdown import audit_markdown

            return printable(audit_markdown(report))
        case "cyclonedx":
            from pinkit.render.audit_cyclonedx import audit_cyclonedx

            return audit_cyclonedx(report)
        case "openvex":
            from pinkit.render.audit_openvex import audit_openvex

            return audit_openvex(report)
        case _:
            from pinkit.render.audit_text import audit_text

            verbose = settings.console.verbosity > 0
            return audit_text(report, clean=printable, color=settings.console.color, verbose=verbose)


def _files(options: AuditOptions, project: Project) -> tuple[LockFile, ...]:
    files: tuple[LockFile, ...] = ()
    if options.environment:
        from pinkit.adapters.audit_environment import installed

        files = (installed(options.environment),)
    if options.locks or not files:
        from pinkit.adapters.files import read_bytes

        def read(path: str) -> bytes:
            return project.workplace.read("-") if path == "-" else read_bytes(path)

        files += read_locks(options.locks or project.locks(), read)
    return files


def _no_input(output: str, files: tuple[LockFile, ...]) -> None:
    # With `lock` -o names the lock: by habit a report would take its place.
    if output and Path(output).resolve() in {Path(file.path).resolve() for file in files}:
        raise UsageError(
            f"-o {output}: this is a lock that is audited", hint="name another file for the report"
        )


def _policy(
    options: AuditOptions, configured: AuditSettings | None, files: tuple[LockFile, ...]
) -> AuditPolicy:
    policy = configured.policy if configured else AuditPolicy(fail_on=Severity.NONE)
    if not all(name.strip() for name in options.ignore):
        # An ignore without an id would be about every advisory.
        raise UsageError("--ignore names no advisory", hint="give an id or alias: --ignore CVE-2026-0001")
    ignores = tuple(Ignore(id=name.strip(), reason="--ignore on the command line") for name in options.ignore)
    ignores += policy.ignores + scanner_ignores(files)
    vex = options.vex + (configured.vex if configured else ())
    if vex:
        from pinkit.adapters.files import read_bytes
        from pinkit.formats.openvex import openvex_ignores

        ignores += tuple(each for path in vex for each in openvex_ignores(read_bytes(path), path))
    policy = replace(policy, ignores=ignores)
    if options.fail_on:
        from pinkit.formats.audit_settings import SEVERITIES

        if options.fail_on not in SEVERITIES:
            raise UsageError(f"--fail-on {options.fail_on}: unknown", hint=f"one of {', '.join(SEVERITIES)}")
        policy = replace(policy, fail_on=SEVERITIES[options.fail_on])
    if options.unknown_severity:
        if options.unknown_severity not in ("fail", "pass"):
            raise UsageError(f"--unknown-severity {options.unknown_severity}: unknown", hint="fail or pass")
        policy = replace(policy, unknown_fails=options.unknown_severity == "fail")
    return policy


def _day(as_of: str) -> str:
    """The day in the one spelling that compares with times of records; "" when none is named."""
    if not as_of:
        return ""
    import datetime as dt

    try:
        return dt.date.fromisoformat(as_of).isoformat()
    except ValueError:
        raise UsageError(f"--as-of {as_of}: no date", hint="write it as 2026-01-31") from None


def _baseline(options: AuditOptions, files: tuple[LockFile, ...]) -> tuple[tuple[LockFile, ...] | None, bool]:
    baseline = options.baseline
    if not baseline:
        return None, True
    if Path(baseline).is_file():
        return read_locks([baseline]), False
    if options.environment or "-" in options.locks:
        what = "an environment" if options.environment else "standard input"
        raise UsageError(
            f"--baseline {baseline}: there is no such file, and {what} is in no git revision",
            hint="name a lock to compare with",
        )
    from pinkit.adapters.git_show import file_at

    def at_baseline(path: str) -> bytes | None:
        return file_at(baseline, path, asked=f"--baseline {baseline}", why="there is no such file either")

    before: list[LockFile] = []
    for path in (file.path for file in files):
        if at_baseline(path) is not None:
            before += read_locks([path], read=lambda name: at_baseline(name) or b"")
    return tuple({file.path: file for file in before}.values()), True


def _state(options: AuditOptions, files: tuple[LockFile, ...]) -> AuditState | None:
    if not options.since_last:
        return None
    from pinkit.adapters.audit_state import AuditState
    from pinkit.adapters.places import data_dir

    return AuditState(Path(data_dir()), Path.cwd(), tuple(file.path for file in files))


@contextmanager
def _catalog(
    options: AuditOptions, project: Project, files: tuple[LockFile, ...], settings: Settings
) -> Iterator[Catalog | None]:
    asked = options.index if options.index is not None else bool(project.audit and project.audit.index)
    if not asked:
        yield None
        return
    with index_catalog(settings, project, files) as catalog:
        yield catalog


def _write(text: str, output: str, settings: Settings) -> None:
    if not output:
        settings.console.answer(text)
        return
    from pinkit.adapters.files import write_atomically

    write_atomically(output, text.encode("utf-8", "replace"))


if TYPE_CHECKING:
    from pinkit.adapters.audit_state import AuditState
