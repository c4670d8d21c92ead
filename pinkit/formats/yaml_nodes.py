"""A YAML document of other people as nodes: nothing is constructed, so aliases cannot grow."""

from __future__ import annotations

import re
from typing import Any

from pinkit.errors import UsageError
from pinkit.formats.requirements_lines import decoded


def composed(content: bytes, file: str) -> Any:
    """The root node of a document, None for an empty one. Raises UsageError with file and line."""
    import yaml

    try:
        return yaml.compose(decoded(content, file), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f"{file}:{mark.line + 1}" if mark else file
        raise UsageError(f"{place}: no YAML", str(getattr(problem, "problem", "") or problem)) from None


def pairs(node: Any) -> list[tuple[str, Any]]:
    """(key, node) of a mapping, in order; nothing for other nodes."""
    found = node.value if getattr(node, "id", "") == "mapping" else []
    return [(str(key.value), each) for key, each in found if key.id == "scalar"]


def value(node: Any, key: str) -> Any:
    """The node at a key of a mapping, else None."""
    return next((each for name, each in pairs(node) if name == key), None)


def items(node: Any) -> list[Any]:
    """The nodes of a sequence; nothing for other nodes."""
    return list(node.value) if getattr(node, "id", "") == "sequence" else []


def text(node: Any) -> str:
    """The text of a scalar, "" for other nodes."""
    return str(node.value) if getattr(node, "id", "") == "scalar" else ""


def texts(node: Any) -> tuple[str, ...]:
    """The texts of the scalars in a sequence that say something."""
    return tuple(found for each in items(node) if (found := text(each)))


def number(node: Any) -> int | None:
    """A scalar of up to four digits."""
    said = text(node)
    return int(said) if re.fullmatch(r"[0-9]{1,4}", said) else None
