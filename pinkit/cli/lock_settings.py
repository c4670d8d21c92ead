"""Command-line options of `lock` to the settings that a configuration would have, each checked alike."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.formats.settings_keys import checked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WHERE = "command line"
_PLAIN = {
    "output_format": "output-format",
    "python": "python",
    "prerelease": "prerelease",
    "resolution": "resolution",
    "fork_strategy": "fork-strategy",
    "index_strategy": "index-strategy",
    "annotation_style": "annotation-style",
    "hash_algorithm": "hash-algorithm",
    "extras": "extras",
    "groups": "groups",
    "no_emit_package": "no-emit-package",
    "only_binary": "only-binary",
    "no_binary": "no-binary",
}
_AS_SAID = ("output", "python_platform", "exclude_newer", "index_url", "strip_extras", "annotate", "header")
_FLAGS = ("universal", "all_extras", "all_groups", "no_build", "no_index", "emit_index_url")
_LISTS = (
    "targets",
    "constraints",
    "overrides",
    "excludes",
    "build_constraints",
    "extra_index_urls",
    "find_links",
)
_SHORT_FORMATS = {"requirements": "requirements.txt", "pylock": "pylock.toml"}
_TRANSIENT = {
    "-U",
    "--upgrade",
    "--check",
    "--dry-run",
    "-n",
    "--refresh",
    "-q",
    "--quiet",
    "-v",
    "--verbose",
}
_TRANSIENT |= {"--no-progress", "--no-color", "--offline", "--generate-hashes"}
_TRANSIENT_WITH_VALUE = {"-P", "--upgrade-package", "--cache-dir", "--format"}
_INDEX_WITH_VALUE = {
    "-i",
    "--index-url",
    "--default-index",
    "--extra-index-url",
    "--index",
    "-f",
    "--find-links",
}


def settings_of(params: Mapping[str, Any]) -> LockSettings:
    """What the options say, as a lock's settings. Raises UsageError that names the option."""
    said: dict[str, Any] = {name: params[name] for name in _AS_SAID if params[name] not in ("", None)}
    said |= {name: True for name in _FLAGS if params[name]}
    said |= {name: tuple(params[name]) for name in _LISTS if params[name]}
    for name, key in _PLAIN.items():
        value = params[name]
        if value:
            value = _listed(value) if isinstance(value, (list, tuple)) else _SHORT_FORMATS.get(value, value)
            said[name] = checked(key, value, _WHERE, f"--{key}")
    if params["pre"] and not params["prerelease"]:
        said["prerelease"] = "allow"
    if params["exclude_newer_package"]:
        said["exclude_newer_package"] = _by_name(params["exclude_newer_package"])
    if params["indexes"]:
        said["indexes"] = tuple(map(_index, params["indexes"]))
    if sum(bool(said.get(name)) for name in ("universal", "targets", "python_platform")) > 1:
        raise UsageError(
            "--universal, --target and --python-platform exclude each other", hint="keep one of them"
        )
    return LockSettings(**said, where=_WHERE)


def inputs_of(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The inputs named, those of `-r` last."""
    return (*(params["inputs"] or ()), *(params["requirement_files"] or ()))


def header_command(arguments: Sequence[str]) -> str:
    """The command to write into a lock: without options of one run and what belongs to a machine.

    Where the index is belongs to a machine (its mirror, its credentials), unless `--emit-index-url` asks for it.
    """
    dropped = _TRANSIENT_WITH_VALUE | (set() if "--emit-index-url" in arguments else _INDEX_WITH_VALUE)
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip:
            skip = False
            continue
        name = argument.partition("=")[0]
        if argument in _TRANSIENT or (name in dropped and "=" in argument):
            continue
        if argument in dropped:
            skip = True
            continue
        if not (argument.startswith("-P") and len(argument) > 2 and not argument.startswith("--")):
            kept.append(_shown(argument))
    import shlex

    return shlex.join(["pinkit", *kept])


def _shown(argument: str) -> str:
    from pinkit.formats.urls import without_credentials

    name, equals, value = argument.partition("=")
    if equals and name.startswith("--") and "://" in value:
        return f"{name}={without_credentials(value)}"
    if "://" in argument:
        return without_credentials(argument)
    return posixpath.relpath(argument) if argument.startswith("/") else argument


def _listed(values: Sequence[str]) -> list[str]:
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _by_name(texts: Sequence[str]) -> Any:
    pairs = dict(text.partition("=")[::2] for text in texts)
    if not all(pairs.values()):
        raise UsageError(
            "--exclude-newer-package needs NAME=DATE", hint="as in --exclude-newer-package pip=2026-11-01"
        )
    table = {name.strip(): False if value == "false" else value for name, value in pairs.items()}
    return checked("exclude-newer-package", table, _WHERE, "--exclude-newer-package")


def _index(text: str) -> IndexSetting:
    name, equals, url = text.partition("=")
    if equals and "://" in url and "/" not in name:
        return IndexSetting(name=name, url=url)
    return IndexSetting(url=text)
