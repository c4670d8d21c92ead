"""`pinkit export`: a lock in another format."""

from __future__ import annotations

import os
from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from pinkit.cli.typer_app import command_app
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings
    from pinkit.model.lock import Lock

FORMATS = ("requirements", "pylock", "cyclonedx", "spdx")

app = command_app()

HELP = """Write a lock as requirements.txt, pylock.toml (PEP 751), CycloneDX 1.6 or SPDX 2.3.

The same lock gives the same bytes: times come from the lock, or from SOURCE_DATE_EPOCH where it is set.

Examples:

  pinkit export requirements.txt --to cyclonedx -o sbom.json

  pinkit export pylock.toml --to requirements

  pinkit export requirements.txt --to pylock -o pylock.toml
"""


@app.command(help=HELP)
def export(
    ctx: typer.Context,
    lock: Annotated[str, typer.Argument(metavar="LOCK", help="A requirements.txt or pylock.toml.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help=", ".join(FORMATS))],
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Write here, not to stdout.")
    ] = "",
) -> None:
    """Read, turn, write."""
    from pinkit.adapters.files import read_bytes, write_atomically
    from pinkit.cli.workplace import Workplace
    from pinkit.workflows.export import read_lock
    from pinkit.workflows.lock_names import require_names, with_names

    if to not in FORMATS:
        raise UsageError(f"--to {to}: no such format", hint=f"one of {', '.join(FORMATS)}")
    name = os.path.basename(lock)
    read = with_names(read_lock(read_bytes(lock), lock), Workplace().found)
    if to != "requirements":
        require_names(read, lock)
    text = _exported(read, lock if not os.path.isabs(lock) else name, to, ctx.obj)
    if output:
        write_atomically(output, text.encode())
    else:
        ctx.obj.console.answer(text)


def _exported(lock: Lock, source: str, to: str, options: Settings) -> str:
    from pinkit.workflows.export import export_pylock, export_requirements, needs_index

    match to:
        case "requirements":
            return export_requirements(lock, source)
        case "pylock":
            from pinkit.cli.wiring import open_catalog

            with open_catalog(options) if needs_index(lock) else nullcontext() as catalog:
                return export_pylock(lock, source, catalog)
        case "cyclonedx":
            from pinkit.render.export_cyclonedx import export_cyclonedx

            return export_cyclonedx(lock, source, _created(lock))
        case _:
            from pinkit.render.export_spdx import export_spdx

            return export_spdx(lock, source, _created(lock))


def _created(lock: Lock) -> int:
    from pinkit.workflows.export import moment

    said = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not said:
        return moment(lock)
    if not said.isdecimal() or len(said) > 11:
        raise UsageError(f"SOURCE_DATE_EPOCH={said}: not seconds since the epoch")
    return int(said)
