"""What this machine is: the only place that looks at the running interpreter and its platform."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The running interpreter as data.

    `python` is the minor ("3.12"), `python_full` the exact version. `machine` is as `platform.machine()`.
    `libc` is ("glibc" | "musl", "2.36") on Linux, else ("", ""). `macos` is the system's version or "".
    """

    python: str
    python_full: str
    implementation: str
    sys_platform: str
    machine: str
    libc: tuple[str, str]
    macos: str = ""
    free_threaded: bool = False


def running_host() -> Host:
    """The interpreter that runs pinkit."""
    version = sys.version_info
    return Host(
        python=f"{version.major}.{version.minor}",
        python_full=f"{version.major}.{version.minor}.{version.micro}",
        implementation=sys.implementation.name,
        sys_platform=sys.platform,
        machine=_machine(),
        libc=_libc(),
        macos=_macos_version(),
        free_threaded="t" in getattr(sys, "abiflags", ""),
    )


def _machine() -> str:
    if hasattr(os, "uname"):
        return os.uname().machine
    return os.environ.get("PROCESSOR_ARCHITECTURE", "AMD64")


def _libc() -> tuple[str, str]:
    running: str = sys.platform
    if running != "linux":
        return ("", "")
    try:
        name, _, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    except (ValueError, OSError):
        return ("musl", "1.2")
    return (name, version)


def _macos_version() -> str:
    running: str = sys.platform
    if running != "darwin":
        return ""
    import platform

    return platform.mac_ver()[0]
