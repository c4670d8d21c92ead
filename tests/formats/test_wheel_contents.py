"""What wheels and sdists say of themselves: fields, entry points, .pth files, import names, publishers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinkit.formats.provenance import InvalidProvenance, publishers
from pinkit.formats.short_text import short_line
from pinkit.formats.wheel_contents import is_path_file, sdist_contents, texts_wanted, wheel_contents
from pinkit.formats.wheel_names import own_dist_info

if TYPE_CHECKING:
    from pinkit.model.contents import Contents, Installed

INFO = "lib-1.0.dist-info"


def contents(**members: bytes) -> Contents:
    """Of a wheel with these members; "info" in a name is the .dist-info folder, "_" its end."""
    texts = {f"{INFO}/{name}": text for name, text in members.items()}
    return wheel_contents(list(texts), INFO, texts)


def installed(*names: str, texts: dict[str, bytes] | None = None) -> Installed:
    found = wheel_contents(names, INFO, texts or {}).installed
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(["lib-1.0.dist-info/METADATA"], INFO, id="one"),
        pytest.param(
            ["other-1.dist-info/METADATA", f"{INFO}/METADATA"], INFO, id="with a vendored one beside it"
        ),
        pytest.param([f"lib/_vendor/{INFO}/METADATA", f"{INFO}/METADATA"], INFO, id="a deeper one is none"),
        pytest.param(["Lib-1.0.dist-info/METADATA"], "Lib-1.0.dist-info", id="another spelling"),
        pytest.param(["other-1.dist-info/METADATA"], "other-1.dist-info", id="the only one there is"),
    ],
)
def test_the_wheels_own_metadata(names: list[str], expected: str) -> None:
    assert own_dist_info(names, "lib-1.0-py3-none-any.whl") == expected


@pytest.mark.parametrize(
    "names", [[], ["a-1.dist-info/METADATA", "b-1.dist-info/METADATA"]], ids=["none", "two"]
)
def test_which_metadata_is_not_guessed(names: list[str]) -> None:
    with pytest.raises(ValueError, match=f"it has {len(names)} METADATA files"):
        own_dist_info(names, "lib-1.0-py3-none-any.whl")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hook.pth", True),
        ("lib-1.0.data/purelib/hook.pth", True),
        ("lib-1.0.data/platlib/hook.pth", True),
        ("lib-1.0.data/data/lib/python3.12/site-packages/hook.pth", True),
        ("lib/weights.pth", False),
        ("lib-1.0.data/purelib/lib/weights.pth", False),
        ("hook.pth.txt", False),
    ],
)
def test_where_path_files_are_read_by_python(name: str, expected: bool) -> None:
    assert is_path_file(name) is expected


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        pytest.param(b"../elsewhere\n", False, id="a path"),
        pytest.param(b"import os; os.system('x')\n", True, id="code"),
        pytest.param(b"# import x\n\nimport\tx\n", True, id="code behind others"),
        pytest.param(b"\xef\xbb\xbfimport x", True, id="behind a byte order mark"),
        pytest.param(b"a\x0cimport x", True, id="behind a form feed"),
        pytest.param(b" import x\nimportant\n", False, id="not at the start of the line"),
    ],
)
def test_path_files_that_run_code(text: bytes, runs: bool) -> None:
    (file,) = installed("hook.pth", texts={"hook.pth": text}).path_files
    assert (file.name, file.runs) == ("hook.pth", runs)


def test_entry_points_as_installers_read_them() -> None:
    text = b"""loose = before:any
# [commented]
[console_scripts]
run = lib:main
; off = lib:off
[ pytest11 ]
spy=lib.spy [extra]
no pair
"""
    found = contents(**{"entry_points.txt": text}).installed
    assert found is not None
    assert found.entry_points == (": loose", "console_scripts: run", "pytest11: spy")


def test_scripts_are_entry_points_too() -> None:
    assert installed("lib-1.0.data/scripts/go", "lib-1.0.data/headers/x.h").entry_points == ("scripts: go",)


def test_import_names() -> None:
    names = (
        *("lib/__init__.py", "lib/a/b.py", "single.py", "_fast.cpython-312-x86_64-linux-gnu.so", "win.pyd"),
        *(
            "lib-1.0.data/platlib/placed/x.py",
            "lib-1.0.data/scripts/tool.py",
            "lib.libs/libz.so",
            "docs/readme.md",
        ),
        *(f"{INFO}/METADATA", f"{INFO}/licenses/x.py", "old.pyc", "__pycache__/hidden.cpython-312.pyc"),
        *("lib-1.0.data/data/lib/python3.12/site-packages/rooted.py", "lib-1.0.data/data/share/doc/conf.py"),
    )
    expected = ("_fast", "lib", "old", "placed", "rooted", "single", "win")
    assert installed(*names).import_names == expected


def test_machine_code() -> None:
    names = ("lib/a.so", "lib/b.so.1.2", "lib/C.DLL", "lib/d.py", "lib/so.txt", "lib-1.0.data/scripts/e.exe")
    assert installed(*names).native == ("lib-1.0.data/scripts/e.exe", "lib/C.DLL", "lib/a.so", "lib/b.so.1.2")


def test_fields() -> None:
    metadata = b"""Metadata-Version: 2.4
Name: lib
Author: =?utf-8?q?Jos=C3=A9_X?=, =?utf-8?b?w4lt?=
Author-email: UNKNOWN
Maintainer: =?nonsense?q?x?=
License-Expression: MIT
Classifier: Programming Language :: Python
Classifier: License :: OSI Approved :: MIT License

License: not this one
"""
    found = contents(
        METADATA=metadata, WHEEL=b"Wheel-Version: 1.0\nGenerator: hatchling 1.27\nGenerator: x\n"
    )
    assert found.people == ("Author: José X, Ém", "Maintainer: =?nonsense?q?x?=")
    assert found.licences == ("License-Expression: MIT", "Classifier: License :: OSI Approved :: MIT License")
    assert found.backend == "hatchling"
    assert found.said_in == (f"{INFO}/METADATA", f"{INFO}/WHEEL")
    assert contents().backend == ""


@pytest.mark.parametrize(
    ("pyproject", "backend"),
    [
        pytest.param(None, "setuptools.build_meta:__legacy__", id="no pyproject.toml"),
        pytest.param(
            b'[build-system]\nrequires = []\nbuild-backend = "hatchling.build"', "hatchling.build", id="named"
        ),
        pytest.param(b"[build-system]\n", "", id="invalid"),
        pytest.param(b"\xff", "", id="no text"),
    ],
)
def test_sdists(pyproject: bytes | None, backend: str) -> None:
    texts = {"PKG-INFO": b"License: MIT\n"} | ({} if pyproject is None else {"pyproject.toml": pyproject})
    found = sdist_contents(texts)
    assert (found.licences, found.backend, found.installed) == (("License: MIT",), backend, None)


def test_only_few_texts_are_read() -> None:
    assert texts_wanted(["a.py", "a.pth", f"{INFO}/RECORD", f"{INFO}/WHEEL"], INFO) == (
        "a.pth",
        f"{INFO}/WHEEL",
    )
    with pytest.raises(ValueError, match="pth files"):
        texts_wanted([f"{n}.pth" for n in range(200)], INFO)


def test_long_lines_are_cut_and_still_differ() -> None:
    one, other = (short_line(f"{'word ' * 200}{end}") for end in "ab")
    assert one.startswith("word word ")
    assert "… (1001 characters, sha256 " in one
    assert one != other


@given(st.text(max_size=400), st.text(max_size=400))
def test_short_lines_are_printable_short_and_still_differ(one: str, other: str) -> None:
    lines = [short_line(text) for text in (one, other)]
    assert all(line.isprintable() and len(line) <= 200 for line in lines)
    plain = [" ".join("".join(c if c.isprintable() else " " for c in text).split()) for text in (one, other)]
    assert (lines[0] == lines[1]) == (plain[0] == plain[1])


@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=100))
def test_any_bytes_give_texts_that_can_be_shown(metadata: bytes, points: bytes, path: bytes) -> None:
    texts = {f"{INFO}/METADATA": b"Author: " + metadata, f"{INFO}/entry_points.txt": points, "a.pth": path}
    found = wheel_contents(list(texts), INFO, texts)
    assert found.installed is not None
    for line in (*found.people, *found.licences, *found.installed.entry_points):
        assert line.isprintable()


def document(*told: object) -> bytes:
    return json.dumps({"version": 1, "attestation_bundles": [{"publisher": each} for each in told]}).encode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            document({"kind": "GitHub", "repository": "a/b", "workflow": "r.yml", "environment": "pub"}),
            ("GitHub a/b r.yml",),
            id="GitHub",
        ),
        pytest.param(
            document({"kind": "Google", "email": "x@index.example"}, {"kind": "ActiveState", "claims": {}}),
            ("ActiveState", "Google x@index.example"),
            id="two",
        ),
        pytest.param(document(), (), id="none"),
        pytest.param(
            document({"kind": "GitHub", "repository": "a\x1b/b", "workflow": 3}), ("GitHub a /b",), id="odd"
        ),
    ],
)
def test_publishers(text: bytes, expected: tuple[str, ...]) -> None:
    assert publishers(text) == expected


@pytest.mark.parametrize(
    "text",
    [b"{", b"[]", b"{}", b"[" * 100_000, document(1), document({"kind": 1}), b'{"attestation_bundles": [1]}'],
    ids=["no JSON", "a list", "nothing", "deep", "no publisher", "no kind", "no bundle"],
)
def test_what_is_no_provenance(text: bytes) -> None:
    with pytest.raises(InvalidProvenance):
        publishers(text)
