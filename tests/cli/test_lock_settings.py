"""Options of `lock` to settings, and the command that a lock names."""

from __future__ import annotations

import pytest

from pinkit.cli.lock_settings import header_command, inputs_of, settings_of
from pinkit.errors import UsageError
from pinkit.formats.settings import IndexSetting

NOTHING: dict[str, object] = dict.fromkeys(
    (
        *(
            "inputs",
            "requirement_files",
            "targets",
            "constraints",
            "overrides",
            "excludes",
            "build_constraints",
        ),
        *("extras", "groups", "strip_extras", "exclude_newer_package", "only_binary", "no_binary"),
        *("extra_index_urls", "indexes", "find_links", "annotate", "header", "no_emit_package"),
    )
) | dict.fromkeys(
    (
        *(
            "output",
            "output_format",
            "python",
            "python_platform",
            "prerelease",
            "resolution",
            "fork_strategy",
            "exclude_newer",
        ),
        *("index_url", "index_strategy", "annotation_style", "hash_algorithm"),
    ),
    "",
)
NOTHING |= dict.fromkeys(
    ("universal", "all_extras", "all_groups", "pre", "no_build", "no_index", "emit_index_url"), False
)


def given(**said: object) -> dict[str, object]:
    return {**NOTHING, **said}


def test_nothing_said_says_nothing() -> None:
    settings = settings_of(given())
    assert settings.where == "command line"
    assert (settings.universal, settings.strip_extras, settings.prerelease) == (None, None, "")


@pytest.mark.parametrize(
    ("said", "name", "value"),
    [
        pytest.param({"extras": ["A_b", "c"]}, "extras", ("a-b", "c"), id="names are normalised"),
        pytest.param(
            {"only_binary": ["a,B", ":all:"]}, "only_binary", ("a", "b", ":all:"), id="lists in one"
        ),
        pytest.param({"pre": True}, "prerelease", "allow", id="pre"),
        pytest.param(
            {"pre": True, "prerelease": "explicit"}, "prerelease", "explicit", id="pre is the weaker one"
        ),
        pytest.param({"output_format": "pylock"}, "output_format", "pylock.toml", id="short format"),
        pytest.param({"strip_extras": False}, "strip_extras", False, id="no is said"),
        pytest.param(
            {"exclude_newer_package": ["Pip=2026-11-01", "x=false"]},
            "exclude_newer_package",
            (("pip", "2026-11-01"), ("x", "false")),
            id="cutoffs by name",
        ),
        pytest.param(
            {"indexes": ["corp=https://index.example/simple/", "https://two.example/?a=b"]},
            "indexes",
            (
                IndexSetting(name="corp", url="https://index.example/simple/"),
                IndexSetting(url="https://two.example/?a=b"),
            ),
            id="indexes",
        ),
    ],
)
def test_options(said: dict[str, object], name: str, value: object) -> None:
    assert getattr(settings_of(given(**said)), name) == value


@pytest.mark.parametrize(
    "said",
    [
        {"prerelease": "sometimes"},
        {"python": "three"},
        {"universal": True, "targets": ["linux-x86_64-py312"]},
        {"exclude_newer_package": ["pip"]},
    ],
)
def test_nonsense_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        settings_of(given(**said))


def test_inputs_come_before_requirement_files() -> None:
    assert inputs_of(given(inputs=["a"], requirement_files=["b"])) == ("a", "b")


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        pytest.param(
            ["lock", "a.in", "-o", "a.txt", "-U", "--check"], "pinkit lock a.in -o a.txt", id="one run's"
        ),
        pytest.param(
            ["lock", "a.in", "-P", "b", "-Pc", "--upgrade-package=d"], "pinkit lock a.in", id="upgrades"
        ),
        pytest.param(["--cache-dir", "/x", "lock", "a.in", "--cache-dir=/y"], "pinkit lock a.in", id="cache"),
        pytest.param(
            ["lock", "a.in", "-i", "https://index.example/simple/", "--find-links=wheels"],
            "pinkit lock a.in",
            id="where the index is",
        ),
        pytest.param(
            ["lock", "a.in", "--emit-index-url", "-i", "https://me:secret@index.example/simple/"],
            "pinkit lock a.in --emit-index-url -i https://index.example/simple/",
            id="credentials",
        ),
        pytest.param(
            ["lock", "--emit-index-url", "--index-url=https://me:secret@index.example/"],
            "pinkit lock --emit-index-url --index-url=https://index.example/",
            id="credentials after =",
        ),
        pytest.param(["lock", "a b.in"], "pinkit lock 'a b.in'", id="quoted"),
    ],
)
def test_the_command_in_a_lock(arguments: list[str], command: str) -> None:
    assert header_command(arguments) == command
