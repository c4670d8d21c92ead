"""The scene that commands are tried in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.index_server import IndexServer

from .scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.chdir(tmp_path)
    with IndexServer() as server:
        monkeypatch.setenv("PIP_INDEX_URL", server.url)
        yield Scene(server, tmp_path)
