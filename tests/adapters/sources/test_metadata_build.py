"""Metadata by the backend: real ones, tiny ones of our own, and ones that fail or lie."""

from __future__ import annotations

import socket
import tarfile
import textwrap
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.metadata_build import MetadataBuilds
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.adapters.sandbox_watch import Limits
from pinkit.errors import BuildFailed, IntegrityError, PinkitError, Unavailable, Unsolvable, UsageError
from tests.support.backends import InstalledBackends, NoBackends

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.ports import Sandbox

GOOD = """
    import os
    def prepare_metadata_for_build_wheel(directory, settings=None):
        os.mkdir(directory + "/demo-1.dist-info")
        with open(directory + "/demo-1.dist-info/METADATA", "w") as file:
            file.write("Metadata-Version: 2.1\\nName: demo\\nVersion: 1\\nRequires-Dist: other>=2\\n")
        return "demo-1.dist-info"
"""
BY_WHEEL = """
    import zipfile
    def build_wheel(directory, settings=None, metadata_directory=None):
        with zipfile.ZipFile(directory + "/demo-1-py3-none-any.whl", "w") as out:
            out.writestr("demo-1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: demo\\nVersion: 1\\n")
        return "demo-1-py3-none-any.whl"
"""


def project(folder: Path, backend: str, *, requires: str = "[]") -> Path:
    folder.mkdir()
    table = f'[build-system]\nrequires = {requires}\nbuild-backend = "own"\nbackend-path = ["."]\n'
    (folder / "pyproject.toml").write_text(table, encoding="utf-8")
    (folder / "own.py").write_text(textwrap.dedent(backend), encoding="utf-8")
    return folder


def sdist(folder: Path, archive: Path) -> Path:
    with tarfile.open(archive, "w:gz") as out:
        out.add(folder, "demo-1")
    return archive


@pytest.fixture(scope="module")
def isolated() -> Sandbox:
    made = SystemSandbox(limits=Limits(memory_bytes=1 << 30))
    if made.level == "none":
        pytest.skip(made.why_none)
    return made


def builds(
    tmp_path: Path, sandbox: Sandbox, resolver: InstalledBackends | NoBackends | None = None
) -> MetadataBuilds:
    (tmp_path / "wheels").mkdir(exist_ok=True)
    backends = resolver or InstalledBackends(tmp_path / "wheels")
    return MetadataBuilds(
        sandbox=sandbox,
        resolver=backends,
        artifacts=backends,
        environments=BuildEnvironments(tmp_path / "environments", sandbox),
        python=interpreter(),
        cache=tmp_path / "cache",
    )


@pytest.mark.parametrize("backend", [GOOD, BY_WHEEL], ids=["prepare-hook", "whole-wheel"])
def test_metadata_of_a_tree_that_is_never_written(tmp_path: Path, isolated: Sandbox, backend: str) -> None:
    tree = project(tmp_path / "demo", backend)
    before = sorted(path.name for path in tree.rglob("*"))
    assert "Name: demo\nVersion: 1\n" in builds(tmp_path, isolated).of_tree(tree)
    assert sorted(path.name for path in tree.rglob("*")) == before


def test_metadata_of_an_sdist_is_remembered(tmp_path: Path, isolated: Sandbox) -> None:
    archive = sdist(project(tmp_path / "demo", GOOD), tmp_path / "demo-1.tar.gz")
    asked = builds(tmp_path, isolated)
    text = asked.of_sdist(archive)
    assert "Requires-Dist: other>=2" in text
    (remembered,) = (tmp_path / "cache").iterdir()
    remembered.write_text("as remembered", encoding="utf-8")
    assert asked.of_sdist(archive) == "as remembered"


def test_level_none_works_only_when_allowed(tmp_path: Path) -> None:
    tree = project(tmp_path / "demo", GOOD)
    with pytest.raises(Unavailable) as refusal:
        builds(tmp_path, SystemSandbox(levels=())).of_tree(tree)
    assert "--allow-unsandboxed" in refusal.value.hint
    assert "demo" in refusal.value.what
    text = builds(tmp_path, SystemSandbox(levels=(), allow_unsandboxed=True)).of_tree(tree)
    assert "Name: demo" in text


@pytest.mark.parametrize(
    ("backend", "error", "why"),
    [
        pytest.param("import gone", BuildFailed, "No module named 'gone'", id="import"),
        pytest.param(
            "def prepare_metadata_for_build_wheel(d, s=None): 1/0", BuildFailed, "ZeroDivision", id="raises"
        ),
        pytest.param("x = 1", BuildFailed, "no build_wheel", id="no-backend"),
        pytest.param(
            "def prepare_metadata_for_build_wheel(d, s=None): return 7", BuildFailed, "no filename", id="type"
        ),
        pytest.param(
            "def prepare_metadata_for_build_wheel(d, s=None): return '../../etc'",
            BuildFailed,
            "no filename",
            id="path",
        ),
        pytest.param(
            "def prepare_metadata_for_build_wheel(d, s=None): return 'x'",
            BuildFailed,
            "made nothing",
            id="nothing",
        ),
        pytest.param(
            "import os\ndef prepare_metadata_for_build_wheel(d, s=None): os.symlink('/etc', d + '/x'); return 'x'",
            IntegrityError,
            "something else",
            id="link-for-directory",
        ),
        pytest.param(
            "import os\ndef prepare_metadata_for_build_wheel(d, s=None):\n"
            "    os.mkdir(d + '/x'); os.symlink('/etc/passwd', d + '/x/METADATA'); return 'x'",
            BuildFailed,
            "no METADATA",
            id="link-for-metadata",
        ),
        pytest.param("import os; os._exit(0)", BuildFailed, "without an answer", id="vanishes"),
        pytest.param(
            "import os, sys, json; f = json.loads(sys.argv[1])['result']; os.symlink('/etc/passwd', f); os._exit(0)",
            BuildFailed,
            "without an answer",
            id="link-for-answer",
        ),
        pytest.param(
            "import os, sys, json; open(json.loads(sys.argv[1])['result'], 'w').write('[]'); os._exit(0)",
            BuildFailed,
            "makes sense",
            id="answer-of-another-shape",
        ),
        pytest.param(
            "import sys, json, os\nr = json.loads(sys.argv[1])['result']\n"
            "def get_requires_for_build_wheel(s=None):\n"
            "    os.makedirs(r + '/x')\n"
            "    os._exit(0)",
            BuildFailed,
            "without an answer",
            id="directory-for-answer",
        ),
        pytest.param(
            "def get_requires_for_build_wheel(s=None): return 'x'", BuildFailed, "no list", id="requires"
        ),
        pytest.param(
            "def build_wheel(d, s=None, m=None): open(d + '/a.whl', 'w'); return 'a.whl'",
            BuildFailed,
            "no wheel with METADATA",
            id="no-wheel",
        ),
        pytest.param(
            "import zipfile\ndef build_wheel(d, s=None, m=None):\n"
            "    zipfile.ZipFile(d + '/a.whl', 'w').close(); return 'a.whl'",
            BuildFailed,
            "no wheel with METADATA",
            id="empty-wheel",
        ),
    ],
)
def test_backends_that_fail_or_lie(
    tmp_path: Path, isolated: Sandbox, backend: str, error: type[PinkitError], why: str
) -> None:
    tree = project(tmp_path / "demo", backend)
    with pytest.raises(error) as failure:
        builds(tmp_path, isolated).of_tree(tree)
    assert why in failure.value.what + failure.value.why
    assert ".hook-result" not in failure.value.why  # a path of this run alone
    assert failure.value.what.startswith("demo: its metadata must be built")


@pytest.mark.parametrize(
    ("table", "why"),
    [
        pytest.param("[build-system]", "no `requires`", id="no-requires"),
        pytest.param("[build-system]\nrequires = 'x'", "no list", id="requires-text"),
        pytest.param("[build-system]\nrequires = []\nbuild-backend = 1", "no text", id="backend"),
        pytest.param("[build-system]\nrequires = []\nbackend-path = ['../x']", "leaves", id="path-out"),
        pytest.param("[build-system]\nrequires = []\nbackend-path = ['/x']", "leaves", id="path-absolute"),
        pytest.param("[", "no TOML", id="no-toml"),
        pytest.param("\udcff", "decode", id="no-utf-8"),
    ],
)
def test_a_malformed_build_system_is_told(tmp_path: Path, isolated: Sandbox, table: str, why: str) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "pyproject.toml").write_bytes(table.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError) as failure:
        builds(tmp_path, isolated).of_tree(tmp_path / "demo")
    assert why in failure.value.why


def test_build_requirements_that_nothing_satisfies(tmp_path: Path, isolated: Sandbox) -> None:
    tree = project(tmp_path / "demo", GOOD, requires='["own-backend>=2"]')
    with pytest.raises(Unsolvable) as failure:
        builds(tmp_path, isolated, NoBackends()).of_tree(tree)
    assert failure.value.why == "own-backend>=2"


def test_requirements_of_the_hook_are_installed_too(tmp_path: Path, isolated: Sandbox) -> None:
    backend = "def get_requires_for_build_wheel(s=None): return ['flit-core']\n" + textwrap.dedent(
        GOOD
    ).replace("    os.mkdir", "    import flit_core\n    os.mkdir")
    tree = project(tmp_path / "demo", backend)
    (tmp_path / "wheels").mkdir()
    backends = InstalledBackends(tmp_path / "wheels")
    assert "Name: demo" in builds(tmp_path, isolated, backends).of_tree(tree)
    assert backends.asked == [("flit-core",)]


@pytest.mark.parametrize(
    ("requires", "backend"),
    [
        ("hatchling", "hatchling.build"),
        ("setuptools", "setuptools.build_meta"),
        ("flit_core", "flit_core.buildapi"),
        ("poetry-core", "poetry.core.masonry.api"),
        ("pdm-backend", "pdm.backend"),
        ("uv_build", "uv_build"),
    ],
)
def test_real_backends(tmp_path: Path, isolated: Sandbox, requires: str, backend: str) -> None:
    tree = tmp_path / "demo"
    (tree / "demo").mkdir(parents=True)
    (tree / "demo" / "__init__.py").write_text('"""A demo."""\n__version__ = "1"\n', encoding="utf-8")
    if backend == "uv_build":
        (tree / "src").symlink_to(".")  # where it looks
    (tree / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'
        '[project]\nname = "demo"\nversion = "1"\ndescription = "A demo."\ndependencies = ["other>=2"]\n',
        encoding="utf-8",
    )
    text = builds(tmp_path, isolated).of_tree(tree)
    assert "Name: demo" in text
    assert "Requires-Dist: other" in text


def test_setup_py_alone_is_built_by_the_legacy_backend(tmp_path: Path, isolated: Sandbox) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "setup.py").write_text(
        "import setuptools\nsetuptools.setup(name='demo', version='1', install_requires=['other' + '>=2'])\n",
        encoding="utf-8",
    )
    assert "Requires-Dist: other>=2" in builds(tmp_path, isolated).of_tree(tmp_path / "demo")


HOSTILE = """
    import os, socket
    FOUND = []
    def attempt(name, call):
        try:
            call()
        except OSError:
            return
        FOUND.append(name)
    attempt("network", lambda: socket.create_connection(("127.0.0.1", PORT), 2))
    attempt("home", lambda: open(os.path.join("HOME", ".netrc")).read())
    attempt("outside", lambda: open("OUTSIDE", "w").close() or os.stat("OUTSIDE"))
    attempt("environment", lambda: os.stat("/build/env/evil") if "INDEX_PASSWORD" not in os.environ else None)
    attempt("build environment", lambda: open("/build/env/evil", "w"))
    attempt("hook", lambda: open("/build/hook.py", "a"))
    attempt("system", lambda: open("/usr/lib/evil", "w"))
    def prepare_metadata_for_build_wheel(directory, settings=None):
        os.mkdir(directory + "/demo-1.dist-info")
        with open(directory + "/demo-1.dist-info/METADATA", "w") as file:
            file.write("Metadata-Version: 2.1\\nName: demo\\nVersion: 1\\nKeywords: " + ",".join(FOUND) + "\\n")
        return "demo-1.dist-info"
"""


def test_a_hostile_sdist_finds_nothing(
    tmp_path: Path, isolated: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INDEX_PASSWORD", "s3cret")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (home / ".netrc").write_text("machine index.example password s3cret", encoding="utf-8")
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        code = HOSTILE.replace("PORT", str(server.getsockname()[1])).replace("HOME", str(home))
        tree = project(tmp_path / "demo", code.replace("OUTSIDE", str(tmp_path / "evil")))
        text = builds(tmp_path, isolated).of_sdist(sdist(tree, tmp_path / "demo-1.tar.gz"))
    assert "Keywords: outside\n" in text or "Keywords: \n" in text  # what it wrote was its own private /tmp
    assert not (tmp_path / "evil").exists()


def test_an_sdist_that_leaves_its_directory_is_never_built(tmp_path: Path, isolated: Sandbox) -> None:
    with tarfile.open(tmp_path / "demo-1.tar.gz", "w:gz") as out:
        out.addfile(tarfile.TarInfo("../evil"))
    with pytest.raises(IntegrityError):
        builds(tmp_path, isolated).of_sdist(tmp_path / "demo-1.tar.gz")
