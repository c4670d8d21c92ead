"""What holds for every test: nothing of this machine's settings leaks in, nothing leaves it unasked."""

from __future__ import annotations

import os
import pkgutil
import signal
from importlib import import_module
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import pinkit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAKING = ("PINKIT_", "PIP_", "UV_", "XDG_")
KEPT = ("PINKIT_ACCEPTANCE_", "PINKIT_SHARED", "PINKIT_TEST_")
numbers = count(1)

# The same examples in each run, however slow the machine: a change is judged by its tests, not by their luck.
STEADY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("steady", STEADY, derandomize=True, database=None)
settings.register_profile("seeking", STEADY, derandomize=False, max_examples=2_000)
settings.load_profile("steady")
# Examples are also drawn from the constants of all loaded modules: let them not depend on the tests before.
for module in pkgutil.walk_packages(pinkit.__path__, "pinkit."):
    import_module(module.name)
# A shell lets jobs in its background ignore Ctrl-C, nohup lets them ignore SIGHUP: so would programs that tests end.
for _number, _usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that leave the machine run only when their marker is asked for by name."""
    asked = config.getoption("-m")
    for item in items:
        if item.get_closest_marker("live") and "live" not in asked:
            item.add_marker(pytest.mark.skip(reason="talks to a real service; run with -m live"))


@pytest.fixture(autouse=True, scope="session")
def own_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty home: no test sees this machine's pip.conf, netrc or git settings."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(LEAKING) and not name.startswith(KEPT):
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        for name in ("PIP_CONFIG_FILE", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            patch.setenv(name, os.devnull)
        patch.setenv("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        yield home


@pytest.fixture(autouse=True)
def own_cache(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test: loopback servers may reuse a port of an earlier one."""
    cache = own_home / f"cache-{next(numbers)}"
    monkeypatch.setenv("PINKIT_CACHE_DIR", str(cache))
    return cache
