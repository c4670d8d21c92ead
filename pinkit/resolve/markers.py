"""Environment markers (PEP 508) -> masks of lanes, each distinct marker once.

Equal to packaging's `Marker.evaluate` in the context "metadata" for every lane. `extras` and
`dependency_groups` (PEP 751) have no meaning here: they belong to lock files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.formats.markers import Comparison, InvalidMarker, parse_marker
from pinkit.formats.pep508 import normalized_name
from pinkit.resolve.specifiers import InvalidSpecifier, contains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.formats.markers import Group

Columns = dict[str, tuple[tuple[str, int], ...]]
"""Marker variable -> its distinct values with the lanes that have each."""

VERSION_VARIABLES = frozenset(
    {"implementation_version", "platform_release", "python_full_version", "python_version"}
)
_EXTRA_ALONE = re.compile(r"""extra == (["'])([A-Za-z0-9._-]+)\1""")
_EXTRA_LAST = re.compile(r"""(.+) and extra == (["'])([A-Za-z0-9._-]+)\2""")
_WORD = re.compile(r"[A-Za-z0-9._-]+")


class Masks:
    """The masks of markers over fixed lanes, memoised.

    `examine` is called once for each distinct comparison (variable, operator, left, right) that is about to
    be evaluated; it may raise to say that the lanes are too coarse for it.
    """

    def __init__(
        self, columns: Columns, lanes: int, examine: Callable[[str, str, str, str], None] | None = None
    ) -> None:
        self._columns, self._lanes, self._examine = columns, lanes, examine
        self._masks: dict[str, Mapping[str, int]] = {"": {"": lanes}}
        self._comparisons: dict[Comparison, int] = {}

    def of(self, text: str) -> Mapping[str, int]:
        """Lanes where `text` holds: "" with no extra asked, and one key for each extra that it mentions.

        Raises `formats.markers.InvalidMarker` for what has no meaning (PEP 508, "undefined comparison").
        """
        found = self._masks.get(text)
        if found is None:
            found = self._masks[text] = self._evaluated(text)
        return found

    def _evaluated(self, text: str) -> Mapping[str, int]:
        # Nine of ten markers of real metadata select an extra, alone or after a condition.
        if match := _EXTRA_ALONE.fullmatch(text):
            return {"": 0, normalized_name(match[2]): self._lanes}
        if " or " not in text and text.count("extra") == 1 and (match := _EXTRA_LAST.fullmatch(text)):
            return {"": 0, normalized_name(match[3]): self.of(match[1])[""]}
        try:
            group = parse_marker(text)
        except RecursionError:
            raise InvalidMarker("nested too deeply", 0) from None
        mentioned: set[str] = set()
        _mentioned(group, mentioned)
        return {extra: self._group(group, extra) for extra in ("", *sorted(mentioned))}

    def _group(self, group: Group, extra: str) -> int:
        result, conjunction = 0, self._lanes
        for item in group:
            if item == "or":
                result |= conjunction
                conjunction = self._lanes
            elif isinstance(item, Comparison):
                conjunction &= self._comparison(item, extra)
            elif not isinstance(item, str):
                conjunction &= self._group(item, extra)
        return result | conjunction

    def _comparison(self, item: Comparison, extra: str) -> int:
        variable = item.left if item.left[0] != '"' else item.right
        if variable == "extra":
            left = extra if item.left == "extra" else item.left[1:]
            right = extra if item.left != "extra" else item.right.removeprefix('"')
            return self._lanes if _compared(variable, left, item.op, right) else 0
        mask = self._comparisons.get(item)
        if mask is None:
            mask = self._comparisons[item] = self._compared(variable, item)
        return mask

    def _compared(self, variable: str, item: Comparison) -> int:
        column = self._columns.get(variable)
        if column is None:
            raise InvalidMarker(f"{variable.removeprefix(chr(34))!r} has no meaning here", 0)
        if self._examine is not None:
            self._examine(variable, item.op, item.left, item.right)
        mask = 0
        for value, lanes in column:
            if holds(variable, item.op, item.left, item.right, value):
                mask |= lanes
        return mask


def holds(variable: str, op: str, left: str, right: str, value: str) -> bool:
    """Whether `left op right` holds where `variable` has `value`; operands as in `formats.markers.Comparison`.

    Raises InvalidMarker where PEP 508 gives the comparison no meaning.
    """
    # A variable on the right of another one is taken for its name, as packaging does.
    if left[0] != '"':
        return _compared(variable, value, op, right.removeprefix('"'))
    return _compared(variable, left[1:], op, value)


def _compared(variable: str, left: str, op: str, right: str) -> bool:
    if variable in VERSION_VARIABLES and op not in ("in", "not in") and "," not in right:
        try:
            if right and not right.isspace():
                return contains(op + right, left)
        except InvalidSpecifier:
            pass
    match op:
        case "in":
            return left in right
        case "not in":
            return left not in right
        case "==" | "<=" | ">=":
            return left == right
        case "!=":
            return left != right
        case "<" | ">":
            return False
        case _:
            raise InvalidMarker(f"`{op}` has no meaning between {left!r} and {right!r}", 0)


def _mentioned(group: Group, extras: set[str]) -> None:
    for item in group:
        if isinstance(item, Comparison):
            if "extra" in (item.left, item.right):
                literal = item.right if item.left == "extra" else item.left
                words = [literal[1:]] if item.op in ("==", "!=") else _WORD.findall(literal[1:])
                extras.update(words)
        elif not isinstance(item, str):
            _mentioned(item, extras)
