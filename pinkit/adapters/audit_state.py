"""What the last scheduled audit of a project told, so that a daily job speaks once; kept beside the database."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pinkit.adapters.files import write_atomically
from pinkit.audit.compare import key
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.audit import AuditReport

_VERSION = 1


class AuditState:
    """The state of one project (its directory) and one set of locks in `folder`."""

    def __init__(self, folder: Path, project: Path, locks: tuple[str, ...]) -> None:
        identity = "\0".join((str(project.resolve()), *sorted(locks)))
        name = hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:24]
        self._path = folder / "audit-state" / f"{name}.json"

    def told(self) -> frozenset[str]:
        """The keys of the findings that the last run told; empty at first, and when the state is unreadable."""
        try:
            content = json.loads(self._path.read_bytes())
        except (OSError, ValueError):
            return frozenset()
        known = (
            content.get("told") if isinstance(content, dict) and content.get("version") == _VERSION else None
        )
        return (
            frozenset(text for text in known if isinstance(text, str))
            if isinstance(known, list)
            else frozenset()
        )

    def remember(self, report: AuditReport) -> None:
        """Keep what this run told. A finding that went away and comes back is new again.

        UsageError where that cannot be written.
        """
        told = sorted({key(finding) for finding in report.findings})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"{self._path.parent}: cannot be written",
                why=f"--since-last keeps its state there: {error.strerror}",
            ) from error
        content = json.dumps({"version": _VERSION, "told": told}, indent=1) + "\n"
        write_atomically(self._path, content.encode("utf-8", "replace"))
