"""The running interpreter, told as data."""

from __future__ import annotations

import platform
import sys

from pinkit.adapters.host import running_host


def test_the_host_is_this_interpreter() -> None:
    host = running_host()
    assert host.python_full == platform.python_version().rstrip("+")
    assert host.python_full.startswith(host.python + ".")
    assert host.machine == platform.machine()
    assert host.implementation == sys.implementation.name
    if sys.platform == "linux":
        assert host.libc[0] in {"glibc", "musl"}
