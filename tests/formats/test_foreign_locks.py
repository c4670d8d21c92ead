"""uv.lock and poetry.lock, and poetry's dependency tables."""

from __future__ import annotations

import tomllib

import pytest

from pinkit.errors import UsageError
from pinkit.formats.pep508 import InvalidRequirement
from pinkit.formats.poetry_lock import read_poetry_lock
from pinkit.formats.poetry_requirements import poetry_groups, poetry_specifier
from pinkit.formats.uv_lock import read_uv_lock
from pinkit.model.distribution import Distribution
from pinkit.model.lock import ArchiveSource, DirectorySource, Edge, VcsSource

A = "sha256:" + "a" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"

UV = f"""\
version = 1
requires-python = ">=3.9"

[options]
exclude-newer = "2026-01-01T00:00:00Z"

[[package]]
name = "Own_Project"
source = {{ virtual = "." }}

[[package]]
name = "a_lpha"
version = "1.0"
source = {{ registry = "https://index.example/simple" }}
resolution-markers = ["os_name == 'nt'", "os_name == 'posix' and python_version < '3.12'"]
dependencies = [{{ name = "beta", version = "2", extra = ["X_y"], marker = "os_name == 'nt'" }}]
sdist = {{ url = "https://files.example/a%2Dlpha-1.0.tar.gz", hash = "{A}", size = 3, upload-time = "2026-01-01T00:00:00.5Z" }}
wheels = [{{ url = "https://files.example/a_lpha-1.0-py3-none-any.whl", upload-time = 2026-01-01T00:00:00 }}]

[[package]]
name = "beta"
version = "2"
resolution-markers = ["os_name == 'nt'"]
source = {{ git = "https://h.example/r?rev=v1%2F2&subdirectory=s#{COMMIT}" }}

[[package]]
name = "gamma"
version = "3"
source = {{ url = "https://h.example/gamma.zip", subdirectory = "g" }}
sdist = {{ hash = "{A}" }}

[[package]]
name = "delta"
version = "3"
source = {{ path = "delta.whl" }}
wheels = [{{ filename = "delta.whl", hash = "{A}" }}]
"""  # noqa: E501


def test_uv_lock():
    lock = read_uv_lock(UV.encode(), "uv.lock")
    alpha, beta, gamma, delta = lock.pins
    assert (lock.requires_python, lock.cutoff) == (">=3.9", 1_767_225_600)
    assert (alpha.name, alpha.version, alpha.index) == ("a-lpha", "1.0", "https://index.example/simple")
    assert alpha.marker == 'os_name == "nt" or (os_name == "posix" and python_version < "3.12")'
    assert alpha.dependencies == (Edge(name="beta", version="2", extras=("x-y",), marker="os_name == 'nt'"),)
    assert alpha.distributions == (
        Distribution(
            filename="a-lpha-1.0.tar.gz",
            url="https://files.example/a%2Dlpha-1.0.tar.gz",
            hashes=(A,),
            size=3,
            upload_time=1_767_225_600,
        ),
        Distribution(
            filename="a_lpha-1.0-py3-none-any.whl",
            url="https://files.example/a_lpha-1.0-py3-none-any.whl",
            upload_time=1_767_225_600,
        ),
    )
    assert beta.source == VcsSource(
        kind="git", url="https://h.example/r", commit=COMMIT, requested_revision="v1/2", subdirectory="s"
    )
    assert beta.marker == "os_name == 'nt'"
    assert gamma.source == ArchiveSource(url="https://h.example/gamma.zip", hashes=(A,), subdirectory="g")
    assert (delta.source, delta.hashes, delta.distributions) == (
        ArchiveSource(path="delta.whl", hashes=(A,)),
        (A,),
        (),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = 1\npackage = 1",
        "version = 1\n[[package]]\nversion = '1'",
        "version = 1\n[[package]]\nname = 1\nversion = '1'",
        "version = 1\n[[package]]\nname = 'a'\nwheels = [1]",
        "version = 1\n[[package]]\nname = 'a'\nresolution-markers = ['x', 'y']",
    ],
)
def test_files_that_are_no_uv_lock(text):
    with pytest.raises(UsageError, match=r"uv\.lock"):
        read_uv_lock(text.encode(), "uv.lock")


POETRY = f"""\
[[package]]
name = "Al.pha"
version = "1.0"
markers = "os_name == 'nt'"
files = [{{file = "b.whl", hash = "sha512:bb"}}, {{file = "a.whl", hash = "{A}"}}]

[[package]]
name = "git"
version = "2"
[package.source]
type = "git"
url = "https://h.example/r"
reference = "main"
resolved_reference = "{COMMIT}"

[[package]]
name = "url"
version = "2"
source = {{type = "url", url = "https://h.example/u.zip"}}

[[package]]
name = "file"
version = "2"
source = {{type = "file", url = "f.zip"}}

[[package]]
name = "dir"
version = "2"
source = {{type = "directory", url = "../d"}}

[metadata]
lock-version = "2.1"
python-versions = "^3.9"
"""


def test_poetry_lock():
    lock = read_poetry_lock(POETRY.encode(), "poetry.lock")
    assert lock.requires_python == ">=3.9"
    alpha = lock.pins[0]
    assert (alpha.name, alpha.version, alpha.marker, alpha.hashes) == (
        "al-pha",
        "1.0",
        "os_name == 'nt'",
        (A, "sha512:bb"),
    )
    assert [pin.source for pin in lock.pins[1:]] == [
        VcsSource(kind="git", url="https://h.example/r", commit=COMMIT, requested_revision="main"),
        ArchiveSource(url="https://h.example/u.zip"),
        ArchiveSource(path="f.zip"),
        DirectorySource(path="../d"),
    ]


def test_old_poetry_locks_keep_their_files_apart():
    text = "[[package]]\nname='a'\nversion='1'\n[metadata]\nlock-version='1.1'\npython-versions='*'\n"
    text += f"[metadata.files]\na=[{{hash='{A}'}}]"
    lock = read_poetry_lock(text.encode(), "poetry.lock")
    assert (lock.pins[0].hashes, lock.requires_python) == ((A,), "")


@pytest.mark.parametrize("text", ["", "[[package]]\nname='a'\n[metadata]\nlock-version='2'", "metadata=1"])
def test_files_that_are_no_poetry_lock(text):
    with pytest.raises(UsageError, match=r"poetry\.lock"):
        read_poetry_lock(text.encode(), "poetry.lock")


@pytest.mark.parametrize(
    ("text", "specifier"),
    [
        ("*", ""),
        ("1.2", "==1.2"),
        ("1.*", "==1.*"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.0", ">=0.0,<0.1"),
        ("^1.0rc1", ">=1.0rc1,<2"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        (">=1.2,<2", ">=1.2,<2"),
        (">= 1.2, < 2.0", ">=1.2,<2.0"),
        (">=1.2 <2", ">=1.2,<2"),
        ("!=1.3", "!=1.3"),
    ],
)
def test_constraints_of_poetry(text, specifier):
    assert poetry_specifier(text) == specifier


@pytest.mark.parametrize("text", ["^1 || ^2", "^x", "nonsense"])
def test_constraints_without_counterpart(text):
    with pytest.raises((ValueError, InvalidRequirement)):
        poetry_specifier(text)


TABLES = """\
[tool.poetry.dependencies]
python = "^3.9"
plain = "^1.0"
Extra = {version = ">=1", extras = ["b", "a"], markers = "os_name == 'nt' or os_name == 'posix'", python = "<3.12"}
full = {version = "*", python = "~3.9.2", platform = "linux", optional = true}
repo = {git = "https://h.example/r.git", tag = "v1", subdirectory = "s"}
site = {url = "https://h.example/u.zip"}
near = {path = "./near", develop = true}
far = {path = "../far"}
many = [{version = "1", python = "<3.10"}, {version = "2", python = ">=3.10"}]
held = {version = "^1 || ^2"}
other = {version = "1", source = "x"}
odd = {version = "1", python = "nonsense"}
kind = 1.5
place = {path = 1}

[tool.poetry.dev-dependencies]
pytest = "^8"

[tool.poetry.group.Docs.dependencies]
sphinx = "*"

[tool.poetry.group.dev.dependencies]
ruff = "1"
"""


def test_tables_of_poetry():
    main, dev, docs = poetry_groups(tomllib.loads(TABLES), "pyproject.toml")
    assert main.python == "3.9"
    assert main.requirements == tuple(
        sorted(
            [
                "plain>=1.0,<2",
                "Extra[a,b]>=1 ; (os_name == 'nt' or os_name == 'posix') and python_version < \"3.12\"",
                'full ; python_full_version >= "3.9.2" and python_version < "3.10" and sys_platform == "linux"',
                "repo @ git+https://h.example/r.git@v1#subdirectory=s",
                "site @ https://h.example/u.zip",
                "-e ./near",
                "./../far",
                'many==1 ; python_version < "3.10"',
                'many==2 ; python_version >= "3.10"',
                "other==1",
            ]
        )
    )
    assert sorted(note.split()[0] for note in main.notes) == [
        "full",
        "held",
        "kind",
        "odd",
        "other:",
        "place",
    ]
    assert (dev.name, dev.requirements) == ("dev", ("pytest>=8,<9", "ruff==1"))
    assert (docs.name, docs.requirements) == ("docs", ("sphinx",))


def test_no_tables_of_poetry():
    (main,) = poetry_groups({}, "pyproject.toml")
    assert (main.name, main.requirements, main.python) == ("main", (), "")
