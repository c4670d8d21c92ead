"""The options of `pinkit audit`, one annotated type each."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.audit_run import FORMATS

Locks = Annotated[
    list[str] | None,
    typer.Argument(metavar="LOCK", help="Locks or requirements.txt; none: every lock of the project."),
]
AsOf = Annotated[str, typer.Option(metavar="DATE", help="Judge as on this day (ISO date).")]
FailOn = Annotated[
    str, typer.Option(metavar="LEVEL", help="Lowest failing severity: low, medium, high, critical, any.")
]
UnknownSeverity = Annotated[
    str, typer.Option(metavar="fail|pass", help="What advisories without a severity do (default: fail).")
]
Ignored = Annotated[
    list[str] | None, typer.Option("--ignore", metavar="ID", help="Ignore this id or alias in this run.")
]
Vex = Annotated[
    list[str] | None, typer.Option(metavar="FILE", help="OpenVEX statements that say what does not apply.")
]
Baseline = Annotated[
    str, typer.Option(metavar="REF|LOCK", help="Fail by findings alone that this side does not have.")
]
SinceLast = Annotated[bool, typer.Option("--since-last", help="Fail by what the last such run did not tell.")]
Environment = Annotated[
    str, typer.Option(metavar="PYTHON|VENV", help="Audit what is installed for this interpreter.")
]
Index = Annotated[
    bool | None,
    typer.Option("--index/--no-index", help="Ask the index: yanked, archived, quarantined, hashes gone."),
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help=", ".join(FORMATS))]
Output = Annotated[str, typer.Option("-o", "--output", metavar="FILE", help="Write the report here.")]
