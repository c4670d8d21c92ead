"""What an sdist says of its dependencies without running anything: PKG-INFO (PEP 643) or pyproject.toml (PEP 621)."""

from __future__ import annotations

import io
import lzma
import tarfile
import tomllib
import zipfile
import zlib
from typing import IO, TYPE_CHECKING

from pinkit.errors import IntegrityError
from pinkit.formats.core_metadata import (
    MAX_BYTES,
    CoreMetadata,
    InvalidMetadata,
    has_static_dependencies,
    header_fields,
    parse_metadata,
)
from pinkit.formats.filenames import FilenameReader, project_name
from pinkit.formats.markers import canonical_marker
from pinkit.formats.pep508 import InvalidRequirement, normalized_name, parse_dependency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinkit.model.requirement import Dependency

MAX_MEMBERS = 200_000
MAX_UNPACKED_BYTES = 2 << 30
_WANTED = ("PKG-INFO", "pyproject.toml")


def static_metadata(stream: IO[bytes], filename: str, name: str, version: str) -> CoreMetadata | None:
    """The dependencies as the sdist states them once and for all; None where a build would have to tell.

    `stream` is seekable. IntegrityError for a path that leaves the archive; InvalidMetadata for a broken,
    huge or malformed one.
    """
    texts = top_level_texts(stream, filename)
    if "PKG-INFO" in texts:
        found = parse_metadata(texts["PKG-INFO"], name, version)
        if has_static_dependencies(found):
            return found
    if "pyproject.toml" in texts:
        return _from_pyproject(texts["pyproject.toml"], name, version)
    return None


def told_release(stream: IO[bytes], filename: str) -> tuple[str, str] | None:
    """(name, version) as the sdist's PKG-INFO spells them, without one as its filename does; None where neither says.

    Raises as `static_metadata` does.
    """
    fields = header_fields(top_level_texts(stream, filename).get("PKG-INFO", b""))
    told = (*fields.get("name", ())[:1], *fields.get("version", ())[:1])
    if len(told) == 2 and all(told):
        return told[0], told[1]
    name = project_name(filename)
    parsed = FilenameReader(name).parse(filename) if name else None
    return (name, parsed[0]) if name and parsed else None


def top_level_texts(stream: IO[bytes], filename: str) -> dict[str, bytes]:
    """PKG-INFO and pyproject.toml of an sdist, as far as they are there. Raises as `static_metadata` does."""
    texts: dict[str, bytes] = {}
    try:
        for path, content in _members(stream, filename):
            parts = path.split("/")
            if path.startswith(("/", "\\")) or ".." in parts or "\0" in path or path[1:2] == ":":
                raise IntegrityError(
                    f"{filename} has a path that leaves the archive: {path!r}",
                    hint="do not use this file; tell who runs the index",
                )
            if content is not None and len(parts) == 2 and parts[1] in _WANTED:
                texts.setdefault(parts[1], content)
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise InvalidMetadata(f"{filename} is no readable archive", why=_clean(str(error))) from error
    return texts


def _members(stream: IO[bytes], filename: str) -> Iterator[tuple[str, bytes | None]]:
    if filename.endswith(".zip"):
        yield from _zip_members(stream)
        return
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        unpacked = 0
        for count, member in enumerate(archive, 1):
            unpacked += member.size
            if count > MAX_MEMBERS or unpacked > MAX_UNPACKED_BYTES:
                raise ValueError("it unpacks to too much")
            path = member.name.removeprefix("./")
            wanted = member.isreg() and path.count("/") == 1 and path.rpartition("/")[2] in _WANTED
            content = archive.extractfile(member) if wanted else None
            yield path, _limited(content) if content is not None else None


def _zip_members(stream: IO[bytes]) -> Iterator[tuple[str, bytes | None]]:
    with zipfile.ZipFile(stream) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_MEMBERS:
            raise ValueError("it unpacks to too much")
        for entry in entries:
            wanted = entry.filename.count("/") == 1 and entry.filename.rpartition("/")[2] in _WANTED
            if wanted:
                with archive.open(entry) as content:
                    yield entry.filename, _limited(content)
            else:
                yield entry.filename, None


def _limited(content: IO[bytes]) -> bytes:
    text = content.read(MAX_BYTES + 1)
    if len(text) > MAX_BYTES:
        raise ValueError(f"a metadata file is larger than {MAX_BYTES >> 20} MiB")
    return text


def _from_pyproject(content: bytes, name: str, version: str) -> CoreMetadata | None:
    """PEP 621: what is neither in `dynamic` nor written is empty, and the backend may not add to it."""
    try:
        document = tomllib.load(io.BytesIO(content))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return None
    project = document.get("project")
    if not isinstance(project, dict) or not isinstance(project.get("name"), str):
        return None
    dynamic = project.get("dynamic", [])
    if not isinstance(dynamic, list) or {"dependencies", "optional-dependencies", "requires-python"} & set(
        map(str, dynamic)
    ):
        return None
    if normalized_name(project["name"]) != name:
        return None
    try:
        dependencies, extras = _project_dependencies(project)
    except (InvalidRequirement, TypeError) as error:
        raise InvalidMetadata(
            f"the pyproject.toml of {name} {version} cannot be used", why=_clean(str(error))
        ) from error
    requires_python = str(project.get("requires-python", ""))
    return CoreMetadata(name, version, "", requires_python, dependencies, extras, frozenset())


def _project_dependencies(project: dict[str, object]) -> tuple[tuple[Dependency, ...], tuple[str, ...]]:
    found = [parse_dependency(line) for line in _lines(project.get("dependencies", []))]
    optional = project.get("optional-dependencies", {})
    if not isinstance(optional, dict):
        raise TypeError("optional-dependencies is no table")
    for extra, lines in optional.items():
        clause = f'extra == "{normalized_name(extra)}"'
        for line in _lines(lines):
            name, extras, specifier, marker = parse_dependency(line)
            both = canonical_marker(f"({marker}) and {clause}") if marker else clause
            found.append((name, extras, specifier, both))
    return tuple(found), tuple(normalized_name(extra) for extra in optional)


def _lines(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(line, str) for line in value):
        raise TypeError("its dependencies are no list of texts")
    return value


def _clean(text: str) -> str:
    return "".join(char if char.isprintable() else "�" for char in text)
