"""The platforms that targets may name: marker values (PEP 508) and accepted platform tags (PEP 425, 600, 656)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from pinkit.errors import UsageError
from pinkit.model.target import Platform

NAMED_GLIBC = (2, 28)
"""The glibc that a platform promises when it is named without one, as in uv."""
GENEROUS_GLIBC = (2, 39)
"""The glibc of a universal lock: a pin there must have a file for *some* current system."""
NAMED_MACOS = 13
GENEROUS_MACOS = 26
MUSL = (1, 2)

UNIVERSAL = ("linux-x86_64", "linux-aarch64", "macos-x86_64", "macos-arm64", "windows-amd64", "windows-arm64")
"""The platforms of a universal lock."""

_LINUX_MACHINES = ("x86_64", "aarch64", "armv7l", "ppc64le", "s390x", "i686", "riscv64")
_MACOS_MACHINES = {"x86_64": "x86_64", "arm64": "arm64", "aarch64": "arm64"}
_WINDOWS_MACHINES = {
    "amd64": ("AMD64", "win_amd64"),
    "x86_64": ("AMD64", "win_amd64"),
    "arm64": ("ARM64", "win_arm64"),
    "aarch64": ("ARM64", "win_arm64"),
    "x86": ("x86", "win32"),
    "i686": ("x86", "win32"),
}
_ALIASES = {
    "linux": "linux-x86_64",
    "macos": "macos-arm64",
    "darwin": "macos-arm64",
    "windows": "windows-amd64",
}
_SYSTEMS = {
    "linux": "linux",
    "unknown-linux-gnu": "linux",
    "unknown-linux": "linux",
    "linux-gnu": "linux",
    "glibc": "linux",
    "unknown-linux-musl": "musllinux",
    "linux-musl": "musllinux",
    "musllinux": "musllinux",
    "musl": "musllinux",
    "macos": "macos",
    "darwin": "macos",
    "apple-darwin": "macos",
    "windows": "windows",
    "win": "windows",
    "pc-windows-msvc": "windows",
}
_LEGACY = {(2, 17): "manylinux2014", (2, 12): "manylinux2010", (2, 5): "manylinux1"}


class _Parsed(NamedTuple):
    system: str
    machine: str
    glibc: tuple[int, int] | None = None


def platform_names() -> tuple[str, ...]:
    """The names of all known platforms, as in a target's name."""
    return (
        *(f"linux-{machine}" for machine in _LINUX_MACHINES),
        *(f"musllinux-{machine}" for machine in _LINUX_MACHINES),
        "macos-x86_64",
        "macos-arm64",
        "windows-amd64",
        "windows-arm64",
        "windows-x86",
    )


@lru_cache(maxsize=256)
def platform(name: str, *, generous: bool = False) -> Platform:
    """The platform of a name as pinkit or uv writes it: "linux", "linux-x86_64", "x86_64-unknown-linux-gnu",
    "x86_64-manylinux_2_17", "aarch64-apple-darwin", "windows-arm64", ….

    `generous` takes newer systems for granted where the name states none. Raises UsageError.
    """
    parsed = _parse(_ALIASES.get(name.lower(), name.lower()))
    if parsed is None:
        raise UsageError(
            f"unknown platform {name!r}",
            hint=f"name one of {', '.join(platform_names())}, or one as uv does (x86_64-unknown-linux-gnu)",
        )
    match parsed.system:
        case "macos":
            return _macos(parsed.machine, GENEROUS_MACOS if generous else NAMED_MACOS)
        case "windows":
            return _windows(parsed.machine)
        case "musllinux":
            tags = musllinux_tags(parsed.machine, MUSL)
            return _linux(f"musllinux-{parsed.machine}", parsed.machine, tags)
        case _:
            glibc = parsed.glibc or (GENEROUS_GLIBC if generous else NAMED_GLIBC)
            system = f"manylinux_{parsed.glibc[0]}_{parsed.glibc[1]}" if parsed.glibc else "linux"
            tags = manylinux_tags(parsed.machine, glibc)
            return _linux(f"{system}-{parsed.machine}", parsed.machine, tags)


def manylinux_tags(machine: str, glibc: tuple[int, int]) -> tuple[str, ...]:
    """Platform tags of a Linux with that glibc, best first (PEP 600 with the older names of PEP 513, 571, 599)."""
    oldest = 5 if machine in ("x86_64", "i686") else 17
    tags = [f"linux_{machine}"]
    for minor in range(glibc[1], oldest - 1, -1):
        tags.append(f"manylinux_2_{minor}_{machine}")
        if legacy := _LEGACY.get((2, minor)):
            tags.append(f"{legacy}_{machine}")
    return tuple(tags)


def musllinux_tags(machine: str, musl: tuple[int, int]) -> tuple[str, ...]:
    """Platform tags of a Linux with that musl, best first (PEP 656)."""
    newer = (f"musllinux_{musl[0]}_{minor}_{machine}" for minor in range(musl[1], -1, -1))
    return (f"linux_{machine}", *newer)


def macos_tags(machine: str, version: int) -> tuple[str, ...]:
    """Platform tags of macOS `version` (11 or later), best first."""
    formats = [machine, "intel", "fat64", "fat3", "universal2", "universal"]
    if machine == "arm64":
        formats = ["arm64", "universal2"]
    tags = [f"macosx_{major}_0_{form}" for major in range(version, 10, -1) for form in formats]
    # macOS 11 runs what was built for 10.x on Intel; on arm64 only universal2 files can be that old.
    older = formats if machine == "x86_64" else ["universal2"]
    return (*tags, *(f"macosx_10_{minor}_{form}" for minor in range(16, 3, -1) for form in older))


def _parse(name: str) -> _Parsed | None:
    ceiling = re.fullmatch(r"(?:(\w+)-)?(manylinux(?:2014|_2_(\d{1,3})))(?:-(\w+))?", name)
    if ceiling:
        machine = ceiling[1] or ceiling[4]
        if machine not in _LINUX_MACHINES or (ceiling[1] and ceiling[4]):
            return None
        return _Parsed("linux", machine, (2, int(ceiling[3] or 17)))
    for system, canonical in _SYSTEMS.items():
        for machine in (name.removeprefix(f"{system}-"), name.removesuffix(f"-{system}")):
            if machine != name and (known := _machine(canonical, machine)):
                return _Parsed(canonical, known)
    return None


def _machine(system: str, machine: str) -> str:
    machine = "aarch64" if system in ("linux", "musllinux") and machine == "arm64" else machine
    if system == "macos":
        return _MACOS_MACHINES.get(machine, "")
    if system == "windows":
        return machine if machine in _WINDOWS_MACHINES else ""
    return machine if machine in _LINUX_MACHINES else ""


def _linux(name: str, machine: str, tags: tuple[str, ...]) -> Platform:
    return Platform(
        name=name,
        os_name="posix",
        sys_platform="linux",
        platform_system="Linux",
        platform_machine=machine,
        tags=tags,
    )


def _macos(machine: str, version: int) -> Platform:
    return Platform(
        name=f"macos-{machine}",
        os_name="posix",
        sys_platform="darwin",
        platform_system="Darwin",
        platform_machine=machine,
        tags=macos_tags(machine, version),
    )


def _windows(machine: str) -> Platform:
    value, tag = _WINDOWS_MACHINES[machine]
    return Platform(
        name=f"windows-{value.lower()}",
        os_name="nt",
        sys_platform="win32",
        platform_system="Windows",
        platform_machine=value,
        tags=(tag,),
    )
