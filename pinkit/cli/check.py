"""`pinkit check`: is a lock an honest answer?"""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli import shared_options as shared
from pinkit.cli.settings import Settings
from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Prove locks: against their inputs, against the index, and by a second solver.

Examples:

  pinkit check                              every configured lock

  pinkit check locks/main.txt --format sarif

  pinkit check --replay                     lock again from scratch at the recorded cutoff

Exit codes: 0 honest; 1 stale, or anything else that is wrong or to be looked at; 4 something could not be checked;
5 forged.
"""


@app.command(help=HELP)
def check(
    ctx: typer.Context,
    locks: Annotated[
        list[str] | None,
        typer.Argument(metavar="LOCK", help="Locks by path or name; none: every configured one."),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Lock from scratch at the cutoff, and compare.")
    ] = False,
    second_opinion: Annotated[
        str, typer.Option("--second-opinion", metavar="TOOL", help="pip-compile: ask it too, and compare.")
    ] = "",
    referee: Annotated[bool, typer.Option("--referee/--no-referee", help="Ask the second solver.")] = True,
    index_url: shared.IndexUrl = "",
    extra_index_urls: shared.ExtraIndexUrls = None,
    refresh: shared.Refresh = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text (default), json, sarif or github.")
    ] = "text",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.check_run import CheckOptions, run_check

    settings: Settings = ctx.obj
    options = CheckOptions(
        locks=tuple(locks or ()),
        replay=replay,
        second_opinion=second_opinion,
        referee=referee,
        index_url=index_url,
        extra_index_urls=tuple(extra_index_urls or ()),
        refresh=refresh,
        form=form,
    )
    raise typer.Exit(run_check(settings, options))
