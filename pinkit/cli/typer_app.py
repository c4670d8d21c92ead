"""What the Typer apps of all commands have in common."""

from __future__ import annotations

from typing import Any

import typer


def command_app(**more: Any) -> typer.Typer:
    """An app for one command or a group: plain help, errors left to `cli.app`, completion to `pinkit` itself."""
    return typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, **more)
