"""References of requirement lines (URLs of version control, archives, folders) to a pin's source and back."""

from __future__ import annotations

import re
from typing import assert_never

from pinkit.formats.references import ARCHIVE_SUFFIXES, VCS_SCHEMES
from pinkit.formats.urls import printable_url
from pinkit.model.lock import ArchiveSource, DirectorySource, Pin, Source, VcsSource

_COMMIT = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_HASH_KEYS = ("sha256", "sha384", "sha512")


def source_of(url: str, *, editable: bool = False) -> Source:
    """The source that a reference's URL names (`model.Requirement.url`).

    A revision that is a full object id becomes `commit`, any other stays the requested revision. `file:` URLs
    become paths as written. Hashes in the fragment ("#sha256=…") are kept as the archive's.
    """
    bare, _, fragment = url.partition("#")
    keys = dict(part.partition("=")[::2] for part in fragment.split("&") if part)
    subdirectory = keys.get("subdirectory", "")
    vcs, plus, rest = bare.partition("+")
    if plus and vcs in VCS_SCHEMES:
        place, revision = _split_revision(rest)
        commit = revision if _COMMIT.fullmatch(revision) else ""
        return VcsSource(
            kind=vcs,
            url=place,
            commit=commit,
            requested_revision="" if commit else revision,
            subdirectory=subdirectory,
        )
    path = _path(bare)
    if path and not path.lower().endswith(ARCHIVE_SUFFIXES):
        return DirectorySource(path=path, editable=editable, subdirectory=subdirectory)
    hashes = tuple(f"{key}:{keys[key]}" for key in _HASH_KEYS if key in keys)
    return ArchiveSource(url="" if path else bare, path=path, hashes=hashes, subdirectory=subdirectory)


def shown_name(pin: Pin) -> str:
    """What a report calls the pin: its project, or where it comes from when nobody has named one (`-e .`)."""
    match pin.source:
        case _ if pin.name:
            return pin.name
        case DirectorySource(path=path):
            return path
        case VcsSource(url=url) | ArchiveSource(url=url) if url:
            return printable_url(url)
        case ArchiveSource(path=path):
            return path
    return "?"


def source_line(pin: Pin, source: Source, extras: str) -> str:
    """The requirement text of a pin from `source`, without marker and hashes, as pip and uv install it.

    A folder or a local archive is written as its path alone, which is all that both understand.
    """
    match source:
        case VcsSource() as vcs:
            revision = vcs.commit or vcs.requested_revision
            url = f"{vcs.kind}+{vcs.url}{'@' if revision else ''}{revision}"
            return f"{pin.name}{extras} @ {_with_subdirectory(url, vcs.subdirectory)}"
        case DirectorySource() as directory:
            place = _with_subdirectory(_relative(directory.path), directory.subdirectory)
            return f"{'-e ' if directory.editable else ''}{place}{extras}"
        case ArchiveSource() as archive:
            if archive.url:
                return f"{pin.name}{extras} @ {_with_subdirectory(archive.url, archive.subdirectory)}"
            return f"{_with_subdirectory(_relative(archive.path), archive.subdirectory)}{extras}"
        case _ as never:
            assert_never(never)


def _split_revision(rest: str) -> tuple[str, str]:
    # The "@" of a user ("git@host") stands before the path.
    at = rest.rfind("@")
    return (rest[:at], rest[at + 1 :]) if at > rest.find("/", rest.find("://") + 3) > 0 else (rest, "")


def _path(url: str) -> str:
    if not url.startswith("file:"):
        return ""
    from urllib.parse import unquote

    return unquote(url.removeprefix("file://").removeprefix("file:").removeprefix("localhost"))


def _relative(path: str) -> str:
    return path if path.startswith((".", "/")) else f"./{path}"


def _with_subdirectory(url: str, subdirectory: str) -> str:
    return f"{url}#subdirectory={subdirectory}" if subdirectory else url
