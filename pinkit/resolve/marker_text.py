"""Masks of lanes as PEP 508 text, in uv's style: `python_full_version < '3.14' and sys_platform == 'win32'`.

A mask is covered with rectangles: some Pythons times some platforms, each of which a few comparisons can say.
The cheapest cover is the text. What the text says of environments that are no lane is left open.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from itertools import groupby
from operator import or_
from typing import TYPE_CHECKING, NamedTuple

from pinkit.formats.markers import InvalidMarker
from pinkit.formats.pep440 import sort_key
from pinkit.resolve.lanes import LaneSplit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.resolve.lanes import Lanes

_VARIABLES = ("platform_machine", "platform_python_implementation", "sys_platform")
_DEEPEST = 4


class _Term(NamedTuple):
    """Comparisons joined by "and", with the lanes where they hold; () holds everywhere."""

    lanes: int
    comparisons: tuple[str, ...] = ()

    @property
    def cost(self) -> tuple[int, int, int, tuple[str, ...]]:
        # "== x" says more to a reader than "!= y", so it goes before a few letters less.
        denials = sum("!=" in comparison for comparison in self.comparisons)
        return (len(self.comparisons), denials, sum(map(len, self.comparisons)), self.comparisons)


def marker_text(lanes: Lanes, mask: int, previous: str = "") -> str:
    """A marker that holds in exactly the lanes of `mask` (not 0), "" for all.

    `previous`, the text of an earlier lock, is kept as it is where it says the same.
    """
    return _texts_over(lanes).text(mask, (previous,))


class MarkerTexts:
    """Markers for masks over fixed lanes; memoised, the same text for the same mask on every machine."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._terms: tuple[_Term, ...] = ()
        self._texts: dict[int, str] = {lanes.all: ""}

    def text(self, mask: int, known: Iterable[str] = ()) -> str:
        """A marker that holds in exactly the lanes of `mask`, "" for all; `mask` must not be 0.

        The first of `known` (texts of an earlier lock) that says the same is kept as it is.
        """
        for earlier in known:
            if self._says(earlier, mask):
                return earlier
        found = self._texts.get(mask)
        if found is None:
            found = self._texts[mask] = self._shortest(mask)
        return found

    def _says(self, text: str, mask: int) -> bool:
        try:
            masks = self._lanes.marker(text)
        except (InvalidMarker, LaneSplit):
            return False
        return len(masks) == 1 and masks[""] == mask

    def _shortest(self, mask: int) -> str:
        if not mask or mask & ~self._lanes.all:
            raise ValueError(f"no marker holds for lanes {mask:#x}")
        self._terms = self._terms or _terms(self._lanes)
        inside = [term for term in self._terms if not term.lanes & ~mask]
        found = _cover(mask, inside)
        texts = [" and ".join(term.comparisons) for term in found]
        if len(found) > 1:
            texts = [
                f"({text})" if len(term.comparisons) > 1 else text
                for text, term in zip(texts, found, strict=True)
            ]
        return " or ".join(texts)


@lru_cache(maxsize=4)
def _texts_over(lanes: Lanes) -> MarkerTexts:
    return MarkerTexts(lanes)


def _cover(mask: int, terms: list[_Term]) -> tuple[_Term, ...]:
    """The cheapest terms that together are `mask`, each of them inside it."""
    useful = _undominated(terms)
    best = _greedy(mask, useful)
    # An exact search over few terms; what is more complicated stays as the greedy answer.
    return _search(mask, useful, (), best)


def _undominated(terms: list[_Term]) -> list[_Term]:
    """Of terms that come cheapest first, those that no cheaper one contains."""
    kept: list[_Term] = []
    for term in terms:
        if not any(not term.lanes & ~other.lanes for other in kept):
            kept.append(term)
    return kept


def _greedy(mask: int, terms: list[_Term]) -> tuple[_Term, ...]:
    chosen: list[_Term] = []
    left = mask
    while left:
        best = min(
            terms, key=lambda term: (-(term.lanes & left).bit_count() / len(term.comparisons), term.cost)
        )
        if not best.lanes & left:
            raise AssertionError(f"lanes {left:#x} have no marker of their own")
        chosen.append(best)
        left &= ~best.lanes
    return _ordered(chosen)


def _search(
    left: int, terms: list[_Term], chosen: tuple[_Term, ...], best: tuple[_Term, ...]
) -> tuple[_Term, ...]:
    if not left:
        return min(_ordered(chosen), best, key=_cost)
    if len(chosen) == _DEEPEST or sum(len(term.comparisons) for term in chosen) + 1 > _cost(best)[0]:
        return best
    lowest = left & -left
    for term in terms:
        if term.lanes & lowest:
            best = _search(left & ~term.lanes, terms, (*chosen, term), best)
    return best


def _ordered(terms: Iterable[_Term]) -> tuple[_Term, ...]:
    return tuple(sorted(terms, key=lambda term: term.comparisons))


def _cost(terms: tuple[_Term, ...]) -> tuple[int, int, int, int, tuple[_Term, ...]]:
    costs = [term.cost for term in terms]
    return (
        sum(cost[0] for cost in costs),
        sum(cost[1] for cost in costs),
        len(terms),
        sum(cost[2] for cost in costs),
        terms,
    )


def _terms(lanes: Lanes) -> tuple[_Term, ...]:
    """Every conjunction of one condition on Python and one on each other variable; the cheapest for each mask.

    Cheapest first.
    """
    best = {lanes.all: _Term(lanes.all)}
    for conditions in (_python_conditions(lanes), *(_value_conditions(lanes, name) for name in _VARIABLES)):
        for term in list(best.values()):
            for condition in conditions:
                both = _Term(term.lanes & condition.lanes, (*term.comparisons, *condition.comparisons))
                known = best.get(both.lanes)
                if both.lanes and (known is None or both.cost < known.cost):
                    best[both.lanes] = both
    return tuple(sorted(best.values(), key=lambda term: term.cost))


def _value_conditions(lanes: Lanes, variable: str) -> list[_Term]:
    masks: dict[str, int] = {}
    for lane, values in enumerate(lanes.environments):
        masks[values[variable]] = masks.get(values[variable], 0) | 1 << lane
    if len(masks) == 1:
        return []
    return [
        _Term(held, (f"{variable} {operator} '{value}'",))
        for value, mask in masks.items()
        for operator, held in (("==", mask), ("!=", lanes.all & ~mask))
    ]


def _python_conditions(lanes: Lanes) -> list[_Term]:
    """Gapless runs of Pythons, and all but one minor."""
    by_python: dict[str, int] = {}
    for lane, values in enumerate(lanes.environments):
        full = values["python_full_version"]
        by_python[full] = by_python.get(full, 0) | 1 << lane
    order = sorted(by_python, key=lambda full: sort_key(full) or ())
    found: list[_Term] = []
    for start in range(len(order)):
        for end in range(start + 1, len(order) + 1):
            comparisons = []
            if start:
                comparisons.append(f"python_full_version >= '{_short(order[start])}'")
            if end < len(order):
                comparisons.append(f"python_full_version < '{_short(order[end])}'")
            found.append(
                _Term(reduce(or_, (by_python[full] for full in order[start:end])), tuple(comparisons))
            )
    for minor, fulls in groupby(order, key=lambda full: full.rpartition(".")[0]):
        mask = reduce(or_, (by_python[full] for full in fulls))
        found.append(_Term(mask, (f"python_full_version == '{minor}.*'",)))
        found.append(_Term(lanes.all & ~mask, (f"python_full_version != '{minor}.*'",)))
    return [term for term in found if term.comparisons]


def _short(full: str) -> str:
    return full.removesuffix(".0")
