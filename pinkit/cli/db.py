"""`pinkit db`: the local copy of the OSV advisories."""

from __future__ import annotations

import json
import time
from typing import Annotated

import typer

from pinkit.cli.database import database_path, shown_age, sync_database
from pinkit.cli.typer_app import command_app
from pinkit.errors import UsageError

app = command_app(
    no_args_is_help=True,
    help="The local database of OSV advisories: sync, status, path.",
)


@app.command(
    epilog="Examples:  pinkit db sync  ·  pinkit db sync --from https://mirror.example/PyPI/"
    "  ·  pinkit db sync --from all.zip"
)
def sync(
    ctx: typer.Context,
    source: Annotated[
        str, typer.Option("--from", metavar="URL|ZIP|DIR", help="A mirror of the dump, a zip or a directory.")
    ] = "",
    full: Annotated[bool, typer.Option("--full", help="Fetch everything, whatever is there.")] = False,
) -> int:
    """Bring the database up to date; when that fails the old one stays."""
    done = sync_database(ctx.obj, database_path(), source, full=full)
    facts = done.facts
    moved = {
        "whole": f"{done.written} records read",
        "changes": f"{done.written} changed, {done.removed} removed",
        "current": "nothing changed",
    }[done.how]
    later = f", {done.later} not there yet, left for the next sync" if done.later else ""
    bad = f"; {facts.unreadable} unreadable, {facts.defective} read in part (see `pinkit db status`)"
    ctx.obj.console.answer(
        f"{facts.records} advisories, {moved}{later}{bad if facts.unreadable or facts.defective else ''}\n"
    )
    return 0


@app.command(epilog="Examples:  pinkit db status  ·  pinkit db status --format json")
def status(
    ctx: typer.Context,
    output_format: Annotated[str, typer.Option("--format", metavar="text|json")] = "text",
) -> int:
    """Say where the database comes from, how old it is, and what of it could not be read."""
    if output_format not in ("text", "json"):
        raise UsageError(f"--format {output_format}: unknown", hint="text or json")
    from pinkit.adapters.osv_db import OsvDatabase
    from pinkit.render.audit_text import ATTRIBUTION

    database = OsvDatabase.open(database_path())
    facts = database.facts()
    age_s = int(time.time()) - facts.synced_at if facts.synced_at is not None else None
    if output_format == "json":
        content = {
            "version": 1,
            "source": facts.source,
            "records": facts.records,
            "newest": facts.newest,
            "digest": facts.digest,
            "age_s": age_s,
            "unreadable": [
                {"id": q.id, "why": q.why, "names": list(q.names)} for q in database.quarantined()
            ],
            "partly_unreadable": [{"id": name, "what": what} for name, what in database.defects()],
        }
        ctx.obj.console.answer(json.dumps(content, indent=2) + "\n")
        return 0
    from pinkit.cli.console import printable

    lines = [
        f"source   {facts.source}",
        f"age      {'unknown' if age_s is None else shown_age(age_s)}",
        f"records  {facts.records}, the newest of {facts.newest or 'unknown'}",
        f"digest   {facts.digest}",
        *(
            f"unreadable: {q.id}: {q.why} (names {', '.join(q.names) or 'nothing'})"
            for q in database.quarantined()
        ),
        *(f"read in part: {name}: {what}" for name, what in database.defects()),
        ATTRIBUTION,
    ]
    ctx.obj.console.answer(printable("\n".join(lines)) + "\n")
    return 0


@app.command(epilog='Example:  pinkit audit --db "$(pinkit db path)"')
def path(ctx: typer.Context) -> int:
    """Print where the database is kept (PINKIT_DATA_DIR moves it)."""
    ctx.obj.console.answer(f"{database_path()}\n")
    return 0
