"""`pinkit check --second-opinion pip-compile`: which locks it can speak on, and what it says."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from pinkit.adapters.pip_compile import pip_compiled
from pinkit.errors import Unavailable
from pinkit.formats.cutoff import cutoff_text
from pinkit.formats.requirements_txt import InputOptions
from pinkit.model.finding import Unanswered
from pinkit.workflows.lock_text import previous_lock
from pinkit.workflows.second_opinion import opinion_findings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.cli.wiring import Wiring
    from pinkit.cli.workplace import Workplace
    from pinkit.formats.settings import LockSettings
    from pinkit.model.finding import Finding
    from pinkit.workflows.check import CheckReport

_TOOL = "pip-compile"


def with_second_opinion(
    report: CheckReport, locks: Sequence[LockSettings], wiring: Wiring, workplace: Workplace
) -> CheckReport:
    """The report with pip-compile's word on every lock that it can make: one target, this Python."""
    findings: list[Finding] = list(report.findings)
    unanswered = list(report.unanswered)
    paths = {lock.name: lock.output for lock in locks}
    for lock in locks:
        try:
            findings += _asked(lock, paths, wiring, workplace)
        except Unavailable as error:
            why = f"{_TOOL}: {error.what}" + (f": {error.why}" if error.why else "")
            unanswered.append(Unanswered(lock=lock.output, name="", version="", why=why))
    return replace(report, findings=tuple(findings), unanswered=tuple(unanswered))


def _asked(
    lock: LockSettings, paths: dict[str, str], wiring: Wiring, workplace: Workplace
) -> tuple[Finding, ...]:
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if lock.universal or len(lock.targets) > 1:
        raise Unavailable("it locks for one target only")
    if lock.targets or (lock.python and ".".join(lock.python.split(".")[:2]) != running):
        raise Unavailable(f"it locks for the running Python {running} only")
    file = previous_lock(lock, workplace.found, pylock=lock.output.endswith(".toml"))
    if file.lock is None or file.content is None or file.layout is None:
        raise Unavailable("there is no requirements.txt to compare")
    constraints = [workplace.path(paths.get(name, name)) for name in lock.constraints]
    urls = wiring.index_urls(lock, InputOptions())
    cutoff = cutoff_text(file.lock.cutoff) if file.lock.cutoff is not None else ""
    theirs = pip_compiled(lock.inputs, constraints, file.content, urls, workplace.base, cutoff)
    return opinion_findings(lock.output, file.lock, theirs, _TOOL)
