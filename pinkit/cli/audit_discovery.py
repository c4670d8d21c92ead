"""Which locks a project has, and the index that knows their releases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.cli.workplace import Workplace
from pinkit.errors import UsageError
from pinkit.workflows.discovery import configuration

if TYPE_CHECKING:
    from pinkit.cli.app import Settings
    from pinkit.formats.audit_settings import AuditSettings
    from pinkit.ports import Catalog

_USUAL = ("requirements.txt", "pylock.toml")


class Project:
    """The configuration as far as an audit asks: its locks and its `audit` table."""

    __slots__ = ("_settings", "_workplace", "audit")

    def __init__(self, config: str) -> None:
        self._workplace = Workplace(config)
        name = config.replace("\\", "/").rpartition("/")[2]
        self._settings = configuration(self._workplace.found, name)
        self.audit = self._audit(config)

    def locks(self) -> tuple[str, ...]:
        """The outputs of all configured locks, in the order written; else the usual files that are there.

        UsageError when there is nothing to audit.
        """
        outputs = tuple(self._workplace.path(lock.output) for lock in self._settings.locks)
        outputs = outputs or tuple(path for path in map(self._workplace.path, _USUAL) if Path(path).is_file())
        if not outputs:
            raise UsageError(
                "no lock to audit",
                why=f"no lock is configured, and there is no {' or '.join(_USUAL)} here",
                hint="name one: `pinkit audit path/to/requirements.txt`",
            )
        return outputs

    def _audit(self, config: str) -> AuditSettings | None:
        table = self._settings.table("audit")
        if not table:
            return None
        from pinkit.formats.audit_settings import audit_settings

        shown = config or self._settings.file
        return audit_settings(
            table, self._workplace.read(self._settings.file).decode("utf-8", "replace"), shown
        )


def index_catalog(settings: Settings) -> Catalog:
    """The configured indexes as a Catalog."""
    from pinkit.cli.wiring import open_catalog  # type: ignore[import-not-found]

    return open_catalog(settings)  # type: ignore[no-any-return]
