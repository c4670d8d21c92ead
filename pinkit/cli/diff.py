"""`pinkit diff A B`: two locks or two artifacts; and git's merge driver for locks."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Tell two locks apart (pins, targets, hashes), or two artifacts (member by member, with a verdict).

Examples:

  pinkit diff old.txt new.txt

  pinkit diff old.txt new.txt --format markdown

  pinkit diff published.whl rebuilt.whl

  pinkit diff --merge BASE OURS THEIRS      git's merge driver: docs/hand-tools.md

Artifacts are .whl, .zip, .tar.gz and .tgz; a file of any other name is read as a lock.
Exit code 1 when they differ, 2 where a file is neither.
"""


@app.command(help=HELP)
def diff(
    ctx: typer.Context,
    paths: Annotated[list[str], typer.Argument(metavar="A B", help="Two locks or two artifacts.")],
    merge: Annotated[
        bool, typer.Option("--merge", help="BASE OURS THEIRS: merge into OURS by locking again.")
    ] = False,
    merge_path: Annotated[
        str, typer.Option("--path", metavar="PATH", help="With --merge: the lock's path.")
    ] = "",
    diffoscope: Annotated[bool, typer.Option("--diffoscope", help="Artifacts: also ask diffoscope.")] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text (default), markdown, json.")
    ] = "text",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.diff_run import run_diff, run_merge

    if merge:
        raise typer.Exit(run_merge(ctx.obj, paths, merge_path))
    raise typer.Exit(run_diff(ctx.obj, paths, form=form, diffoscope=diffoscope))
