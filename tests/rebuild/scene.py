"""An index on loopback with one release that a lock pins, and the command line that verifies it."""

from __future__ import annotations

import hashlib
from itertools import count
from typing import TYPE_CHECKING

import typer

from pinkit.cli import verify
from pinkit.cli.console import Console
from pinkit.cli.settings import Settings
from tests.support.distributions import Built, wheel

from .small_world import BACKEND, MOMENT, PYPROJECT, SmallIndex, published_wheel, rebuilder, sdist

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.index_server import IndexServer

BEFORE, UPLOADED, AFTER = "2024-01-01T00:00:00Z", "2024-07-03T00:00:00Z", "2025-01-01T00:00:00Z"
NEEDS_TOOL = PYPROJECT.replace("[]", '["demo-tool"]')


class Scene:
    """An index with `demo` 1.0, a lock that pins it, and the command line."""

    def __init__(self, server: IndexServer, folder: Path) -> None:
        self.server, self.folder, self._numbers = server, folder, count()
        self.remake(BACKEND)
        server.add("demo-tool", wheel("demo-tool", "1.0"), upload_time=BEFORE)
        server.add("demo-tool", wheel("demo-tool", "2.0"), upload_time=AFTER)

    def remake(self, backend: str) -> None:
        """Publish what this backend makes: the wheel without the tool that its sdist asks for."""
        place = self.folder / f"made-{next(self._numbers)}"
        self.sdist = sdist(place / "sources", files={"pyproject.toml": NEEDS_TOOL, "backend.py": backend})
        plain = sdist(place / "plain", files={"backend.py": backend})
        tools = rebuilder(place, SmallIndex())
        self.wheel = published_wheel(plain, place, tools, env={"SOURCE_DATE_EPOCH": str(MOMENT)})
        self.publish()

    def publish(self, upload_time: str | None = UPLOADED) -> None:
        told = {"upload_time": upload_time} if upload_time else {}
        self.server.remove("demo")
        for path in (self.wheel, self.sdist):
            self.server.put(f"/files/{path.name}", path.read_bytes())
            self.server.add("demo", Built(path.name, path.read_bytes()), **told)
        self.lock = self.folder / "requirements.txt"
        self.lock.write_text(
            f"demo==1.0 \\\n    --hash={digest(self.wheel)} \\\n    --hash={digest(self.sdist)}\n"
        )

    def run(self, *arguments: str) -> int:
        command = typer.main.get_command(verify.app)
        settings = Settings(
            config="", cache_dir=str(self.folder / "cache"), offline=False, console=Console(verbosity=-1)
        )
        done = command(list(arguments), standalone_mode=False, obj=settings)
        return int(done)

    def pins(self, *arguments: str) -> int:
        return self.run("pins", str(self.lock), "--jobs", "2", *arguments)


def digest(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
