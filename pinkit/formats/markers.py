"""Environment markers as text: checked against the grammar of PEP 508 and brought to one spelling.

Nothing is evaluated or simplified here; what a marker means for a target is the resolver's business.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MAX_NESTING = 100

_TOKEN = re.compile(
    r"""[ \t]*(?:
    (?P<paren>[()])
    |(?P<value>'[^']*'|"[^"]*")
    |(?P<op>===|==|~=|!=|<=|>=|<|>|\bnot[ \t]+in\b|\bin\b)
    |(?P<bool>\band\b|\bor\b)
    |(?P<variable>\b(?:
        python_version|python_full_version|os[._]name|sys[._]platform|platform_release|platform_system
        |platform[._]version|platform[._]machine|platform[._]python_implementation|python_implementation
        |implementation_name|implementation_version|extras?|dependency_groups)\b)
    |(?P<end>\Z)
    )""",
    re.VERBOSE,
)
_SEPARATORS = re.compile(r"[-_.]+")


class InvalidMarker(ValueError):
    """The text is no marker; `column` is 0-based in the text, `reason` says what was expected there."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(reason)
        self.reason, self.column = reason, column


class Comparison(NamedTuple):
    """`left op right`; an operand is a variable's name, or a value with a leading quote character."""

    left: str
    op: str
    right: str


Group = tuple["Comparison | Group | str", ...]
"""Items with "and" or "or" between them, as written; "and" binds closer (PEP 508)."""


@lru_cache(maxsize=8192)
def canonical_marker(text: str) -> str:
    """The marker with single spaces, double quotes, current variable names, normalised extra names.

    Raises InvalidMarker. Parentheses are kept except around everything or a single comparison.
    """
    return marker_text(parse_marker(text))


def parse_marker(text: str) -> Group:
    """The structure of a marker as written. Raises InvalidMarker."""
    tokens = _tokens(text)
    group, at = _group(tokens, 0, 0)
    if tokens[at][0] != "end":
        raise InvalidMarker("expected `and`, `or` or the end of the marker", tokens[at][2])
    return group


def marker_text(group: Group) -> str:
    """The text of a parsed marker; `canonical_marker` of it is itself."""
    while len(group) == 1 and not isinstance(group[0], Comparison | str):
        group = group[0]
    return " ".join(_item_text(item) for item in group)


def _item_text(item: Comparison | Group | str) -> str:
    if isinstance(item, str):
        return item
    if isinstance(item, Comparison):
        return f"{_operand(item.left)} {item.op} {_operand(item.right)}"
    while len(item) == 1:
        only = item[0]
        if isinstance(only, Comparison | str):
            return _item_text(only)
        item = only
    return f"({marker_text(item)})"


def _operand(text: str) -> str:
    if text[0] != '"':
        return text
    value = text[1:]
    return f"'{value}'" if '"' in value else f'"{value}"'


_Token = tuple[str, str, int]


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            while text[at] in " \t":
                at += 1
            raise InvalidMarker(
                "expected a marker variable, a quoted string, an operator or a parenthesis", at
            )
        kind = str(match.lastgroup)
        found.append((kind, match[kind], match.start(kind)))
        if kind == "end":
            return found
        at = match.end()


def _group(tokens: list[_Token], at: int, depth: int) -> tuple[Group, int]:
    items: list[Comparison | Group | str] = []
    while True:
        item, at = _item(tokens, at, depth)
        items.append(item)
        kind, text, _ = tokens[at]
        if kind != "bool":
            return tuple(items), at
        items.append(text)
        at += 1


def _item(tokens: list[_Token], at: int, depth: int) -> tuple[Comparison | Group, int]:
    kind, text, column = tokens[at]
    if (kind, text) == ("paren", "("):
        if depth >= MAX_NESTING:
            raise InvalidMarker(f"nested more than {MAX_NESTING} parentheses deep", column)
        group, at = _group(tokens, at + 1, depth + 1)
        if tokens[at][1] != ")":
            raise InvalidMarker("expected a closing parenthesis", tokens[at][2])
        return group, at + 1
    left = _side(tokens[at])
    kind, op, column = tokens[at + 1]
    if kind != "op":
        raise InvalidMarker("expected a comparison: <=, <, !=, ==, >=, >, ~=, ===, in or not in", column)
    right = _side(tokens[at + 2])
    op = " ".join(op.split())
    if left in _EXTRA and right[0] == '"':
        right = '"' + _SEPARATORS.sub("-", right[1:]).lower()
    elif right in _EXTRA and left[0] == '"':
        left = '"' + _SEPARATORS.sub("-", left[1:]).lower()
    return Comparison(left, op, right), at + 3


_EXTRA = frozenset({"extra", "extras", "dependency_groups"})


def _side(token: _Token) -> str:
    kind, text, column = token
    if kind == "value":
        return '"' + text[1:-1]
    if kind != "variable":
        raise InvalidMarker("expected a marker variable or a quoted string", column)
    name = text.replace(".", "_")
    return "platform_python_implementation" if name == "python_implementation" else name
