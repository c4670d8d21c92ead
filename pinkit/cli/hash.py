"""`pinkit hash`: add or refresh the hashes of exact pins."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli import shared_options as shared
from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Add or refresh the hashes of exact pins without moving them.

Examples:

  pinkit hash requirements.txt              pins without hashes get them

  pinkit hash --refresh requirements.txt    every pin gets what the index has now

  pinkit hash requests==2.32.3              print the pin with its hashes

Comments, markers and order of the file stay as they are.
"""


@app.command(help=HELP)
def hash_(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(metavar="FILE|NAME==VERSION", help="Files or pins.")],
    refresh: Annotated[bool, typer.Option("--refresh", help="Replace all hashes by the index's.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Write nothing; say what would change.")
    ] = False,
    index_url: shared.IndexUrl = "",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.hash_run import run_hash

    raise typer.Exit(run_hash(ctx.obj, what, refresh=refresh, dry_run=dry_run, index_url=index_url))
