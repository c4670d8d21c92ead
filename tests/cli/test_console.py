"""Streams: what goes where, how loud, and that nothing of others reaches the terminal unescaped."""

from __future__ import annotations

import pytest

from pinkit.cli.console import Console, Step, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain\tline\n", "plain\tline\n", id="plain"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="escape"),
        pytest.param("a\rb\x07", "a\\x0db\\x07", id="control"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize(
    ("verbosity", "said"),
    [(0, "n w"), (1, "n d w"), (-1, "w"), (-2, "")],
)
def test_loudness(verbosity: int, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(verbosity=verbosity)
    console.note("n")
    console.detail("d")
    console.warn("w")
    console.answer("out")
    captured = capsys.readouterr()
    assert captured.out == "out"
    assert captured.err.replace("warning: ", "").split() == said.split()


def test_a_log_gets_lines_and_a_terminal_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    for bar in (False, True):
        step = Step("fetching", 4, shown=True, bar=bar)
        step._next = 0.0
        step(2)
        step.close()
    err = capsys.readouterr().err
    assert err.startswith("fetching: 2/4\n")
    assert "\r\x1b[2Kfetching ████" in err


def test_progress_can_be_silenced(capsys: pytest.CaptureFixture[str]) -> None:
    with Console(progress=False).task("quiet", 1) as step:
        step._next = 0.0
        step(1, 2)
    assert capsys.readouterr().err == ""
