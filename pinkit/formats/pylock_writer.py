"""A lock to pylock.toml (PEP 751): deterministic text without clock time, machine or path."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from time import gmtime
from typing import TYPE_CHECKING, assert_never

from pinkit.errors import UsageError
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import normalized_name
from pinkit.model.lock import ArchiveSource, DirectorySource, VcsSource

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Edge, Lock, Pin, Source

LOCK_VERSION = "1.0"

_PLAIN = re.compile(r'[^"\\\x00-\x1f\x7f]*')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}
_WHEEL_NAME = re.compile(r"(?!.*__)[A-Za-z0-9_.]+")


def write_pylock(lock: Lock) -> str:
    """The whole file, pins in the lock's order, `lock.header` on top.

    Every pin from an index needs `distributions`; those whose filenames PEP 751 cannot take (eggs, installers, a
    second sdist) are left out. An index that is known by a name instead of a URL stands in `tool.pinkit`.
    `Pin.requires_python` is written without upper bounds: installers must refuse a package whose bound fails, while
    a lock ignores upper bounds. Raises UsageError for a pin without a file.
    """
    lines = [*lock.header, f'lock-version = "{LOCK_VERSION}"']
    if lock.environments:
        lines.append(_strings("environments", lock.environments))
    if lock.requires_python:
        lines.append(f"requires-python = {_quoted(lock.requires_python)}")
    if lock.extras:
        lines.append(_strings("extras", lock.extras))
    if lock.groups:
        lines.append(_strings("dependency-groups", lock.groups))
    lines.append('created-by = "pinkit"')
    if not lock.pins:
        lines.append("packages = []")
    several = frozenset(name for name, count in Counter(pin.name for pin in lock.pins).items() if count > 1)
    for pin in lock.pins:
        lines += _package(pin, several)
    if lock.cutoff is not None:
        lines += ["", "[tool.pinkit]", f"cutoff = {_time(lock.cutoff)}"]
    lines.append("")
    return "\n".join(lines)


def _package(pin: Pin, several: frozenset[str]) -> Iterable[str]:
    yield ""
    yield "[[packages]]"
    yield f"name = {_quoted(pin.name)}"
    if pin.version and not isinstance(pin.source, DirectorySource):
        yield f"version = {_quoted(pin.version)}"
    if pin.marker:
        yield f"marker = {_quoted(pin.marker)}"
    bound = _without_upper_bounds(pin.requires_python)
    if bound:
        yield f"requires-python = {_quoted(bound)}"
    if pin.source is None and "://" in pin.index:
        yield f"index = {_quoted(pin.index)}"
    if pin.dependencies:
        yield "dependencies = ["
        yield from dict.fromkeys(_edge(edge, several) for edge in pin.dependencies)
        yield "]"
    yield from _source(pin, pin.source) if pin.source is not None else _distributions(pin)
    noted = [
        f"{key} = {_array(values)}"
        for key, values in (("extras", pin.extras), ("via", _asked(pin)))
        if values
    ]
    if pin.source is None and pin.index and "://" not in pin.index:
        noted.insert(0, f"index = {_quoted(pin.index)}")
    if noted:
        yield f"tool = {{pinkit = {{{', '.join(noted)}}}}}"


def _asked(pin: Pin) -> tuple[str, ...]:
    """The annotations that edges do not give: inputs and constraints."""
    return tuple(entry for entry in pin.via if entry.startswith("-") or " " in entry)


def _edge(edge: Edge, several: frozenset[str]) -> str:
    # PEP 751: the minimum that tells which entry is meant.
    version = f", version = {_quoted(edge.version)}" if edge.name in several and edge.version else ""
    return f"    {{name = {_quoted(edge.name)}{version}}},"


def _distributions(pin: Pin) -> Iterable[str]:
    wheels = [item for item in pin.distributions if _is_wheel_of(item.filename, pin)]
    sdists = [item for item in pin.distributions if _is_sdist_of(item.filename, pin)]
    if not wheels and not sdists:
        raise UsageError(
            f"no file of {pin.name} {pin.version} can stand in a pylock.toml",
            f"{len(pin.distributions)} known, none is a wheel or an sdist (.tar.gz, .zip) of that version",
            "write the lock as requirements.txt",
        )
    for item in wheels + sdists:
        if not item.hashes:
            raise UsageError(f"{item.filename} has no hash", "PEP 751 asks for one")
    if sdists:
        # PEP 751 has room for one sdist: the gzipped one, as PEP 625 asks for it.
        best = min(sdists, key=lambda item: (not item.filename.endswith(".tar.gz"), item.filename))
        yield f"sdist = {_file(best)}"
    if wheels:
        yield "wheels = ["
        for item in sorted(wheels, key=lambda item: item.filename):
            yield f"    {_file(item)},"
        yield "]"


def _file(item: Distribution) -> str:
    place = "url" if "://" in item.url else "path"
    uploaded = "" if item.upload_time is None else f", upload-time = {_time(item.upload_time)}"
    size = "" if item.size is None else f", size = {item.size}"
    name, url = f'"{item.filename}"', f'"{item.url}"'
    if not _PLAIN.fullmatch(item.filename + item.url):
        name, url = _quoted(item.filename), _quoted(item.url)
    return f"{{name = {name}{uploaded}, {place} = {url}{size}, hashes = {_hashes(item.hashes)}}}"


def _source(pin: Pin, source: Source) -> Iterable[str]:
    subdirectory = f", subdirectory = {_quoted(source.subdirectory)}" if source.subdirectory else ""
    match source:
        case VcsSource():
            if not source.commit:
                raise UsageError(
                    f"{pin.name} is not locked to a commit", f"{source.url} {source.requested_revision}"
                )
            place = "url" if "://" in source.url else "path"
            wanted = source.requested_revision
            revision = f", requested-revision = {_quoted(wanted)}" if wanted else ""
            yield (
                f"vcs = {{type = {_quoted(source.kind)}, {place} = {_quoted(source.url)}{revision}, "
                f"commit-id = {_quoted(source.commit)}{subdirectory}}}"
            )
        case DirectorySource():
            editable = ", editable = true" if source.editable else ""
            yield f"directory = {{path = {_quoted(source.path)}{editable}{subdirectory}}}"
        case ArchiveSource():
            hashes = source.hashes or pin.hashes
            if not hashes:
                raise UsageError(
                    f"{pin.name} has no hash", f"PEP 751 asks for one of {source.url or source.path}"
                )
            place = f"url = {_quoted(source.url)}" if source.url else f"path = {_quoted(source.path)}"
            size = "" if source.size is None else f", size = {source.size}"
            yield f"archive = {{{place}{size}, hashes = {_hashes(hashes)}{subdirectory}}}"
        case _ as never:
            assert_never(never)


def _is_wheel_of(filename: str, pin: Pin) -> bool:
    """Whether PEP 427's form gives the pin's name and version (a build number begins with a digit)."""
    if not filename.endswith(".whl"):
        return False
    parts = filename[:-4].split("-")
    if len(parts) != 5 and not (len(parts) == 6 and parts[2][:1].isdecimal()):
        return False
    return _WHEEL_NAME.fullmatch(parts[0]) is not None and _same_release(
        parts[0], parts[1], pin.name, pin.version
    )


def _is_sdist_of(filename: str, pin: Pin) -> bool:
    for suffix in (".tar.gz", ".zip"):
        if filename.endswith(suffix):
            name, _, version = filename.removesuffix(suffix).rpartition("-")
            return _same_release(name, version, pin.name, pin.version)
    return False


@lru_cache(maxsize=4096)
def _same_release(written_name: str, written_version: str, name: str, version: str) -> bool:
    if normalized_name(written_name) != name:
        return False
    key = sort_key(written_version)
    return written_version == version or (key is not None and key == sort_key(version))


def _without_upper_bounds(specifier: str) -> str:
    kept = []
    for clause in specifier.split(","):
        bare = clause.strip()
        if bare.startswith("~="):
            kept.append(">=" + bare[2:].strip())
        elif bare.startswith((">", "!=")):
            kept.append(bare.replace(" ", ""))
    return ",".join(kept)


def _hashes(hashes: tuple[str, ...]) -> str:
    if len(hashes) == 1:
        algorithm, _, digest = hashes[0].partition(":")
        return f"{{{algorithm} = {_quoted(digest)}}}"
    pairs = sorted(value.split(":", 1) for value in hashes)
    return f"{{{', '.join(f'{algorithm} = {_quoted(digest)}' for algorithm, digest in pairs)}}}"


def _strings(key: str, values: Iterable[str]) -> str:
    return "\n".join([f"{key} = [", *(f"    {_quoted(value)}," for value in values), "]"])


def _array(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, values))}]"


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    return f'"{"".join(_ESCAPES.get(char) or _escaped(char) for char in text)}"'


def _escaped(char: str) -> str:
    return char if _PLAIN.fullmatch(char) else f"\\u{ord(char):04X}"


def _time(seconds: int) -> str:
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    return f"{_day(days)}T{hours:02}:{rest // 60:02}:{rest % 60:02}Z"


@lru_cache(maxsize=4096)
def _day(days: int) -> str:
    year, month, day = gmtime(days * 86_400)[:3]
    return f"{year:04}-{month:02}-{day:02}"
