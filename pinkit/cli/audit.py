"""`pinkit audit`: options in, report out."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.audit_run import FORMATS, AuditOptions, run_audit

app = typer.Typer(add_completion=False)


@app.command(
    epilog="Examples:  pinkit audit  ·  pinkit audit requirements.txt --fail-on high  ·"
    "  pinkit audit --live --format sarif -o audit.sarif  ·  pinkit audit --baseline origin/main"
)
def audit(
    ctx: typer.Context,
    locks: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[LOCK]...", help="Locks or requirements.txt; none: every lock of the project."
        ),
    ] = None,
    db: Annotated[
        str, typer.Option(metavar="PATH", help="A database, dump zip or directory of records.")
    ] = "",
    live: Annotated[
        bool, typer.Option("--live", help="Ask the OSV service instead of the database.")
    ] = False,
    osv_url: Annotated[str, typer.Option(metavar="URL", help="The service --live asks, or a mirror.")] = "",
    max_age: Annotated[str, typer.Option(metavar="24h", help="Sync first when the database is older.")] = "",
    as_of: Annotated[str, typer.Option(metavar="DATE", help="Judge as on this day (ISO date).")] = "",
    fail_on: Annotated[
        str, typer.Option(metavar="LEVEL", help="Lowest failing severity: low, medium, high, critical, any.")
    ] = "",
    unknown_severity: Annotated[
        str, typer.Option(metavar="fail|pass", help="What advisories without a severity do (default: fail).")
    ] = "",
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Ignore this id or alias in this run.")
    ] = None,
    vex: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="OpenVEX statements that say what does not apply."),
    ] = None,
    baseline: Annotated[
        str, typer.Option(metavar="REF|LOCK", help="Fail by findings alone that this side does not have.")
    ] = "",
    since_last: Annotated[
        bool, typer.Option("--since-last", help="Fail by what the last such run did not tell.")
    ] = False,
    environment: Annotated[
        str, typer.Option(metavar="PYTHON", help="Audit what is installed for this interpreter or venv.")
    ] = "",
    index: Annotated[
        bool | None,
        typer.Option("--index/--no-index", help="Ask the index: yanked, archived, quarantined, hashes gone."),
    ] = None,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))
    ] = "text",
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Write the report here.")
    ] = "",
) -> int:
    """Compare every pin of every lock with the advisories of OSV.

    0 clean; 1 findings; 4 something could not be audited, which is never shown as clean.
    """
    options = AuditOptions(
        locks=tuple(locks or ()),
        db=db,
        live=live,
        osv_url=osv_url,
        max_age=max_age,
        as_of=as_of,
        fail_on=fail_on,
        unknown_severity=unknown_severity,
        ignore=tuple(ignore or ()),
        vex=tuple(vex or ()),
        baseline=baseline,
        since_last=since_last,
        environment=environment,
        index=index,
        format=output_format,
        output=output,
    )
    return run_audit(options, ctx.obj)
