"""What the global options said; every command receives it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.cli.console import Console


class Settings:
    """What the global options said; every command receives it as `ctx.obj`."""

    __slots__ = ("cache_dir", "config", "console", "offline")

    def __init__(self, *, config: str, cache_dir: str, offline: bool, console: Console) -> None:
        self.config, self.cache_dir, self.offline, self.console = config, cache_dir, offline, console
