"""Which locks a run means, and what goes before what."""

from __future__ import annotations

import pytest

from pinkit.errors import UsageError
from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.workflows.discovery import chosen_locks, configuration, locks_to_make, over

CONFIGURED = b"""
[project]
name = "app"
[tool.pinkit]
python = "3.12"
[[tool.pinkit.lock]]
name = "main"
inputs = ["a.in"]
output = "a.txt"
[[tool.pinkit.lock]]
inputs = ["b.in"]
output = "locks/b.txt"
universal = true
"""


def here(**files: bytes):  # type: ignore[no-untyped-def]
    named = {name.replace("_", "."): content for name, content in files.items()}
    return named.get


def outputs(inputs: list[str], options: LockSettings, **files: bytes) -> list[tuple[tuple[str, ...], str]]:
    found = here(**files)
    made = locks_to_make(configuration(found), inputs, options, found)
    return [(lock.inputs, lock.output) for lock in made]


@pytest.mark.parametrize(
    ("files", "inputs", "expected"),
    [
        pytest.param(
            {"pyproject_toml": CONFIGURED}, [], [(("a.in",), "a.txt"), (("b.in",), "locks/b.txt")], id="all"
        ),
        pytest.param(
            {"pyproject_toml": CONFIGURED}, ["x.in"], [(("x.in",), "")], id="a named input goes first"
        ),
        pytest.param({"requirements_in": b""}, [], [(("requirements.in",), "")], id="requirements.in"),
        pytest.param(
            {"pyproject_toml": b"[project]\nname='a'"},
            [],
            [(("pyproject.toml",), "")],
            id="the project itself",
        ),
    ],
)
def test_what_is_locked(
    files: dict[str, bytes], inputs: list[str], expected: list[tuple[tuple[str, ...], str]]
) -> None:
    assert outputs(inputs, LockSettings(), **files) == expected


@pytest.mark.parametrize(
    ("files", "options", "message"),
    [
        pytest.param({}, LockSettings(), "nothing to lock", id="nothing"),
        pytest.param({"pyproject_toml": b"[tool.x]"}, LockSettings(), "nothing to lock", id="no project"),
        pytest.param(
            {"pyproject_toml": CONFIGURED}, LockSettings(output="o.txt"), "-o names one", id="which one"
        ),
        pytest.param({"pyproject_toml": b"[["}, LockSettings(), "TOML", id="broken"),
    ],
)
def test_what_cannot_be_meant(files: dict[str, bytes], options: LockSettings, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        outputs([], options, **files)


def test_a_named_configuration_must_be_there() -> None:
    with pytest.raises(UsageError, match="no such file"):
        configuration({}.get, "other.toml")
    assert configuration({}.get).locks == ()


def test_locks_are_chosen_by_name_or_path() -> None:
    settings = configuration(here(pyproject_toml=CONFIGURED))
    assert [lock.output for lock in chosen_locks(settings, ["main", "./locks/b.txt"])] == [
        "a.txt",
        "locks/b.txt",
    ]
    assert chosen_locks(settings, []) == settings.locks
    with pytest.raises(UsageError, match="no lock 'c' is configured"):
        chosen_locks(settings, ["c"])


def test_options_go_before_configuration_and_lists_add_up() -> None:
    configured = LockSettings(
        python="3.11", universal=True, constraints=("c.txt",), index_url="https://index.example/"
    )
    options = LockSettings(
        python="3.12",
        targets=("linux-x86_64-py312",),
        constraints=("d.txt", "c.txt"),
        indexes=(IndexSetting(url="https://two.example/"),),
    )
    both = over(configured, options)
    assert (both.python, both.universal, both.targets) == ("3.12", None, ("linux-x86_64-py312",))
    assert both.constraints == ("c.txt", "d.txt")
    assert both.index_url == "https://index.example/"
