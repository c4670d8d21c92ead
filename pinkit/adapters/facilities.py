"""What this machine can vary in a build: locales that are really there, a faked clock, processors, file order."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from pinkit.adapters.build_hook import CLOCK_SHIFT
from pinkit.adapters.file_order import why_no_disorderfs
from pinkit.adapters.sandbox_view import BASE_PYTHON
from pinkit.model.variation import Facilities

if TYPE_CHECKING:
    from pinkit.model.variation import FileOrder
    from pinkit.ports import Sandbox

_LOCALE = ("et_EE", "UTF-8")
_RAM_DISK = Path("/dev/shm")  # noqa: S108 - only a directory made by mkdtemp in it is used
_ROOM, _SPARE_BYTES = 8, 16 * 1024 * 1024  # for what two builds at once make beside their sources
_SHIFT_DAYS = 400
_LATER = ("-f", f"+{_SHIFT_DAYS}d")
_RUST = frozenset({"maturin", "setuptools_rust", "uv_build"})


def facilities(
    cache: Path, *, sandbox: Sandbox, backend: str, size_bytes: int = 0, python: Path = BASE_PYTHON
) -> Facilities:
    """What can be varied for builds in this sandbox by this backend, of sources of this size.

    A locale is compiled to `cache`.
    """
    lacking: dict[str, str] = {}
    clock, clock_env = _clock(backend, python, lacking)
    if sandbox.level == "none":
        lacking["path"] = lacking["host name"] = "needs a sandbox, and there is none here"
    locale, locale_path = _locale(cache / "locale", lacking)
    return Facilities(
        fixed_paths=sandbox.level != "none",
        locale=locale,
        locale_path=locale_path,
        clock=clock,
        clock_env=clock_env,
        one_cpu=_one_cpu(lacking),
        order=_order(sandbox, size_bytes, lacking),
        lacking=tuple(sorted(lacking.items())),
    )


def shuffled_root() -> Path:
    """The file system on which a copy in another order lists its files in another order."""
    return _RAM_DISK


def _locale(compiled: Path, lacking: dict[str, str]) -> tuple[str, str]:
    name, charset = _LOCALE
    full = f"{name}.{charset}"
    if full.replace("UTF-8", "utf8") in _said(["locale", "-a"]).split():
        return full, ""
    target = compiled / full
    if not target.is_dir() and shutil.which("localedef"):
        compiled.mkdir(parents=True, exist_ok=True)
        # It warns, and says so by its status, where the system's sources are odd; what counts is what it made.
        _said(["localedef", "--no-archive", "-i", name, "-f", charset, str(target)])
    if (target / "LC_CTYPE").is_file():
        return full, str(compiled)
    lacking["locale"] = f"locale {full} is not installed and cannot be made (localedef)"
    return "", ""


def _clock(
    backend: str, python: Path, lacking: dict[str, str]
) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """The command and the environment that let a build see another day; `lacking` says how far only."""
    if backend.partition(":")[0].partition(".")[0] in _RUST:
        lacking["clock"] = "faketime is not safe for tools written in Rust"
        return (), ()
    faketime = shutil.which("faketime", path="/usr/bin:/bin:/usr/local/bin")
    # Files keep their real times: the build shall see another day, not files of the future.
    settings = {"NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    if faketime and _sleeps((faketime, *_LATER, str(python)), settings):
        return (faketime, *_LATER), tuple(settings.items())
    why = "breaks sleeping in this Python" if faketime else "is not installed"
    lacking["clock"] = f"only for the backend's own Python: faketime {why}"
    return (), ((CLOCK_SHIFT, str(_SHIFT_DAYS * 86_400)),)


def _sleeps(command: tuple[str, ...], settings: dict[str, str]) -> bool:
    """Whether Python sleeps and waits as it should; faketime 0.9.10 lets one of the two fail from 3.11 on."""
    code = "import threading, time; time.sleep(0.01); threading.Event().wait(0.01)"
    asked = [*command, "-I", "-S", "-c", code]
    try:
        return (
            subprocess.run(asked, env=settings, capture_output=True, timeout=5, check=False).returncode == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _one_cpu(lacking: dict[str, str]) -> tuple[str, ...]:
    taskset = shutil.which("taskset", path="/usr/bin:/bin:/usr/local/bin")
    available = sorted(os.sched_getaffinity(0))
    if taskset is None or len(available) < 2:
        lacking["processors"] = "taskset is not installed" if taskset is None else "there is only one"
        return ()
    return (taskset, "-c", str(available[-1]))


def _order(sandbox: Sandbox, size_bytes: int, lacking: dict[str, str]) -> FileOrder:
    """How file order can be varied, tried out; `lacking` says by what, or why not."""
    why = why_no_disorderfs(sandbox)
    if not why:
        lacking["file order"] = "by disorderfs"
        return "disorderfs"
    if not _copy_lists_otherwise(size_bytes, lacking):
        lacking["file order"] += f"; {why}"
        return ""
    lacking["file order"] = f"by a copy made backwards; {why}"
    return "copy"


def _copy_lists_otherwise(size_bytes: int, lacking: dict[str, str]) -> bool:
    """Whether a copy made in another order really lists in another order, tried out."""
    names = [f"file{number}" for number in range(32)]
    try:
        if shutil.disk_usage(_RAM_DISK).free < _ROOM * size_bytes + _SPARE_BYTES:
            lacking["file order"] = f"{_RAM_DISK} is too small for these sources"
            return False
        with (
            tempfile.TemporaryDirectory(prefix="pinkit-order-") as plain,
            tempfile.TemporaryDirectory(prefix="pinkit-order-", dir=_RAM_DISK) as other,
        ):
            for name in names:
                Path(plain, name).touch()
            for name in reversed(names):
                Path(other, name).touch()
            if os.listdir(plain) != os.listdir(other):
                return True
            lacking["file order"] = "file systems here list files in one order"
    except OSError as error:
        lacking["file order"] = f"no second file system: {error.strerror}"
    return False


def _said(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
