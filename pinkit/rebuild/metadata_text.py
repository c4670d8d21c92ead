"""METADATA and WHEEL of two wheels: the same meaning written differently, or another meaning."""

from __future__ import annotations

import re
from collections import Counter

from pinkit.formats.pep508 import parse_requirement

_FORMAT_FIELDS = frozenset({"metadata-version", "dynamic", "license-file", "description-content-type"})
"""Fields that follow the version of the backend, not the project."""
_SPACES = re.compile(r"[ \t\n]+")  # not \r: readers of mail headers end a line there

Classified = tuple[str, str, str]
"""(class, member, detail) for `classes.discrepancy`."""


def wheel_class(name: str, published: bytes, rebuilt: bytes, *, natives: bool) -> Classified:
    """The class of a difference between two WHEEL files (binary distribution format, "WHEEL")."""
    differing = _differing_fields(_fields(published)[0], _fields(rebuilt)[0])
    if not differing:
        return "metadata-format", name, "the same fields, written differently"
    if differing == {"generator"}:
        generators = (_generator(published), _generator(rebuilt))
        return "generator", name, "published by {!r}, rebuilt by {!r}".format(*generators)
    told = f"differ: {', '.join(sorted(differing))}"
    only_tags = differing <= {"generator", "tag", "root-is-purelib"}
    return ("wheel-tags-native" if natives and only_tags else "wheel-meaning"), name, told


def metadata_class(name: str, published: bytes, rebuilt: bytes) -> Classified:
    """The class of a difference between two METADATA files (core metadata)."""
    fields, body = _fields(published)
    other_fields, other_body = _fields(rebuilt)
    differing = _differing_fields(fields, other_fields) - _FORMAT_FIELDS
    if not differing and _text(body) == _text(other_body):
        return "metadata-format", name, "the same metadata, written differently"
    if _text(body) != _text(other_body):
        differing = differing | {"description"}
    return "metadata-meaning", name, f"differ: {', '.join(sorted(differing))}"


def _fields(text: bytes) -> tuple[Counter[tuple[str, str]], str]:
    """(field, value) pairs in their canonical spelling, and the body."""
    header, _, body = text.decode("utf-8", "surrogateescape").replace("\r\n", "\n").partition("\n\n")
    pairs: list[tuple[str, str]] = []
    for line in header.split("\n"):
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1] = (pairs[-1][0], " ".join((pairs[-1][1], line.strip(" |\t"))).strip())
            continue
        field, _, value = line.partition(":")
        pairs.append((field.strip().lower(), value.strip()))
    return Counter(
        (field, _canonical(field, value)) for field, value in pairs if value not in ("", "UNKNOWN")
    ), body


def _canonical(field: str, value: str) -> str:
    """`value` as every backend would spell it: Requires-Dist without brackets, blanks and order of its parts."""
    if field != "requires-dist":
        return _SPACES.sub(" ", value)
    try:
        name, extras, specifier, url, marker = parse_requirement(value)
    except ValueError:
        return value
    return f"{name}[{','.join(extras)}]{','.join(sorted(specifier.split(',')))}@{url};{marker}"


def _differing_fields(one: Counter[tuple[str, str]], other: Counter[tuple[str, str]]) -> set[str]:
    return {field for field, _ in (one - other) | (other - one)}


def _generator(text: bytes) -> str:
    found = re.search(rb"(?im)^generator:[ \t]*([^\r\n]*)", text)
    return found[1].decode("utf-8", "replace").strip() if found else ""


def _text(body: str) -> str:
    return "\n".join(line.rstrip() for line in body.strip().split("\n"))
