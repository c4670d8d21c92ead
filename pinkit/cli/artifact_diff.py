"""`pinkit diff A B` where A and B are artifacts: verdict, discrepancies, member by member."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.files import MAX_INPUT_BYTES
from pinkit.errors import UsageError
from pinkit.rebuild.compare_artifacts import diff_artifacts
from pinkit.rebuild.verdict import exit_code
from pinkit.render.artifact_diff import artifact_diff_json, artifact_diff_text

if TYPE_CHECKING:
    from pinkit.cli.settings import Settings

SUFFIXES = (".whl", ".tar.gz", ".tgz", ".zip")
_MAX_BYTES = 16 * MAX_INPUT_BYTES


def is_artifact(path: str) -> bool:
    """Whether `pinkit diff` treats the file as an artifact, by its name."""
    return path.endswith(SUFFIXES)


def run_artifact_diff(
    one: str, other: str, settings: Settings, *, form: str = "text", diffoscope: bool = False
) -> int:
    """Tell the difference; 0 when it passes as a reproduction, 1 otherwise."""
    native = one.endswith(".whl") and not one.endswith("-none-any.whl")
    found = diff_artifacts(_read(one), _read(other), native=native)
    if form == "json":
        settings.console.answer(artifact_diff_json(found))
    else:
        from pinkit.cli.console import printable

        text = artifact_diff_text(found, clean=printable, color=settings.console.color)
        settings.console.answer(text)
    code = exit_code([found.verdict])
    if diffoscope and code:
        from pinkit.adapters.diffoscope import diffoscope as second_opinion

        settings.console.note(second_opinion(Path(one), Path(other)))
    return int(code)


def _read(path: str) -> bytes:
    try:
        if Path(path).stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path}: larger than {_MAX_BYTES >> 20} MiB")
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read", str(error.strerror)) from error
