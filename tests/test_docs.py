"""What the documents promise holds: commands exist with their options, links lead somewhere, tables are true."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import typer

from pinkit.cli.commands import COMMANDS, app
from pinkit.errors import ExitCode
from pinkit.formats.pep508 import parse_dependency

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md")])
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\[[^\]]*\]\((?!https?://|#)([^)#]+)(?:#[^)]*)?\)")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def shown_commands() -> list[tuple[str, str]]:
    """(document, command line) of every "$ ..." line in a console block; continuation lines joined."""
    found = []
    for path in DOCUMENTS:
        for block in CONSOLE.findall(path.read_text(encoding="utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            found += [(name_of(path), line[2:]) for line in lines if line.startswith("$ ")]
    return found


def words_of(line: str) -> list[str]:
    """Words of a command line without the environment before it and the comment after it."""
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        words.pop(0)
    return words


def options_of(command: object) -> set[str]:
    params = getattr(command, "params", [])
    return {"--help", "-h"} | {o for p in params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}


def unknown_parts(words: list[str]) -> list[str]:
    """Words of `pinkit WORDS` that the command line would not know: commands and options."""
    command = typer.main.get_command(app)
    known, unknown = options_of(command), []
    for word in words:
        option = word.split("=")[0] if word.startswith("--") else word[:2]
        if word.startswith("-") and len(word) > 1:
            if option not in known:
                unknown.append(word)
        elif hasattr(command, "get_command"):
            found = command.get_command(None, word)
            if found is None:
                return [*unknown, word]
            command, known = found, options_of(found)
    return unknown


@pytest.mark.parametrize(("document", "line"), shown_commands(), ids=lambda text: text[:60])
def test_a_shown_command_exists(document: str, line: str) -> None:
    words = words_of(line)
    if words[0] == "pinkit":
        assert unknown_parts(words[1:]) == []
    elif "/" in words[0]:
        assert os.access(ROOT / words[0], os.X_OK), document
    elif words[0] == "python":
        assert (ROOT / words[1]).is_file(), document


@pytest.mark.parametrize(
    ("words", "unknown"),
    [
        (["lock", "--universal"], []),
        (["lock", "--universall"], ["--universall"]),
        (["lokc", "--universal"], ["lokc"]),
        (["--nonsense", "lock"], ["--nonsense"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_wrong_command_would_be_noticed(words: list[str], unknown: list[str]) -> None:
    assert unknown_parts(words) == unknown


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_readme_lists_the_exit_codes() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.M)}
    assert listed == {int(code) for code in ExitCode}


def test_readme_shows_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"pinkit {name}" not in text] == []


def test_readme_leads_to_every_document() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f"(docs/{path.name})" not in text] == []


def test_each_dependency_has_its_sentence() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*pyproject["project"]["dependencies"], *pyproject["dependency-groups"]["dev"]]
    wanted += [line for line in (ROOT / "lockfiles/build.in").read_text().splitlines() if line[:1].isalpha()]
    rows = re.findall(
        r"^\| ([a-z][a-z0-9, -]*) \|", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), re.M
    )
    listed = {name for row in rows for name in row.split(", ")} - {"library"}
    assert listed == {parse_dependency(text)[0] for text in wanted}


def test_defaults_name_only_options_that_exist() -> None:
    text = (ROOT / "docs/defaults.md").read_text(encoding="utf-8")
    ours = [row.split("|")[4] for row in text.splitlines() if row.startswith("| ") and row.count("|") == 5]
    named = {option for cell in ours for option in re.findall(r"--[a-z-]+", cell)}
    lock = typer.main.get_command(app).get_command(None, "lock")
    assert named
    assert named - options_of(lock) == set()
