"""pylock.toml (PEP 751) to a lock, after the standard's own rules of validity."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.toml_text import Table, parsed_toml
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, DirectorySource, Edge, Lock, Pin, Source, VcsSource

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_DIGEST = re.compile(r"\b[0-9a-fA-F]{32,128}\b")
_PATH_NAME = re.compile(r"(?:^|[/\\])pylock(?:\.[^./\\]+)?\.toml\Z")


def is_pylock_name(path: str) -> bool:
    """Whether a file of this name is a lock of PEP 751: "pylock.toml" or "pylock.NAME.toml"."""
    return _PATH_NAME.search(path) is not None


def read_pylock(content: bytes, file: str) -> Lock:
    """The lock; pins in file order with `line` and `hash_lines` where they can be told (else 0).

    `Pin.hashes` are those of all its files, in file order. Raises UsageError that names the offending key where
    the file is no valid lock (checked by `packaging.pylock`).
    """
    document = parsed_toml(content, file)
    _validate(document, file)
    text = content.decode("utf-8")
    places = _Places(text)
    packages: list[Table] = document["packages"]
    header = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        header.append(line)
    cutoff = _own(document).get("cutoff")
    return Lock(
        pins=tuple(
            _pin(package, places.of(number, len(packages))) for number, package in enumerate(packages)
        ),
        requires_python=document.get("requires-python", ""),
        environments=tuple(document.get("environments", ())),
        extras=tuple(document.get("extras", ())),
        groups=tuple(document.get("dependency-groups", ())),
        cutoff=None if cutoff is None else _seconds(cutoff),
        header=tuple(header),
    )


def _validate(document: Table, file: str) -> None:
    from packaging.pylock import Pylock, PylockUnsupportedVersionError, PylockValidationError

    try:
        Pylock.from_dict(document)
    except PylockUnsupportedVersionError as problem:
        raise UsageError(f"{file}: {problem}", "", "this pinkit reads lock-version 1.0") from None
    except PylockValidationError as problem:
        where = f": {problem.context}" if problem.context else ""
        raise UsageError(f"{file}{where}: not a valid pylock.toml (PEP 751)", problem.message) from None


class _Places:
    """The lines of `[[packages]]` headers and of digests below each."""

    def __init__(self, text: str) -> None:
        self._packages: list[tuple[int, dict[str, int]]] = []
        for number, line in enumerate(text.splitlines(), start=1):
            if line.startswith("[[packages]]"):
                self._packages.append((number, {}))
            elif self._packages:
                digests = self._packages[-1][1]
                for digest in _DIGEST.findall(line):
                    digests.setdefault(digest, number)

    def of(self, number: int, total: int) -> tuple[int, Mapping[str, int]]:
        """The place of a package, (0, {}) where packages are not written as `[[packages]]` tables."""
        return self._packages[number] if len(self._packages) == total else (0, {})


def _pin(package: Table, place: tuple[int, Mapping[str, int]]) -> Pin:
    line, digests = place
    files = [*([package["sdist"]] if "sdist" in package else []), *package.get("wheels", [])]
    distributions = tuple(_distribution(entry) for entry in files)
    source = _source(package)
    hashes = [value for item in distributions for value in item.hashes]
    if isinstance(source, ArchiveSource):
        hashes += source.hashes
    own = _own(package)
    return Pin(
        name=package["name"],
        version=package.get("version", ""),
        extras=own.get("extras", ()),
        marker=package.get("marker", ""),
        hashes=tuple(hashes),
        via=own.get("via", ()),
        source=source,
        index=package.get("index") or own.get("index", ""),
        requires_python=package.get("requires-python", ""),
        distributions=distributions,
        dependencies=tuple(_edge(entry) for entry in package.get("dependencies", ())),
        line=line,
        hash_lines=tuple(digests.get(value.partition(":")[2], 0) for value in hashes),
    )


def _own(table: Table) -> dict[str, Any]:
    """What pinkit itself noted in a `tool` table; values of another kind than it writes are not its own."""
    from datetime import datetime

    noted = table.get("tool", {}).get("pinkit")
    found: dict[str, Any] = {}
    for key, value in noted.items() if isinstance(noted, dict) else ():
        match key, value:
            case (("extras" | "via"), list()) if all(isinstance(item, str) for item in value):
                found[key] = tuple(value)
            case "index", str():
                found[key] = value
            case "cutoff", datetime():
                found[key] = value
    return found


def _distribution(entry: Table) -> Distribution:
    place: str = entry.get("url") or entry.get("path") or ""
    uploaded = entry.get("upload-time")
    return Distribution(
        filename=entry.get("name") or _filename(place),
        url=place,
        hashes=_hashes(entry),
        size=entry.get("size"),
        upload_time=None if uploaded is None else _seconds(uploaded),
    )


def _filename(place: str) -> str:
    from urllib.parse import unquote, urlparse

    path = unquote(urlparse(place).path) if "://" in place else place.replace("\\", "/")
    return path.rsplit("/", 1)[-1]


def _source(package: Table) -> Source | None:
    match package:
        case {"vcs": vcs}:
            return VcsSource(
                kind=vcs["type"],
                url=vcs.get("url") or vcs["path"],
                commit=vcs["commit-id"],
                requested_revision=vcs.get("requested-revision", ""),
                subdirectory=vcs.get("subdirectory", ""),
            )
        case {"directory": directory}:
            return DirectorySource(
                path=directory["path"],
                editable=directory.get("editable", False),
                subdirectory=directory.get("subdirectory", ""),
            )
        case {"archive": archive}:
            return ArchiveSource(
                url=archive.get("url", ""),
                path="" if archive.get("url") else archive["path"],
                hashes=_hashes(archive),
                size=archive.get("size"),
                subdirectory=archive.get("subdirectory", ""),
            )
        case _:
            return None


def _edge(entry: Mapping[str, Any]) -> Edge:
    name, version = entry.get("name"), entry.get("version")
    return Edge(
        name=name if isinstance(name, str) else "", version=version if isinstance(version, str) else ""
    )


def _hashes(entry: Table) -> tuple[str, ...]:
    return tuple(sorted(f"{algorithm}:{digest}" for algorithm, digest in entry["hashes"].items()))


def _seconds(moment: datetime) -> int:
    from datetime import UTC

    # A local time without an offset (which TOML allows) is taken as UTC, on every machine.
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
