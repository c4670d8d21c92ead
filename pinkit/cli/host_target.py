"""The target of this machine: what is locked and built for where nothing else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pinkit.model.target import Platform


def host_target() -> tuple[Platform, str]:
    """This machine's platform and exact Python: the target where none is named."""
    from pinkit.adapters.host import running_host
    from pinkit.resolve.platforms import platform

    host = running_host()
    machine = {"AMD64": "amd64", "ARM64": "arm64"}.get(host.machine, host.machine)
    if host.libc[0] == "glibc":
        name = f"{machine}-manylinux_{host.libc[1].replace('.', '_')}"
    elif host.libc[0]:
        name = f"musllinux-{machine}"
    else:
        name = f"{'macos' if host.sys_platform == 'darwin' else 'windows'}-{machine}"
    return platform(name, generous=True), host.python_full
