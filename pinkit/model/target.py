"""Target environments as data: a Python version and a platform. Never "the machine we run on"."""

from __future__ import annotations

from pinkit.model.value import frozen_value


@frozen_value(frozen=True, slots=True, kw_only=True)
class Platform:
    """One platform: its marker values (PEP 508) and the wheel platform tags it accepts (PEP 425).

    `tags` are the full platform tags, best first, without "any" ("manylinux_2_28_x86_64", …).
    """

    name: str
    os_name: str
    sys_platform: str
    platform_system: str
    platform_machine: str
    tags: tuple[str, ...]


@frozen_value(frozen=True, slots=True, kw_only=True)
class Target:
    """One target environment.

    `python` is the minor ("3.12"); `python_full` the exact version that `python_full_version` markers see:
    "3.12.0" where only the minor was named. `free_threaded` selects the "t" ABI. In a universal lock a
    target stands for every patch release from `python_full` up to `python_below` (exclusive; "" = the
    next minor), among which no marker makes a difference.
    """

    python: str
    python_full: str
    platform: Platform
    implementation: str = "cpython"
    free_threaded: bool = False
    python_below: str = ""

    @property
    def name(self) -> str:
        """As on the command line: "linux-x86_64-py312" ("…-py312t" for free-threaded)."""
        return f"{self.platform.name}-py{self.python.replace('.', '')}{'t' if self.free_threaded else ''}"
