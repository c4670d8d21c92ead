"""poetry.lock to a lock, so that a project that changes over keeps its versions."""

from __future__ import annotations

from pinkit.errors import UsageError
from pinkit.formats.pep508 import normalized_name
from pinkit.formats.toml_text import Table, parsed_toml, wrong_type
from pinkit.model.lock import ArchiveSource, DirectorySource, Lock, Pin, Source, VcsSource


def read_poetry_lock(content: bytes, file: str) -> Lock:
    """The pins of a poetry.lock in file order; hashes come with filenames but without URLs there.

    Markers are those of newer formats (poetry 2); older ones have none. Raises UsageError for another file.
    """
    document = parsed_toml(content, file)
    packages = document.get("package", [])
    metadata = document.get("metadata", {})
    if not isinstance(packages, list) or not isinstance(metadata, dict) or "lock-version" not in metadata:
        raise wrong_type(file, "metadata.lock-version and package", "those of a poetry.lock")
    outside = metadata.get("files", {})
    try:
        pins = tuple(_pin(entry, outside) for entry in packages)
    except (AttributeError, KeyError, TypeError) as problem:
        raise UsageError(
            f"{file}: not a poetry.lock that can be read", f"{type(problem).__name__}: {problem}"
        ) from None
    return Lock(pins=pins, requires_python=_python(str(metadata.get("python-versions", ""))))


def _pin(entry: Table, outside: Table) -> Pin:
    # Before lock-version 2.0 the files of all packages stood in one table.
    files = entry.get("files") or outside.get(entry["name"], [])
    markers = entry.get("markers", "")
    return Pin(
        name=normalized_name(entry["name"]),
        version=str(entry["version"]),
        marker=markers if isinstance(markers, str) else "",
        hashes=tuple(sorted(str(item["hash"]) for item in files)),
        source=_source(entry.get("source", {})),
    )


def _source(source: Table) -> Source | None:
    match source.get("type", ""):
        case "git":
            return VcsSource(
                kind="git",
                url=source["url"],
                commit=source["resolved_reference"],
                requested_revision=source.get("reference", ""),
                subdirectory=source.get("subdirectory", ""),
            )
        case "url":
            return ArchiveSource(url=source["url"])
        case "file":
            return ArchiveSource(path=source["url"])
        case "directory":
            return DirectorySource(path=source["url"])
        case _:
            return None


def _python(text: str) -> str:
    """Poetry's bound as a specifier where it is one ("^3.9" and "*" are poetry's own)."""
    from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier

    if text.startswith("^"):
        text = f">={text[1:]}"
    try:
        return canonical_specifier(text)
    except InvalidRequirement:
        return ""
