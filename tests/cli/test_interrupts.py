"""Signals that end the process: heard wherever its main thread waits."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# The kernel gives the signal to another thread, since the main one does not take it: the wait there is not broken off.
MISSED = """
import os, signal, socket, threading
from pinkit.cli.interrupts import hear_interrupts
hear_interrupts()
one, other = socket.socketpair()
signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.{told}}})
def tell():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {{signal.{told}}})
    other.recv(1)
    os.kill(os.getpid(), signal.{told})
    threading.Event().wait()
threading.Thread(target=tell, daemon=True).start()
try:
    one.send(b"!")
    {wait}
except KeyboardInterrupt:
    print("heard")
"""


@pytest.mark.parametrize("wait", ["threading.Event().wait()", "one.recv(1)"], ids=["lock", "socket"])
@pytest.mark.parametrize("told", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_that_breaks_no_wait_is_heard(told: str, wait: str) -> None:
    script = MISSED.format(told=told, wait=wait)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("heard\n", "", 0)


def test_a_signal_that_the_caller_ignores_stays_ignored() -> None:
    script = """
import os, signal
from pinkit.cli.interrupts import hear_interrupts
signal.signal(signal.SIGHUP, signal.SIG_IGN)
hear_interrupts()
os.kill(os.getpid(), signal.SIGHUP)
print("went on")
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("went on\n", "", 0)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param("raise KeyboardInterrupt", "\ninterrupted\n", id="while a module is imported"),
        pytest.param(
            """
def run(arguments):
    try:
        exec("raise KeyboardInterrupt")
    except KeyboardInterrupt:
        return 130
""",
            "",
            id="inside of exec",
        ),
    ],
)
def test_an_interrupt_is_130_wherever_it_comes(tmp_path: Path, code: str, told: str) -> None:
    (tmp_path / "app.py").write_text(code)
    first = f"import pinkit.cli\npinkit.cli.__path__.insert(0, {str(tmp_path)!r})\n"
    (tmp_path / "sitecustomize.py").write_text(first)
    done = subprocess.run(
        [sys.executable, "-m", "pinkit", "why"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", told, 130)
