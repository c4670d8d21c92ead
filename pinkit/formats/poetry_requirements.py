"""[tool.poetry] dependencies to requirement lines (PEP 508): caret and tilde bounds, extras, markers, sources."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier, normalized_name, parse_requirement
from pinkit.formats.toml_text import Table, table_at

_NUMBERS = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)([^0-9.].*)?\Z")
_MINOR = re.compile(r"(?:>=|\^|~|==)?\s*(3\.[0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class PoetryGroup:
    """A dependency group of poetry, "main" first: requirement lines, and what could not be carried over.

    `python` is the lowest minor that the project supports, "" where it cannot be told.
    """

    name: str
    requirements: tuple[str, ...]
    notes: tuple[str, ...] = ()
    python: str = ""


def poetry_groups(document: Table, file: str) -> tuple[PoetryGroup, ...]:
    """The groups of [tool.poetry], the main one first. Raises UsageError for tables of another kind."""
    main = table_at(document, "tool.poetry.dependencies", file)
    python = _MINOR.match(str(main.get("python", "")))
    lowest = python[1] if python else ""
    groups = {"main": {name: value for name, value in main.items() if name != "python"}}
    groups["dev"] = dict(table_at(document, "tool.poetry.dev-dependencies", file))
    for name in table_at(document, "tool.poetry.group", file):
        more = table_at(document, f"tool.poetry.group.{name}.dependencies", file)
        groups[normalized_name(name)] = groups.get(normalized_name(name), {}) | more
    return tuple(_group(name, table, lowest) for name, table in groups.items() if table or name == "main")


def _group(name: str, table: Table, python: str) -> PoetryGroup:
    lines: list[str] = []
    notes: list[str] = []
    for project, value in table.items():
        for entry in value if isinstance(value, list) else [value]:
            try:
                lines.append(_line(project, entry, notes))
            except (AttributeError, InvalidRequirement, KeyError, TypeError, ValueError) as problem:
                notes.append(f"{project} = {entry!r} could not be carried over: {problem}")
    return PoetryGroup(name=name, requirements=tuple(sorted(lines)), notes=tuple(notes), python=python)


def _line(project: str, entry: Any, notes: list[str]) -> str:
    if isinstance(entry, str):
        entry = {"version": entry}
    extras = f"[{','.join(sorted(entry.get('extras', ())))}]" if entry.get("extras") else ""
    marker = _marker(entry)
    notes += [
        f"{project}: {key} has no counterpart" for key in ("source", "allow-prereleases") if key in entry
    ]
    if entry.get("optional"):
        notes.append(f"{project} is optional there, required here")
    if "git" in entry:
        revision = entry.get("rev") or entry.get("tag") or entry.get("branch") or ""
        place = f" @ git+{entry['git']}{'@' if revision else ''}{revision}"
        place += f"#subdirectory={entry['subdirectory']}" if "subdirectory" in entry else ""
    elif "url" in entry:
        place = f" @ {entry['url']}"
    elif "path" in entry:
        return f"{'-e ' if entry.get('develop') else ''}./{entry['path'].removeprefix('./')}{extras}"
    else:
        place = poetry_specifier(entry["version"])
    line = f"{project}{extras}{place}" + (f" ; {marker}" if marker else "")
    parse_requirement(line)
    return line


def _marker(entry: Table) -> str:
    parts = [str(entry["markers"])] if entry.get("markers") else []
    if entry.get("python"):
        clauses = poetry_specifier(str(entry["python"])).split(",")
        parts += [_python_marker(clause) for clause in clauses if clause]
    if entry.get("platform"):
        parts.append(f'sys_platform == "{entry["platform"]}"')
    return " and ".join(f"({part})" if " or " in part else part for part in parts)


def _python_marker(clause: str) -> str:
    match = re.match(r"(~=|==|!=|<=|>=|<|>)(.*)", clause)
    if match is None:
        raise ValueError(f"{clause!r} is no bound of Python")
    operator, version = match.groups()
    variable = "python_full_version" if version.count(".") > 1 and "*" not in version else "python_version"
    return f'{variable} {operator} "{version}"'


def poetry_specifier(text: str) -> str:
    """Poetry's constraint as PEP 440 clauses: "^1.2" is ">=1.2,<2", "~1.2" is ">=1.2,<1.3", "1.2" is "==1.2".

    Raises ValueError for alternatives ("||"), which a specifier cannot say.
    """
    if "||" in text or "|" in text:
        raise ValueError("alternatives (`||`) have no counterpart in one requirement")
    clauses = [
        _clause(part) for part in re.split(r"\s*,\s*|(?<=[0-9*])\s+(?=[<>=!~^])", text.strip()) if part
    ]
    return canonical_specifier(",".join(clause for clause in clauses if clause))


def _clause(text: str) -> str:
    if text == "*":
        return ""
    if text.startswith("^"):
        return _range(text[1:].strip(), caret=True)
    if text.startswith("~") and not text.startswith("~="):
        return _range(text[1:].strip(), caret=False)
    if text[0].isdigit():
        return f"=={text}"
    return text


def _range(version: str, *, caret: bool) -> str:
    match = _NUMBERS.match(version)
    if match is None:
        raise ValueError(f"{version!r} is no version")
    numbers = [int(part) for part in match[1].split(".")]
    if caret:
        # The leftmost number that is not zero may not change.
        at = next((index for index, number in enumerate(numbers) if number), len(numbers) - 1)
    else:
        at = min(1, len(numbers) - 1)
    upper = [*numbers[:at], numbers[at] + 1]
    return f">={version},<{'.'.join(map(str, upper))}"
