"""`pinkit upgrade --test CMD`: the user's tests in the environment of the locks before and after."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from pinkit.adapters.trial_environment import TrialEnvironment
from pinkit.cli.console import printable
from pinkit.errors import PinkitError, UsageError
from pinkit.model.upgrade import Proof
from pinkit.workflows.sync import applicable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pinkit.cli.console import Console
    from pinkit.model.lock import Lock

    Trial: TypeAlias = Callable[[Mapping[str, Lock]], tuple[Proof, ...]]
    """The "tests" check for given locks before."""


def trial_proof(
    command: str,
    states: tuple[Mapping[str, Lock], Mapping[str, Lock]],
    *,
    locks: Sequence[str] = (),
    index_lines: Sequence[str] = (),
    folder: str = "",
    console: Console,
) -> Proof:
    """The "tests" check: `states` are all locks before and after, `locks` those to install ("none" means all).

    "pass" only where the command succeeds afterwards; "unknown" where it failed before already, or could not be run.
    """
    words = command_words(command, locks, states[0])
    try:
        with tempfile.TemporaryDirectory(prefix="pinkit-trial-") as scratch:
            trial = TrialEnvironment(Path(scratch), index_lines)
            markers, codes = trial.markers, []
            for state in states:
                pins = [
                    pin for path, lock in state.items() if not locks or path in locks for pin in lock.pins
                ]
                trial.fill(applicable(pins, markers))
                code, said = trial.run(words, folder)
                codes.append(code)
                if code:
                    console.warn(f"{words[0]} ended with {code}:\n{printable(said)}")
    except PinkitError as error:
        why = next(iter(error.why.splitlines()), "")
        return Proof(check="tests", result="unknown", detail=": ".join(filter(None, (error.what, why))))
    return judged(codes[0], codes[1])


def command_words(command: str, locks: Sequence[str], known: Iterable[str]) -> list[str]:
    """The command in words. Raises `UsageError` where it is none, or `locks` are not all `known`."""
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--test {command!r} cannot be read as a command", str(error)) from None
    if not words:
        raise UsageError("--test needs a command")
    strange = sorted(set(locks) - set(known))
    if strange:
        raise UsageError(f"--test-lock: no lock {strange[0]} here")
    return words


def judged(before: int, after: int) -> Proof:
    """The check for the exit codes of the command before and after."""
    if not after:
        said = "passed before and after" if not before else f"pass now; before they ended with {before}"
        return Proof(check="tests", result="pass", detail=said)
    if before:
        return Proof(check="tests", result="unknown", detail=f"ended with {before} before and {after} after")
    return Proof(check="tests", result="fail", detail=f"passed before, ended with {after} after")
