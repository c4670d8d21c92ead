"""`pinkit verify`: options in, report out; `build` is a command of its own module."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.verify_build import EPILOG as BUILD_EPILOG
from pinkit.cli.verify_build import build
from pinkit.cli.verify_dist import run_dist
from pinkit.cli.verify_report import FORMATS, VerifyOptions
from pinkit.cli.verify_run import run_pins

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Rebuild and compare: your own project, or what a lock pins.",
)

app.command(epilog=BUILD_EPILOG)(build)

_Jobs = Annotated[int, typer.Option("--jobs", "-j", metavar="N", help="Builds side by side (0: one a CPU).")]
_Evidence = Annotated[
    str, typer.Option("--evidence", metavar="DIR", help="Write in-toto statements of every verdict here.")
]
_Sign = Annotated[
    bool, typer.Option("--sign", help="Sign the evidence with sigstore (needs its client and an identity).")
]
_Sandbox = Annotated[
    bool, typer.Option("--require-sandbox", help="Refuse when less than bubblewrap isolates the builds.")
]
_Unsandboxed = Annotated[
    bool, typer.Option("--allow-unsandboxed", help="Run third-party build code even where nothing isolates.")
]
_Accept = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="VERDICT", help="EQUIVALENT or PARTIAL: let it pass with a warning."),
]
_Inconclusive = Annotated[
    bool,
    typer.Option("--allow-inconclusive", help="Let SKIPPED, NO_SOURCE and UNBUILDABLE pass, still shown."),
]
_Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))]
_Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Write the report here.")]
_Python = Annotated[
    list[str] | None, typer.Option("--python", metavar="PATH", help="A further interpreter to build with.")
]
_Timeout = Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="Wall time of one build.")]
_Source = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME=PATH", help="A local git clone to compare NAME's sdist with."),
]


@app.command(
    epilog="Examples:  pinkit verify pins  ·  pinkit verify pins requirements.txt --only requests --evidence evidence"
    "  ·  pinkit verify pins --changed-since origin/main  ·  pinkit verify pins --locked"
)
def pins(
    ctx: typer.Context,
    locks: Annotated[
        list[str] | None, typer.Argument(metavar="[LOCK]...", help="Locks; none: every lock of the project.")
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
    jobs: _Jobs = 0,
    evidence: _Evidence = "",
    sign: _Sign = False,
    require_sandbox: _Sandbox = False,
    allow_unsandboxed: _Unsandboxed = False,
    accept: _Accept = None,
    allow_inconclusive: _Inconclusive = False,
    python: _Python = None,
    source: _Source = None,
    timeout: _Timeout = 900.0,
    output_format: _Format = "text",
    output: _Output = "",
) -> int:
    """Rebuild the wheels that a lock pins from their sdists and compare them byte for byte.

    0 all reproduced; 1 a verdict that fails; 4 inconclusive ones remain. Verdicts are kept in LOCK.verified.json
    beside the lock; evidence says how to repeat each build.
    """
    options = VerifyOptions(
        locks=tuple(locks or ()),
        only=tuple(only or ()),
        changed_since=changed_since,
        locked=locked,
        ledger=ledger,
        jobs=jobs,
        evidence=evidence,
        sign=sign,
        require_sandbox=require_sandbox,
        allow_unsandboxed=allow_unsandboxed,
        accept=tuple(accept or ()),
        allow_inconclusive=allow_inconclusive,
        pythons=tuple(python or ()),
        sources=tuple(source or ()),
        timeout_s=timeout,
        format=output_format,
        output=output,
    )
    return run_pins(options, ctx.obj)


@app.command(
    epilog="Examples:  pinkit verify dist requests==2.32.3  ·  pinkit verify dist demo-1.0-py3-none-any.whl"
    " --sdist demo-1.0.tar.gz  ·  pinkit verify dist --replay evidence/demo-1.0-py3-none-any.whl.intoto.jsonl"
)
def dist(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="[FILE|NAME==VERSION]", help="A wheel, an sdist, or a release.")
    ] = "",
    replay: Annotated[
        str, typer.Option("--replay", metavar="FILE", help="Repeat the build that this evidence describes.")
    ] = "",
    sdist: Annotated[
        str, typer.Option("--sdist", metavar="FILE", help="Rebuild from this sdist instead of the index's.")
    ] = "",
    jobs: _Jobs = 0,
    evidence: _Evidence = "",
    sign: _Sign = False,
    require_sandbox: _Sandbox = False,
    allow_unsandboxed: _Unsandboxed = False,
    accept: _Accept = None,
    allow_inconclusive: _Inconclusive = False,
    python: _Python = None,
    source: _Source = None,
    timeout: _Timeout = 900.0,
    output_format: _Format = "text",
    output: _Output = "",
) -> int:
    """Rebuild one distribution, or one release, and compare it byte for byte.

    0 reproduced; 1 a verdict that fails, or a replay that comes out differently; 4 inconclusive.
    """
    options = VerifyOptions(
        jobs=jobs,
        evidence=evidence,
        sign=sign,
        require_sandbox=require_sandbox,
        allow_unsandboxed=allow_unsandboxed,
        accept=tuple(accept or ()),
        allow_inconclusive=allow_inconclusive,
        pythons=tuple(python or ()),
        sources=tuple(source or ()),
        timeout_s=timeout,
        format=output_format,
        output=output,
    )
    return run_dist(what, options, ctx.obj, sdist=sdist, replay_file=replay)
