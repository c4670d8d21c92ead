"""The difference of two locks."""

from __future__ import annotations

import pytest

from pinkit.model.change import changes_between
from pinkit.model.lock import Lock, Pin
from pinkit.render.lock_changes import changes_text, counted


def pin(name: str, version: str = "1", marker: str = "", *hashes: str) -> Pin:
    return Pin(name=name, version=version, marker=marker, hashes=hashes)


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        pytest.param([], [pin("a")], "+ a 1\n", id="added"),
        pytest.param([pin("a")], [], "- a 1\n", id="removed"),
        pytest.param([pin("a")], [pin("a", "2")], "~ a 1 -> 2\n", id="moved"),
        pytest.param([pin("a")], [pin("a", "1", "x")], "= a 1 -> 1 [x] (targets only)\n", id="targets"),
        pytest.param([pin("a")], [pin("a", "1", "", "h")], "= a 1 (hashes only)\n", id="hashes"),
        pytest.param(
            [pin("a", "1", "", "h", "g")], [pin("a", "1", "", "g", "h")], "", id="order says nothing"
        ),
        pytest.param(
            [pin("a", "1", "x"), pin("a", "2", "y")],
            [pin("a", "2", "y"), pin("a", "3", "x")],
            "~ a 1 [x], 2 [y] -> 2 [y], 3 [x]\n",
            id="several versions",
        ),
    ],
)
def test_changes(before: list[Pin], after: list[Pin], text: str) -> None:
    changes = changes_between(Lock(pins=tuple(before)), Lock(pins=tuple(after)))
    assert changes_text(changes) == text
    assert (counted(changes) == "nothing changed") == (text == "")
    assert all(line.endswith("\x1b[0m") for line in changes_text(changes, color=True).splitlines())
