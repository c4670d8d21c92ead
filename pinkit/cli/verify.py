"""`pinkit verify`: options in, report out; `build` is a command of its own module."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app
from pinkit.cli.verify_build import EPILOG as BUILD_EPILOG
from pinkit.cli.verify_build import build
from pinkit.cli.verify_dist import run_dist
from pinkit.cli.verify_options import VerifyOptions, with_shared_options
from pinkit.cli.verify_run import run_pins

app = command_app(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Rebuild and compare: your own project, or what a lock pins.",
)

app.command(epilog=BUILD_EPILOG)(build)


@app.command(
    epilog="Examples:  pinkit verify pins  ·  pinkit verify pins requirements.txt --only requests --evidence evidence"
    "  ·  pinkit verify pins --changed-since origin/main  ·  pinkit verify pins --locked"
)
@with_shared_options
def pins(
    ctx: typer.Context,
    locks: Annotated[
        list[str] | None, typer.Argument(metavar="LOCK", help="Locks; none: every lock of the project.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only this project.")] = None,
    changed_since: Annotated[
        str,
        typer.Option("--changed-since", metavar="REF", help="Only pins that this git revision did not have."),
    ] = "",
    locked: Annotated[
        bool, typer.Option("--locked", help="Build nothing: does the ledger beside each lock prove its pins?")
    ] = False,
    ledger: Annotated[
        bool, typer.Option("--ledger/--no-ledger", help="Keep the verdicts in LOCK.verified.json.")
    ] = True,
    *,
    options: VerifyOptions,
) -> int:
    """Rebuild the wheels that a lock pins from their sdists and compare them byte for byte.

    0 all reproduced; 1 a verdict that fails; 4 inconclusive ones remain. Verdicts are kept in LOCK.verified.json
    beside the lock; evidence says how to repeat each build.
    """
    chosen = replace(
        options,
        locks=tuple(locks or ()),
        only=tuple(only or ()),
        changed_since=changed_since,
        locked=locked,
        ledger=ledger,
    )
    return run_pins(chosen, ctx.obj)


@app.command(
    epilog="Examples:  pinkit verify dist requests==2.32.3  ·  pinkit verify dist demo-1.0-py3-none-any.whl"
    " --sdist demo-1.0.tar.gz  ·  pinkit verify dist --replay evidence/demo-1.0-py3-none-any.whl.intoto.jsonl"
)
@with_shared_options
def dist(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="FILE|NAME==VERSION", help="A wheel, an sdist, or a release.")
    ] = "",
    replay: Annotated[
        str, typer.Option("--replay", metavar="FILE", help="Repeat the build that this evidence describes.")
    ] = "",
    sdist: Annotated[
        str, typer.Option("--sdist", metavar="FILE", help="Rebuild from this sdist instead of the index's.")
    ] = "",
    *,
    options: VerifyOptions,
) -> int:
    """Rebuild one distribution, or one release, and compare it byte for byte.

    0 reproduced; 1 a verdict that fails, or a replay that comes out differently; 4 inconclusive.
    """
    return run_dist(what, options, ctx.obj, sdist=sdist, replay_file=replay)
