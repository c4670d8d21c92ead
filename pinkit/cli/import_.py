"""`pinkit import`: what other tools lock, as pinkit's configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from pinkit.cli.typer_app import command_app
from pinkit.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from pinkit.cli.console import Console
    from pinkit.workflows.import_ import Imported

app = command_app()

HELP = """Find how a project makes its locks and write it as [[tool.pinkit.lock]] into its pyproject.toml.

Reads pre-commit hooks, headers of pip-compile and uv, [tool.uv], pip-compile-multi, uv.lock and poetry.lock, and
says what could not be carried over.

Examples:

  pinkit import

  pinkit import --dry-run

  pinkit import path/to/project --format json

Exit code 1 when there is nothing to import.
"""


@app.command("import", help=HELP)
def import_(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project's folder.")] = ".",
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Print what would be written, write nothing.")
    ] = False,
    form: Annotated[str, typer.Option("--format", metavar="text|json", help="How to tell it.")] = "text",
) -> None:
    """Find, write, and say what was found."""
    from pinkit.adapters.files import read_bytes, write_atomically
    from pinkit.adapters.import_files import project_files
    from pinkit.workflows.import_ import PYPROJECT, import_project

    if form not in ("text", "json"):
        raise UsageError(f"--format {form}: no such rendering", hint="text or json")
    if not os.path.isdir(path):
        raise UsageError(f"{path}: no such folder")
    found = import_project(project_files(path), lambda name: read_bytes(os.path.join(path, name)))
    if not dry_run and found.locks:
        for name, text in (*found.files, (PYPROJECT, found.text)):
            write_atomically(os.path.join(path, name), text.encode())
    console: Console = ctx.obj.console
    console.answer((_json(found) if form == "json" else _text(found, dry_run=dry_run)) + "\n")
    for place, note in found.notes:
        console.warn(f"{place}: {note}")
    if not found.locks and not found.kept:
        raise typer.Exit(ExitCode.NO)


def _text(found: Imported, *, dry_run: bool) -> str:
    if not found.locks:
        kept = f"; configured already: {', '.join(found.kept)}" if found.kept else ""
        return f"nothing to import{kept}"
    from pinkit.cli.console import printable

    lines = [f"{lock.settings.output}  from {lock.source}" for lock in found.locks]
    outputs = {lock.settings.output for lock in found.locks}
    lines += [
        f"{name}  {'pins to start from' if name in outputs else 'to lock from'}" for name, _ in found.files
    ]
    verb = "would be" if dry_run else "is" if len(found.locks) == 1 else "are"
    lines.append(
        f"{_locks(len(found.locks))} {verb} configured in pyproject.toml; next: `pinkit lock --check`"
    )
    if dry_run:
        lines += ["", found.text.rstrip("\n")]
    return "\n".join(printable(line) for line in "\n".join(lines).split("\n"))


def _locks(count: int) -> str:
    return "1 lock" if count == 1 else f"{count} locks"


def _json(found: Imported) -> str:
    import json

    report = {
        "version": 1,
        "locks": [
            {
                "output": lock.settings.output,
                "inputs": list(lock.settings.inputs),
                "constraints": list(lock.settings.constraints),
                "source": lock.source,
            }
            for lock in found.locks
        ],
        "files": [name for name, _ in found.files],
        "kept": list(found.kept),
        "notes": [{"place": place, "note": note} for place, note in found.notes],
    }
    return json.dumps(report, indent=2)
