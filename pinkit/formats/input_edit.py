"""Input files of people as statements that can be changed one by one: requirements files and pyproject.toml."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats import pyproject_edit, requirements_edit
from pinkit.formats.clause_edit import with_clauses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pinkit.formats.clause_edit import Statement


def is_input(path: str) -> bool:
    """Whether a path is that of a file whose requirements can be edited here."""
    return "://" not in path and (
        posixpath.splitext(path)[1] in (".in", ".txt") or posixpath.basename(path) == "pyproject.toml"
    )


def statements(content: bytes, file: str) -> tuple[Statement, ...]:
    """The requirements that a file itself states, in order. Raises UsageError where it cannot be read."""
    if file.endswith(".toml"):
        return pyproject_edit.statements(content, file)
    return requirements_edit.statements(content, file)


def with_changed_clauses(
    content: bytes, file: str, change: Callable[[Statement], Callable[[str], str] | None]
) -> bytes:
    """`content` with the clauses of each statement changed by what `change` gives for it (None: left alone).

    The same bytes where the file cannot be read by itself, is not in UTF-8 (plans are), or where anything but
    specifiers would change.
    """

    def rewrite(statement: Statement) -> str:
        clause = change(statement)
        return statement.text if clause is None else with_clauses(statement.text, clause)

    try:
        content.decode()
        edited = _rewritten(content, file, rewrite)
        return edited if _stated(edited, file) == _stated(content, file) else content
    except (UsageError, UnicodeDecodeError):
        return content


def changed_names(base: bytes, head: bytes, file: str) -> frozenset[str]:
    """Names whose statements of `base` are others in `head`, as many and in the same sections.

    None where one of both cannot be read by itself or is not in UTF-8.
    """
    try:
        (base + head).decode()
        old, new = _by_name(base, file), _by_name(head, file)
    except (UsageError, UnicodeDecodeError):
        return frozenset()
    return frozenset(
        name
        for name in old.keys() & new.keys()
        if _sections(old[name], file) == _sections(new[name], file)
        and [each.text for each in old[name]] != [each.text for each in new[name]]
    )


def with_statements_of(base: bytes, head: bytes, file: str, names: Collection[str]) -> bytes:
    """`head` with the statements of `names` as they are in `base`; `names` are among `changed_names`."""
    old = {name: list(each) for name, each in _by_name(base, file).items() if name in names} if names else {}
    if not old:
        return head
    return _rewritten(head, file, lambda each: old[each.name].pop(0).text if each.name in old else each.text)


def exact_versions(content: bytes, file: str, names: Collection[str]) -> Mapping[str, str]:
    """Versions that statements of `names` pin with a plain "==", by name."""
    specifiers = {each.name: each.specifier for each in statements(content, file) if each.name in names}
    return {
        name: specifier.removeprefix("==").strip()
        for name, specifier in specifiers.items()
        if specifier.startswith("==") and not {"*", ",", "="} & set(specifier[2:])
    }


def differences(before: bytes, after: bytes, file: str) -> tuple[tuple[Statement, Statement], ...]:
    """(before, after) of each statement that differs, where both have the same ones in the same order."""
    both = zip(statements(before, file), statements(after, file), strict=True)
    return tuple((old, new) for old, new in both if old.text != new.text)


def _rewritten(content: bytes, file: str, rewrite: Callable[[Statement], str]) -> bytes:
    if file.endswith(".toml"):
        return pyproject_edit.rewritten(content, file, rewrite)
    return requirements_edit.rewritten(content, file, rewrite)


def _stated(content: bytes, file: str) -> list[tuple[str, str]]:
    return [(each.name, each.place) for each in statements(content, file)]


def _by_name(content: bytes, file: str) -> dict[str, tuple[Statement, ...]]:
    found: dict[str, tuple[Statement, ...]] = {}
    for each in statements(content, file):
        found[each.name] = (*found.get(each.name, ()), each)
    return found


def _sections(found: Collection[Statement], file: str) -> list[str]:
    """What two versions of a file have to agree on: sections of a pyproject.toml, elsewhere the number."""
    return [each.place if file.endswith(".toml") else "" for each in found]
