"""What `pinkit lock` does once its options are read: make, compare, write, tell."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

from pinkit.cli.lock_settings import header_command, inputs_of, settings_of
from pinkit.cli.wiring import lock_tools
from pinkit.cli.workplace import Workplace
from pinkit.errors import ExitCode, UsageError
from pinkit.render.lock_changes import changes_text, counted
from pinkit.workflows.discovery import configuration, locks_to_make
from pinkit.workflows.lock import LockOutcome, LockWishes, make_locks
from pinkit.workflows.lock_question import freed_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.cli.console import Console
    from pinkit.cli.settings import Settings


def run_lock(options: Settings, params: Mapping[str, Any]) -> int:
    """The exit code of `pinkit lock`; nothing is written unless every lock could be made."""
    # A lock makes millions of small values and throws few away: collecting cycles costs a fifth of its time.
    gc.disable()
    workplace = Workplace(options.config, offline=options.offline)
    settings = configuration(workplace.found, workplace.config)
    locks = locks_to_make(settings, inputs_of(params), settings_of(params), workplace.found)
    if params["check"] and not all(lock.output for lock in locks):
        raise UsageError(
            "--check has no lock to look at", "none is configured, and no output is named", "name it with -o"
        )
    names, bounds = freed_names(params["upgrade_packages"] or ())
    command = _command(configured=bool(settings.locks) and not inputs_of(params))
    wishes = LockWishes(
        upgrade=params["upgrade"], upgrade_names=names, bounds=bounds, command=lambda _: command
    )
    tools = lock_tools(
        options, workplace, refresh=params["refresh"], allow_unsandboxed=params["allow_unsandboxed"]
    )
    with tools as (made_with, wiring):
        outcomes = make_locks(locks, made_with, wishes)
        expires = wiring.fresh_until()
    for warning in [*_strangers(names, outcomes), *(each for made in outcomes for each in made.warnings)]:
        options.console.warn(warning)
    if params["check"] or params["dry_run"]:
        return _told(outcomes, options.console, params)
    return _written(outcomes, options, workplace, params, expires)


def _command(*, configured: bool) -> str:
    """What makes the locks again; for configured ones the configuration says all."""
    return "pinkit lock" if configured else header_command(sys.argv[1:])


def _strangers(names: frozenset[str], outcomes: Sequence[LockOutcome]) -> list[str]:
    """What to say of names to upgrade that no lock has or had."""
    locks = [lock for outcome in outcomes for lock in (outcome.lock, outcome.previous) if lock is not None]
    known = {pin.name for lock in locks for pin in lock.pins}
    return [f"-P {name}: it is in no lock" for name in sorted(names - known)]


def _told(outcomes: Sequence[LockOutcome], console: Console, params: Mapping[str, Any]) -> int:
    changed = [outcome for outcome in outcomes if outcome.changed]
    if params["form"] == "json":
        console.answer(_json(outcomes))
    else:
        for outcome in changed:
            console.answer(f"{_place(outcome)}: {_summary(outcome)}\n")
            console.answer(
                _indented(changes_text(outcome.changes, color=console.color)) or _body_diff(outcome)
            )
        if not changed:
            console.note(f"{_locks(outcomes)}: nothing would change")
    return int(ExitCode.NO if changed and params["check"] else ExitCode.YES)


def _written(
    outcomes: Sequence[LockOutcome],
    options: Settings,
    workplace: Workplace,
    params: Mapping[str, Any],
    expires: int,
) -> int:
    console, said = options.console, []
    for outcome in outcomes:
        if outcome.settings.output and outcome.changed:
            workplace.write(outcome.settings.output, outcome.text.encode())
        if outcome.settings.output:
            said.append(f"{_place(outcome)}: {_summary(outcome)}")
            console.note(said[-1])
            console.detail(_indented(changes_text(outcome.changes)).rstrip())
    out = "".join(outcome.text for outcome in outcomes if not outcome.settings.output)
    if params["form"] == "json":
        out = _json(outcomes)
    console.answer(out)
    if all(outcome.repeatable for outcome in outcomes) and workplace.repeatable:
        _remember(outcomes, workplace, out, expires, quiet=console.verbosity < 0)
    return int(ExitCode.YES)


def _remember(
    outcomes: Sequence[LockOutcome], workplace: Workplace, out: str, expires: int, *, quiet: bool
) -> None:
    from pinkit.cli.memo import Answer, remember

    lines = [f"{_place(outcome)}: nothing changed" for outcome in outcomes if outcome.settings.output]
    warned = [f"warning: {warning}" for outcome in outcomes for warning in outcome.warnings]
    err = "" if quiet else "".join(f"{line}\n" for line in [*warned, *lines])
    files = sorted(workplace.files.items())
    remember(sys.argv[1:], Answer(files=files, expires=expires, out=out, err=err))


def _place(outcome: LockOutcome) -> str:
    return outcome.settings.output or "stdout"


def _summary(outcome: LockOutcome) -> str:
    if not outcome.changed:
        return "nothing changed"
    if outcome.before is None:
        count = len(outcome.lock.pins)
        return f"{count} {'pin' if count == 1 else 'pins'}, new"
    told = counted(outcome.changes)
    return "annotations or header changed" if told == "nothing changed" else told


def _locks(outcomes: Sequence[LockOutcome]) -> str:
    return "1 lock" if len(outcomes) == 1 else f"{len(outcomes)} locks"


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _body_diff(outcome: LockOutcome) -> str:
    import difflib

    before = (outcome.before or b"").decode("utf-8", "replace").splitlines()
    lines = difflib.unified_diff(
        before, outcome.text.splitlines(), "as it is", "as it would be", lineterm="", n=1
    )
    return "".join(f"  {line}\n" for line in lines)


def _json(outcomes: Sequence[LockOutcome]) -> str:
    import json

    locks = [
        {
            "lock": outcome.settings.output,
            "changed": outcome.changed,
            "pins": len(outcome.lock.pins),
            "changes": [
                {"name": c.name, "kind": c.kind, "before": list(c.before), "after": list(c.after)}
                for c in outcome.changes
            ],
            "warnings": list(outcome.warnings),
        }
        for outcome in outcomes
    ]
    return json.dumps({"version": 1, "locks": locks}, indent=2) + "\n"
