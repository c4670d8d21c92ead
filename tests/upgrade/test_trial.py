"""`pinkit upgrade --test`: a real environment, filled from the index on loopback, before and after."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.sandbox import SystemSandbox
from pinkit.cli.upgrade_trial import judged
from tests.support.distributions import sdist
from tests.upgrade.conftest import CONFIG, OLD, detail, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
PRINTS = "import importlib.metadata as m; v = m.version('app'); print(v);"


SDIST_BACKEND = """
import os, pathlib, zipfile
def build_wheel(folder, settings=None, metadata=None):
    version = pathlib.Path("PKG-INFO").read_text().split("Version: ")[2].split()[0]
    info = f"made-{version}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, f"made-{version}-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("made.py", f"version = {version!r}\\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\\nName: made\\nVersion: {version}\\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(f"{info}/RECORD", f"made.py,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return f"made-{version}-py3-none-any.whl"
"""
SDIST_PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture(autouse=True)
def isolating() -> None:
    sandbox = SystemSandbox()
    if sandbox.level == "none":
        pytest.skip(f"nothing isolates here: {sandbox.why_none}")


@pytest.fixture
def app(project: Project) -> Project:
    project.release("app", "1.0")
    project.lock("app\n", config=CONFIG.replace("3.12", VERSION), over=True)
    project.release("app", "1.1")
    return project


def test_a_command_is_run_before_and_after_and_the_end_of_what_it_says_is_shown(app: Project) -> None:
    command = f"python -c \"{PRINTS} raise SystemExit(v == '1.1')\""
    said = app.upgrade("app", "--test", command, "--test-lock", "dev.txt", "--apply")
    assert said.code == 1
    assert "fail     passed before, ended with 1 after" in said.out
    assert "python ended with 1:\n1.1" in said.err
    assert "python ended with 1:\n1.0" not in said.err
    assert "app==1.0" in app.place.text("main.txt")


def test_what_cannot_be_run_is_unknown_and_nothing_is_applied(app: Project) -> None:
    plan = app.plan("app", "--test", "no-such-program", "--apply")
    assert (proof(plan)["tests"], plan["exit"]) == ("unknown", 4)
    assert detail(plan, "tests") == "ended with 127 before and 127 after"
    assert "app==1.0" in app.place.text("main.txt")
    said = app.upgrade("app", "--test", "no-such-program", "--apply")
    assert "nothing is applied, since the proof does not hold: tests" in said.err
    plan = app.plan("app", "--test", "no-such-program", "--test-unsandboxed")
    assert detail(plan, "tests").startswith("no-such-program could not be run to its end")


def python(code: str) -> str:
    return f"python -c '{code}'"


def test_the_command_and_the_packages_reach_nothing_of_the_user(
    app: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORGE_TOKEN", "secret")
    port = int(app.place.index.url.split(":")[2].split("/")[0])
    lines = (
        "import os, socket, pathlib",
        'assert "FORGE_TOKEN" not in os.environ',
        f'assert not os.path.exists("{app.place.folder}")',
        f'assert socket.socket().connect_ex(("127.0.0.1", {port}))',
        'pathlib.Path("main.txt").write_text("spoilt")',
    )
    plan = app.plan("app", "--test", python("; ".join(lines)))
    assert detail(plan, "tests") == "passed before and after"
    assert "app==1.0" in app.place.text("main.txt")


def test_unsandboxed_it_is_run_as_the_user_in_the_project(
    app: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE", "here")
    code = f'import os, pathlib; {PRINTS} pathlib.Path("witness").open("a").write(os.environ["SERVICE"] + v)'
    asked = ("app", "--test", python(code.replace("'", '"')), "--test-unsandboxed")
    plan = app.plan(*asked)
    assert detail(plan, "tests") == "passed before and after"
    assert app.place.text("witness") == "here1.0here1.1"
    assert "--test-unsandboxed" in plan["command"]


def test_the_project_is_where_it_is_in_its_repository(app: Project) -> None:
    folder = app.place.folder
    for name in ("pyproject.toml", "main.in", "dev.in", "main.txt", "dev.txt"):
        (folder / "service").mkdir(exist_ok=True)
        (folder / name).rename(folder / "service" / name)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "shared.txt").touch()
    app.place.monkeypatch.chdir(folder / "service")
    plan = app.plan("app", "--test", python('import os; os.stat("../shared.txt"); os.stat("main.in")'))
    assert detail(plan, "tests") == "passed before and after"


def test_sdists_are_built_in_the_sandbox_first(app: Project) -> None:
    for version in ("1.0", "2.0"):
        members = {f"made-{version}/backend.py": SDIST_BACKEND.encode()}
        app.place.index.add(
            "made", sdist("made", version, pyproject=SDIST_PYPROJECT, members=members), upload_time=OLD
        )
        if version == "1.0":
            app.lock("app\nmade\n", config=CONFIG.replace("3.12", VERSION), over=True)
    plan = app.plan("made", "--test", python('import made; assert made.version in ("1.0", "2.0")'))
    assert [(c["name"], c["to"]) for c in plan["changes"]] == [("made", "2.0")] * 2
    assert detail(plan, "tests") == "passed before and after"


def test_pins_of_no_index_make_it_unknown(app: Project) -> None:
    built = sdist("local", "1.0")
    (app.place.folder / built.filename).write_bytes(built.content)
    app.lock(f"app\n./{built.filename}\n", dev="app\n", config=CONFIG.replace("3.12", VERSION), over=True)
    plan = app.plan("app", "--test", "true")
    assert proof(plan)["tests"] == "unknown"
    assert detail(plan, "tests").startswith("./local-1.0.tar.gz is pinned by a URL or path")
    assert (
        detail(app.plan("app", "--test", "true", "--test-lock", "dev.txt"), "tests")
        == "passed before and after"
    )


@pytest.mark.parametrize(
    ("before", "after", "result", "said"),
    [
        pytest.param(0, 0, "pass", "passed before and after", id="good"),
        pytest.param(0, 2, "fail", "passed before, ended with 2 after", id="broken by it"),
        pytest.param(1, 0, "pass", "pass now; before they ended with 1", id="mended by it"),
        pytest.param(1, 2, "unknown", "ended with 1 before and 2 after", id="broken anyway"),
    ],
)
def test_what_exit_codes_tell(before: int, after: int, result: str, said: str) -> None:
    told = judged(before, after)
    assert (told.check, told.result, told.detail) == ("tests", result, said)


def test_requests_that_make_no_sense(app: Project) -> None:
    assert "no lock other.txt here" in app.upgrade("app", "--test", "true", "--test-lock", "other.txt").err
    assert "needs a command" in app.upgrade("app", "--test", " ").err
    said = app.upgrade("app", "--test", "'no end")
    assert (said.code, "cannot be read as a command" in said.err) == (2, True)


def test_what_is_wrong_with_the_command_is_said_before_anything_moves(app: Project) -> None:
    said = app.upgrade("app==1.0", "--test", "true", "--test-lock", "other.txt")
    assert (said.code, "no lock other.txt here" in said.err) == (2, True)


def test_nothing_is_run_where_nothing_moves(app: Project) -> None:
    plan = app.plan("app==1.0", "--test", "no-such-program")
    assert "tests" not in proof(plan)
    assert plan["exit"] == 0
