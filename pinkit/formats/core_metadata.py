"""METADATA and PKG-INFO (core metadata, PEP 566, 643): the few fields that a lock needs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pinkit.errors import Unavailable
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import InvalidRequirement, normalized_name, parse_dependency

if TYPE_CHECKING:
    from pinkit.model.requirement import Dependency

_HEAD_END = re.compile(rb"\n\r?\n")

MAX_BYTES = 8 * 1024 * 1024
"""More than any honest METADATA file has."""


class InvalidMetadata(Unavailable):
    """The metadata of a release cannot be used: malformed, or another release's. Others may still be fine."""


class CoreMetadata(NamedTuple):
    """What a file says of its release. `dynamic` holds lower-case field names; extras are normalised."""

    name: str
    version: str
    metadata_version: str
    requires_python: str
    dependencies: tuple[Dependency, ...]
    extras: tuple[str, ...]
    dynamic: frozenset[str]


def parse_metadata(content: bytes, name: str, version: str) -> CoreMetadata:
    """The metadata of `name` `version`, Requires-Dist in file order.

    InvalidMetadata where it is not of this release, has no name or version, or a requirement is malformed.
    """
    fields = header_fields(content)
    found_name, found_version = (fields.get(field, [""])[0] for field in ("name", "version"))
    if not found_name or not found_version:
        raise _invalid(name, version, "it has no Name or no Version")
    if normalized_name(found_name) != name or sort_key(found_version) != sort_key(version):
        raise _invalid(name, version, f"it is that of {found_name} {found_version}")
    return _read(fields, name, version)


def parse_own_metadata(content: bytes) -> CoreMetadata:
    """The metadata of whichever release it names. InvalidMetadata as in `parse_metadata`."""
    fields = header_fields(content)
    name, version = (fields.get(field, [""])[0] for field in ("name", "version"))
    if not name or not version:
        raise _invalid("the project", "", "it has no Name or no Version")
    return _read(fields, normalized_name(name), version)


def _read(fields: dict[str, list[str]], name: str, version: str) -> CoreMetadata:
    return CoreMetadata(
        name,
        version,
        fields.get("metadata-version", [""])[0],
        fields.get("requires-python", [""])[0],
        _dependencies(fields.get("requires-dist", []), name, version),
        tuple(dict.fromkeys(normalized_name(extra) for extra in fields.get("provides-extra", []))),
        frozenset(field.lower() for field in fields.get("dynamic", [])),
    )


def has_static_dependencies(metadata: CoreMetadata) -> bool:
    """Whether an sdist's PKG-INFO can be trusted for dependencies: version 2.2 or later, not Dynamic (PEP 643)."""
    number = sort_key(metadata.metadata_version)
    if number is None or number < (0, (2, 2)):
        return False
    return not metadata.dynamic & {"requires-dist", "provides-extra", "requires-python"}


def header_fields(content: bytes) -> dict[str, list[str]]:
    """Every field of a METADATA or PKG-INFO by its name in lower case, its values in file order, lines joined."""
    # Everything behind the first empty line is the description, most of the file.
    head = _HEAD_END.split(content, maxsplit=1)[0].decode("utf-8", "replace")
    head = head.replace("\r\n", "\n").removeprefix("\ufeff")
    fields: dict[str, list[str]] = {}
    for line in head.replace("\n ", "\x00").replace("\n\t", "\x00").split("\n"):
        key, colon, value = line.partition(":")
        if colon:
            fields.setdefault(key.strip().lower(), []).append(value.replace("\x00", " ").strip())
    return fields


def _dependencies(lines: list[str], name: str, version: str) -> tuple[Dependency, ...]:
    try:
        found = tuple(parse_dependency(line) for line in dict.fromkeys(lines))
    except InvalidRequirement as error:
        raise _invalid(name, version, str(error)) from error
    for dependency in found:
        if not f"{dependency[2]}{dependency[3]}".isprintable():
            raise _invalid(name, version, f"control characters in a requirement on {dependency[0]}")
    return found


def _invalid(name: str, version: str, why: str) -> InvalidMetadata:
    clean = "".join(char if char.isprintable() else "�" for char in why)
    return InvalidMetadata(
        f"the metadata of {name} {version} cannot be used",
        why=clean,
        hint="exclude this release or pin another one",
    )
