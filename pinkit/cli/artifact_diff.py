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
_OTHER_ARCHIVES = (
    ".tar",
    ".tar.bz2",
    ".tbz2",
    ".tar.xz",
    ".txz",
    ".tar.zst",
    ".tar.lzma",
    ".egg",
    ".7z",
    ".rar",
)
_MAGIC = (b"PK", b"\x1f\x8b")
_SUPPORTED = "artifacts are .whl, .zip, .tar.gz and .tgz; a file of any other name is read as a lock"
_MAX_BYTES = 16 * MAX_INPUT_BYTES


def is_artifact(path: str) -> bool:
    """Whether `pinkit diff` treats the file as an artifact, by its name. UsageError for other archives."""
    if path.lower().endswith(_OTHER_ARCHIVES):
        raise UsageError(f"{path}: archives of this kind are not compared", hint=_SUPPORTED)
    return path.endswith(SUFFIXES)


def run_artifact_diff(
    one: str, other: str, settings: Settings, *, form: str = "text", diffoscope: bool = False
) -> int:
    """Tell the difference; 0 when it passes as a reproduction, 1 otherwise. UsageError where one is no artifact."""
    native = one.endswith(".whl") and not one.endswith("-none-any.whl")
    found = diff_artifacts(_archive(one), _archive(other), native=native)
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


def _archive(path: str) -> bytes:
    """The bytes of an archive; one that does not even begin like one must at least be called so."""
    content = _read(path)
    if not path.endswith(SUFFIXES) and not content.startswith(_MAGIC):
        raise UsageError(f"{path} is no artifact, and the other file is one", hint=_SUPPORTED)
    return content


def _read(path: str) -> bytes:
    try:
        if Path(path).stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path}: larger than {_MAX_BYTES >> 20} MiB")
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read", str(error.strerror)) from error
