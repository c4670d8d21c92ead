"""The Pythons that builds may run with: found, named, or no Python at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pinkit.adapters.interpreters import interpreters
from pinkit.errors import Unavailable

OWN = f"{sys.version_info.major}.{sys.version_info.minor}"


def fake(folder: Path, minor: str, *, works: bool = True) -> Path:
    """An executable `pythonMINOR` that answers as an interpreter of that version would."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"python{minor}"
    path.write_text(f"#!/bin/sh\necho {path}\necho {minor}.7\n" if works else "#!/bin/sh\nexit 1\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "bin"), "", str(tmp_path / "absent")]))


def test_our_own_is_always_there() -> None:
    assert list(interpreters()) == [OWN]
    assert interpreters()[OWN].path == Path(os.path.realpath(sys.executable))


def test_path_and_version_managers_are_looked_through_and_minors_ascend(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "3.9")
    fake(tmp_path / "bin", "3.100", works=False)
    (tmp_path / "bin" / "python3.8-config").touch()
    fake(tmp_path / "home" / ".pyenv" / "versions" / "3.10.1" / "bin", "3.10")
    fake(tmp_path / "home" / ".pyenv" / "versions" / "3.9.1" / "bin", "3.9")
    (tmp_path / "home" / ".pyenv" / "versions" / "broken").touch()
    found = interpreters()
    assert list(found) == sorted({"3.9", "3.10", OWN}, key=lambda minor: int(minor.partition(".")[2]))
    assert found["3.9"].path.parent == tmp_path / "bin"


def test_shims_are_no_interpreters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path / "shims", "3.9")
    monkeypatch.setenv("PATH", str(tmp_path / "shims"))
    assert list(interpreters()) == [OWN]


def test_a_named_one_goes_first(tmp_path: Path) -> None:
    fake(tmp_path / "bin", "3.9")
    named = fake(tmp_path / "other", "3.9")
    assert interpreters([str(named)])["3.9"].path == named


def test_a_named_one_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no Python that runs"):
        interpreters([str(fake(tmp_path / "other", "3.9", works=False))])
