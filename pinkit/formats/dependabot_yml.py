""".github/dependabot.yml: what its entries for Python say about groups, ignores, cooldown and proposals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_lines import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

FILE = ".github/dependabot.yml"
_ECOSYSTEMS = ("pip", "uv")
_UNREAD_IGNORE = ("versions", "update-types")
_UNREAD_GROUP = ("exclude-patterns", "dependency-type", "update-types", "applies-to")
_UNREAD_COOLDOWN = ("include", "exclude")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """The entries for pip and uv taken together; the first that says something counts, the longest cooldown of all.

    `groups` are (name, patterns), `ignores` name patterns. `cooldown_days` is None where none is set, `open_limit`
    0. `unread` are sentences about what is said there and not followed here.
    """

    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignores: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    cooldown_days: int | None = None
    open_limit: int = 0
    base: str = ""
    message: str = ""
    unread: tuple[str, ...] = ()


def read_dependabot(content: bytes, file: str = FILE) -> BotSettings:
    """What the file says for Python. Raises UsageError for what is no YAML."""
    entries = [
        entry
        for entry in _items(_value(_tree(content, file), "updates"))
        if _text(_value(entry, "package-ecosystem")) in _ECOSYSTEMS
    ]
    groups = {
        name: patterns
        for entry in reversed(entries)
        for name, body in _pairs(_value(entry, "groups"))
        if (patterns := _texts(_value(body, "patterns")))
    }
    days = [each for entry in entries for each in _cooldown(_value(entry, "cooldown"))]
    limits = [_number(_value(entry, "open-pull-requests-limit")) for entry in entries]
    return BotSettings(
        groups=tuple(sorted(groups.items())),
        ignores=tuple(dict.fromkeys(name for entry in entries for name in _ignores(entry))),
        labels=next(filter(None, (_texts(_value(entry, "labels")) for entry in entries)), ()),
        cooldown_days=max(days, default=None),
        open_limit=next(filter(None, limits), 0),
        base=next(filter(None, (_text(_value(entry, "target-branch")) for entry in entries)), ""),
        message=next(filter(None, map(_message, entries)), ""),
        unread=tuple(dict.fromkeys(f"{file}: {said}" for entry in entries for said in _unread(entry))),
    )


def _ignores(entry: Any) -> Iterable[str]:
    for rule in _items(_value(entry, "ignore")):
        name = _text(_value(rule, "dependency-name"))
        if name and not any(_value(rule, key) is not None for key in _UNREAD_IGNORE):
            yield name


def _cooldown(node: Any) -> Iterable[int]:
    default = _number(_value(node, "default-days"))
    if default is not None:
        return [default]
    kinds = ("semver-major-days", "semver-minor-days", "semver-patch-days")
    return [days for kind in kinds if (days := _number(_value(node, kind))) is not None]


def _message(entry: Any) -> str:
    prefix = _text(_value(_value(entry, "commit-message"), "prefix"))
    return (
        f"{prefix}{':' if prefix[-1:].isalnum() or prefix.endswith(')') else ''} {{title}}" if prefix else ""
    )


def _unread(entry: Any) -> Iterable[str]:
    for rule in _items(_value(entry, "ignore")):
        name = _text(_value(rule, "dependency-name"))
        for key in _UNREAD_IGNORE:
            if _value(rule, key) is not None:
                yield f"ignore of {name or 'all'} by {key} is not followed"
    for name, body in _pairs(_value(entry, "groups")):
        for key in _UNREAD_GROUP:
            if _value(body, key) is not None:
                yield f"{key} of group {name} is not followed"
    for key in _UNREAD_COOLDOWN:
        if _value(_value(entry, "cooldown"), key) is not None:
            yield f"{key} of cooldown is not followed"


def _tree(content: bytes, file: str) -> Any:
    """The document as nodes: nothing is constructed, so aliases cannot grow."""
    import yaml

    try:
        return yaml.compose(decoded(content, file), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        raise UsageError(f"{place}: no YAML", str(getattr(problem, "problem", "") or problem)) from None


def _pairs(node: Any) -> list[tuple[str, Any]]:
    pairs = node.value if getattr(node, "id", "") == "mapping" else []
    return [(str(key.value), value) for key, value in pairs if key.id == "scalar"]


def _value(node: Any, key: str) -> Any:
    return next((value for name, value in _pairs(node) if name == key), None)


def _items(node: Any) -> list[Any]:
    return list(node.value) if getattr(node, "id", "") == "sequence" else []


def _text(node: Any) -> str:
    return str(node.value) if getattr(node, "id", "") == "scalar" else ""


def _texts(node: Any) -> tuple[str, ...]:
    return tuple(text for item in _items(node) if (text := _text(item)))


def _number(node: Any) -> int | None:
    text = _text(node)
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None
