"""The shell scripts and the stand-ins they start: what they do, and what they say where they cannot work."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.stand_in import index

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


@pytest.fixture
def ready(checkout: Path) -> Path:
    """A checkout whose environment is this one, and says that it holds the locks."""
    shutil.copytree(ROOT / "examples", checkout / "examples")
    for name, words in {"python": "", "pinkit": "-m pinkit "}.items():
        program = checkout / ".venv/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n')
        program.chmod(0o755)
    stamp = (
        'source "$0/scripts/environment.sh"; digest_of "$root/pyproject.toml" >"$venv/.installed"; '
        'for lock in runtime build; do digest_of "$root/lockfiles/$lock.txt" >"$(stamp_of "$lock")"; done'
    )
    assert bash("-euc", stamp, str(checkout), PATH="/usr/bin:/bin").returncode == 0
    return checkout


@pytest.mark.skipif(not shutil.which("git"), reason="git is not installed")
def test_the_demo_goes_from_a_lock_to_a_pull_request_without_a_network(ready: Path) -> None:
    home = ready / "home"
    home.mkdir()
    settings = {"PIP_NO_INDEX": "1", "HOME": str(home), "LANG": "C.UTF-8", "TMPDIR": str(home)}
    done = bash(str(ready / "scripts/demo"), PATH="/usr/bin:/bin", **settings)
    told = dict(re.findall("^  (.+): (.+)$", done.stdout.split("== summary")[1], re.M))
    told.pop("rebuild one pin and compare")  # what a sandbox can do here is another matter
    assert (done.returncode, "error" in done.stderr) == (0, False)
    assert "going on with examples/tearoom and a stand-in index" in done.stdout
    assert told == {
        "lock both layers for every platform": "yes",
        "is a second run a fixed point?": "yes",
        "are the locks an honest answer?": "yes",
        "audit against the made-up advisories": "no, for the reasons above",
        "audit against the public advisories": "not asked, they know nothing of made-up projects",
        "plan a safe upgrade": "yes",
        "apply it": "yes",
        "is the finding gone?": "yes",
        "are the new locks an honest answer?": "yes",
        "open a pull request": "yes",
        "and a second time there is nothing to do": "yes",
    }
    assert re.search(
        r"^pinkit/security: opened http://127\.0\.0\.1:\d+/example/tearoom/pulls/1$", done.stdout, re.M
    )
    assert "1 project changes in 1 of 2 locks. 1 finding is fixed." in done.stdout
    assert "| `requirements.txt` | `stand-in-lid` | 1.0 | 1.1 | fixes EXAMPLE-2026-0003 |" in done.stdout
    assert "pinkit/security: nothing to do, it shows this plan already" in done.stdout
    assert list(home.iterdir()) == []


def test_the_stand_in_index_has_the_files_that_the_example_locks() -> None:
    served = {f"sha256:{hashlib.sha256(content).hexdigest()}" for content in index.files().values()}
    locked = "".join(path.read_text() for path in (ROOT / "examples/tearoom").glob("*.txt"))
    hashes = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", locked))
    assert len(hashes) == 10
    assert hashes <= served
