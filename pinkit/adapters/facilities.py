"""What this machine can vary in a build: locales that are really there, a faked clock, processors, file order."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from pinkit.model.variation import Facilities

_LOCALE = ("et_EE", "UTF-8")
_RAM_DISK = Path("/dev/shm")  # noqa: S108 - only a directory made by mkdtemp in it is used
_ROOM, _SPARE_BYTES = 8, 16 * 1024 * 1024  # for what two builds at once make beside their sources
_RUST = frozenset({"maturin", "setuptools_rust", "uv_build"})


def facilities(cache: Path, *, level: str, backend: str, size_bytes: int = 0) -> Facilities:
    """What can be varied for builds in a sandbox of this `level` by this backend, of sources of this size.

    A locale is compiled to `cache`.
    """
    lacking: dict[str, str] = {}
    if level == "none":
        lacking["path"] = lacking["host name"] = "needs a sandbox, and there is none here"
    locale, locale_path = _locale(cache / "locale", lacking)
    return Facilities(
        fixed_paths=level != "none",
        locale=locale,
        locale_path=locale_path,
        clock=_clock(backend, lacking),
        one_cpu=_one_cpu(lacking),
        shuffles=_shuffles(size_bytes, lacking),
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


def _clock(backend: str, lacking: dict[str, str]) -> tuple[str, ...]:
    if backend.partition(":")[0].partition(".")[0] in _RUST:
        lacking["clock"] = "faketime is not safe for tools written in Rust"
        return ()
    faketime = shutil.which("faketime", path="/usr/bin:/bin:/usr/local/bin")
    if faketime is None:
        lacking["clock"] = "faketime is not installed"
        return ()
    return (faketime, "-f", "+400d")


def _one_cpu(lacking: dict[str, str]) -> tuple[str, ...]:
    taskset = shutil.which("taskset", path="/usr/bin:/bin:/usr/local/bin")
    available = sorted(os.sched_getaffinity(0))
    if taskset is None or len(available) < 2:
        lacking["processors"] = "taskset is not installed" if taskset is None else "there is only one"
        return ()
    return (taskset, "-c", str(available[-1]))


def _shuffles(size_bytes: int, lacking: dict[str, str]) -> bool:
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
