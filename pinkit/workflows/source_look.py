"""What a plan must know of an sdist before anything is unpacked: times and modes of its members, its build system."""

from __future__ import annotations

import tarfile
import zipfile
from calendar import timegm
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.build_system import InvalidBuildSystem, parse_build_system

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.build import BuildSystem
    from pinkit.rebuild.fingerprint import Sources

_MAX_SOURCE_BYTES = 2 << 30
_MAX_PYPROJECT_BYTES = 4 << 20
_PYPROJECT = "pyproject.toml"


class Look(NamedTuple):
    """Members of an sdist, and its build system; None where there is none, or none that can be understood."""

    members: Sources
    system: BuildSystem | None = None


NOTHING = Look({})


def look(source: Path) -> Look:
    """What the sdist at `source` tells; nothing for an archive that is unreadable or too large."""
    try:
        return _of_zip(source) if zipfile.is_zipfile(source) else _of_tar(source)
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError, ValueError, OverflowError):
        return NOTHING


def _of_zip(source: Path) -> Look:
    members: dict[str, tuple[int, int]] = {}
    system = None
    with zipfile.ZipFile(source) as zipped:
        for entry in zipped.infolist():
            moment = timegm((*entry.date_time, 0, 0, 0))
            name = _below(entry.filename)
            members[name] = (moment, entry.external_attr >> 16 & 0o777)
            if name == _PYPROJECT:
                with zipped.open(entry) as file:
                    system = _system(file.read(_MAX_PYPROJECT_BYTES))
    return Look(members, system)


def _of_tar(source: Path) -> Look:
    members: dict[str, tuple[int, int]] = {}
    system = None
    total = 0
    with tarfile.open(source) as tar:
        for member in tar:
            total += member.size
            if total > _MAX_SOURCE_BYTES:  # to look further would unpack it
                return NOTHING
            name = _below(member.name)
            members[name] = (int(member.mtime), member.mode & 0o777)
            file = tar.extractfile(member) if name == _PYPROJECT and member.isreg() else None
            if file is not None:
                system = _system(file.read(_MAX_PYPROJECT_BYTES))
    return Look(members, system)


def _below(name: str) -> str:
    return name.partition("/")[2]


def _system(pyproject: bytes) -> BuildSystem | None:
    try:
        return parse_build_system(pyproject.decode())
    except (InvalidBuildSystem, UnicodeDecodeError):  # the build itself tells what is wrong with it
        return None
