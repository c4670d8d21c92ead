from __future__ import annotations

import tomllib

import pytest

from pinkit.formats.settings import IndexSetting, LockSettings
from pinkit.formats.uv_settings import (
    UV_BOUNDS,
    pip_tools_settings,
    uv_bounds,
    uv_pip_settings,
    uv_project_settings,
)


def uv_pip(text):
    return uv_pip_settings(tomllib.loads(text), "pyproject.toml")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "[tool.uv.pip]\npython-version='3.12'\nno-strip-extras=true\ngenerate-hashes=true",
            {"python": "3.12", "strip_extras": False},
            id="inverted",
        ),
        pytest.param(
            "[tool.uv.pip]\nno-annotate=true\nno-header=false\nuniversal=true",
            {"annotate": False, "header": True, "universal": True},
            id="flags",
        ),
        pytest.param(
            "[tool.uv]\nprerelease='allow'\nexclude-newer='2026-01-01'\n[tool.uv.pip]\nprerelease='disallow'",
            {"prerelease": "disallow", "exclude_newer": "2026-01-01"},
            id="pip-over-project",
        ),
        pytest.param(
            "[tool.uv.pip]\nextra='A'\nfind-links=['x']\nonly-binary=[':all:']\nindex-strategy='unsafe-first-match'",
            {
                "extras": ("a",),
                "find_links": ("x",),
                "only_binary": (":all:",),
                "index_strategy": "unsafe-best-match",
            },
            id="lists",
        ),
        pytest.param(
            "[[tool.uv.index]]\nname='a'\nurl='https://a.example/'\n[[tool.uv.index]]\nurl='https://d.example/'\ndefault=true",
            {
                "index_url": "https://d.example/",
                "indexes": (IndexSetting(url="https://a.example/", name="a"),),
            },
            id="indexes",
        ),
        pytest.param(
            "[tool.uv]\nexclude-newer-package={Foo='7d'}",
            {"exclude_newer_package": (("foo", "7d"),)},
            id="by-name",
        ),
        pytest.param(
            "[tool.uv.pip]\nexclude-newer-package=['foo=7d']",
            {"exclude_newer_package": (("foo", "7d"),)},
            id="by-name-list",
        ),
        pytest.param("[tool.uv]\nfork-strategy='fewest'", {"fork_strategy": "fewest"}, id="forks"),
        pytest.param("", {}, id="nothing"),
        pytest.param("[tool.uv]\nindex=1", {}, id="index-of-another-kind"),
        pytest.param("[tool.uv]\nindex=['x']", {}, id="indexes-of-another-kind"),
    ],
)
def test_uv_pip(text, expected):
    assert uv_pip(text) == (LockSettings(**expected), ())


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[tool.uv.pip]\ntorch-backend='cpu'", "tool.uv.pip.torch-backend has no counterpart"),
        ("[tool.uv.sources]\na={workspace=true}", "tool.uv.sources has no counterpart"),
        (
            "[tool.uv]\nenvironments=['x']\ndependency-metadata=[]",
            "tool.uv.dependency-metadata has no counterpart",
        ),
        (
            "[tool.uv.pip]\npython-version='3'",
            'tool.uv.pip.python-version must be a Python version such as "3.12" or "3.12.4"; add it by hand',
        ),
        (
            "[[tool.uv.index]]\nname='a'\nurl='u'\nexplicit=true",
            "tool.uv.index a is for single packages, which has no counterpart",
        ),
    ],
)
def test_what_has_no_counterpart_is_said(text, note):
    assert uv_pip(text)[1] == (note,)


def test_projects_of_uv():
    document = tomllib.loads(
        "[tool.uv]\noverride-dependencies=['a==1']\nexclude-dependencies=['B_c']\nconstraint-dependencies=['x<2']\nresolution='lowest'\n"
    )
    settings, notes = uv_project_settings(document, "pyproject.toml")
    assert settings == LockSettings(overrides=("a==1",), excludes=("b-c",), resolution="lowest")
    assert notes == ()
    assert uv_bounds(document, "pyproject.toml", "constraint-dependencies") == (("x<2",), ())


@pytest.mark.parametrize(
    ("entries", "lines", "notes"),
    [
        pytest.param("[\"X_y[e] >= 1 ; os_name == 'nt'\"]", ('x-y[e]>=1 ; os_name == "nt"',), 0, id="one"),
        pytest.param('["not one"]', (), 1, id="none"),
        pytest.param('["a\\n--index-url https://h.example"]', (), 1, id="an option of a file"),
        pytest.param("[3]", (), 1, id="a number"),
        pytest.param('"a<2"', (), 1, id="no array"),
    ],
)
@pytest.mark.parametrize("key", UV_BOUNDS)
def test_bounds_of_uv(key, entries, lines, notes):
    document = tomllib.loads(f"[tool.uv]\n{key} = {entries}\n")
    found, said = uv_bounds(document, "pyproject.toml", key)
    assert (found, len(said)) == (lines, notes)
    assert all(note.startswith(f"tool.uv.{key}") for note in said)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[tool.pip-tools]\nstrip-extras=true\ngenerate-hashes=true\nunsafe_package=['x']",
            {"strip_extras": True, "no_emit_package": ("x",)},
        ),
        ("[tool.pip-tools.compile]\npre=true\nextra=['a']", {"prerelease": "allow", "extras": ("a",)}),
    ],
)
def test_pip_tools(text, expected):
    assert pip_tools_settings(tomllib.loads(text), "pyproject.toml") == (LockSettings(**expected), ())
