"""`pinkit build` and `pinkit verify build` as a user calls them, on a project with a backend of its own."""

from __future__ import annotations

import hashlib
import json
import textwrap
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from pinkit.adapters.sandbox import SystemSandbox
from pinkit.cli import build as build_command
from pinkit.cli import verify_build
from pinkit.cli.console import Console
from pinkit.cli.settings import Settings
from pinkit.errors import PinkitError, UsageError
from tests.support.repositories import commit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result

BACKEND = """
import gzip, io, os, tarfile, time, zipfile
STAMP = int(os.environ.get("SOURCE_DATE_EPOCH", 0)) or None
def build_wheel(directory, settings=None, metadata=None):
    with zipfile.ZipFile(directory + "/demo-1-py3-none-any.whl", "w") as out:
        for name in ("demo.py", "demo-1.dist-info/METADATA"):
            entry = zipfile.ZipInfo(name, time.gmtime(STAMP)[:6])
            out.writestr(entry, SAYS)
    return "demo-1-py3-none-any.whl"
def build_sdist(directory, settings=None):
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w") as out:
        for name in sorted(["pyproject.toml", "own.py"]):
            entry = out.gettarinfo(name, "demo-1/" + name)
            entry.uid = entry.gid = 0
            entry.mode = 0o644
            entry.uname = entry.gname = ""
            entry.mtime = STAMP or entry.mtime
            with open(name, "rb") as file:
                out.addfile(entry, file)
    with open(directory + "/demo-1.tar.gz", "wb") as file:
        file.write(gzip.compress(tar.getvalue(), mtime=STAMP or None))
    return "demo-1.tar.gz"
"""
STEADY = "'steady'"
PATHY = "os.getcwd()"
RANDOM = "os.urandom(8).hex()"


def project(folder: Path, says: str = STEADY) -> Path:
    folder.mkdir()
    (folder / "own.py").write_text(textwrap.dedent(BACKEND).replace("SAYS", says), encoding="utf-8")
    (folder / ".gitignore").write_text("dist/\n", encoding="utf-8")
    commit(folder)
    return folder


@pytest.fixture(autouse=True)
def isolated() -> None:
    sandbox = SystemSandbox()
    if sandbox.level == "none":
        pytest.skip(sandbox.why_none)


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all: a locale is compiled once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


def call(tmp_path: Path, app: typer.Typer, *arguments: str) -> Result:
    console = Console(progress=False, color=False)
    settings = Settings(config="", cache_dir="", offline=True, console=console)
    done = CliRunner().invoke(app, list(arguments), obj=settings, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done


def verify(tmp_path: Path, *arguments: str) -> Result:
    app = typer.Typer()
    app.command(epilog=verify_build.EPILOG)(verify_build.build)
    return call(tmp_path, app, *arguments)


def test_a_reproducible_project(tmp_path: Path) -> None:
    done = verify(tmp_path, str(project(tmp_path / "demo")))
    assert done.return_value == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("own, Python 3.")
    assert [line.split()[0] for line in lines[1:3]] == ["REPRODUCED", "DIFFERS"]
    assert "changed by clock or randomness" in done.stdout
    assert lines[-1] == "2 of 2 reproducible; 2 of these only with SOURCE_DATE_EPOCH set"


def test_what_changes_it_is_named_with_its_fix(tmp_path: Path) -> None:
    done = verify(tmp_path, str(project(tmp_path / "demo", PATHY)), "--kind", "wheel", "--format", "json")
    assert done.return_value == 1
    told = json.loads(done.stdout)
    assert (told["version"], told["reproducible"], told["backend"]) == (1, False, "own")
    counted = next(result for result in told["results"] if result["counts"])
    assert (counted["name"], counted["version"], counted["verdict"]) == ("demo", "1", "DIFFERS")
    (blame,) = counted["blames"]
    assert blame["factor"] == "path"
    assert "absolute path" in blame["fix"]
    assert counted["discrepancies"] == blame["discrepancies"]
    assert len(told["factors"]) == 12


def test_other_formats_tell_it_too(tmp_path: Path) -> None:
    report = tmp_path / "report"
    tree = project(tmp_path / "demo", PATHY)
    done = verify(tmp_path, str(tree), "--kind", "wheel", "--format", "sarif", "--output", str(report))
    assert (done.return_value, done.stdout) == (1, "")
    (found,) = json.loads(report.read_text(encoding="utf-8"))["runs"][0]["results"]
    assert found["ruleId"] == "verify/differs"
    assert "changed by path" in found["message"]["text"]


def test_a_build_that_fails_is_no_answer(tmp_path: Path) -> None:
    tree = project(tmp_path / "demo", "1/0")
    done = verify(tmp_path, str(tree), "--kind", "wheel")
    assert done.return_value == 4
    assert "ZeroDivisionError" in done.stdout
    assert "0 of 1 reproducible; 1 could not be built" in done.stdout
    assert verify(tmp_path, str(tree), "--kind", "wheel", "--allow-inconclusive").return_value == 0


def test_a_release_is_written_only_when_it_is_proved(tmp_path: Path) -> None:
    tree = project(tmp_path / "demo")
    done = call(tmp_path, build_command.app, str(tree))
    assert done.return_value == 0
    assert "wheel from this sdist: the same bytes" in done.stdout
    wheel = tree / "dist" / "demo-1-py3-none-any.whl"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert f"sha256:{digest}  {wheel.name}" in done.stdout
    first = {path.name: path.read_bytes() for path in (tree / "dist").iterdir()}
    assert set(first) == {wheel.name, "demo-1.tar.gz"}
    again = call(tmp_path, build_command.app, str(tree), "--out", str(tmp_path / "out"), "--format", "json")
    told = json.loads(again.stdout)
    assert (told["verified"], told["written"], told["wheel_from_sdist"]) == (True, True, "the same bytes")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == first


def test_a_release_that_differs_is_not_written(tmp_path: Path) -> None:
    tree = project(tmp_path / "demo", RANDOM)
    done = call(tmp_path, build_command.app, str(tree))
    assert done.return_value == 1
    assert "nothing was written" in done.stdout
    assert not (tree / "dist").exists()


def test_an_sdist_that_gives_another_wheel_is_no_release(tmp_path: Path) -> None:
    says = "'from ' + ('checkout' if os.path.exists('.gitignore') else 'sdist')"
    done = call(tmp_path, build_command.app, str(project(tmp_path / "demo", says)))
    assert done.return_value == 1
    assert "wheel from this sdist: other bytes: payload: demo.py" in done.stdout


def test_an_sdist_that_gives_no_wheel_is_no_release(tmp_path: Path) -> None:
    says = "open('.gitignore').read()"
    done = call(tmp_path, build_command.app, str(project(tmp_path / "demo", says)))
    assert done.return_value == 1
    assert "wheel from this sdist: cannot be built" in done.stdout


def test_a_release_can_be_built_without_proof_and_says_so(tmp_path: Path) -> None:
    tree = project(tmp_path / "demo", RANDOM)
    (tree / "new.py").touch()
    done = call(tmp_path, build_command.app, str(tree), "--no-verify", "--kind", "sdist")
    assert done.return_value == 0
    assert "not verified" in done.stdout
    assert "the working tree is not what was committed" in done.stderr
    assert [path.name for path in (tree / "dist").iterdir()] == ["demo-1.tar.gz"]
    told = json.loads(call(tmp_path, build_command.app, str(tree), "--no-verify", "--format", "json").stdout)
    assert told["verified"] is False


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        pytest.param(["--kind", "egg"], "--kind egg: no such kind", id="kind"),
        pytest.param(["--format", "xml"], "--format xml: no such format", id="format"),
        pytest.param(["gone"], "gone: no project", id="path"),
    ],
)
def test_requests_that_make_no_sense(tmp_path: Path, arguments: list[str], what: str) -> None:
    for run in (lambda: verify(tmp_path, *arguments), lambda: call(tmp_path, build_command.app, *arguments)):
        with pytest.raises(UsageError) as refusal:
            run()
        assert refusal.value.what == what


def test_no_sandbox_is_said_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = project(tmp_path / "demo")
    git_alone = tmp_path / "bin"
    git_alone.mkdir()
    (git_alone / "git").symlink_to("/usr/bin/git")
    monkeypatch.setenv("PATH", str(git_alone))
    with pytest.raises(PinkitError) as refusal:
        verify(tmp_path, str(tree), "--require-sandbox")
    assert refusal.value.what == "nothing isolates builds here"
    done = verify(tmp_path, str(tree), "--kind", "wheel")
    assert done.return_value == 0
    assert "nothing isolates this build" in done.stderr
    assert "not varied: path: needs a sandbox" in done.stdout
