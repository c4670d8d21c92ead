from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
import typer

from pinkit.cli import commands
from pinkit.cli.audit import app
from pinkit.cli.audit_quick import AUDIT, read_audit
from pinkit.cli.audit_run import AuditOptions
from pinkit.cli.quick import hoisted
from tests.support.osv_records import before, encoded, record

if TYPE_CHECKING:
    from pathlib import Path


def test_the_table_is_typers() -> None:
    command = typer.main.get_command(app)
    known: dict[str, tuple[str, str]] = {}
    for each in command.params:
        for option in each.opts if each.param_type_name == "option" else ():
            kind = "yes" if each.is_flag else "list" if each.multiple else "value"
            known[option] = ("format" if each.name == "form" else each.name or "", kind)
        known.update(dict.fromkeys(each.secondary_opts, (each.name or "", "no")))
    assert known == AUDIT
    assert {name for name, _ in AUDIT.values()} <= {field.name for field in fields(AuditOptions)}


LINES = [
    "audit",
    "audit a.txt b.txt --db x --format json",
    "audit --format=sarif -o out --ignore A --ignore=B a.txt",
    "audit - -ofile",
    "-q --offline audit --live --osv-url=https://x.example --max-age 3d",
    "--cache-dir c audit -v -v --index --since-last --vex v --fail-on high",
    "audit --no-index --baseline main --environment .venv --as-of 2026-01-01 --unknown-severity pass --no-color",
]


def by_typer(arguments: list[str]) -> tuple[dict[str, Any], AuditOptions]:
    """(global parameters, options) as Typer parses them, running nothing."""
    group: Any = typer.main.get_command(commands.app)
    context = group.make_context("pinkit", hoisted(arguments))
    command = group.get_command(context, "audit")
    rest = [*context._protected_args, *context.args]
    said = command.make_context("audit", rest[1:], parent=context).params
    said = {name: tuple(value) if isinstance(value, (list, tuple)) else value for name, value in said.items()}
    said["format"] = said.pop("form")
    lists = ("locks", "ignore", "vex")
    own = {name: value for name, value in context.params.items() if name != "version"}
    return own, AuditOptions(**{**said, **{name: said[name] or () for name in lists}})


@pytest.mark.parametrize("line", LINES)
def test_read_as_typer_reads_it(line: str) -> None:
    quick = read_audit(line.split())
    assert quick is not None
    assert (quick[0], AuditOptions(**quick[1])) == by_typer(line.split())


@pytest.mark.parametrize(
    "line",
    [
        "lock",
        "x audit",
        "audit --help",
        "audit --nonsense",
        "audit --db",
        "audit --db --live",
        "audit --db=",
        "audit --live=yes",
        "audit -- a.txt",
        "--db x audit",
        "-qv audit",
    ],
)
def test_left_to_typer(line: str) -> None:
    assert read_audit(line.split()) is None


def test_a_fresh_database_needs_nothing_of_the_network(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("safe==1\n")
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "TEST-1.json").write_bytes(encoded(record(events=before("2"))))
    program = """
import sys
from pinkit.cli.app import run
from pinkit.cli.audit_quick import read_audit
from pinkit.cli.audit_run import AuditOptions, run_audit
from pinkit.cli.console import Console
from pinkit.cli.settings import Settings
assert run(["db", "sync", "--from", "records"]) == 0
before = set(sys.modules)
for name in [n for n in before if n.split(".")[0] in ("msgspec", "packaging", "urllib3", "socket", "ssl", "cvss")]:
    del sys.modules[name]
own, said = read_audit(["audit", "requirements.txt"])
settings = Settings(config="", cache_dir="", offline=False, console=Console())
assert run_audit(AuditOptions(**said), settings) == 0
heavy = {"urllib3", "requests", "ssl", "msgspec", "packaging", "cvss", "cyclonedx"}
print(sorted(heavy & {name.split(".")[0] for name in sys.modules}))
"""
    environment = {**os.environ, "PINKIT_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
