"""The Typer app: commands by name, each imported only when it is called or when help lists it."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pinkit.cli.console import Console
from pinkit.cli.settings import Settings

COMMANDS: dict[str, str] = {
    "lock": "pinkit.cli.lock",
    "check": "pinkit.cli.check",
    "hash": "pinkit.cli.hash",
    "sync": "pinkit.cli.sync",
    "diff": "pinkit.cli.diff",
    "why": "pinkit.cli.why",
    "tree": "pinkit.cli.tree",
    "audit": "pinkit.cli.audit",
    "db": "pinkit.cli.db",
    "verify": "pinkit.cli.verify",
    "build": "pinkit.cli.build",
    "upgrade": "pinkit.cli.upgrade",
    "pr": "pinkit.cli.pr",
    "init": "pinkit.cli.init",
    "import": "pinkit.cli.import_",
    "export": "pinkit.cli.export",
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
        typer.Option("--cache-dir", metavar="DIR", help="Where answers are kept (also PINKIT_CACHE_DIR)."),
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


def dispatched(arguments: list[str]) -> int:
    """The exit code of a command line by Typer; its usage errors pass (they have a `show`)."""
    try:
        result = app(arguments, prog_name="pinkit", standalone_mode=False)
    except typer.Exit as done:
        return int(done.exit_code)
    except typer.Abort:
        raise KeyboardInterrupt from None
    return int(result) if isinstance(result, int) else 0
