"""What `pinkit verify pins` does once its options are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.cli.console import printable
from pinkit.cli.verify_options import check_options
from pinkit.cli.verify_report import from_repositories, in_order, tell, tell_text, written_evidence
from pinkit.errors import ExitCode, UsageError
from pinkit.rebuild.report import VerifyReport
from pinkit.rebuild.verdict import exit_code

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings
    from pinkit.cli.verify_options import VerifyOptions
    from pinkit.model.audit import LockFile
    from pinkit.model.lock import Pin
    from pinkit.model.rebuild import Outcome
    from pinkit.rebuild.ledger import Regression

LEDGER_SUFFIX = ".verified.json"


def run_pins(options: VerifyOptions, settings: Settings) -> int:
    """Verify every lock, write evidence and ledgers, report, answer with the exit code."""
    from pinkit.adapters.audit_inputs import read_locks
    from pinkit.cli.audit_discovery import Project

    check_options(options)
    files = read_locks(options.locks or Project(settings.config).locks())
    _check_names(files, options)
    chosen = {file.path: _pins(file, options) for file in files}
    if options.locked:
        return _run_locked(chosen, options, settings)
    return _verified(chosen, files, options, settings)


def _check_names(files: tuple[LockFile, ...], options: VerifyOptions) -> None:
    """UsageError for a project that no lock pins: nothing of it would be verified."""
    from pinkit.formats.pep508 import normalized_name

    known = {pin.name for file in files for pin in file.lock.pins}
    asked = [*(("--only", name) for name in options.only), *(("--source", n) for n in options.repositories())]
    for option, name in asked:
        if normalized_name(name) not in known:
            raise UsageError(f"{option} {name}: no lock here pins it", ", ".join(file.path for file in files))


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
        outcomes = in_order(
            *verify_pins(releases.values(), tools),
            *from_repositories([key[:2] for key in releases], tools),
        )
    found: list[Regression] = []
    for path, pins in chosen.items():
        mine = tuple(o for o in outcomes if (o.name, o.version) in {(p.name, p.version) for p in pins})
        entries = ledger_entries(path + LEDGER_SUFFIX)
        found += regressions(entries or (), mine)
        if mine and options.ledger:
            update_ledger(path + LEDGER_SUFFIX, entries or (), mine)
    report = VerifyReport(
        outcomes=outcomes,
        regressions=tuple(dict.fromkeys(found)),
        evidence=written_evidence(outcomes, options),
        places=_places(chosen),
        accepted=accepted,
    )
    tell(report, options, settings)
    code = exit_code((o.verdict for o in outcomes), accepted=accepted)
    return int(ExitCode.worst(code, ExitCode.NO) if report.regressions else code)


def _places(chosen: dict[str, tuple[Pin, ...]]) -> tuple[tuple[tuple[str, str], tuple[str, int]], ...]:
    return tuple(
        ((pin.name, pin.version), (path, pin.line)) for path, pins in reversed(chosen.items()) for pin in pins
    )


def _run_locked(chosen: dict[str, tuple[Pin, ...]], options: VerifyOptions, settings: Settings) -> int:
    """Offline: are the pins proved by the ledgers beside their locks?

    One is when the ledger knows a file of it and nothing that policy does not let pass; of what it does not know,
    policy lets nothing pass.
    """
    from pinkit.adapters.evidence_files import ledger_entries
    from pinkit.rebuild.ledger import recorded

    accepted = options.accepted()
    outcomes: list[Outcome] = []
    lines: list[str] = []
    for path, pins in chosen.items():
        entries = ledger_entries(path + LEDGER_SUFFIX) or ()
        for pin in pins:
            known = recorded((pin.name, pin.version, pin.hashes), entries)
            outcomes += known
            bad = [o for o in known if not o.digest or exit_code([o.verdict], accepted=accepted)]
            if bad:
                why = ", ".join(f"{o.file} is {o.verdict.value}" if o.file else o.reason for o in bad)
                lines.append(f"{path}: {pin.name} {pin.version} is not proved by the ledger: {why}\n")
    total = sum(map(len, chosen.values()))
    if options.format == "text":
        said = "".join([*lines, f"{total - len(lines)} of {total} pins proved by ledgers\n"])
        tell_text(printable(said), options, settings)
    else:
        report = VerifyReport(outcomes=in_order(*outcomes), places=_places(chosen), accepted=accepted)
        tell(report, options, settings)
    return int(ExitCode.NO if lines else ExitCode.YES)
