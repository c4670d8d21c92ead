"""The command line's frame: exit codes, errors for people and for machines, lazy start."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import types
from typing import TYPE_CHECKING

import pytest
import typer

from pinkit.cli import app as frame
from pinkit.cli.commands import COMMANDS, SECTIONS
from pinkit.errors import ExitCode, IntegrityError, PinkitError, Unavailable, Unsolvable, UsageError

if TYPE_CHECKING:
    from pathlib import Path


def failing(error: BaseException) -> types.ModuleType:
    module = types.ModuleType("pinkit_test_command")
    module.app = typer.Typer()  # type: ignore[attr-defined]

    @module.app.command()  # type: ignore[attr-defined]
    def command(form: str = typer.Option("text", "--format")) -> None:
        raise error

    return module


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(UsageError("bad", "because", "do this"), 2, id="usage"),
        pytest.param(Unsolvable("none"), 3, id="unsolvable"),
        pytest.param(Unavailable("down"), 4, id="unavailable"),
        pytest.param(IntegrityError("forged"), 5, id="integrity"),
        pytest.param(ValueError("a bug"), 70, id="bug"),
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
        pytest.param(typer.Exit(1), 1, id="an answer of no"),
    ],
)
def test_exit_codes(error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pinkit_test_command", failing(error))
    monkeypatch.setitem(COMMANDS, "fail", "pinkit_test_command")
    assert frame.run(["fail"]) == code


def test_an_error_says_what_why_and_what_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error = Unsolvable("no lock", "a needs b\nb needs a", "drop a")
    monkeypatch.setitem(sys.modules, "pinkit_test_command", failing(error))
    monkeypatch.setitem(COMMANDS, "fail", "pinkit_test_command")
    frame.run(["fail"])
    assert capsys.readouterr().err == "error: no lock\n  a needs b\n  b needs a\nhint: drop a\n"


@pytest.mark.parametrize("arguments", [["--format", "json"], ["--format=json"]])
def test_errors_for_machines(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pinkit_test_command", failing(Unavailable("down", "no route", "wait")))
    monkeypatch.setitem(COMMANDS, "fail", "pinkit_test_command")
    assert frame.run(["fail", *arguments]) == ExitCode.UNAVAILABLE
    told = json.loads(capsys.readouterr().err)
    assert told == {"version": 1, "error": {"what": "down", "why": "no route", "hint": "wait", "exit": 4}}


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["lock", "--no-such-option"], ["--no-such-option"]]
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(arguments) == ExitCode.USAGE
    assert "no" in capsys.readouterr().err.lower()


KEPT = {
    "": "--config --cache-dir --offline -q -v --no-color --no-progress --version",
    "lock": "-o --output-format --python-version --python-platform --universal --target -r -c --constraint --override"
    " --exclude --build-constraint --extra --all-extras --group --all-groups --no-strip-extras --strip-extras -U"
    " --upgrade -P --upgrade-package --prerelease --resolution --exclude-newer --exclude-newer-package --only-binary"
    " --no-binary --no-build --index-url --default-index --extra-index-url --index --find-links --index-strategy"
    " --no-annotate --annotation-style --no-header --emit-index-url --no-emit-package --hash-algorithm --check"
    " --dry-run",
    "check": "--replay --format",
    "hash": "",
    "sync": "--dry-run --python",
    "diff": "",
    "why": "",
    "tree": "",
    "import": "",
    "export": "--to",
    "audit": "--db --live --osv-url --max-age --as-of --fail-on --baseline --format --ignore",
    "db sync": "--from",
    "db status": "",
    "db path": "",
    "verify build": "--allow-inconclusive --format",
    "verify pins": "--only --changed-since --jobs --evidence --require-sandbox --allow-inconclusive --format",
    "verify dist": "--allow-inconclusive --format",
    "build": "",
    "upgrade": "--security --all --group --plan --apply --fixup --cooldown --test --verify --format",
    "pr": "--plan --forge",
    "init": "",
}
"""What scripts of others may call: the options of each command that are never renamed."""


@pytest.mark.parametrize("command", KEPT)
def test_help_lists_the_options_that_are_kept(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run([*command.split(), "--help"]) == 0
    shown = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", capsys.readouterr().out.split("Options:")[1]))
    assert set(KEPT[command].split()) - shown == set()


@pytest.mark.parametrize("command", [name for name in KEPT if name])
def test_every_command_has_help_with_an_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run([*command.split(), "--help"]) == 0
    told = capsys.readouterr().out
    assert "Example" in told
    assert f"pinkit {command}" in " ".join(told.split("Example")[1].split())
    assert "completion" not in told


def test_help_lists_every_command_once_in_sections(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(["--help"]) == 0
    told = capsys.readouterr().out
    shown = re.findall(r"^  ([a-z]+) {2,}\S", told.split("Make locks:")[1], re.M)
    assert sorted(shown) == sorted(COMMANDS)
    assert re.findall(r"^([A-Z][a-z ]+):$", told, re.M) == ["Options", *SECTIONS]


def test_nothing_of_an_input_reaches_the_terminal_unescaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "r.in").write_text("six==\x1b[31m1\u202e\n", encoding="utf-8")
    assert frame.run(["lock", "r.in"]) == 2
    told = capsys.readouterr().err
    assert "  six==\\x1b[31m1\\x202e\n" in told
    assert "\x1b" not in told
    assert "\u202e" not in told


def test_worst_exit_code() -> None:
    assert ExitCode.worst() == 0
    assert ExitCode.worst(ExitCode.NO, ExitCode.INTEGRITY, ExitCode.UNAVAILABLE) == 5
    assert PinkitError("x").exit_code == ExitCode.BUG


@pytest.mark.parametrize("flag", ["--version", "-V"])
def test_version_imports_nothing(flag: str) -> None:
    code = (
        "import sys; sys.argv = ['pinkit', sys.argv[1]]; from pinkit.__main__ import main; code = main();"
        "heavy = {'typer', 'requests', 'urllib3', 'packaging'} & set(sys.modules);"
        "sys.exit(code or len(heavy))"
    )
    done = subprocess.run([sys.executable, "-c", code, flag], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("pinkit ")
