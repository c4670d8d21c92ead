"""`pinkit audit ARGUMENTS` read without Typer, whose import costs more than matching 500 pins.

As in `quick`: only what is beyond doubt is read here, all else is left to Typer, which stays the one definition of
the command line; a test holds the table equal to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.cli.quick import GLOBAL, defaults

if TYPE_CHECKING:
    from collections.abc import Iterator

AUDIT: dict[str, tuple[str, str]] = {
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
    own: dict[str, Any] = defaults(GLOBAL)
    said: dict[str, Any] = {}
    locks: list[str] = []
    before = True
    waiting = iter(arguments)
    for argument in waiting:
        if before and argument == "audit":
            before = False
        elif argument.startswith("-"):
            if not _option(argument, waiting, own, said, before=before):
                return None
        elif before:
            return None
        else:
            locks.append(argument)
    return None if before else (own, {**said, "locks": tuple(locks)})


def _option(
    argument: str, waiting: Iterator[str], own: dict[str, Any], said: dict[str, Any], *, before: bool
) -> bool:
    """Take one option in its plain spelling; false for any other."""
    name, equals, value = argument.partition("=")
    table, into = (GLOBAL, own) if name in GLOBAL else (AUDIT, said)
    if name not in table or (before and table is AUDIT):
        return False
    field, kind = table[name]
    if kind in ("yes", "no", "count"):
        into[field] = into.get(field, 0) + 1 if kind == "count" else kind == "yes"
        return not equals
    value = value if equals else next(waiting, "")
    if not value or value.startswith("-"):
        return False
    into[field] = (*into.get(field, ()), value) if kind == "list" else value
    return True
