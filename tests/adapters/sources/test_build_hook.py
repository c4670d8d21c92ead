"""The script that runs inside the sandbox, called as it is there but in this process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.build_hook import main

if TYPE_CHECKING:
    from pathlib import Path

BACKEND = """
class nested:
    class inner:
        @staticmethod
        def build_wheel(directory, settings):
            return f"{directory}.whl"
def get_requires_for_build_wheel(settings):
    return ["a"]
"""


@pytest.mark.parametrize(
    ("backend", "hook", "arguments", "told"),
    [
        pytest.param("hooked", "get_requires_for_build_wheel", [None], {"value": ["a"]}, id="module"),
        pytest.param("hooked:nested.inner", "build_wheel", ["x", None], {"value": "x.whl"}, id="object"),
        pytest.param("hooked", "build_sdist", ["x", None], {"missing": True}, id="missing"),
    ],
)
def test_a_hook_is_called_by_its_name(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    backend: str,
    hook: str,
    arguments: list[Any],
    told: dict[str, Any],
) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "hooked.py").write_text(BACKEND, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", ["where the script stands", *sys.path])
    monkeypatch.delitem(sys.modules, "hooked", raising=False)
    result = tmp_path / "result.json"
    asked = {"backend": backend, "backend_path": ["path"], "hook": hook, "arguments": arguments}
    main({**asked, "result": str(result)})
    assert json.loads(result.read_text(encoding="utf-8")) == told
    assert sys.path[0] == str(tmp_path / "path")
    sys.modules.pop("hooked", None)


SHIFTED = """
import datetime, json, sys, time
from {hook} import shift_clock
real = datetime.datetime.now(), datetime.date.today(), time.time()
shift_clock(400 * 86400.0)
def days(one, other):
    passed = other - one
    return round((passed.total_seconds() if hasattr(passed, "total_seconds") else passed) / 86400)
json.dump({{
    "now": days(real[0], datetime.datetime.now()),
    "today": days(real[1], datetime.date.today()),
    "datetime.today": days(real[0], datetime.datetime.today()),
    "utc": days(datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None), datetime.datetime.utcnow()),
    "time": days(real[2], time.time()),
    "time_ns": days(real[2], time.time_ns() / 1e9),
    "gmtime": days(real[2], __import__("calendar").timegm(time.gmtime())),
    "given": time.gmtime(0)[0],
    "strftime": time.strftime("%Y") == str(datetime.date.today().year),
    "strftime given": time.strftime("%Y", time.gmtime(0)),
    "asctime": time.asctime().split()[-1] == str(datetime.date.today().year),
    "ctime": time.ctime(0).split()[-1] in ("1969", "1970"),
    "instance": isinstance(real[0], datetime.datetime) and isinstance(real[0], datetime.date),
    "no instance": isinstance(real[1], datetime.datetime),
    "subclass": issubclass(datetime.datetime, datetime.date),
    "made": datetime.datetime(2001, 2, 3) == real[0].replace(2001, 2, 3, 0, 0, 0, 0),
}}, sys.stdout)
"""


def test_the_clock_of_this_python_is_another() -> None:
    code = SHIFTED.format(hook="pinkit.adapters.build_hook")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {
        **dict.fromkeys(("now", "today", "datetime.today", "time", "time_ns", "gmtime"), 400),
        "utc": 0,
        "given": 1970,
        "strftime": True,
        "strftime given": "1970",
        "asctime": True,
        "ctime": True,
        "instance": True,
        "no instance": False,
        "subclass": True,
        "made": True,
    }
