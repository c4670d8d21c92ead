"""The shell scripts: what they say where they cannot work. That they work is what CI's own run shows."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ("scripts/environment.sh", "scripts/test", "scripts/demo", ".ci/run")
BASH = shutil.which("bash")

pytestmark = pytest.mark.skipif(not BASH, reason="bash is not installed")


def bash(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(BASH), *arguments], env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Scripts and locks alone, so that nothing here touches the real environment."""
    for folder in ("scripts", "lockfiles"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def old_python(folder: Path) -> None:
    """A python3 that says of itself that it is too old."""
    folder.mkdir()
    (folder / "python3").write_text("#!/bin/sh\nexit 1\n")
    (folder / "python3").chmod(0o755)


@pytest.mark.parametrize("script", SCRIPTS)
def test_is_valid_bash(script: str) -> None:
    assert bash("-n", str(ROOT / script)).stderr == ""


@pytest.mark.parametrize("script", ["scripts/test", "scripts/demo"])
def test_says_which_python_it_needs(script: str, checkout: Path) -> None:
    old_python(checkout / "bin")
    done = bash(str(checkout / script), PATH=str(checkout / "bin"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no Python >= 3.11 on PATH")


def test_says_what_to_do_without_an_index(checkout: Path) -> None:
    settings = {
        "PIP_NO_INDEX": "1",
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_FIND_LINKS": "",
        "HOME": str(checkout),
    }
    path = f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin"
    done = bash(str(checkout / "scripts/demo"), PATH=path, PINKIT_PYTHON=sys.executable, **settings)
    assert done.returncode == 1
    assert "error: pip could not install the locked dependencies" in done.stderr
    assert not (checkout / ".venv/.locked-runtime").exists()


def test_a_stamped_environment_is_left_alone(checkout: Path) -> None:
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to(sys.executable)
    stamp = (
        'source "$0/scripts/environment.sh"; digest_of "$root/lockfiles/build.txt" >"$venv/.locked-build"; '
        'digest_of "$root/pyproject.toml" >"$venv/.installed"; prepare_environment build; echo ready'
    )
    done = bash("-euc", stamp, str(checkout), PATH="/usr/bin:/bin")
    assert (done.returncode, done.stdout, done.stderr) == (0, "ready\n", "")
