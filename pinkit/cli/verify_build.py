"""`pinkit verify build`: is a build of one's own project decided by its sources alone?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings
    from pinkit.model.variation import BuildReport

FORMATS = ("text", "json", "sarif", "github", "junit", "markdown")

EPILOG = "Examples:  pinkit verify build  ·  pinkit verify build path/to/project --kind wheel --format json"


def build(
    ctx: typer.Context,
    project: Annotated[str, typer.Argument(metavar="PATH", help="The project's directory.")] = ".",
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", metavar="wheel|sdist", help="Only this kind.")
    ] = None,
    python: Annotated[str, typer.Option("--python", metavar="PATH", help="Build with this Python.")] = "",
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=0, help="Builds at once (0: one a processor).")
    ] = 0,
    require_sandbox: Annotated[
        bool, typer.Option("--require-sandbox", help="Build nothing where nothing isolates.")
    ] = False,
    allow_inconclusive: Annotated[
        bool, typer.Option("--allow-inconclusive", help="A build that fails is no failure.")
    ] = False,
    output_format: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))
    ] = "text",
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Write the report here.")
    ] = "",
) -> int:
    """Build your project twice alike, then with everything varied; name what changes it, and the fix.

    Wheel and sdist, with SOURCE_DATE_EPOCH set (these decide) and unset. 0: every build agreed; 1: something
    changes them; 4: a build failed.
    """
    from pinkit.adapters.files import write_atomically
    from pinkit.cli.build_run import checked, exit_code, own_builds, wanted_kinds
    from pinkit.errors import UsageError

    options: Settings = ctx.obj
    if output_format not in FORMATS:
        raise UsageError(f"--format {output_format}: no such format", hint=f"one of {', '.join(FORMATS)}")
    wanted = wanted_kinds(kinds or ())
    with own_builds(options, project, python, released=False, require_sandbox=require_sandbox) as builds:
        report, _ = checked(options, builds, kinds=wanted, epochs=(builds.epoch, None), jobs=jobs)
    text = _rendered(report, output_format, options)
    if output:
        write_atomically(output, text.encode("utf-8", "replace"))
    else:
        options.console.answer(text)
    return exit_code(report, allow_inconclusive=allow_inconclusive)


def _rendered(report: BuildReport, form: str, options: Settings) -> str:
    from pinkit.cli.console import printable
    from pinkit.render.build_report import build_json, build_text

    if form == "text":
        return printable(build_text(report, verbose=options.console.verbosity > 0))
    if form == "json":
        return build_json(report)
    from pinkit.cli.verify_report import rendered
    from pinkit.rebuild.own_outcomes import verify_report

    return rendered(verify_report(report), form, options)
