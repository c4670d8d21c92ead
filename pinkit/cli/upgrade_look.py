"""What `pinkit upgrade` looks at beside the proof: the files of what moved and, with --verify, their rebuilds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from pinkit.workflows.upgrade_signals import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.cli.settings import Settings
    from pinkit.cli.upgrade_request import UpgradeOptions
    from pinkit.cli.wiring import Wiring
    from pinkit.cli.workplace import Workplace
    from pinkit.model.lock import Lock, Pin
    from pinkit.model.rebuild import Outcome
    from pinkit.model.upgrade import Signal
    from pinkit.workflows.upgrade_steps import Locks

    Look: TypeAlias = Callable[[Mapping[str, Lock]], tuple[Signal, ...]]


def look_of(
    locks: Locks, wiring: Wiring, settings: Settings, workplace: Workplace, options: UpgradeOptions
) -> Look:
    """The signals of `locks` for given locks before; with --verify one for the rebuild of each moved pin too."""

    def look(before: Mapping[str, Lock]) -> tuple[Signal, ...]:
        found = signals(before, locks, wiring.inspector)
        if not options.verify:
            return found
        wiring.settle()  # rebuilds have catalogs of their own, which would take an older page for a fresh one
        return (*found, *_rebuilds(before, locks, settings, workplace, options))

    return look


def _rebuilds(
    before: Mapping[str, Lock],
    locks: Locks,
    settings: Settings,
    workplace: Workplace,
    options: UpgradeOptions,
) -> tuple[Signal, ...]:
    from pinkit.adapters.evidence_files import ledger_entries
    from pinkit.cli.verify_options import VerifyOptions
    from pinkit.cli.verify_run import LEDGER_SUFFIX
    from pinkit.cli.verify_wiring import verify_tools
    from pinkit.model.audit import LockFile
    from pinkit.workflows.upgrade_rebuilds import rebuild_signals
    from pinkit.workflows.verify_pins import verify_pins

    indexes = {each.output: each for each in locks.settings}
    asked = VerifyOptions(jobs=options.jobs or 0)
    if options.timeout_s is not None:
        asked = replace(asked, timeout_s=options.timeout_s)

    def rebuilt(path: str, pins: tuple[Pin, ...]) -> tuple[Outcome, ...]:
        files = (LockFile(path=path, lock=before[path]),)
        with verify_tools(asked, settings, files, indexes=indexes[path]) as tools:
            return verify_pins(pins, tools)

    return rebuild_signals(
        before, locks, lambda path: ledger_entries(workplace.path(path) + LEDGER_SUFFIX) or (), rebuilt
    )
