from __future__ import annotations

from dataclasses import replace

import pytest

from pinkit.errors import UsageError
from pinkit.formats.settings import IndexSetting, LockSettings, read_settings
from pinkit.formats.settings_text import with_locks

BEFORE = b"# mine\r\n[project]   # spaced\nname='x'"
DEFAULTS = LockSettings(python="3.12", strip_extras=False)
FULL = LockSettings(
    name="full",
    inputs=("a.in", "b.in", "c.in", "d.in"),
    output="a.txt",
    constraints=("base.txt",),
    python="3.13",
    strip_extras=False,
    universal=True,
    exclude_newer_package=(("a", "7d"), ("b", "false")),
    indexes=(IndexSetting(url="https://a.example/", name="a"), IndexSetting(url="https://b.example/")),
)
PLAIN = LockSettings(inputs=("b.in",), output="b.txt", python="3.12", strip_extras=False)


def same(read, written):
    return replace(read, where="", name=written.name) == written


def test_what_is_written_is_what_was_meant():
    text = with_locks(BEFORE, "pyproject.toml", DEFAULTS, [FULL, PLAIN])
    assert text.encode().startswith(BEFORE + b"\n\n[tool.pinkit]\n")
    full, plain = read_settings(text.encode(), "pyproject.toml").locks
    assert same(full, FULL)
    assert same(plain, PLAIN)
    assert text.count("3.12") == 1


def test_more_locks_are_added_where_some_are():
    first = with_locks(b"", "pyproject.toml", DEFAULTS, [FULL])
    assert first.startswith("[tool.pinkit]\n")
    second = with_locks(
        first.encode(), "pyproject.toml", LockSettings(python="3.14"), [replace(PLAIN, python="")]
    )
    assert second.startswith(first)
    settings = read_settings(second.encode(), "pyproject.toml")
    assert [lock.output for lock in settings.locks] == ["a.txt", "b.txt"]
    assert settings.locks[1].python == "3.14"


def test_no_defaults_no_table():
    text = with_locks(b"", "pyproject.toml", LockSettings(), [PLAIN])
    assert text.startswith("[[tool.pinkit.lock]]\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"[tool.pinkit]\nlock = [{inputs = ['a'], output = 'b'}]", "cannot be added"),
        (b"[tool", "no TOML"),
        (b"tool = {pinkit = {}}", "cannot be added"),
    ],
)
def test_documents_that_cannot_be_added_to(content, message):
    with pytest.raises(UsageError, match=message):
        with_locks(content, "pyproject.toml", LockSettings(), [PLAIN])
