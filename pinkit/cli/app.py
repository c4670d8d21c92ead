"""Runs a command line: errors become exit codes here and nowhere else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from pinkit.cli.settings import Settings
from pinkit.errors import ExitCode, PinkitError

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Settings", "run"]


def run(arguments: list[str]) -> int:
    """The exit code of `pinkit ARGUMENTS`; expected failures are told on stderr, never as a traceback."""
    try:
        return _dispatched(arguments)
    except PinkitError as error:
        _tell(error, arguments)
        return int(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; nothing was half-written, run it again\n")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.YES)
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes an exit code
        return _usage_or_bug(error)


def _dispatched(arguments: list[str]) -> int:
    from pinkit.cli.quick import hoisted, read_lock

    if "lock" in arguments and (said := read_lock(arguments)) is not None:
        from pinkit.cli.lock_run import run_lock

        return run_lock(_settings(said[0]), said[1])
    if "audit" in arguments:
        from pinkit.cli.audit_quick import read_audit

        if (asked := read_audit(arguments)) is not None:
            from pinkit.cli.audit_run import AuditOptions, run_audit

            return run_audit(AuditOptions(**asked[1]), _settings(asked[0]))
    from pinkit.cli.commands import dispatched

    return dispatched(hoisted(arguments))


def _settings(said: dict[str, Any]) -> Settings:
    from pinkit.cli.console import Console

    return Settings(
        config=said["config"],
        cache_dir=said["cache_dir"],
        offline=said["offline"],
        console=Console(
            verbosity=said["verbose"] - said["quiet"],
            color=not said["no_color"],
            progress=not said["no_progress"],
        ),
    )


def _usage_or_bug(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):  # typer's own usage errors know how to print themselves
        show()
        return int(ExitCode.USAGE)
    import traceback

    traceback.print_exc()
    sys.stderr.write("\nerror: this is a bug in pinkit; please report it with the lines above\n")
    return int(ExitCode.BUG)


def _tell(error: PinkitError, arguments: list[str]) -> None:
    if _wants_json(arguments):
        import json

        told = {"what": error.what, "why": error.why, "hint": error.hint, "exit": int(error.exit_code)}
        sys.stderr.write(json.dumps({"version": 1, "error": told}) + "\n")
        return
    from pinkit.cli.console import printable

    lines = [f"error: {error.what}"]
    lines += [f"  {line}" for line in error.why.splitlines()]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    sys.stderr.write(printable("\n".join(lines)) + "\n")


def _wants_json(arguments: list[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(a == "--format=json" or (a == "--format" and b == "json") for a, b in pairs)
