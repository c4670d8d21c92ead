"""`pinkit sync` in a real virtual environment: three states end as locked; a wrong hash changes nothing."""

from __future__ import annotations

import subprocess
import sys
import venv
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.environments import environment_python, look_at
from pinkit.errors import Unsolvable, UsageError
from pinkit.formats.settings import LockSettings
from pinkit.model.lock import Lock, Pin
from pinkit.workflows.sync import applicable, plan_text, require_fit, require_target, sync_plan
from tests.support.distributions import wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lock.conftest import Place

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"


def installed(python: Path) -> dict[str, str]:
    found = look_at(str(python)).installed
    return {name: version for name, version in found.items() if name not in ("pip", "setuptools")}


def test_an_environment_ends_as_locked(place: Place) -> None:
    for name in ("app", "lib", "stranger"):
        place.index.add(name, wheel(name, "1.0"), wheel(name, "2.0"))
    place.monkeypatch.setenv("PIP_INDEX_URL", place.index.url)
    place.write(r_in="app\nlib\n")
    assert place.run("lock", "r.in", "-o", "r.txt", "--python-version", VERSION).code == 0
    venv.create(place.folder / "env", with_pip=True)
    python = place.folder / "env" / "bin" / "python"
    locked = {"app": "2.0", "lib": "2.0"}

    dry = place.run("sync", "r.txt", "--python", str(python), "--dry-run")
    assert (dry.code, dry.out, installed(python)) == (0, "+ app 2.0\n+ lib 2.0\n", {})
    said = place.run("sync", "r.txt", "--python", str(python))
    assert (said.code, installed(python)) == (0, locked), said.err

    pip = [str(python), "-m", "pip", "install", "-q", "--no-deps", "app==1.0", "stranger==1.0"]
    subprocess.run(pip, check=True)
    forged = place.text("r.txt")
    honest = forged
    for line in forged.splitlines():
        if "--hash" in line:
            forged = forged.replace(line.strip(" \\"), f"--hash=sha256:{'1' * 64}")
    place.write(r_txt=forged)
    before = installed(python)
    refused = place.run("sync", "r.txt", "--python", str(python))
    assert (refused.code, installed(python)) == (5, before)

    place.write(r_txt=honest)
    said = place.run("sync", "r.txt", "--python", str(python))
    assert said.out == "~ app 1.0 -> 2.0\n- stranger 1.0\n"
    assert (said.code, installed(python)) == (0, locked), said.err
    again = place.run("sync", "r.txt", "--python", str(python))
    assert (again.code, again.out) == (0, "")

    place.index.add("odd", wheel("odd", "1.0", tag="cp27-cp27m-win32"))
    place.write(r_in="odd\n")
    assert place.run("lock", "r.in", "-o", "odd.txt", "--universal", "--python-version", VERSION).code == 0
    unfit = place.run("sync", "odd.txt", "--python", str(python))
    assert (unfit.code, installed(python)) == (3, locked)


@pytest.mark.parametrize(
    ("pins", "names"),
    [
        pytest.param([("a", "1", "")], ["a"], id="plain"),
        pytest.param(
            [("a", "1", "sys_platform == 'linux'"), ("b", "1", "os_name == 'nt'")], ["a"], id="markers"
        ),
    ],
)
def test_which_pins_apply(pins: list[tuple[str, str, str]], names: list[str]) -> None:
    made = [Pin(name=n, version=v, marker=m, hashes=("sha256:x",)) for n, v, m in pins]
    assert list(applicable(made, {"sys_platform": "linux", "os_name": "posix"})) == names


def test_a_lock_that_cannot_be_followed() -> None:
    one, two = (Pin(name="a", version=v, hashes=("sha256:x",)) for v in ("1", "2"))
    with pytest.raises(UsageError, match="two versions of a"):
        applicable([one, two], {})
    with pytest.raises(UsageError, match="has no hash"):
        applicable([Pin(name="a", version="1")], {})


def test_the_plan_spares_what_pip_sync_spares() -> None:
    pins = {"a": Pin(name="a", version="1.0"), "b": Pin(name="b", version="2")}
    plan = sync_plan(pins, {"a": "1", "b": "1", "c": "1", "pip": "24"})
    assert plan_text(plan) == "~ b 1 -> 2\n- c 1\n"
    assert sync_plan({"a": pins["a"]}, {"a": "1.0.0"}).empty


def test_which_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    with pytest.raises(UsageError, match="no environment"):
        environment_python()
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    assert environment_python() == ".venv/bin/python"
    assert environment_python("x") == "x"
    with pytest.raises(UsageError, match="does not run"):
        look_at(str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("lock", "said"),
    [
        pytest.param(
            Lock(pins=(), environments=("sys_platform == 'win32'", "python_version < '3'")),
            "r is for other environments than this one",
            id="environments",
        ),
        pytest.param(
            Lock(pins=(), environments=("sys_platform == 'win32'", "python_version > '3'")),
            "",
            id="one of them",
        ),
        pytest.param(Lock(pins=(), requires_python=">=3.13"), "r requires Python >=3.13", id="Python"),
        pytest.param(Lock(pins=(), requires_python=">=3.12"), "", id="a Python that fits"),
        pytest.param(
            Lock(pins=(Pin(name="a", version="1", hashes=("sha256:00",), requires_python=">=3.13"),)),
            "a 1 requires Python >=3.13",
            id="Python of a pin",
        ),
        pytest.param(
            Lock(
                pins=(
                    Pin(
                        name="a",
                        version="1",
                        hashes=("sha256:00",),
                        requires_python=">=3.13",
                        marker="os_name == 'x'",
                    ),
                )
            ),
            "",
            id="a pin that is not meant",
        ),
    ],
)
def test_a_lock_for_another_environment_is_refused(lock: Lock, said: str) -> None:
    markers = {
        "python_full_version": "3.12.1",
        "python_version": "3.12",
        "sys_platform": "linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    }
    with pytest.raises(Unsolvable, match=said) if said else nullcontext():
        require_fit("r", lock, markers)
        applicable(lock.pins, markers)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        pytest.param({}, "", id="nothing said"),
        pytest.param({"python_platform": "linux", "python": "3.12"}, "", id="this one"),
        pytest.param({"python": "3.12.4"}, "", id="another patch release"),
        pytest.param({"python_platform": "windows", "python": "3.12"}, "r is for other env", id="platform"),
        pytest.param({"python_platform": "linux-aarch64"}, "r is for other env", id="machine"),
        pytest.param({"python": "3.13"}, "r is for other env", id="Python"),
        pytest.param({"targets": ("windows-x86_64-py312", "linux-x86_64-py312")}, "", id="a target"),
        pytest.param({"targets": ("linux-x86_64-py313",)}, "r is for other env", id="no target"),
        pytest.param({"universal": True, "python": "3.11"}, "", id="universal"),
        pytest.param({"universal": True, "python": "3.13"}, "r requires Python >=3.13", id="below universal"),
    ],
)
def test_a_lock_is_for_what_it_was_locked_for(settings: dict[str, Any], said: str) -> None:
    markers = {"python_full_version": "3.12.1", "sys_platform": "linux", "platform_machine": "x86_64"}
    with pytest.raises(Unsolvable, match=said) if said else nullcontext():
        require_target("r", LockSettings(**settings), markers)


@pytest.mark.parametrize("form", ["pylock.toml", "r.txt", "configured"])
def test_a_lock_for_another_platform_changes_nothing(place: Place, form: str) -> None:
    place.index.add("app", wheel("app", "1.0"))
    place.write(r_in="app\n")
    output = "r.txt" if form == "configured" else form
    if form == "configured":
        place.write(
            pyproject_toml='[[tool.pinkit.lock]]\nname = "r"\ninputs = ["r.in"]\noutput = "r.txt"\n'
            'python = "3.12"\npython-platform = "windows"\n'
        )
        assert place.run("lock", "-i", place.index.url).code == 0
    else:
        assert place.lock("r.in", "-o", output, "--python-platform", "windows").code == 0
    said = place.run("sync", output, "--python", sys.executable, "--dry-run")
    assert (said.code, said.out) == (3, "")
    assert "is for other environments" in said.err


def test_a_lock_of_another_tool_is_taken_as_it_is(place: Place) -> None:
    place.index.add("app", wheel("app", "1.0"))
    place.write(r_in="app\n")
    assert place.lock("r.in", "-o", "r.txt", "--python-platform", "windows").code == 0
    text = place.text("r.txt").splitlines(keepends=True)
    command = "uv pip compile --python-platform windows r.in"
    header = f"# This file was autogenerated by uv via the following command:\n#    {command}\n"
    place.write(r_txt=header + "".join(line for line in text if not line.startswith("#")))
    assert place.run("sync", "r.txt", "--python", sys.executable, "--dry-run").code == 0


def test_a_lock_is_synced_where_its_inputs_are_not(place: Place) -> None:
    place.index.add("app", wheel("app", "1.0"))
    place.write(pyproject_toml='[project]\nname = "p"\nversion = "1"\ndependencies = ["app"]\n')
    assert place.run("lock", "-o", "r.txt", "--python-version", VERSION, "-i", place.index.url).code == 0
    (place.folder / "pyproject.toml").unlink()
    sync = ("sync", "r.txt", "--python", sys.executable, "--dry-run")
    assert place.run(*sync).code == 0
    place.write(r_txt=place.text("r.txt").replace(f"--python-version {VERSION}", "--python-version 3.99"))
    assert place.run(*sync).code == 3
    place.write(r_txt=place.text("r.txt").replace(" -o r.txt --python-version 3.99", ""))
    assert place.run(*sync).code == 0
