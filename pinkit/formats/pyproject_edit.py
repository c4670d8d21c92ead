"""Edits of single requirements of a pyproject.toml; everything else stays byte for byte (tomlkit).

Dependencies and optional dependencies of [project] (PEP 621), and [dependency-groups] (PEP 735).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.formats.clause_edit import Statement
from pinkit.formats.pep508 import InvalidRequirement, normalized_name, parse_requirement
from pinkit.formats.toml_text import parsed_toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def statements(content: bytes, file: str) -> tuple[Statement, ...]:
    """The requirements in the order of the tables' keys; their places are the sections of origins.

    What is no requirement is passed over. Raises UsageError where the file is no TOML.
    """
    return tuple(each for _, _, each in _all(parsed_toml(content, file)))


def rewritten(content: bytes, file: str, rewrite: Callable[[Statement], str]) -> bytes:
    """`content` with what `rewrite` makes of the text of each requirement; it is asked once each, in order.

    The quotes stay. The same bytes where the rest of the document could not be kept as it is.
    """
    import tomlkit

    plain = parsed_toml(content, file)
    text = content.decode()
    document = tomlkit.parse(text)
    if tomlkit.dumps(document) != text:
        return content
    for (array, index, each), (values, _, _) in zip([*_all(document)], [*_all(plain)], strict=True):
        changed, written = rewrite(each), array[index]
        # A string in escapes that tomlkit would write otherwise stays as it is.
        if changed != each.text and _quoted(each.text, written).as_string() == written.as_string():
            array[index] = _quoted(changed, written)
            values[index] = changed
    edited = tomlkit.dumps(document).encode()
    return edited if parsed_toml(edited, file) == plain else content


def _all(document: Any) -> Iterable[tuple[Any, int, Statement]]:
    """(array, index, statement) of every requirement of a document, be it plain or tomlkit's."""
    for section, array in _arrays(document):
        for index, item in enumerate(array):
            name, specifier = _parsed(item)
            if name:
                yield array, index, Statement(name=name, place=section, text=str(item), specifier=specifier)


def _parsed(item: Any) -> tuple[str, str]:
    if not isinstance(item, str):
        return "", ""
    try:
        parsed = parse_requirement(str(item))
    except InvalidRequirement:
        return "", ""
    return parsed.name, parsed.specifier


def _arrays(document: Any) -> Iterable[tuple[str, Any]]:
    project = _table(document, "project")
    found = [("project.dependencies", project.get("dependencies"))]
    for kind, table in (
        ("extra", _table(project, "optional-dependencies")),
        ("group", _table(document, "dependency-groups")),
    ):
        found += [(f"{kind}:{normalized_name(name)}", array) for name, array in table.items()]
    return ((section, array) for section, array in found if isinstance(array, list))


def _table(parent: Any, key: str) -> Any:
    table = parent.get(key)
    return table if isinstance(table, dict) else {}


def _quoted(text: str, like: Any) -> Any:
    import tomlkit

    raw = like.as_string()
    return tomlkit.string(text, literal=raw[0] == "'", multiline=raw[:3] in ('"""', "'''"))
