"""Which locks a project has, and the index that knows their releases."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.cli.workplace import Workplace
from pinkit.errors import UsageError
from pinkit.workflows.discovery import USUAL_LOCKS, configuration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinkit.cli.settings import Settings
    from pinkit.formats.audit_settings import AuditSettings
    from pinkit.model.audit import LockFile
    from pinkit.ports import Catalog


class Project:
    """The configuration as far as an audit asks: its locks and its `audit` table."""

    __slots__ = ("audit", "settings", "workplace")

    def __init__(self, config: str) -> None:
        self.workplace = Workplace(config)
        name = config.replace("\\", "/").rpartition("/")[2]
        self.settings = configuration(self.workplace.found, name)
        self.audit = self._audit(config)

    def locks(self) -> tuple[str, ...]:
        """The outputs of all configured locks, in the order written; else the usual files that are there.

        UsageError when there is none.
        """
        outputs = tuple(self.workplace.path(lock.output) for lock in self.settings.locks)
        outputs = outputs or tuple(p for p in map(self.workplace.path, USUAL_LOCKS) if Path(p).is_file())
        if not outputs:
            raise UsageError(
                "there is no lock here",
                why=f"no lock is configured, and there is no {' or '.join(USUAL_LOCKS)}",
                hint="name one, as path/to/requirements.txt",
            )
        return outputs

    def _audit(self, config: str) -> AuditSettings | None:
        table = self.settings.table("audit")
        if not table:
            return None
        from pinkit.formats.audit_settings import audit_settings

        shown = config or self.settings.file
        return audit_settings(
            table, self.workplace.read(self.settings.file).decode("utf-8", "replace"), shown
        )


@contextmanager
def index_catalog(settings: Settings, project: Project, files: Sequence[LockFile]) -> Iterator[Catalog]:
    """The indexes that know the releases: those that the locks name, else the configured ones."""
    from pinkit.cli.wiring import Wiring
    from pinkit.formats.requirements_txt import InputOptions

    named = list(dict.fromkeys(url for file in files for url in file.lock.index_urls))
    options = InputOptions(index_url=named[0], extra_index_urls=tuple(named[1:])) if named else InputOptions()
    wiring = Wiring(settings, project.workplace)
    try:
        yield wiring.catalog(project.settings.defaults, options)
    finally:
        wiring.close()
