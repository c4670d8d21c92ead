"""The exception tree and the exit codes.

PinkitError(what, why, hint)
├── UsageError      2  the request makes no sense; carries file:line where there is one
├── Unsolvable      3  requirements contradict, or no distribution fits a target
├── Unavailable     4  index, OSV, forge or sandbox could not answer
│   └── BuildFailed    a project's own build code failed or was stopped by a limit
└── IntegrityError  5  digest mismatch, path escape, forged lock; never retried, never ignorable

An answer "no" (findings, stale, different) is a value in a report, never an exception.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Process exit codes. When several hold, the precedence is 5, 4, 3, 1, 0 (`worst`)."""

    YES = 0
    NO = 1
    USAGE = 2
    UNSOLVABLE = 3
    UNAVAILABLE = 4
    INTEGRITY = 5
    BUG = 70
    INTERRUPTED = 130

    @classmethod
    def worst(cls, *codes: ExitCode) -> ExitCode:
        """The code to exit with when all of `codes` hold; YES for none."""
        return max(codes, default=cls.YES)


class PinkitError(Exception):
    """An expected failure: what happened, why, and what the reader can do next.

    `what` is one line; `why` may have several; `hint` is one sentence or empty. All three are plain
    text without terminal escapes: texts of others are cleaned where they enter.
    """

    exit_code = ExitCode.BUG

    def __init__(self, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.why, self.hint = what, why, hint


class UsageError(PinkitError):
    """The request makes no sense: a bad option, configuration or input line."""

    exit_code = ExitCode.USAGE


class Unsolvable(PinkitError):
    """No lock exists for these requirements; `why` is the derivation in sentences.

    `asked` are the (file, name) of the requirements that take part in it, as their origins name the files.
    """

    exit_code = ExitCode.UNSOLVABLE

    def __init__(
        self, what: str, why: str = "", hint: str = "", *, asked: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(what, why, hint)
        self.asked = asked


class Unavailable(PinkitError):
    """Something outside (index, OSV, forge, sandbox) could not answer; never shown as good."""

    exit_code = ExitCode.UNAVAILABLE


class BuildFailed(Unavailable):
    """A project's build backend failed, or was stopped by a limit of the sandbox; `why` is the end of its output."""


class IntegrityError(PinkitError):
    """Bytes are not what was claimed: digest mismatch, path escape, forged lock. Never retried."""

    exit_code = ExitCode.INTEGRITY
