"""The script that runs inside the sandbox, called as it is there but in this process."""

from __future__ import annotations

import json
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
