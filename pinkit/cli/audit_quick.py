"""`pinkit audit ARGUMENTS` read without Typer, whose import costs more than matching 500 pins.

As in `quick`: only what is beyond doubt is read here, all else is left to Typer, which stays the one definition of
the command line; a test holds the table equal to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.cli.quick import read_plainly

if TYPE_CHECKING:
    from pinkit.cli.quick import Table

AUDIT: Table = {
    "--db": ("db", "value"),
    "--live": ("live", "yes"),
    "--osv-url": ("osv_url", "value"),
    "--max-age": ("max_age", "value"),
    "--as-of": ("as_of", "value"),
    "--fail-on": ("fail_on", "value"),
    "--unknown-severity": ("unknown_severity", "value"),
    "--ignore": ("ignore", "list"),
    "--vex": ("vex", "list"),
    "--baseline": ("baseline", "value"),
    "--since-last": ("since_last", "yes"),
    "--environment": ("environment", "value"),
    "--index": ("index", "yes"),
    "--no-index": ("index", "no"),
    "--format": ("format", "value"),
    "-o": ("output", "value"),
    "--output": ("output", "value"),
}
"""Option -> (field of `AuditOptions`, how it takes its value)."""


def read_audit(arguments: list[str]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """(global parameters, fields of `AuditOptions`) as Typer would give them; None where Typer has to look."""
    found = read_plainly("audit", AUDIT, arguments)
    if found is None:
        return None
    own, said, locks = found
    lists = {name: tuple(value) for name, value in said.items() if isinstance(value, list)}
    return own, {**said, **lists, "locks": tuple(locks)}
