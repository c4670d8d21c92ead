"""An index that fails in every way: an exit code each, the old lock kept whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import sdist, wheel
from tests.support.index_server import Body, Dropped, Status, Truncated

if TYPE_CHECKING:
    from tests.lock.conftest import Place

PAGE, META = "/simple/a/", "/files/a-2.0-py3-none-any.whl.metadata"


@pytest.mark.parametrize(
    ("path", "fault", "code"),
    [
        pytest.param(PAGE, Status(404), 3, id="gone: nothing to choose from"),
        pytest.param(PAGE, Status(500), 4, id="500 for good"),
        pytest.param(PAGE, Status(403), 4, id="forbidden"),
        pytest.param(PAGE, Body(b"<html><body>please log in</body></html>", "text/html"), 4, id="no index"),
        pytest.param(PAGE, Body(b"{"), 4, id="broken json"),
        pytest.param(PAGE, Body(b'{"files": [{"filename": 1}]}'), 4, id="lying json"),
        pytest.param(PAGE, Truncated(40), 4, id="cut off"),
        pytest.param(PAGE, Dropped(), 4, id="connection lost"),
        pytest.param(PAGE, Status(302, {"Location": PAGE}), 4, id="redirect loop"),
        pytest.param(META, Body(b"Name: a\nVersion: 2.0\n"), 5, id="metadata that is not what was claimed"),
    ],
)
def test_a_fault_has_its_exit_code_and_loses_nothing(
    place: Place, path: str, fault: object, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pinkit.adapters.http_retry.FIRST_WAIT_S", 0.0)
    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    assert place.lock("r.in", "-o", "r.txt").code == 0
    before = place.text("r.txt")
    place.index.add("a", wheel("a", "2.0"))
    place.index.always(path, fault)  # type: ignore[arg-type]
    said = place.lock("r.in", "-o", "r.txt", "-U", "--refresh")
    assert (said.code, place.text("r.txt")) == (code, before)
    assert said.err.startswith("error: ")
    assert sorted(p.name for p in place.folder.iterdir()) == ["r.in", "r.txt"]


def test_a_server_that_is_down(place: Place) -> None:
    place.write(r_in="a\n")
    said = place.run("lock", "r.in", "-i", "http://127.0.0.1:9/simple/", "--python-version", "3.12")
    assert said.code == 4
    assert "127.0.0.1:9" in said.err


def test_an_sdist_that_writes_elsewhere(place: Place) -> None:
    evil = sdist("a", "1.0", metadata_version="1.2", members={"../../evil.py": b"x"})
    place.index.add("a", evil)
    place.write(r_in="a\n")
    assert place.lock("r.in").code == 5


@pytest.mark.parametrize(
    ("text", "part"),
    [
        pytest.param("a==\n", "r.in:1", id="no requirement"),
        pytest.param("a\n-r missing.in\n", "missing.in", id="missing include"),
        pytest.param("a\n--no-such-option\n", "r.in:2", id="unknown option"),
    ],
)
def test_a_bad_input_is_named_with_its_line(place: Place, text: str, part: str) -> None:
    place.write(r_in=text)
    said = place.lock("r.in")
    assert said.code == 2
    assert part in said.err


def test_a_project_that_no_index_had_in_an_earlier_run_is_told_so(place: Place) -> None:
    place.write(r_in="a\n")
    first, again = place.lock("r.in"), place.lock("r.in")
    assert (first.code, again.code) == (3, 3)
    assert "no index has a project named a" in again.err
    assert ("earlier run" in first.err, "earlier run: --refresh asks again" in again.err) == (False, True)
    assert "earlier run" not in place.lock("r.in", "--refresh").err
    place.index.add("a", wheel("a", "1.0"))
    assert place.lock("r.in").code == 3
    assert place.lock("r.in", "--refresh").code == 0


def test_what_no_folder_has_is_not_remembered(place: Place) -> None:
    (place.folder / "empty").mkdir()
    place.write(r_in="a\n")
    for _ in range(2):
        said = place.run("lock", "r.in", "-i", (place.folder / "empty").as_uri(), "--python-version", "3.12")
        assert (said.code, "earlier run" in said.err) == (3, False)


@pytest.mark.parametrize(
    ("other", "code", "said"),
    [
        pytest.param(None, 3, "  a 1.0: the metadata of a 1.0 cannot be used: ", id="no other release"),
        pytest.param(
            "0.9", 0, "warning: a 1.0 was left out: the metadata of a 1.0 cannot be used: ", id="another one"
        ),
    ],
)
def test_why_metadata_are_of_no_use_is_told(place: Place, other: str | None, code: int, said: str) -> None:
    place.index.add("a", wheel("a", "1.0", ("???",)))
    if other:
        place.index.add("a", wheel("a", other))
    place.write(r_in="a\n")
    told = place.lock("r.in", "-o", "r.txt")
    line = next((line for line in told.err.splitlines() if line.startswith(said)), "")
    assert (told.code, "???" in line) == (code, True), told.err
