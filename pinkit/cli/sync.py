"""`pinkit sync`: make an environment match locks exactly."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Make an environment match locks exactly, hashes required; what they do not pin is removed.

Everything is downloaded and checked before anything is changed.

Examples:

  pinkit sync requirements.txt

  pinkit sync requirements.txt requirements-dev.txt --python .venv/bin/python

  pinkit sync pylock.toml --dry-run
"""


@app.command(help=HELP)
def sync(
    ctx: typer.Context,
    locks: Annotated[list[str], typer.Argument(metavar="LOCK", help="Lock files.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Change nothing; say what would.")] = False,
    python: Annotated[
        str,
        typer.Option("--python", metavar="PATH", help="The environment's interpreter (default: the venv)."),
    ] = "",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.sync_run import run_sync

    raise typer.Exit(run_sync(ctx.obj, locks, python=python, dry_run=dry_run))
