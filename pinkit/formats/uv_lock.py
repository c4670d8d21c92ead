"""uv.lock to a lock: its pins with their files, so that a project that changes over keeps its versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from pinkit.errors import UsageError
from pinkit.formats.cutoff import parse_cutoff
from pinkit.formats.markers import InvalidMarker, canonical_marker
from pinkit.formats.pep508 import normalized_name
from pinkit.formats.toml_text import Table, parsed_toml, wrong_type
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, Edge, Lock, Pin, Source, VcsSource

if TYPE_CHECKING:
    from collections.abc import Iterable

_OWN = frozenset({"virtual", "editable", "directory"})


def read_uv_lock(content: bytes, file: str) -> Lock:
    """The pins of a uv.lock in file order; the project itself and its workspace members are left out.

    A pin that holds only for some of the lock's forks has their markers. Raises UsageError for another file.
    """
    document = parsed_toml(content, file)
    packages = document.get("package", [])
    if not isinstance(packages, list) or "version" not in document:
        raise wrong_type(file, "version and package", "those of a uv.lock")
    try:
        pins = tuple(_pin(entry) for entry in packages if not _OWN & set(entry.get("source", {})))
        requires_python = str(document.get("requires-python", ""))
        cutoff = document.get("options", {}).get("exclude-newer")
        return Lock(
            pins=pins,
            requires_python=requires_python,
            cutoff=parse_cutoff(str(cutoff), now=0) if cutoff else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        raise UsageError(
            f"{file}: not a uv.lock that can be read", f"{type(problem).__name__}: {problem}"
        ) from None


def _pin(entry: Table) -> Pin:
    source = entry.get("source", {})
    files = [*([entry["sdist"]] if "sdist" in entry else []), *entry.get("wheels", [])]
    distributions = tuple(_distribution(item) for item in files)
    return Pin(
        name=normalized_name(entry["name"]),
        version=str(entry.get("version", "")),
        marker=_either(entry.get("resolution-markers", ())),
        hashes=tuple(dict.fromkeys(value for item in distributions for value in item.hashes)),
        source=_source(source, distributions),
        index=str(source.get("registry", "")),
        distributions=distributions if "registry" in source else (),
        dependencies=tuple(_edge(item) for item in entry.get("dependencies", ())),
    )


def _edge(entry: Table) -> Edge:
    return Edge(
        name=normalized_name(entry["name"]),
        version=str(entry.get("version", "")),
        extras=tuple(sorted(normalized_name(extra) for extra in entry.get("extra", ()))),
        marker=str(entry.get("marker", "")),
    )


def _distribution(entry: Table) -> Distribution:
    place = str(entry.get("url") or entry.get("path") or "")
    uploaded = entry.get("upload-time")
    digest = entry.get("hash")
    return Distribution(
        filename=unquote(urlsplit(place).path.rsplit("/", 1)[-1])
        if place
        else str(entry.get("filename", "")),
        url=place,
        hashes=(str(digest),) if digest else (),
        size=entry.get("size"),
        upload_time=_seconds(uploaded) if uploaded else None,
    )


def _source(source: Table, distributions: tuple[Distribution, ...]) -> Source | None:
    match source:
        case {"git": str(url)}:
            place, _, commit = url.partition("#")
            bare, _, query = place.partition("?")
            keys = dict(part.partition("=")[::2] for part in query.split("&") if part)
            wanted = keys.get("rev") or keys.get("tag") or keys.get("branch") or ""
            return VcsSource(
                kind="git",
                url=bare,
                commit=commit,
                requested_revision=unquote(wanted),
                subdirectory=unquote(keys.get("subdirectory", "")),
            )
        case {"url": str(url)}:
            hashes = distributions[0].hashes if distributions else ()
            return ArchiveSource(url=url, hashes=hashes, subdirectory=str(source.get("subdirectory", "")))
        case {"path": str(path)}:
            return ArchiveSource(path=path, hashes=distributions[0].hashes if distributions else ())
        case _:
            return None


def _either(markers: Iterable[Any]) -> str:
    """One marker that holds where any of the given does; "" for none."""
    texts = [str(marker) for marker in markers]
    if len(texts) < 2:
        return texts[0] if texts else ""
    try:
        return canonical_marker(" or ".join(f"({text})" for text in texts))
    except InvalidMarker as problem:
        raise ValueError(problem.reason) from None


def _seconds(moment: Any) -> int:
    from datetime import UTC, datetime

    when = moment if isinstance(moment, datetime) else datetime.fromisoformat(str(moment))
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
