"""Which locks are meant: configured ones, or inputs named or found; options of the run over both."""

from __future__ import annotations

import posixpath
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.settings import LockSettings, Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

REQUIREMENTS = "requirements.in"
PYPROJECT = "pyproject.toml"
USUAL_LOCKS = ("requirements.txt", "pylock.toml")
"""Names of locks that are looked for where none is configured."""

_NOT_SAID: tuple[object, ...] = ("", (), None)
_ADDED = (
    "constraints",
    "overrides",
    "excludes",
    "build_constraints",
    "extra_index_urls",
    "indexes",
    "find_links",
)


def configuration(found: Callable[[str], bytes | None], file: str = "") -> Settings:
    """The configuration in `file`, else in pyproject.toml here; an empty one where there is none."""
    content = found(file or PYPROJECT)
    if content is None:
        if file:
            raise UsageError(
                f"{file}: no such file", hint="name a pyproject.toml or pinkit.toml with --config"
            )
        return Settings()
    return read_settings(content, file or PYPROJECT)


def locks_to_make(
    settings: Settings, inputs: Sequence[str], options: LockSettings, found: Callable[[str], bytes | None]
) -> tuple[LockSettings, ...]:
    """The locks of this run: one of `inputs`, else all configured ones, else one of what is found here.

    `options` are those of the command line; they go before configured ones. UsageError where nothing is found.
    """
    if inputs:
        return (over(settings.defaults, replace(options, inputs=tuple(inputs), name=options.output)),)
    if settings.locks:
        if options.output:
            raise UsageError(
                "-o names one lock, but several are configured",
                why=", ".join(lock.output for lock in settings.locks),
                hint="name the INPUT as well, or drop -o",
            )
        return tuple(over(lock, options) for lock in settings.locks)
    for name in (REQUIREMENTS, PYPROJECT):
        if found(name) is not None and (name != PYPROJECT or _has_project(found)):
            return (over(settings.defaults, replace(options, inputs=(name,), name=options.output)),)
    raise UsageError(
        "nothing to lock",
        why=f"there is no [[tool.pinkit.lock]], no {REQUIREMENTS} and no [project] in {PYPROJECT} here",
        hint="name an INPUT, or configure locks (docs/configuration.md)",
    )


def chosen_locks(settings: Settings, names: Sequence[str]) -> tuple[LockSettings, ...]:
    """The configured locks that `names` (names or output paths) mean, all for none. UsageError for a stranger."""
    if not names:
        return settings.locks
    known = {key: lock for lock in settings.locks for key in (lock.name, posixpath.normpath(lock.output))}
    chosen = []
    for name in names:
        lock = known.get(name) or known.get(posixpath.normpath(name))
        if lock is None:
            raise UsageError(f"no lock {name!r} is configured", why=f"known are {', '.join(sorted(known))}")
        chosen.append(lock)
    return tuple(dict.fromkeys(chosen))


def over(settings: LockSettings, options: LockSettings) -> LockSettings:
    """`settings` with everything that `options` says in its place; lists of files and indexes are added up."""
    said = {}
    for field in fields(LockSettings):
        value = getattr(options, field.name)
        if value in _NOT_SAID:
            continue
        if field.name in _ADDED:
            value = tuple(dict.fromkeys((*getattr(settings, field.name), *value)))
        said[field.name] = value
    if said.get("targets") or said.get("universal") or said.get("python_platform"):
        blank = {"targets": (), "universal": None, "python_platform": ""}
        said = {**{k: v for k, v in blank.items() if k not in said}, **said}
    if settings.inputs:
        said["where"] = settings.where  # a configured lock, which stays where it is
    return replace(settings, **said)


def _has_project(found: Callable[[str], bytes | None]) -> bool:
    import tomllib

    try:
        return "project" in tomllib.loads((found(PYPROJECT) or b"").decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{PYPROJECT}: not valid TOML", why=str(error)) from error
