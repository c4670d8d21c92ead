"""The options of `pinkit upgrade`, one annotated type each."""

from __future__ import annotations

from typing import Annotated

import typer

Names = Annotated[list[str] | None, typer.Argument(metavar="NAME[==V]", help="Projects to move.")]
Security = Annotated[bool, typer.Option("--security", help="Fix every finding (default without names).")]
Everything = Annotated[bool, typer.Option("--all", help="Move all pins as far as the inputs allow.")]
Groups = Annotated[
    list[str] | None,
    typer.Option("--group", metavar="NAME", help="Move a group of [tool.pinkit.upgrade.groups]."),
]
FixUp = Annotated[
    bool, typer.Option("--fixup", help="Repair the locks of a bot's branch, and keep its bumps.")
]
Base = Annotated[str, typer.Option("--base", metavar="REF", help="With --fixup: where the branch came from.")]
Plan = Annotated[str, typer.Option("--plan", metavar="FILE", help="Write the plan as JSON.")]
Apply = Annotated[bool, typer.Option("--apply", help="Write the locks, if the proof holds.")]
Test = Annotated[
    str,
    typer.Option("--test", metavar="CMD", help="Run this in an environment of the locks, before and after."),
]
TestLocks = Annotated[
    list[str] | None,
    typer.Option("--test-lock", metavar="LOCK", help="Locks to install for --test (default: all)."),
]
TestUnsandboxed = Annotated[
    bool,
    typer.Option(
        "--test-unsandboxed",
        help="Run --test as you: in the project itself, with network and environment.",
    ),
]
Verify = Annotated[
    bool,
    typer.Option("--verify", help="Rebuild the wheels of moved pins, old and new, and tell both verdicts."),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", "-j", min=0, metavar="N", help="With --verify: builds side by side (0: one a CPU)."
    ),
]
Timeout = Annotated[
    float | None, typer.Option("--timeout", metavar="SECONDS", help="With --verify: wall time of one build.")
]
Cooldown = Annotated[str, typer.Option("--cooldown", metavar="7d", help="How old releases must be.")]
Cutoff = Annotated[str, typer.Option("--cutoff", metavar="TIME", help="As if it were this moment (UTC).")]
Form = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text (default), json or markdown.")]
