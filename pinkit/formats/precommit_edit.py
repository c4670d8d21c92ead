""".pre-commit-config.yaml with pinkit's hooks added; the user's own lines stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_lines import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

_HOOKS = (
    ("pinkit-lock-check", "pinkit: locks are current", "pinkit lock --check"),
    ("pinkit-audit", "pinkit: no known vulnerabilities", "pinkit audit --max-age 24h"),
)
_FILES = r"(requirements[^/]*\.(in|txt)|pylock[^/]*\.toml|pyproject\.toml|pinkit\.toml)$"


def with_hooks(content: bytes | None, file: str, version: str, paths: Iterable[str] = ()) -> str | None:
    """The file with pinkit's hooks; None where that cannot be done without touching lines of the user's.

    The hooks run for files with usual names and for `paths`. The same text where hooks of pinkit are there already.
    Raises UsageError for no YAML.
    """
    files = _pattern(paths)
    if content is None:
        head = "# Written by `pinkit init`. What stands here afterwards is yours.\nrepos:\n"
        return head + _entry("  ", version, files)
    text = decoded(content, file)
    before = _loaded(text, file)
    if before is None:
        return None
    if _has_hooks(before):
        return text
    lines = _lines_to_add(text, before, version, files)
    end = "\r\n" if text.count("\r\n") == text.count("\n") > 0 else "\n"
    own = text.rstrip("\r\n")
    edited = (own + end if own else "") + lines.replace("\n", end)
    # The text was extended blindly; only what reads as "the same and our entry" is an answer.
    ours = _yaml("repos:\n" + _entry("  ", version, files))["repos"]
    expected = {**before, "repos": [*(before.get("repos") or ()), *ours]}
    return edited if lines and _yaml(edited) == expected else None


def _lines_to_add(text: str, before: dict[str, Any], version: str, files: str) -> str:
    """Our entry as the file has to go on; "" where that cannot be."""
    if "repos" not in before:
        return "repos:\n" + _entry("  ", version, files)
    indent = _last_indent(text, empty=not before["repos"])
    return "" if indent is None else _entry(indent, version, files)


def _pattern(paths: Iterable[str]) -> str:
    """The pattern of files that matter, for a YAML text in single quotes."""
    unusual = sorted({path for path in paths if path.isprintable() and not re.search(_FILES, path)})
    if not unusual:
        return _FILES
    named = "|".join(map(re.escape, unusual))
    return f"{_FILES}|^({named})$".replace("'", "''")


def _entry(indent: str, version: str, files: str) -> str:
    lines = ["- repo: local", "  hooks:"]
    for identity, name, entry in _HOOKS:
        lines += [
            f"    - id: {identity}",
            f'      name: "{name}"',
            f"      entry: {entry}",
            "      language: python",
            f"      additional_dependencies: [pinkit=={version}]",
            "      pass_filenames: false",
            f"      files: '{files}'",
        ]
    return "".join(f"{indent}{line}\n" for line in lines)


def _yaml(text: str) -> Any:
    """What a document says; None for no YAML."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None


def _loaded(text: str, file: str) -> dict[str, Any] | None:
    """The document, {} for an empty one; None where it is no mapping, or its `repos` no list."""
    import yaml

    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise UsageError(f"{file}: no YAML", str(problem)) from None
    tree = {} if tree is None else tree
    if not isinstance(tree, dict) or not isinstance(tree.get("repos") or [], list):
        return None
    return tree


def _has_hooks(tree: dict[str, Any]) -> bool:
    repositories = [each for each in tree.get("repos") or () if isinstance(each, dict)]
    lists = [hooks for each in repositories if isinstance(hooks := each.get("hooks"), list)]
    hooks = [hook for found in lists for hook in found if isinstance(hook, dict)]
    return any(str(hook.get("id", "")).startswith("pinkit") for hook in hooks)


def _last_indent(text: str, *, empty: bool) -> str | None:
    """How far the entries of `repos` are indented, when `repos` is the last key of the file; None otherwise."""
    keys = re.findall(r"^([A-Za-z_]+):", text, re.M)
    if not keys or keys[-1] != "repos":
        return None
    if empty:
        return "  "
    entries = re.findall(r"^( *)- repo:", text, re.M)
    return str(entries[-1]) if entries else None
