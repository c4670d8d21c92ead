"""What the source behind a direct reference says of itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.model.lock import Source
    from pinkit.model.requirement import Dependency


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMetadata:
    """A release by direct reference.

    `name` is normalised; `version` is what its metadata say. `dependencies` are as in `ports.Catalog`. `kind` is
    "sdist" for everything that has to be built, else a wheel's compressed tag set. `source` is how a lock records
    it: a commit for version control, digests for an archive. `repeatable` is false where a build backend was asked.
    """

    name: str
    version: str
    source: Source
    dependencies: tuple[Dependency, ...] = ()
    requires_python: str = ""
    kind: str = "sdist"
    repeatable: bool = True
