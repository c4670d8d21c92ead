"""The Typer app: commands by name, each imported only when it is called."""

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
"""Command -> the module whose `app` (a Typer with one command or a group) implements it."""

SECTIONS: dict[str, dict[str, str]] = {
    "Make locks": {
        "lock": "Resolve requirements into hashed locks, for all targets at once.",
        "hash": "Add or refresh the hashes of exact pins without moving them.",
        "import": "Take over how a project makes its locks with other tools.",
    },
    "Prove": {
        "check": "Is a lock an honest answer to its inputs and to the index?",
        "verify": "Rebuild and compare: what a lock pins, or your own project.",
        "build": "Build a wheel and an sdist whose bytes follow from the commit.",
    },
    "Watch": {
        "audit": "Compare every pin of every lock with the advisories of OSV.",
        "db": "The local database of OSV advisories: sync, status, path.",
    },
    "Move": {
        "upgrade": "Plan the smallest change of all locks that fixes what was found.",
        "pr": "Publish such a plan as a pull request or merge request.",
        "init": "Write ready files for CI and pre-commit.",
    },
    "Look and use": {
        "why": "Why is a project pinned?",
        "tree": "Locks as trees, from what the inputs ask for down.",
        "diff": "Two locks (pins, targets, hashes), or two artifacts.",
        "sync": "Make an environment match locks exactly, hashes required.",
        "export": "A lock as requirements.txt, pylock.toml, CycloneDX or SPDX.",
    },
}
"""What the help of `pinkit` says of each command, in its order."""


class LazyGroup(TyperGroup):
    """Commands of `COMMANDS`, each imported only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in help order."""
        return [name for section in SECTIONS.values() for name in section]

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """The commands by section."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<8}", told) for name, told in commands.items()])

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
    quiet: Annotated[
        int, typer.Option("-q", "--quiet", count=True, show_default=False, help="Say less.")
    ] = 0,
    verbose: Annotated[
        int, typer.Option("-v", "--verbose", count=True, show_default=False, help="Say more.")
    ] = 0,
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
