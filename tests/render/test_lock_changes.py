"""What changed in a lock, counted in one phrase."""

from __future__ import annotations

import pytest

from pinkit.model.change import changes_between
from pinkit.model.lock import Lock, Pin
from pinkit.render.lock_changes import counted

A = Pin(name="a", version="1", hashes=("sha256:1",))
B = Pin(name="b", version="1", hashes=("sha256:1",))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        pytest.param([A], [A], "nothing changed", id="nothing"),
        pytest.param([A], [B], "1 added, 1 removed", id="another"),
        pytest.param([A], [Pin(name="a", version="2")], "1 moved", id="moved"),
        pytest.param(
            [A, B],
            [
                Pin(name="a", version="1", hashes=("sha256:2",)),
                Pin(name="b", version="1", marker="os_name == 'nt'", hashes=("sha256:1",)),
            ],
            "1 for other targets, 1 with other hashes",
            id="the same versions",
        ),
    ],
)
def test_changes_are_counted(before: list[Pin], after: list[Pin], said: str) -> None:
    assert counted(changes_between(Lock(pins=tuple(before)), Lock(pins=tuple(after)))) == said
