"""What a source tree or a wheel says of its release: statically where the standards let it be believed."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import BuildFailed, UsageError
from pinkit.formats.core_metadata import MAX_BYTES, InvalidMetadata, has_static_dependencies, parse_metadata
from pinkit.formats.pep508 import normalized_name, parse_dependency
from pinkit.formats.pyproject import read_pyproject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.formats.pyproject import Pyproject
    from pinkit.model.requirement import Dependency

_DECIDES_DEPENDENCIES = frozenset({"version", "dependencies", "optional-dependencies", "requires-python"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """One release as it describes itself; `built` where its backend had to be asked."""

    name: str
    version: str
    requires_python: str
    dependencies: tuple[Dependency, ...]
    kind: str = "sdist"
    built: bool = False


def of_static_tree(project: Path, *, is_sdist: bool) -> Described | None:
    """What the project says without running anything; None where only its backend knows.

    An sdist's PKG-INFO counts from metadata 2.2 on when the fields are not dynamic (PEP 643); `[project]` counts
    when the fields are not dynamic (PEP 621).
    """
    if is_sdist:
        described = _of_pkg_info(project / "PKG-INFO")
        if described is not None:
            return described
    content = _small(project / "pyproject.toml")
    if content is None:
        return None
    declared = read_pyproject(content, f"{project.name}/pyproject.toml")
    if not declared.name or not declared.version or _DECIDES_DEPENDENCIES & set(declared.dynamic):
        return None
    return Described(
        name=declared.name,
        version=declared.version,
        requires_python=declared.requires_python,
        dependencies=tuple(_dependencies(declared)),
    )


def of_metadata(text: str, name: str = "") -> Described:
    """What a METADATA text says; `name` tells in messages which release it should be of."""
    found_name, version = _identity(text, name)
    parsed = parse_metadata(text.encode(), found_name, version)
    return Described(
        name=found_name,
        version=version,
        requires_python=parsed.requires_python,
        dependencies=parsed.dependencies,
    )


def of_wheel(wheel: Path) -> Described:
    """What a wheel's METADATA says. Raises `UsageError` where the file is no wheel."""
    parts = wheel.name.removesuffix(".whl").split("-")
    text = wheel_metadata(wheel)
    if text is None or len(parts) < 5:
        raise UsageError(f"{wheel.name} is no wheel (PEP 427)")
    described = of_metadata(text)
    return Described(
        name=described.name,
        version=described.version,
        requires_python=described.requires_python,
        dependencies=described.dependencies,
        kind="-".join(parts[-3:]),
    )


def wheel_metadata(wheel: Path) -> str | None:
    """Text of the one METADATA in a wheel; None where there is none that can be read."""
    try:
        with zipfile.ZipFile(wheel) as zipped:
            names = [n for n in zipped.namelist() if n.count("/") == 1 and n.endswith(".dist-info/METADATA")]
            if len(names) != 1 or zipped.getinfo(names[0]).file_size > MAX_BYTES:
                return None
            return zipped.read(names[0]).decode("utf-8", "replace")
    except zipfile.BadZipFile:
        return None


def _of_pkg_info(path: Path) -> Described | None:
    content = _small(path)
    if content is None:
        return None
    text = content.decode("utf-8", "replace")
    try:
        name, version = _identity(text, "")
        parsed = parse_metadata(content, name, version)
    except (BuildFailed, InvalidMetadata):  # an old or broken PKG-INFO proves nothing: the backend is asked
        return None
    if not has_static_dependencies(parsed):
        return None
    return Described(
        name=name,
        version=version,
        requires_python=parsed.requires_python,
        dependencies=parsed.dependencies,
    )


def _identity(text: str, name: str) -> tuple[str, str]:
    fields: dict[str, str] = {}
    for line in text.replace("\r\n", "\n").partition("\n\n")[0].splitlines():
        key, colon, value = line.partition(":")
        if colon and key.lower() in ("name", "version"):
            fields.setdefault(key.lower(), value.strip())
    if not fields.get("name") or not fields.get("version"):
        raise BuildFailed(f"the metadata of {name or 'a source'} has no Name or no Version")
    return normalized_name(fields["name"]), fields["version"]


def _dependencies(declared: Pyproject) -> Iterator[Dependency]:
    for requirement in declared.dependencies:
        yield parse_dependency(str(requirement))
    for extra, requirements in declared.extras:
        for requirement in requirements:
            asked = f'extra == "{extra}"'
            marker = f"({requirement.marker}) and {asked}" if requirement.marker else asked
            bare = str(requirement).partition(" ; ")[0]
            yield parse_dependency(f"{bare} ; {marker}")


def _small(path: Path) -> bytes | None:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
        return None
    return path.read_bytes()
