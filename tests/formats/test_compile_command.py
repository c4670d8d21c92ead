from __future__ import annotations

import pytest

from pinkit.formats.compile_command import header_command, parse_command, split_command
from pinkit.formats.settings import IndexSetting, LockSettings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uv pip compile r.in -o r.txt", ("uv", ("r.in", "-o", "r.txt"))),
        ("./tools/uv pip compile --universal 'my file.in'", ("uv", ("--universal", "my file.in"))),
        ("pip-compile --output-file=r.txt r.in", ("pip-compile", ("--output-file=r.txt", "r.in"))),
        ("CUSTOM=1 python -m piptools compile r.in", ("pip-compile", ("r.in",))),
        ("uvx pip-compile r.in", ("pip-compile", ("r.in",))),
        ("python scripts/lock.py", None),
        ("make lock", None),
        ("uv sync", None),
        ("pip-compile 'open", None),
        ("", None),
    ],
)
def test_command_lines_are_split(text, expected):
    assert split_command(text) == expected


def settings_of(line, tool="uv"):
    return parse_command(tool, line.split())


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param(
            "-o r.txt -c a.txt --constraint=b.txt,c.txt",
            {"output": "r.txt", "constraints": ("a.txt", "b.txt", "c.txt")},
            id="constraints",
        ),
        pytest.param(
            "-or.txt -b=b.txt --overrides o.txt",
            {"output": "r.txt", "build_constraints": ("b.txt",), "overrides": ("o.txt",)},
            id="attached",
        ),
        pytest.param(
            "--python-version=3.12 --python-platform linux",
            {"python": "3.12", "python_platform": "linux"},
            id="target",
        ),
        pytest.param(
            "--universal --all-extras --all-groups",
            {"universal": True, "all_extras": True, "all_groups": True},
            id="flags",
        ),
        pytest.param(
            "--extra A_b,c --extra d --group Dev",
            {"extras": ("a-b", "c", "d"), "groups": ("dev",)},
            id="extras",
        ),
        pytest.param(
            "--only-binary :all: --no-binary Foo --no-build-package x",
            {"only_binary": (":all:", "x"), "no_binary": ("foo",)},
            id="binaries",
        ),
        pytest.param(
            "--pre --no-strip-extras --no-annotate --no-header --no-emit-index-url",
            {
                "prerelease": "allow",
                "strip_extras": False,
                "annotate": False,
                "header": False,
                "emit_index_url": False,
            },
            id="negations",
        ),
        pytest.param(
            "--index-strategy unsafe-first-match", {"index_strategy": "unsafe-best-match"}, id="strategy"
        ),
        pytest.param(
            "--index n=https://i.example/ --index https://j.example/?a=b",
            {
                "indexes": (
                    IndexSetting(url="https://i.example/", name="n"),
                    IndexSetting(url="https://j.example/?a=b"),
                )
            },
            id="indexes",
        ),
        pytest.param(
            "--exclude-newer-package Foo=7d --exclude-newer 2026-01-01",
            {"exclude_newer": "2026-01-01", "exclude_newer_package": (("foo", "7d"),)},
            id="cutoffs",
        ),
        pytest.param(
            "-i https://i.example/ --extra-index-url https://j.example/ -f links --no-index",
            {
                "index_url": "https://i.example/",
                "extra_index_urls": ("https://j.example/",),
                "find_links": ("links",),
                "no_index": True,
            },
            id="index",
        ),
        pytest.param(
            "--generate-hashes -q -U -P foo --cache-dir=x --resolver backtracking --allow-unsafe",
            {},
            id="without-meaning",
        ),
        pytest.param(
            "--no-emit-package Pip --unsafe-package x --format pylock.toml",
            {"no_emit_package": ("pip", "x"), "output_format": "pylock.toml"},
            id="left-out",
        ),
    ],
)
def test_options(line, expected):
    command = settings_of(f"r.in {line}")
    assert command.settings == LockSettings(inputs=("r.in",), **expected)
    assert (command.tool, command.notes) == ("uv", ())


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("--torch-backend=cpu", "--torch-backend cpu has no counterpart"),
        ("--pip-args x", "--pip-args x has no counterpart"),
        ("--nonsense", "--nonsense has no counterpart"),
        ("-z", "-z has no counterpart"),
        (
            "--group sub/pyproject.toml:dev",
            "--group sub/pyproject.toml:dev is not a name alone, add it by hand",
        ),
    ],
)
def test_what_has_no_counterpart_is_said(line, note):
    command = settings_of(f"{line} r.in")
    assert command.notes == (note,)
    assert command.settings.inputs == ("r.in",)


@pytest.mark.parametrize(
    ("line", "inputs", "output"),
    [
        ("", ("requirements.in",), "requirements.txt"),
        ("sub/dev.in", ("sub/dev.in",), "sub/dev.txt"),
        ("a.in b.in", ("a.in", "b.in"), "requirements.txt"),
        ("sub/pyproject.toml", ("sub/pyproject.toml",), "sub/requirements.txt"),
        ("a.in -o x.txt", ("a.in",), "x.txt"),
    ],
)
def test_pip_compile_has_an_output_of_its_own_and_keeps_extras(line, inputs, output):
    settings = settings_of(line, "pip-compile").settings
    assert (settings.inputs, settings.output, settings.strip_extras) == (inputs, output, False)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            ["# This file was autogenerated by uv via the following command:", "#    uv pip compile r.in"],
            ("uv pip compile r.in", ""),
        ),
        (
            [
                "#",
                "# autogenerated by pip-compile with Python 3.14",
                "# by the following command:",
                "#",
                "#    pip-compile r.in",
                "#",
            ],
            ("pip-compile r.in", "3.14"),
        ),
        (["# by hand"], ("", "")),
        (["# via the following command:"], ("", "")),
    ],
)
def test_headers_show_commands(header, expected):
    assert header_command(header) == expected
