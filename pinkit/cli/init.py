"""`pinkit init`: ready files for CI and pre-commit."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinkit.cli.typer_app import command_app
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pinkit.cli.settings import Settings
    from pinkit.workflows.init import Part, ReadyFile

app = command_app()

HELP = """Write ready files for CI and pre-commit, without asking anything.

GitHub Actions, GitLab CI and Forgejo get check, audit and verify on proposals, and a scheduled audit and upgrade;
.pre-commit-config.yaml gets hooks. For which forge is seen from the files and the git remote. Files that are there and
differ stay as they are and are named; the second run changes nothing.

Examples:

  pinkit init

  pinkit init --part gitlab --part pre-commit

  pinkit init --dry-run
"""


@app.command(help=HELP)
def init(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project's folder.")] = ".",
    part: Annotated[
        list[str] | None,
        typer.Option("--part", metavar="NAME", help="Only this: github, gitlab, forgejo, pre-commit."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace workflow files that differ.")] = False,
    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Write nothing; say what would be.")
    ] = False,
    form: Annotated[str, typer.Option("--format", metavar="text|json")] = "text",
) -> None:
    """Decide, write, and say what was done to each file."""
    from pinkit import __version__
    from pinkit.adapters.files import make_folders, write_atomically
    from pinkit.workflows.init import ready_files

    folder = Path(path)
    if not folder.is_dir():
        raise UsageError(f"{path}: no such folder")
    if form not in ("text", "json"):
        raise UsageError(f"--format {form}: no such rendering", hint="text or json")
    settings: Settings = ctx.obj
    files = ready_files(
        _parts(folder, part or ()), lambda name: _found(folder, name), __version__, force=force
    )
    for each in files:
        if each.done in ("new", "changed") and not dry_run:
            target = folder / each.path
            make_folders(target.parent)
            write_atomically(target, each.content.encode())
    if _is_below_the_top(folder):
        settings.console.warn(
            f"{path} is below the top of its repository, where no forge looks for these files"
        )
    settings.console.answer(_json(files) if form == "json" else _text(files, dry_run=dry_run))


def _parts(folder: Path, asked: Sequence[str]) -> Collection[Part]:
    from pinkit.adapters.git_run import remote_url
    from pinkit.formats.urls import host_of
    from pinkit.workflows.init import PARTS, detected_parts

    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        raise UsageError(f"--part {unknown[0]}: no such part", hint=f"it can be {', '.join(PARTS)}")
    if asked:
        return [name for name in PARTS if name in asked]
    try:
        url = remote_url(folder, "origin")
    except UsageError:
        url = ""
    host = host_of(url) if "://" in url else url.rpartition("@")[2].partition(":")[0].lower()
    return detected_parts(lambda name: (folder / name).exists(), host)


def _is_below_the_top(folder: Path) -> bool:
    whole = folder.resolve()
    return not (whole / ".git").exists() and any((each / ".git").exists() for each in whole.parents)


def _found(folder: Path, name: str) -> bytes | None:
    from pinkit.adapters.files import read_bytes

    return read_bytes(folder / name) if os.path.lexists(folder / name) else None


def _text(files: Sequence[ReadyFile], *, dry_run: bool) -> str:
    words = {"new": "written", "changed": "changed", "same": "as it should be", "kept": "left as it is"}
    if dry_run:
        words |= {"new": "would be written", "changed": "would be changed"}
    notes = {each.path: f": {each.note}" if each.note else "" for each in files}
    return "".join(f"{each.path}  {words[each.done]}{notes[each.path]}\n" for each in files)


def _json(files: Sequence[ReadyFile]) -> str:
    import json

    listed = [{"path": each.path, "done": each.done, "note": each.note} for each in files]
    return json.dumps({"version": 1, "files": listed}, indent=2) + "\n"
