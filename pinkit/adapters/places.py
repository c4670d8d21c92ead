"""Where pinkit keeps what it may lose (cache) and what it should keep (data), by each system's custom."""

from __future__ import annotations

import os
import sys

CACHE_VARIABLE = "PINKIT_CACHE_DIR"


def cache_dir(option: str = "") -> str:
    """The cache folder: `option`, else PINKIT_CACHE_DIR, else the system's custom. Not created here."""
    return option or os.environ.get(CACHE_VARIABLE) or _custom("XDG_CACHE_HOME", ".cache", "Caches")


def data_dir() -> str:
    """The folder of the OSV database: PINKIT_DATA_DIR, else the system's custom. Not created here."""
    return os.environ.get("PINKIT_DATA_DIR") or _custom(
        "XDG_DATA_HOME", ".local/share", "Application Support"
    )


def _custom(variable: str, unix: str, mac: str) -> str:
    running: str = sys.platform
    home = os.path.expanduser("~")
    if running == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA", home), "pinkit")
    if os.environ.get(variable):
        return os.path.join(os.environ[variable], "pinkit")
    if running == "darwin":
        return os.path.join(home, "Library", mac, "pinkit")
    return os.path.join(home, *unix.split("/"), "pinkit")
