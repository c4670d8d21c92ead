"""`[build-system]` of pyproject.toml (PEP 517, 518)."""

from __future__ import annotations

import tomllib

from pinkit.model.build import BuildSystem

LEGACY = BuildSystem(requires=("setuptools>=40.8.0",), backend="setuptools.build_meta:__legacy__")
"""What PEP 517 prescribes where pyproject.toml, or its table, is missing."""


class InvalidBuildSystem(ValueError):
    """pyproject.toml or its `[build-system]` does not follow PEP 518; the message says how."""


def parse_build_system(pyproject: str | None) -> BuildSystem:
    """The build system of a project with this pyproject.toml (None: it has none). Raises InvalidBuildSystem."""
    try:
        table = tomllib.loads(pyproject or "").get("build-system")
    except tomllib.TOMLDecodeError as error:
        raise InvalidBuildSystem(f"pyproject.toml is no TOML: {error}") from error
    if table is None:
        return LEGACY
    if not isinstance(table, dict) or "requires" not in table:
        raise InvalidBuildSystem("[build-system] of pyproject.toml has no `requires` (PEP 518)")
    requires = _strings(table["requires"], "requires")
    backend_path = _strings(table.get("backend-path", []), "backend-path")
    backend = table.get("build-backend", LEGACY.backend)
    if not isinstance(backend, str):
        raise InvalidBuildSystem("`build-backend` of [build-system] is no text (PEP 517)")
    if any(path.startswith("/") or ".." in path.split("/") for path in backend_path):
        raise InvalidBuildSystem("`backend-path` of [build-system] leaves the project (PEP 517)")
    return BuildSystem(requires=requires, backend=backend, backend_path=backend_path)


def _strings(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidBuildSystem(f"`{key}` of [build-system] is no list of texts (PEP 518)")
    return tuple(value)
