from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats.precommit_config import CompileHook, compile_hooks

CONFIG = """\
repos:
- repo: https://h.example/uv-pre-commit
  rev: 1.0
  hooks:
    - id: uv-lock
    - &base
      id: pip-compile
      name: main
      args: [r.in, -o, r.txt]
    - *base
- repo: https://h.example/pip-tools
  hooks:
  - id: pip-compile
    args:
      - dev.in
- repo: local
  hooks:
  - id: lock
    entry: uv pip compile x.in
    args: ["-o", x.txt]
  - id: other
    entry: make lock
"""


def test_hooks_with_arguments_and_lines():
    assert compile_hooks(CONFIG.encode(), "c.yaml") == (
        CompileHook(tool="uv", arguments=("r.in", "-o", "r.txt"), line=6, name="main"),
        CompileHook(tool="uv", arguments=("r.in", "-o", "r.txt"), line=6, name="main"),
        CompileHook(tool="pip-compile", arguments=("dev.in",), line=13),
        CompileHook(tool="uv", arguments=("x.in", "-o", "x.txt"), line=18),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "repos: 1",
        "[1, 2]",
        "repos: [{hooks: [{id: [a]}]}]",
        "repos: [{hooks: [{id: x, entry: pinkit lock a.in}]}]",
        "a: !!python/object:os.system {}",
    ],
)
def test_other_documents_have_no_hooks(text):
    assert compile_hooks(text.encode(), "c.yaml") == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "c.yaml:1: no YAML"),
        ("a: b: c", "c.yaml:1: no YAML"),
        pytest.param("[" * 2_000, "no YAML", id="brackets"),
        ("a: \x01", "no YAML"),
    ],
)
def test_no_yaml(text, message):
    with pytest.raises(UsageError, match=message):
        compile_hooks(text.encode(), "c.yaml")
