"""Streams: the answer on stdout, everything else on stderr; progress as a bar on a terminal, lines in a log."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BAR_WIDTH = 24
_BAR_EVERY_S = 0.1
_LOG_EVERY_S = 10.0


def printable(text: str) -> str:
    """`text` with control characters (terminal escapes among them) made visible; newlines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)


class Console:
    """Where a command speaks. `verbosity` < 0 says only errors, > 0 says more."""

    def __init__(self, *, verbosity: int = 0, color: bool = True, progress: bool = True) -> None:
        self.verbosity = verbosity
        self._progress = progress and verbosity >= 0
        self._bar = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.color = color and sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def answer(self, text: str) -> None:
        """Write `text` to stdout, as it is. Raises UsageError where it cannot be written."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            # Nothing of it may be tried again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise UsageError(
                "the answer cannot be written to stdout", error.strerror or str(error)
            ) from error

    def note(self, text: str) -> None:
        """Say `text` on stderr unless quiet."""
        if self.verbosity >= 0:
            self._say(text)

    def detail(self, text: str) -> None:
        """Say `text` on stderr when verbose."""
        if self.verbosity > 0:
            self._say(text)

    def warn(self, text: str) -> None:
        """Say a warning on stderr, also when quiet once."""
        if self.verbosity >= -1:
            self._say(f"warning: {text}")

    def _say(self, text: str) -> None:
        sys.stderr.write(printable(text) + "\n")

    @contextmanager
    def task(self, label: str, total: int = 0) -> Iterator[Step]:
        """Progress of long work: call the yielded step with the count done; `total` 0 when unknown."""
        step = Step(label, total, shown=self._progress, bar=self._bar)
        try:
            yield step
        finally:
            step.close()


class Step:
    """One running task's progress; calling it is cheap and thread-safe enough for a counter."""

    def __init__(self, label: str, total: int, *, shown: bool, bar: bool) -> None:
        self.label, self.total, self.done = label, total, 0
        self._shown, self._bar = shown, bar
        self._next = time.monotonic() + (_BAR_EVERY_S if bar else _LOG_EVERY_S)
        self._drawn = False

    def __call__(self, done: int, total: int | None = None) -> None:
        """`done` of `total` are done."""
        self.done = done
        self.total = self.total if total is None else total
        now = time.monotonic()
        if self._shown and now >= self._next:
            self._next = now + (_BAR_EVERY_S if self._bar else _LOG_EVERY_S)
            self._draw()

    def _draw(self) -> None:
        self._drawn = True
        count = f"{self.done}/{self.total}" if self.total else str(self.done)
        if not self._bar:
            sys.stderr.write(f"{self.label}: {count}\n")
            return
        share = min(1.0, self.done / self.total) if self.total else 0.0
        filled = "█" * int(_BAR_WIDTH * share)
        sys.stderr.write(f"\r\x1b[2K{self.label} {filled:<{_BAR_WIDTH}} {count}")
        sys.stderr.flush()

    def close(self) -> None:
        """Remove the bar; a log keeps its lines."""
        if self._drawn and self._bar:
            sys.stderr.write("\r\x1b[2K")
            sys.stderr.flush()
