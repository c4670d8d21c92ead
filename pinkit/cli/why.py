"""`pinkit why NAME`: the paths from the inputs to a pin."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Say why a project is pinned: the shortest path from each requirement that brings it.

Examples:

  pinkit why urllib3                        in every configured lock

  pinkit why urllib3 requirements.txt       also in locks of pip-compile and uv

Exit code 1 when no lock has it.
"""


@app.command(help=HELP)
def why(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The project.")],
    locks: Annotated[list[str] | None, typer.Argument(metavar="LOCK", help="Lock files.")] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text (default) or json.")] = "text",
) -> None:
    """Print the paths of each lock."""
    from pinkit.cli.lock_files import named_locks
    from pinkit.formats.pep508 import normalized_name
    from pinkit.workflows.lock_paths import bonds, described, paths_to

    wanted = normalized_name(name)
    graphs = [(path, bonds(lock)) for path, lock in named_locks(ctx.obj, locks or ())]
    having = [(path, graph, paths_to(graph, wanted)) for path, graph in graphs if wanted in graph.pins]
    if form == "json":
        import json

        told = [
            {
                "lock": path,
                "versions": [p.version for p in graph.pins[wanted]],
                "paths": [list(p) for p in paths],
            }
            for path, graph, paths in having
        ]
        ctx.obj.console.answer(json.dumps({"version": 1, "name": wanted, "locks": told}, indent=2) + "\n")
    else:
        for path, graph, paths in having:
            ctx.obj.console.answer(f"{path}: {described(graph, wanted)}\n")
            for steps in paths:
                line = " -> ".join(described(graph, step) if step in graph.pins else step for step in steps)
                unsaid = "the lock does not say who asks for it" if len(steps) == 1 else line
                ctx.obj.console.answer(f"  {unsaid}\n")
        if not having:
            ctx.obj.console.note(f"{wanted} is {_none_of(len(graphs))}")
    raise typer.Exit(0 if having else 1)


def _none_of(count: int) -> str:
    return "not in the lock" if count == 1 else f"in none of {count} locks"
