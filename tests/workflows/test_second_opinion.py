"""Every way in which another locker's answer can differ is told with its reason."""

from __future__ import annotations

import pytest

from pinkit.model.lock import Lock, Pin
from pinkit.workflows.second_opinion import opinion_findings


def lock(*pins: tuple[str, str, tuple[str, ...]]) -> Lock:
    return Lock(
        pins=tuple(Pin(name=n, version=v, via=via, line=at) for at, (n, v, via) in enumerate(pins, start=1))
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        pytest.param([("a", "1.0", ())], [("a", "1.0.0", ())], [], id="the same"),
        pytest.param([("a", "1", ())], [("a", "2", ())], [("a", 1, "a newer one")], id="newer"),
        pytest.param([("a", "2", ())], [("a", "1", ())], [("a", 1, "an older one")], id="older"),
        pytest.param([], [("a", "1", ("b",))], [("a", 0, "asked for by b")], id="only theirs"),
        pytest.param([], [("a", "1", ())], [("a", 0, "does not say")], id="only theirs, unexplained"),
        pytest.param([("a", "1", ("-r x.in",))], [], [("a", 1, "asked for by -r x.in")], id="only ours"),
        pytest.param([("a", "1", ())], [], [("a", 1, "nobody")], id="only ours, unexplained"),
    ],
)
def test_differences(ours: list, theirs: list, said: list[tuple[str, int, str]]) -> None:
    found = opinion_findings("r.txt", lock(*ours), lock(*theirs), "other")
    assert [(f.name, f.line) for f in found] == [(name, line) for name, line, _ in said]
    assert all(part in finding.message for finding, (_, _, part) in zip(found, said, strict=True))
