"""What `pinkit check` does: find the locks and how they were made, check, print."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinkit.cli.lock_locks import settings_of_locks
from pinkit.cli.wiring import lock_tools
from pinkit.cli.workplace import Workplace
from pinkit.errors import UsageError
from pinkit.render.check_report import check_json, check_notices, check_text
from pinkit.workflows.check import CheckReport, CheckWishes, check_locks
from pinkit.workflows.discovery import configuration

if TYPE_CHECKING:
    from pinkit.cli.console import Console
    from pinkit.cli.settings import Settings

FORMATS = ("text", "json", "sarif", "github")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """The options of `pinkit check`."""

    locks: tuple[str, ...] = ()
    replay: bool = False
    second_opinion: str = ""
    referee: bool = True
    index_url: str = ""
    extra_index_urls: tuple[str, ...] = ()
    refresh: bool = False
    form: str = "text"


def run_check(settings: Settings, options: CheckOptions) -> int:
    """The exit code of `pinkit check`."""
    gc.disable()  # as in `lock`: many small values, few thrown away
    if options.form not in FORMATS:
        raise UsageError(f"unknown format {options.form!r}", hint=f"name one of {', '.join(FORMATS)}")
    if options.second_opinion not in ("", "pip-compile"):
        raise UsageError(f"unknown second opinion {options.second_opinion!r}", hint="it can be pip-compile")
    workplace = Workplace(settings.config, offline=settings.offline)
    found = configuration(workplace.found, workplace.config)
    locks = settings_of_locks(found, options.locks, workplace, of_others=True)
    if options.index_url or options.extra_index_urls:
        locks = tuple(
            replace(
                lock,
                index_url=options.index_url or lock.index_url,
                extra_index_urls=(*lock.extra_index_urls, *options.extra_index_urls),
            )
            for lock in locks
        )
    with lock_tools(settings, workplace, refresh=options.refresh) as (tools, wiring):
        report = check_locks(locks, tools, CheckWishes(replay=options.replay, referee=options.referee))
        if options.second_opinion:
            from pinkit.cli.second_opinion import with_second_opinion

            report = with_second_opinion(report, locks, wiring, workplace)
    settings.console.answer(_rendered(report, options.form, settings.console))
    return int(report.exit_code)


def _rendered(report: CheckReport, form: str, console: Console) -> str:
    if form == "json":
        return check_json(report.locks, report.findings, report.unanswered, report.attested)
    if form == "text":
        notes = console.verbosity >= 0
        return check_text(
            report.locks,
            report.findings,
            report.unanswered,
            attested=report.attested,
            color=console.color,
            notes=notes,
        )
    notices = check_notices(report.findings)
    if form == "github":
        from pinkit.render.github import github_annotations

        return github_annotations(notices)
    from pinkit.render.sarif import sarif

    unanswered = [f"{u.lock}: {u.name} {u.version}: {u.why}" for u in report.unanswered]
    return sarif(notices, complete=not unanswered, unanswered=unanswered)
