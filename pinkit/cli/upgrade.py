"""`pinkit upgrade`: propose safe upgrades of all locks together, each proved."""

from __future__ import annotations

import typer

from pinkit.cli import shared_options as shared
from pinkit.cli import upgrade_options as o
from pinkit.cli.settings import Settings
from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Plan the smallest change of all locks that fixes or moves what is asked, and prove the result.

Without names it fixes what `pinkit audit` finds. Nothing is written without --apply or --plan.

Examples:

  pinkit upgrade                                  fix every finding

  pinkit upgrade django==5.2.9                    this release, with only what must move along

  pinkit upgrade --all --cooldown 14d --apply

  pinkit upgrade --security --plan plan.json      for `pinkit pr`

  pinkit upgrade --verify                         rebuild what moves, too

  pinkit upgrade --fixup --base main --apply      on a bot's branch that broke the locks

Exit codes: 0 planned and proved, or nothing to do; 1 something cannot be fixed, or a proof failed; 3 NAME==V has no
answer; 4 something could not be answered.
"""


@app.command(help=HELP)
def upgrade(
    ctx: typer.Context,
    names: o.Names = None,
    security: o.Security = False,
    everything: o.Everything = False,
    groups: o.Groups = None,
    fixup: o.FixUp = False,
    base: o.Base = "",
    plan: o.Plan = "",
    apply: o.Apply = False,
    test: o.Test = "",
    test_locks: o.TestLocks = None,
    test_unsandboxed: o.TestUnsandboxed = False,
    verify: o.Verify = False,
    jobs: o.Jobs = None,
    timeout: o.Timeout = None,
    cooldown: o.Cooldown = "",
    cutoff: o.Cutoff = "",
    db: shared.Db = "",
    live: shared.Live = False,
    osv_url: shared.OsvUrl = "",
    max_age: shared.MaxAge = "",
    index_url: shared.IndexUrl = "",
    extra_index_urls: shared.ExtraIndexUrls = None,
    refresh: shared.Refresh = False,
    form: o.Form = "text",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.upgrade_request import UpgradeOptions
    from pinkit.cli.upgrade_run import run_upgrade

    settings: Settings = ctx.obj
    options = UpgradeOptions(
        names=tuple(names or ()),
        security=security,
        everything=everything,
        groups=tuple(groups or ()),
        fixup=fixup,
        base=base,
        plan=plan,
        apply=apply,
        test=test,
        test_locks=tuple(test_locks or ()),
        test_unsandboxed=test_unsandboxed,
        verify=verify,
        jobs=jobs,
        timeout_s=timeout,
        cooldown=cooldown,
        cutoff=cutoff,
        db=db,
        live=live,
        osv_url=osv_url,
        max_age=max_age,
        index_url=index_url,
        extra_index_urls=tuple(extra_index_urls or ()),
        refresh=refresh,
        form=form,
    )
    raise typer.Exit(run_upgrade(settings, options))
