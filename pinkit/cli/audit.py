"""`pinkit audit`: the command and its options."""

from __future__ import annotations

import typer

from pinkit.cli import audit_options as o
from pinkit.cli import shared_options as shared
from pinkit.cli.audit_run import AuditOptions, run_audit
from pinkit.cli.typer_app import command_app

app = command_app()

EXAMPLES = """Compare every pin of every lock with the advisories of OSV.

0 clean; 1 findings; 4 something could not be audited, which is never shown as clean.

Examples:

  pinkit audit                                    every lock of the project

  pinkit audit requirements.txt --fail-on high

  pinkit audit --format sarif -o audit.sarif

  pinkit audit --baseline origin/main             only what this branch adds fails

  pinkit audit --live                             ask the service, without a database
"""


@app.command(help=EXAMPLES)
def audit(
    ctx: typer.Context,
    locks: o.Locks = None,
    db: shared.Db = "",
    live: shared.Live = False,
    osv_url: shared.OsvUrl = "",
    max_age: shared.MaxAge = "",
    as_of: o.AsOf = "",
    fail_on: o.FailOn = "",
    unknown_severity: o.UnknownSeverity = "",
    ignore: o.Ignored = None,
    vex: o.Vex = None,
    baseline: o.Baseline = "",
    since_last: o.SinceLast = False,
    environment: o.Environment = "",
    index: o.Index = None,
    form: o.Format = "text",
    output: o.Output = "",
) -> int:
    """Hand the options on; they are read as `AuditOptions` has them."""
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
        format=form,
        output=output,
    )
    return run_audit(options, ctx.obj)
