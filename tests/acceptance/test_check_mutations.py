"""Every single edit of InvenTree's locks that changes their meaning is found; the untouched locks raise no alarm.

PINKIT_ACCEPTANCE_MUTATIONS sets how many edits are made (default 150); the table by kind is printed with -s.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from pinkit.cli.console import Console
from pinkit.cli.settings import Settings
from pinkit.cli.wiring import lock_tools
from pinkit.cli.workplace import Workplace
from pinkit.formats.settings import LockSettings
from pinkit.workflows.check import CheckReport, check_locks
from tests.support.mutations import HARMLESS, KINDS, mutated

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.acceptance
B = "src/backend"
MAIN, MAIN_314 = f"{B}/requirements.txt", f"{B}/requirements-3.14.txt"
DEV, DEV_314 = f"{B}/requirements-dev.txt", f"{B}/requirements-dev-3.14.txt"
LAYERS = {
    MAIN: (f"{B}/requirements.in", "3.12", ()),
    MAIN_314: (f"{B}/requirements.in", "3.14", (MAIN,)),
    DEV: (f"{B}/requirements-dev.in", "3.12", (MAIN,)),
    DEV_314: (f"{B}/requirements-dev.in", "3.14", (MAIN_314, MAIN, DEV)),
    "contrib/dev_reqs/requirements.txt": ("contrib/dev_reqs/requirements.in", "3.12", (MAIN,)),
    "docs/requirements.txt": ("docs/requirements.in", "3.12", (MAIN,)),
    "contrib/container/requirements.txt": ("contrib/container/requirements.in", "3.14", (MAIN,)),
}


class Edited(Workplace):
    """A folder in which single files read otherwise than they are."""

    edits: dict[str, bytes]

    def read(self, name: str) -> bytes:
        return self.edits.get(name) or super().read(name)


class Checker:
    def __init__(self, folder: Path, index: str) -> None:
        self._place = Edited(str(folder / "pyproject.toml"))
        self._place.edits = {}
        self._settings = Settings(
            config="", cache_dir="", offline=False, console=Console(verbosity=-2, color=False, progress=False)
        )
        self._index = index
        self._opened = lock_tools(self._settings, self._place)
        self._tools, _ = self._opened.__enter__()

    def close(self) -> None:
        self._opened.__exit__(None, None, None)

    def text(self, path: str) -> str:
        return self._place.read(path).decode()

    def check(self, path: str, text: str | None = None) -> CheckReport:
        source, python, constraints = LAYERS[path]
        self._place.edits = {} if text is None else {path: text.encode()}
        lock = LockSettings(
            name=path,
            inputs=(source,),
            output=path,
            constraints=constraints,
            python=python,
            python_platform="linux",
            strip_extras=False,
            index_url=self._index,
        )
        return check_locks([lock], self._tools)


@pytest.fixture(scope="module")
def checker(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checker]:
    index = os.environ.get("PINKIT_ACCEPTANCE_INDEX", "")
    if not index:
        pytest.skip("PINKIT_ACCEPTANCE_INDEX names no index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PINKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        made = Checker(shared / "corpus" / "inventree", index)
        yield made
        made.close()


def test_untouched_locks_raise_no_alarm(checker: Checker) -> None:
    for path in LAYERS:
        report = checker.check(path)
        alarms = [finding for finding in report.findings if finding.severity != "note"]
        assert (alarms, report.unanswered) == ([], ())


def test_every_edit_with_a_meaning_is_found(checker: Checker) -> None:
    wanted = int(os.environ.get("PINKIT_ACCEPTANCE_MUTATIONS", "150"))
    rng = random.Random(20261125)
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    missed: list[str] = []
    before = {path: set(checker.check(path).findings) for path in LAYERS}
    kinds = list(KINDS)
    for number in range(wanted):
        kind = kinds[number % len(kinds)]
        path = rng.choice(list(LAYERS))
        mutation = mutated(kind, checker.text(path), rng)
        if mutation is None or mutation.text == checker.text(path):
            continue
        made[kind] += 1
        new = set(checker.check(path, mutation.text).findings) - before[path]
        named = [f for f in new if not mutation.name or f.name in ("", mutation.name)]
        if named:
            found[kind] += 1
        elif mutation.meaning:
            missed.append(f"{kind} of {mutation.name} in {path}")
    for kind in kinds:
        harmless = " (no change of meaning)" if kind in HARMLESS else ""
        print(f"{kind:16} {made[kind]:5} made {found[kind]:5} found{harmless}")
    print(f"{sum(made.values())} made, {sum(found.values())} found")
    assert missed == []
