"""[tool.uv], [tool.uv.pip] and [tool.pip-tools] to pinkit's settings, with what has no counterpart there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_txt import requirement_of
from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.formats.settings_keys import LIST_KEYS, checked
from pinkit.formats.toml_text import Table, table_at
from pinkit.model.requirement import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

_UV_PIP = {
    "python-version": "python",
    "python-platform": "python-platform",
    "universal": "universal",
    "no-strip-extras": "strip-extras",
    "prerelease": "prerelease",
    "resolution": "resolution",
    "exclude-newer": "exclude-newer",
    "exclude-newer-package": "exclude-newer-package",
    "only-binary": "only-binary",
    "no-binary": "no-binary",
    "no-build": "no-build",
    "no-build-package": "only-binary",
    "no-binary-package": "no-binary",
    "extra": "extras",
    "all-extras": "all-extras",
    "annotation-style": "annotation-style",
    "no-annotate": "annotate",
    "no-header": "header",
    "emit-index-url": "emit-index-url",
    "no-emit-package": "no-emit-package",
    "index-url": "index-url",
    "extra-index-url": "extra-index-urls",
    "find-links": "find-links",
    "no-index": "no-index",
    "index-strategy": "index-strategy",
    "fork-strategy": "fork-strategy",
    "override-dependencies": "overrides",
    "exclude-dependencies": "excludes",
}
_UV_PROJECT = {
    "override-dependencies": "overrides",
    "exclude-dependencies": "excludes",
    "prerelease": "prerelease",
    "resolution": "resolution",
    "exclude-newer": "exclude-newer",
    "exclude-newer-package": "exclude-newer-package",
    "no-build": "no-build",
    "no-build-package": "only-binary",
    "no-binary-package": "no-binary",
    "index-url": "index-url",
    "extra-index-url": "extra-index-urls",
    "find-links": "find-links",
    "no-index": "no-index",
    "index-strategy": "index-strategy",
    "fork-strategy": "fork-strategy",
}
_PIP_TOOLS = {
    "strip-extras": "strip-extras",
    "annotate": "annotate",
    "annotation-style": "annotation-style",
    "header": "header",
    "emit-index-url": "emit-index-url",
    "unsafe-package": "no-emit-package",
    "index-url": "index-url",
    "extra-index-url": "extra-index-urls",
    "find-links": "find-links",
    "extra": "extras",
    "all-extras": "all-extras",
    "pre": "prerelease",
    "no-index": "no-index",
}
_NEGATED = frozenset({"no-strip-extras", "no-annotate", "no-header"})
UV_BOUNDS = {"constraint-dependencies": "constraints", "build-constraint-dependencies": "build_constraints"}
"""Keys of [tool.uv] that bound whatever uv locks, and the settings that name files of such bounds."""
_SILENT = frozenset(
    {
        *UV_BOUNDS,
        "generate-hashes",
        "require-hashes",
        "verify-hashes",
        "pip",
        "index",
        "package",
        "default-groups",
        "cache-dir",
        "link-mode",
        "compile-bytecode",
        "concurrent-downloads",
        "dev-dependencies",
        "required-version",
        "managed",
        "native-tls",
        "allow-unsafe",
        "verbose",
        "quiet",
        "upgrade",
        "build-isolation",
        "no-build-isolation",
        "reuse-hashes",
        "newline",
        "resolver",
        "build-backend",
    }
)
_UV_LOCK_ALONE = frozenset({"environments", "required-environments", "conflicts", "workspace"})
"""Keys of [tool.uv] that say nothing to `uv pip compile`."""
_STRATEGIES = {"unsafe-first-match": "unsafe-best-match"}

Found = tuple[LockSettings, tuple[str, ...]]
"""Settings, and sentences on what could not be carried over."""


def uv_pip_settings(document: Table, file: str) -> Found:
    """What [tool.uv.pip] (over [tool.uv]) says for every `uv pip compile` of the project."""
    project = table_at(document, "tool.uv", file)
    shared = {key: value for key, value in project.items() if key in _UV_PIP}
    _, lost = _settings(
        {key: value for key, value in project.items() if key not in shared.keys() | _UV_LOCK_ALONE},
        {},
        file,
        "tool.uv",
        {},
    )
    pip = {**shared, **table_at(document, "tool.uv.pip", file)}
    settings, notes = _settings(pip, _UV_PIP, file, "tool.uv.pip", document)
    return settings, (*lost, *notes)


def uv_project_settings(document: Table, file: str) -> Found:
    """What [tool.uv] says for `uv lock`, but for `uv_bounds`."""
    return _settings(table_at(document, "tool.uv", file), _UV_PROJECT, file, "tool.uv", document)


def pip_tools_settings(document: Table, file: str) -> Found:
    """What [tool.pip-tools] and [tool.pip-tools.compile] say for every `pip-compile` of the project."""
    table = {
        **table_at(document, "tool.pip-tools", file),
        **table_at(document, "tool.pip-tools.compile", file),
    }
    renamed = {key.replace("_", "-"): value for key, value in table.items() if not isinstance(value, dict)}
    if renamed.get("pre") is True:
        renamed["pre"] = "allow"
    return _settings(renamed, _PIP_TOOLS, file, "tool.pip-tools", {})


def uv_bounds(document: Table, file: str, bound: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The bounds at a key of `UV_BOUNDS` as lines of a file; none and a sentence where one cannot be read."""
    key = f"tool.uv.{bound}"
    entries = table_at(document, "tool.uv", file).get(bound, [])
    origin = Origin(file=f"{file}: {key}")
    try:
        texts = checked("overrides", entries, file, key)
        return tuple([str(requirement_of(text, origin)) for text in texts]), ()
    except UsageError as problem:
        return (), (f"{problem.what.removeprefix(f'{file}: ')}; add {key} by hand",)


def _settings(table: Table, known: Mapping[str, str], file: str, where: str, document: Table) -> Found:
    values: dict[str, Any] = {}
    notes: list[str] = []
    for key, value in table.items():
        target = known.get(key)
        if target is None:
            if key not in _SILENT:
                notes.append(f"{where}.{key} has no counterpart")
            continue
        if key in _NEGATED and isinstance(value, bool):
            value = not value
        try:
            values[target.replace("-", "_")] = checked(
                target, _adapted(target, value), file, f"{where}.{key}"
            )
        except UsageError as problem:
            notes.append(f"{problem.what.removeprefix(f'{file}: ')}; add it by hand")
    return _with_indexes(LockSettings(**values), document, notes), tuple(notes)


def _adapted(target: str, value: Any) -> Any:
    """A value in the form that the key of pinkit takes: one string where a list may stand, an array of NAME=WHEN."""
    if isinstance(value, str) and target in LIST_KEYS:
        return [value]
    if isinstance(value, str):
        return _STRATEGIES.get(value, value)
    if target == "exclude-newer-package" and isinstance(value, list):
        return dict(str(item).partition("=")[::2] for item in value)
    return value


def _with_indexes(settings: LockSettings, document: Table, notes: list[str]) -> LockSettings:
    """The settings with what [[tool.uv.index]] lists; explicit indexes serve only packages that name them."""
    entries = document.get("tool", {}).get("uv", {}).get("index", [])
    if not isinstance(entries, list):
        return settings
    for entry in (entry for entry in entries if isinstance(entry, dict)):
        url, name = str(entry.get("url", "")), str(entry.get("name", ""))
        if entry.get("explicit"):
            notes.append(f"tool.uv.index {name or url} is for single packages, which has no counterpart")
        elif entry.get("default"):
            settings = replace(settings, index_url=url)
        else:
            settings = replace(settings, indexes=(*settings.indexes, IndexSetting(url=url, name=name)))
    return settings
