"""What one distribution says of itself and what it would install: read from its files, nothing run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PathFile:
    """A .pth file that Python reads whenever it starts; `runs` says that a line of it is code (`site` module)."""

    name: str
    digest: str
    runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What a wheel would put into an environment, sorted.

    `entry_points` are "group: name", scripts of the wheel's data folder under "scripts". `import_names` are
    top-level modules and packages, `native` members that are machine code by their names.
    """

    path_files: tuple[PathFile, ...] = ()
    entry_points: tuple[str, ...] = ()
    import_names: tuple[str, ...] = ()
    native: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What one distribution says. Every text is one printable line of at most 200 characters.

    `licences` and `people` are "Field: value" of core metadata, in file order. `backend` is what built a wheel
    (Generator of WHEEL, without its version) or would build an sdist (PEP 517), "" = it does not say. `said_in` are
    the members that this was read from. `installed` is None for an sdist: only a build would tell. `in_part`: the file
    was not fetched whole, so its digest could not be checked.
    """

    licences: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    backend: str = ""
    said_in: tuple[str, ...] = ()
    installed: Installed | None = None
    in_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A distribution that could not be read, and why."""

    why: str


Inspected = Contents | Unread
