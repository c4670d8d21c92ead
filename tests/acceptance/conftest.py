"""Acceptance runs: real projects beside the checkout, a real index by environment; skipped with a reason without them.

PINKIT_SHARED names the folder with the corpus (default: beside the checkout), PINKIT_ACCEPTANCE_INDEX an index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is an acceptance run."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.acceptance)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the corpus."""
    path = Path(os.environ.get("PINKIT_SHARED") or CHECKOUT.parent / "shared")
    if not (path / "corpus").is_dir():
        pytest.skip("no corpus beside the checkout; PINKIT_SHARED can name it")
    return path


@pytest.fixture(scope="session")
def index_url() -> str:
    """An index over everything that the corpus names."""
    url = os.environ.get("PINKIT_ACCEPTANCE_INDEX", "")
    if not url:
        pytest.skip("no index to ask; name one in PINKIT_ACCEPTANCE_INDEX")
    return url


@pytest.fixture(scope="session")
def warm_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all acceptance runs of this process: what is measured here is answers, not time."""
    return tmp_path_factory.mktemp("acceptance-cache")


class Tool:
    """Runs pinkit and uv as a user would, in `cwd`, against the index."""

    def __init__(self, index_url: str, cache: Path) -> None:
        self.index_url, self.cache = index_url, cache

    def lock(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """`pinkit lock ARGUMENTS`, against the index."""
        return self.pinkit("lock", "--index-url", self.index_url, *arguments, cwd=cwd)

    def pinkit(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """`pinkit ARGUMENTS`."""
        command = [
            sys.executable,
            "-m",
            "pinkit",
            "--quiet",
            "--cache-dir",
            str(self.cache / "pinkit"),
            *arguments,
        ]
        return _run(command, cwd)

    def uv_compile(self, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        """`uv pip compile ARGUMENTS`; skips where uv is not installed."""
        command = [self.uv, "pip", "compile", "--quiet", "--no-python-downloads"]
        command += ["--default-index", self.index_url, "--cache-dir", str(self.cache / "uv")]
        return _run([*command, *arguments], cwd)

    @property
    def uv(self) -> str:
        """The uv beside this interpreter, or on PATH; skips where there is none."""
        beside = Path(sys.executable).with_name("uv")
        found = str(beside) if beside.exists() else shutil.which("uv")
        return found or pytest.skip("uv is not installed")


def _run(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (
        f"exit code {done.returncode} from {' '.join(command)}\n{done.stderr[-4000:]}"
    )
    return done


@pytest.fixture(scope="session")
def tool(index_url: str, warm_cache: Path) -> Tool:
    """pinkit and uv over the acceptance index."""
    return Tool(index_url, warm_cache)


@pytest.fixture(scope="session")
def python312(tool: Tool) -> str:
    """A Python 3.12, for the locks made for it."""
    del tool
    named = os.environ.get("PINKIT_ACCEPTANCE_PYTHON312", "")
    found = named or shutil.which("python3.12")
    return found or pytest.skip("no Python 3.12; PINKIT_ACCEPTANCE_PYTHON312 can name one")
