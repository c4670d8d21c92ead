"""Requirements that name a place instead of a version: URLs, local paths, version control.

Decided by the text alone: whether a path exists, and what project it holds, is for the caller to find out.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pinkit.formats.markers import InvalidMarker, canonical_marker
from pinkit.formats.pep508 import InvalidRequirement, Parsed, normalized_name, parse_requirement

ARCHIVE_SUFFIXES = (
    ".whl",
    ".zip",
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar.lzma",
    ".tlz",
    ".tar",
)
VCS_SCHEMES = ("git", "hg", "svn", "bzr")

_SCHEME = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[A-Za-z][A-Za-z0-9.-]*:(?=/|\.|[^/\\]{2})")
_URL_SCHEMES = frozenset({"http", "https", "ftp", "file", "ssh", "git"})
_PATH = re.compile(r"\.|[^\s=<>!~;,(\[]*[/\\]")
_NAMED = re.compile(r"[ \t]*[A-Za-z0-9][A-Za-z0-9._-]*[ \t]*(?:\[[^\]]*\])?[ \t]*@")
_EGG = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[([^\]]*)\])?\Z")
_WHEEL = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?)-[^-]+(?:-[0-9][^-]*)?-[^-]+-[^-]+-[^-]+\.whl\Z"
)


class Reference(NamedTuple):
    """`name` is "" where only the place itself tells the project; `url` as in `model.Requirement`."""

    name: str
    extras: tuple[str, ...]
    url: str
    marker: str


def is_url(text: str) -> bool:
    """Whether the text begins with a scheme that pip fetches from, version control included."""
    match = _SCHEME.match(text)
    if match is None:
        return False
    vcs, plus, scheme = match[0][:-1].lower().rpartition("+")
    return vcs in VCS_SCHEMES if plus else scheme in _URL_SCHEMES


def is_reference(text: str) -> bool:
    """Whether a requirement line names a place without a project name: a URL, a path or an archive."""
    if is_url(text):
        return True
    if _NAMED.match(text):
        return False
    place, _ = _split_extras(text.split(";", 1)[0].strip())
    if not place.strip("\\"):
        return False
    return _PATH.match(place) is not None or place.lower().endswith(ARCHIVE_SUFFIXES)


def parse_named(text: str) -> Parsed:
    """A requirement that begins with its name; a relative path after "@" becomes a "file:" URL.

    Raises InvalidRequirement.
    """
    parsed = parse_requirement(text)
    if not parsed.url:
        return parsed
    url = parsed.url if is_url(parsed.url) else f"file:{parsed.url}"
    return parsed._replace(url=_split_fragment(url)[0])


def parse_reference(text: str) -> Reference:
    """A URL, path or archive with its optional extras and marker. Raises InvalidRequirement.

    A path becomes "file:" + the path as written; `#egg=` names the project and is removed, as is the default
    name that a wheel's filename gives.
    """
    place, marker = _split_marker(text)
    extras: tuple[str, ...] = ()
    bare, names = _split_extras(place)
    if names and "#" not in bare:
        place, extras = bare, _extras(text, names)
    url = place if is_url(place) else "file:" + place.replace("\\", "/")
    url, egg = _split_fragment(url)
    name, egg_extras = _egg(text, egg) if egg else (_wheel_name(url), ())
    return Reference(name, tuple(sorted({*extras, *egg_extras})), url, marker)


def _split_extras(place: str) -> tuple[str, str]:
    """(the place, what stands in brackets at its end or "")."""
    start = place.rfind("[") if place.endswith("]") else 0
    return (place[:start].rstrip(" \t"), place[start + 1 : -1]) if start > 0 else (place, "")


def _split_marker(text: str) -> tuple[str, str]:
    # In a URL a semicolon is an ordinary character: only one beside a space begins a marker.
    match = re.search(r"\s;|;\s" if is_url(text) else r";", text)
    if match is None:
        return text.strip(), ""
    start = match.end()
    try:
        return text[: match.start()].strip(), canonical_marker(text[start:].strip())
    except InvalidMarker as problem:
        lead = len(text[start:]) - len(text[start:].lstrip())
        raise InvalidRequirement(text, start + lead + problem.column, problem.reason) from None


def _split_fragment(url: str) -> tuple[str, str]:
    """(the URL without `egg`, the value of `egg`)."""
    bare, hash_sign, fragment = url.partition("#")
    if not hash_sign:
        return url, ""
    from urllib.parse import unquote

    egg, kept = "", []
    for part in fragment.split("&"):
        key, _, value = part.partition("=")
        if key == "egg":
            egg = unquote(value)
        elif part:
            kept.append(part)
    return (f"{bare}#{'&'.join(kept)}" if kept else bare), egg


def _egg(text: str, egg: str) -> tuple[str, tuple[str, ...]]:
    match = _EGG.match(egg)
    if match is None:
        raise InvalidRequirement(text, max(text.find("egg="), 0), f"{egg!r} is no project name")
    return normalized_name(match[1]), _extras(text, match[2]) if match[2] else ()


def _extras(text: str, names: str) -> tuple[str, ...]:
    try:
        return parse_requirement(f"x[{names}]").extras
    except InvalidRequirement as problem:
        raise InvalidRequirement(text, max(text.rfind(f"[{names}"), 0), problem.reason) from None


def _wheel_name(url: str) -> str:
    if not url.partition("#")[0].partition("?")[0].endswith(".whl"):
        return ""
    from urllib.parse import unquote

    filename = unquote(url.partition("#")[0].partition("?")[0].rsplit("/", 1)[-1].rpartition(":")[2])
    match = _WHEEL.match(filename)
    return normalized_name(match[1]) if match else ""
