"""Package URLs of pins (purl type "pypi")."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource

if TYPE_CHECKING:
    from pinkit.model.lock import Pin


def purl_of(pin: Pin) -> str:
    """The pin's package URL; version control and archives are named by their qualifier, local paths are not."""
    version = f"@{quote(pin.version, safe='.~!')}" if pin.version else ""
    return f"pkg:pypi/{quote(pin.name, safe='.')}{version}{_qualifier(pin)}"


def _qualifier(pin: Pin) -> str:
    match pin.source:
        case VcsSource() as vcs:
            return f"?vcs_url={quote(f'{vcs.kind}+{vcs.url}@{vcs.commit}', safe=':/')}"
        case ArchiveSource(url=url):
            return f"?download_url={quote(url, safe=':/')}" if url else ""
        case DirectorySource() | None:
            return ""
        case _ as never:
            assert_never(never)
