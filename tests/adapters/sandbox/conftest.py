"""The sandbox at each level that this machine has; a level it lacks is a skip with the reason."""

from __future__ import annotations

import pytest

from pinkit.adapters.sandbox import Isolated, SystemSandbox
from pinkit.adapters.sandbox_watch import Limits

MIB = 1024 * 1024
TIGHT = Limits(
    memory_bytes=256 * MIB, processes=48, file_bytes=24 * MIB, disk_bytes=32 * MIB, files=2000, cpu_s=20
)


@pytest.fixture(params=["bubblewrap", "unshare"])
def sandbox(request: pytest.FixtureRequest) -> SystemSandbox:
    level: Isolated = request.param
    made = SystemSandbox(levels=(level,), limits=TIGHT)
    if made.level != level:
        pytest.skip(made.why_none)
    return made
