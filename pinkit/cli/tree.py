"""`pinkit tree`: a lock as a tree."""

from __future__ import annotations

from typing import Annotated

import typer

from pinkit.cli.typer_app import command_app

app = command_app()

HELP = """Show locks as trees, from what the inputs ask for down.

Examples:

  pinkit tree                               every configured lock

  pinkit tree requirements.txt --depth 2

  pinkit tree requirements.txt --package django
"""


@app.command(help=HELP)
def tree(
    ctx: typer.Context,
    locks: Annotated[list[str] | None, typer.Argument(metavar="LOCK", help="Lock files.")] = None,
    depth: Annotated[int, typer.Option("--depth", min=0, help="Levels to show; 0 for all.")] = 0,
    packages: Annotated[
        list[str] | None, typer.Option("--package", metavar="NAME", help="Begin with this project.")
    ] = None,
) -> None:
    """Print the tree of each lock."""
    from pinkit.cli.lock_files import named_locks
    from pinkit.errors import UsageError
    from pinkit.formats.pep508 import normalized_name
    from pinkit.workflows.lock_paths import bonds, tree_lines

    wanted = [normalized_name(name) for name in packages or ()]
    named = named_locks(ctx.obj, locks or ())
    for path, lock in named:
        graph = bonds(lock)
        roots = [name for name in wanted if name in graph.pins]
        if wanted and not roots and len(named) == 1:
            raise UsageError(f"{path}: {', '.join(wanted)} is not pinned")
        if wanted and not roots:
            continue
        if len(named) > 1:
            ctx.obj.console.answer(f"{path}:\n")
        ctx.obj.console.answer("".join(f"{line}\n" for line in tree_lines(graph, depth=depth, roots=roots)))
        if graph.silent:
            ctx.obj.console.note(
                f"{path} does not say who asks for what, so its tree is flat: lock it with annotations, "
                "or as pylock.toml"
            )
