"""`pinkit build`: a wheel and an sdist of one's own project that anyone can build again, proved on the spot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinkit.cli.typer_app import command_app
from pinkit.errors import ExitCode

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings

app = command_app()

HELP = """Build a wheel and an sdist whose bytes follow from the commit alone.

SOURCE_DATE_EPOCH is the time of the commit; path, umask, modes, times and environment are fixed; sdists of
setuptools and pdm are written again without clock and owner. Then both are built again under varied conditions, and
the wheel from the sdist.

Examples:

  pinkit build

  pinkit build path/to/project --out dist --no-verify

Exit codes: 0 built; 1 a build differs, and nothing is written; 4 a build failed.
"""


@app.command(help=HELP)
def build(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PATH", help="The project's directory.")] = ".",
    out: Annotated[str, typer.Option("--out", "-o", metavar="DIR", help="Where to write (PATH/dist).")] = "",
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", metavar="wheel|sdist", help="Only this kind.")
    ] = None,
    python: Annotated[str, typer.Option("--python", metavar="PATH", help="Build with this Python.")] = "",
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Build again and compare.")] = True,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Build nothing where nothing isolates.")
    ] = False,
    output_format: Annotated[str, typer.Option("--format", metavar="text|json")] = "text",
) -> int:
    """Build, prove, write, tell."""
    from pinkit.cli.build_release import release
    from pinkit.errors import UsageError

    options: Settings = ctx.obj
    if output_format not in ("text", "json"):
        raise UsageError(f"--format {output_format}: no such format", hint="say text or json")
    done = release(
        options, project, kinds=kinds or (), python=python, verify=verify, require_sandbox=require_sandbox
    )
    if done.code == ExitCode.YES:
        done.write(out or f"{project.rstrip('/')}/dist")
    options.console.answer(done.json() if output_format == "json" else done.text())
    return int(done.code)
