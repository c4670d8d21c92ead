"""`pinkit upgrade`: propose safe upgrades of all locks together, each proved."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.settings import Settings

app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

HELP = """Plan the smallest change of all locks that fixes or moves what is asked, and prove the result.

Without names it fixes what `pinkit audit` finds. Nothing is written without --apply or --plan.

Examples:

  pinkit upgrade                                  fix every finding

  pinkit upgrade django==5.2.9                    this release, with only what must move along

  pinkit upgrade --all --cooldown 14d --apply

  pinkit upgrade --security --plan plan.json      for `pinkit pr`

  pinkit upgrade --fixup --base main --apply      on a bot's branch that broke the locks

Exit codes: 0 planned and proved, or nothing to do; 1 something cannot be fixed, or a proof failed; 4 something
could not be answered.
"""


@app.command(help=HELP)
def upgrade(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME[==V]]...", help="Projects to move.")
    ] = None,
    security: Annotated[
        bool, typer.Option("--security", help="Fix every finding (default without names).")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Move all pins as far as the inputs allow.")
    ] = False,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", metavar="NAME", help="Move a group of [tool.pinkit.upgrade.groups]."),
    ] = None,
    fixup: Annotated[
        bool, typer.Option("--fixup", help="Repair the locks of a bot's branch, and keep its bumps.")
    ] = False,
    base: Annotated[
        str, typer.Option("--base", metavar="REF", help="With --fixup: where the branch came from.")
    ] = "",
    plan: Annotated[str, typer.Option("--plan", metavar="FILE", help="Write the plan as JSON.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Write the locks, if the proof holds.")] = False,
    cooldown: Annotated[str, typer.Option("--cooldown", metavar="7d", help="How old releases must be.")] = "",
    cutoff: Annotated[
        str, typer.Option("--cutoff", metavar="TIME", help="As if it were this moment (UTC).")
    ] = "",
    db: Annotated[str, typer.Option("--db", metavar="PATH", help="Advisories, as for `audit`.")] = "",
    live: Annotated[bool, typer.Option("--live", help="Ask the OSV service.")] = False,
    osv_url: Annotated[str, typer.Option("--osv-url", metavar="URL")] = "",
    max_age: Annotated[str, typer.Option("--max-age", metavar="24h")] = "",
    index_url: Annotated[str, typer.Option("-i", "--index-url", "--default-index", metavar="URL")] = "",
    extra_index_urls: Annotated[list[str] | None, typer.Option("--extra-index-url", metavar="URL")] = None,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the index again.")] = False,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text (default), json or markdown.")
    ] = "text",
) -> None:
    """Hand over to the run."""
    from pinkit.cli.upgrade_run import UpgradeOptions, run_upgrade

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
