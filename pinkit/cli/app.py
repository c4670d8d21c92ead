"""The Typer app: commands by name, imported when called; errors become exit codes here and nowhere else."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pinkit.cli.console import Console
from pinkit.errors import ExitCode, PinkitError

COMMANDS: dict[str, str] = {
    "lock": "pinkit.cli.lock",
}
"""Command -> the module whose `app` (a Typer with one command or a group) implements it, in help order."""


class LazyGroup(TyperGroup):
    """Commands of `COMMANDS`, each imported only when it is called or when help lists it."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in help order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command `cmd_name`, or None when there is none."""
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = typer.main.get_command(import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    name="pinkit",
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Reproducible builds and pinned dependencies: lock, prove, audit and upgrade them.",
)


@app.callback()
def settings(
    ctx: typer.Context,
    config: Annotated[str, typer.Option("--config", metavar="FILE", help="Read this pyproject.toml.")] = "",
    cache_dir: Annotated[
        str,
        typer.Option("--cache-dir", envvar="PINKIT_CACHE_DIR", metavar="DIR", help="Where answers are kept."),
    ] = "",
    offline: Annotated[bool, typer.Option("--offline", help="Use only what the cache has.")] = False,
    quiet: Annotated[int, typer.Option("-q", "--quiet", count=True, help="Say less.")] = 0,
    verbose: Annotated[int, typer.Option("-v", "--verbose", count=True, help="Say more.")] = 0,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours (also NO_COLOR).")] = False,
    no_progress: Annotated[bool, typer.Option("--no-progress", help="No progress on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Global options, kept on the context for the command that follows."""
    if version:
        from pinkit import __version__

        sys.stdout.write(f"pinkit {__version__}\n")
        raise typer.Exit
    ctx.obj = Settings(
        config=config,
        cache_dir=cache_dir,
        offline=offline,
        console=Console(verbosity=verbose - quiet, color=not no_color, progress=not no_progress),
    )


class Settings:
    """What the global options said; every command receives it as `ctx.obj`."""

    __slots__ = ("cache_dir", "config", "console", "offline")

    def __init__(self, *, config: str, cache_dir: str, offline: bool, console: Console) -> None:
        self.config, self.cache_dir, self.offline, self.console = config, cache_dir, offline, console


def run(arguments: list[str]) -> int:
    """The exit code of `pinkit ARGUMENTS`; expected failures are told on stderr, never as a traceback."""
    try:
        result = app(arguments, prog_name="pinkit", standalone_mode=False)
        return int(result) if isinstance(result, int) else 0
    except PinkitError as error:
        _tell(error, arguments)
        return int(error.exit_code)
    except typer.Exit as done:
        return int(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        sys.stderr.write("\ninterrupted; nothing was half-written, run it again\n")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return int(ExitCode.YES)
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes an exit code
        return _usage_or_bug(error)


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
    lines = [f"error: {error.what}"]
    lines += [f"  {line}" for line in error.why.splitlines()]
    if error.hint:
        lines.append(f"hint: {error.hint}")
    sys.stderr.write("\n".join(lines) + "\n")


def _wants_json(arguments: list[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return any(a == "--format=json" or (a == "--format" and b == "json") for a, b in pairs)
