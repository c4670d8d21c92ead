"""What a wheel or an sdist says of itself, from the names of its members and a few of their texts."""

from __future__ import annotations

import base64
import hashlib
import quopri
import re
from typing import TYPE_CHECKING

from pinkit.formats.build_system import InvalidBuildSystem, parse_build_system
from pinkit.formats.core_metadata import header_fields
from pinkit.formats.short_text import short_line
from pinkit.model.contents import Contents, Installed, PathFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MOST = 1_000
"""Of each list: no honest distribution has more."""
_NATIVE = (".so", ".pyd", ".dll", ".dylib", ".exe")
_MOST_TEXTS = 100
_LICENCES = ("License-Expression", "License", "Classifier")
_ENCODED = re.compile(r"=\?([\w-]{1,40})\?([bBqQ])\?([^?\s]{0,2000})\?=")
_PEOPLE = ("Author", "Author-email", "Maintainer", "Maintainer-email")
_MODULES = (".py", ".pyc", ".so", ".pyd")


def texts_wanted(names: Iterable[str], dist_info: str) -> tuple[str, ...]:
    """The members of a wheel whose texts `wheel_contents` reads, as far as they are there. ValueError for too many."""
    told = {f"{dist_info}/{member}" for member in ("METADATA", "WHEEL", "entry_points.txt")}
    found = tuple(dict.fromkeys(name for name in names if name in told or is_path_file(name)))
    if len(found) > _MOST_TEXTS:
        raise ValueError(f"it has {len(found) - len(told)} .pth files")
    return found


def is_path_file(name: str) -> bool:
    """Whether a member will be a .pth file where Python looks for them, in site-packages."""
    scheme, rest = _scheme(name)
    return name.endswith(".pth") and ("/" not in rest or scheme == "data")


def wheel_contents(names: Sequence[str], dist_info: str, texts: Mapping[str, bytes]) -> Contents:
    """What a wheel with these members says; `texts` are those of `texts_wanted`."""
    fields = header_fields(texts.get(f"{dist_info}/METADATA", b""))
    wheel = header_fields(texts.get(f"{dist_info}/WHEEL", b""))
    points = f"{dist_info}/entry_points.txt"
    installed = Installed(
        path_files=tuple(_path_file(name, texts[name]) for name in sorted(names) if _has_path(name, texts)),
        entry_points=_sorted([*_entry_points(texts.get(points, b"")), *_scripts(names)]),
        native=_sorted(name for name in names if _is_native(name)),
        import_names=_sorted(filter(None, (_import_name(_placed(name), dist_info) for name in names))),
    )
    return Contents(
        licences=_licences(fields),
        people=_people(fields),
        backend=short_line(next(iter(wheel.get("generator", [])), "").partition(" ")[0]),
        said_in=tuple(sorted(texts)),
        installed=installed,
    )


def sdist_contents(texts: Mapping[str, bytes]) -> Contents:
    """What an sdist with this PKG-INFO and pyproject.toml says, as far as they are there; not what it installs."""
    fields = header_fields(texts.get("PKG-INFO", b""))
    try:
        pyproject = texts["pyproject.toml"].decode() if "pyproject.toml" in texts else None
        backend = parse_build_system(pyproject).backend
    except (InvalidBuildSystem, UnicodeDecodeError, RecursionError):
        backend = ""
    return Contents(
        licences=_licences(fields),
        people=_people(fields),
        backend=short_line(backend),
        said_in=tuple(sorted(texts)),
    )


def _licences(fields: Mapping[str, list[str]]) -> tuple[str, ...]:
    return tuple(
        line
        for line in _fields(fields, _LICENCES)
        if not line.startswith("Classifier:") or line.startswith("Classifier: License ::")
    )


def _people(fields: Mapping[str, list[str]]) -> tuple[str, ...]:
    """Names as they are read: some tools write others than ASCII as in a mail (RFC 2047)."""
    plain = {
        name: [_ENCODED.sub(_decoded, text) for text in fields.get(name.lower(), [])] for name in _PEOPLE
    }
    return _fields({name.lower(): texts for name, texts in plain.items()}, _PEOPLE)


def _decoded(word: re.Match[str]) -> str:
    charset, encoding, text = word.groups()
    raw = text.encode("ascii", "replace")
    try:
        if encoding in "bB":
            return base64.b64decode(raw).decode(charset, "replace")
        return quopri.decodestring(raw, header=True).decode(charset, "replace")
    except (ValueError, LookupError):
        return word[0]


def _fields(fields: Mapping[str, list[str]], names: Iterable[str]) -> tuple[str, ...]:
    found = [
        f"{name}: {short_line(text)}"
        for name in names
        for text in fields.get(name.lower(), [])
        if text and text != "UNKNOWN"  # what setuptools < 62 wrote for "nothing"
    ]
    return tuple(found[:_MOST])


def _entry_points(text: bytes) -> list[str]:
    """ "group: name" of each (Entry points specification, "File format"), read as forgivingly as installers do."""
    found, group = [], ""
    for line in map(str.strip, text.decode("utf-8", "replace").splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif "=" in line and not line.startswith(("#", ";")):
            found.append(f"{group}: {line.partition('=')[0].strip()}")
    return found


def _scripts(names: Iterable[str]) -> list[str]:
    return [f"scripts: {rest}" for scheme, rest in map(_scheme, names) if scheme == "scripts"]


def _path_file(name: str, text: bytes) -> PathFile:
    lines = text.decode("utf-8", "replace").lstrip("\ufeff").splitlines()
    runs = any(line.startswith(("import ", "import\t")) for line in lines)
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    return PathFile(name=short_line(name.rpartition("/")[2]), digest=digest, runs=runs)


def _has_path(name: str, texts: Mapping[str, bytes]) -> bool:
    return is_path_file(name) and name in texts


def _import_name(placed: str, dist_info: str) -> str:
    """The top-level name by which a member can be imported; "" where there is none."""
    first, slash, _ = placed.partition("/")
    if first == dist_info or not placed.endswith(_MODULES) or "__pycache__/" in placed:
        return ""
    stem = first if slash else first.partition(".")[0]
    return stem if stem.isidentifier() else ""


def _scheme(name: str) -> tuple[str, str]:
    """(scheme, the rest) of a member of the .data directory, else ("purelib", the name): both install there."""
    folder, _, rest = name.partition("/")
    scheme, slash, inner = rest.partition("/")
    return (scheme, inner) if folder.endswith(".data") and slash else ("purelib", name)


def _is_native(name: str) -> bool:
    last = name.rpartition("/")[2].lower()
    return last.endswith(_NATIVE) or ".so." in last


def _placed(name: str) -> str:
    """Where a member lands below site-packages (binary distribution format, "The .data directory"); "" elsewhere."""
    scheme, rest = _scheme(name)
    if scheme == "data":  # the root of the environment, which has site-packages somewhere below
        return rest.partition("site-packages/")[2]
    return rest if scheme in ("purelib", "platlib") else ""


def _sorted(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({short_line(text) for text in texts})[:_MOST])
