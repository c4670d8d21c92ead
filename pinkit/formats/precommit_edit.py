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
    if _has_hooks(before):
        return text
    indent = _last_indent(text)
    if indent is None:
        return None
    end = "\r\n" if text.count("\r\n") == text.count("\n") > 0 else "\n"
    edited = text.rstrip("\r\n") + end + _entry(indent, version, files).replace("\n", end)
    after = _loaded(edited, file)
    # The text was extended blindly; only what reads as "the same and our entry" is an answer.
    ours = _loaded("repos:\n" + _entry("  ", version, files), file)["repos"]
    return edited if after == {**before, "repos": [*before["repos"], *ours]} else None


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


def _loaded(text: str, file: str) -> dict[str, Any]:
    import yaml

    try:
        tree = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise UsageError(f"{file}: no YAML", str(problem)) from None
    if not isinstance(tree, dict) or not isinstance(tree.get("repos"), list):
        return {"repos": []}
    return tree


def _has_hooks(tree: dict[str, Any]) -> bool:
    hooks = [
        h for r in tree["repos"] if isinstance(r, dict) for h in r.get("hooks") or () if isinstance(h, dict)
    ]
    return any(str(hook.get("id", "")).startswith("pinkit") for hook in hooks)


def _last_indent(text: str) -> str | None:
    """How far the entries of `repos` are indented, when `repos` is the last key of the file; None otherwise."""
    keys = re.findall(r"^([A-Za-z_]+):", text, re.M)
    if not keys or keys[-1] != "repos":
        return None
    entries = re.findall(r"^( *)- repo:", text, re.M)
    return str(entries[-1]) if entries else None
