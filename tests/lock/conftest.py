"""A folder, an index on loopback, and `pinkit lock` run as a user runs it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from pinkit.cli.app import run
from pinkit.cli.memo import remembered
from tests.support.index_server import IndexServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Said:
    """How a run ended."""

    code: int
    out: str
    err: str


@dataclass
class Place:
    """The user's folder; `lock` runs the command in it against the index, for one target unless told."""

    folder: Path
    index: IndexServer
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def write(self, **files: str) -> None:
        for name, content in files.items():
            path = self.folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def run(self, *arguments: str) -> Said:
        self.capture.readouterr()
        self.monkeypatch.setattr(sys, "argv", ["pinkit", *arguments])
        known = remembered(list(arguments))
        code = run(list(arguments)) if known is None else known
        captured = self.capture.readouterr()
        return Said(code, captured.out, captured.err)

    def lock(self, *arguments: str) -> Said:
        target = () if {"--universal", "--target"} & set(arguments) else ("--python-version", "3.12")
        platform = () if not target or "--python-platform" in arguments else ("--python-platform", "linux")
        return self.run("lock", *arguments, *target, *platform, "-i", self.index.url)

    def pins(self, *arguments: str) -> list[str]:
        """The requirement lines of a lock of r.in on stdout."""
        said = self.lock("r.in", "--no-header", "--no-annotate", *arguments)
        assert said.code == 0, said.err
        return [line.removesuffix(" \\") for line in said.out.splitlines() if line[:1] not in ("", " ", "#")]


@pytest.fixture
def index() -> Iterator[IndexServer]:
    with IndexServer() as server:
        yield server


@pytest.fixture
def place(
    tmp_path: Path, index: IndexServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, index, capsys, monkeypatch)
