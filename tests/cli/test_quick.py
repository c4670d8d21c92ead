"""The quick reading of `pinkit lock` says exactly what Typer says, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from pinkit.cli import commands
from pinkit.cli.quick import GLOBAL, LOCK, hoisted, read_lock


def by_typer(arguments: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(global parameters, parameters of lock) as Typer parses them, running nothing."""
    group = typer.main.get_command(commands.app)
    context = group.make_context("pinkit", hoisted(arguments))
    command = group.get_command(context, "lock")
    rest = [*context._protected_args, *context.args]  # type: ignore[attr-defined]
    assert rest[0] == "lock"
    inner = command.make_context("lock", rest[1:], parent=context)
    return plain(context.params), plain(inner.params)


def plain(params: dict[str, Any]) -> dict[str, Any]:
    empty = {"version": False}
    told = {n: list(v) if isinstance(v, (list, tuple)) else v for n, v in params.items()}
    return {n: None if v == [] else v for n, v in told.items() if n not in empty}


VALUES = st.sampled_from(["a", "requirements.in", "3.12", "x=y", "a b", "ö"])
SWITCHES = [
    name for table in (GLOBAL, LOCK) for name, (_, kind) in table.items() if kind in ("yes", "no", "count")
]
OPTIONS = [name for table in (GLOBAL, LOCK) for name, (_, kind) in table.items() if kind in ("value", "list")]


@st.composite
def command_lines(draw: st.DrawFn) -> list[str]:
    words: list[str] = ["lock"]
    for _ in range(draw(st.integers(0, 7))):
        kind = draw(st.sampled_from(["switch", "option", "joined", "input"]))
        if kind == "switch":
            words.append(draw(st.sampled_from(SWITCHES)))
        elif kind == "input":
            words.append(draw(VALUES))
        else:
            name, value = draw(st.sampled_from(OPTIONS)), draw(VALUES)
            joined = f"{name}={value}" if name.startswith("--") else f"{name}{value}"
            words += [joined] if kind == "joined" else [name, value]
    return words


@given(command_lines())
@settings(max_examples=60, deadline=None)
def test_it_says_what_typer_says(arguments: list[str]) -> None:
    said = read_lock(arguments)
    assert said is not None
    assert (plain(said[0]), plain(said[1])) == by_typer(arguments)


def test_the_tables_name_every_option_of_typer() -> None:
    group = typer.main.get_command(commands.app)
    context = group.make_context("pinkit", ["lock"])
    for table, command in ((GLOBAL, group), (LOCK, group.get_command(context, "lock"))):
        named = {
            spelling
            for parameter in command.params
            if parameter.param_type_name == "option"
            for spelling in (*parameter.opts, *parameter.secondary_opts)
        }
        left_to_typer = {"--version", "--install-completion", "--show-completion", "--help", "-h"}
        assert named - left_to_typer == set(table)


@pytest.mark.parametrize(
    "arguments",
    [
        ["lock", "--help"],
        ["lock", "-h"],
        ["lock", "--no-such-option"],
        ["lock", "-o"],
        ["lock", "-o", "--check"],
        ["lock", "--check=yes"],
        ["lock", "--", "a.in"],
        ["lock", "-nU"],
        ["--check", "lock"],
        ["audit", "lock"],
        ["--offline"],
    ],
)
def test_what_is_in_doubt_is_left_to_typer(arguments: list[str]) -> None:
    assert read_lock(arguments) is None


def test_global_options_may_stand_behind_the_command() -> None:
    moved = hoisted(["audit", "--offline", "a.txt", "--cache-dir", "c", "--config=d", "--", "-q"])
    assert moved == ["--offline", "--cache-dir", "c", "--config=d", "audit", "a.txt", "--", "-q"]
