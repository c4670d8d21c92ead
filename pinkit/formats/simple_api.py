"""Project pages of an index in JSON (PEP 691, 700, 714, 740, 792), decoded into typed files."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from pinkit.formats.pep508 import normalized_name
from pinkit.formats.simple_types import InvalidPage

STATUSES = frozenset({"active", "archived", "quarantined", "deprecated"})


class File(msgspec.Struct, gc=False, rename="kebab"):
    """One file of a page as the index wrote it; nothing is checked or joined yet.

    `url` may be relative to the page. `core_metadata`/`dist_info_metadata`/`data_dist_info_metadata` are
    three spellings of one claim (PEP 714).
    """

    filename: str
    url: str
    hashes: dict[str, str] = {}
    requires_python: str | None = None
    size: int | None = None
    upload_time: str | None = None
    yanked: bool | str | None = False
    core_metadata: bool | dict[str, str] | None = None
    dist_info_metadata: bool | dict[str, str] | None = None
    data_dist_info_metadata: bool | dict[str, str] | None = msgspec.field(
        name="data-dist-info-metadata", default=None
    )
    provenance: str | None = None


class Page(NamedTuple):
    """A project page: its files in the index's order, and the project's status (PEP 792)."""

    files: list[File]
    status: str = "active"


class _Meta(msgspec.Struct, gc=False, rename="kebab"):
    api_version: str = "1.0"


class _Status(msgspec.Struct, gc=False):
    status: str = "active"


class _Document(msgspec.Struct, gc=False, rename="kebab"):
    name: str
    files: list[File]
    meta: _Meta = msgspec.field(default_factory=_Meta)
    project_status: _Status | str | None = None


_DECODER = msgspec.json.Decoder(_Document)


def parse_json(body: bytes, name: str) -> Page:
    """The page of the normalised `name` (PEP 691). InvalidPage where it is malformed or another project's."""
    try:
        document = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidPage(f"malformed JSON: {error}") from error
    major = document.meta.api_version.partition(".")[0]
    if major != "1":
        raise InvalidPage(f"version {document.meta.api_version} of the index API is not supported")
    if normalized_name(document.name) != name:
        raise InvalidPage(f"the page is that of {document.name!r}")
    status = document.project_status
    text = status.status if isinstance(status, _Status) else status or "active"
    return Page(document.files, text if text in STATUSES else "active")


def upload_seconds(text: str | None) -> int | None:
    """Seconds since the epoch of an upload time (PEP 700), rounded down; None where it is absent or no time."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def sidecar(file: File) -> str | None:
    """The claim about the metadata file beside `file`: None without one, "" unhashed, "sha256:hex" (PEP 714)."""
    claim = file.core_metadata
    if claim is None:
        claim = (
            file.dist_info_metadata if file.dist_info_metadata is not None else file.data_dist_info_metadata
        )
    if isinstance(claim, dict):
        digest = claim.get("sha256")
        return f"sha256:{digest.lower()}" if digest else ""
    return "" if claim else None
