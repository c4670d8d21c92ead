"""Real backends, built again and again under varied conditions: each is blamed for what it does, and no more."""

from __future__ import annotations

import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.build_env import BuildEnvironments, interpreter
from pinkit.adapters.facilities import facilities
from pinkit.adapters.file_order import opposite_order, why_no_disorderfs
from pinkit.adapters.own_build import OwnBuilds
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.errors import BuildFailed
from pinkit.rebuild.variation import CLOCK, applied_factors, base_variant
from pinkit.workflows.verify_build import BuildCheck, verify_build
from tests.support.backends import InstalledBackends
from tests.support.repositories import commit

if TYPE_CHECKING:
    from pinkit.adapters.sandbox import Isolated
    from pinkit.model.variation import Kind, Series

EPOCH = 1_600_000_000
TRIED = ("path", "umask", "source times", "timezone")
EXTENSION = """
#include <Python.h>
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, NULL};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&definition); }
"""


class Quiet:
    def task(self, label: str, total: int = 0) -> Any:
        return nullcontext(lambda done, total=None: None)

    def note(self, text: str) -> None: ...

    def warn(self, text: str) -> None: ...


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments and wheels shared by the tests of this module."""
    folder = tmp_path_factory.mktemp("kept")
    (folder / "wheels").mkdir()
    return folder


def project(folder: Path, requires: str, backend: str, *, extension: bool = False) -> Path:
    package = folder / ("src/demo" if backend == "uv_build" else "demo")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""A demo."""\n__version__ = "1"\n', encoding="utf-8")
    (folder / "README.md").write_text("# demo\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"\n'
        '[project]\nname = "demo"\nversion = "1"\ndescription = "A demo."\nreadme = "README.md"\n',
        encoding="utf-8",
    )
    if extension:
        (package / "fast.c").write_text(EXTENSION, encoding="utf-8")
        setup = "from setuptools import Extension, setup\n"
        setup += "setup(ext_modules=[Extension('demo.fast', ['demo/fast.c'])], packages=['demo'])\n"
        (folder / "setup.py").write_text(setup, encoding="utf-8")
    return folder


def builds(
    kept: Path, tree: Path, *, released: bool = False, sandbox: SystemSandbox | None = None
) -> OwnBuilds:
    isolated = sandbox or SystemSandbox()
    if sandbox is None and isolated.level == "none":
        pytest.skip(isolated.why_none)
    backends = InstalledBackends(kept / "wheels")
    return OwnBuilds(
        sandbox=isolated,
        resolver=backends,
        artifacts=backends,
        environments=BuildEnvironments(kept / "environments", isolated),
        python=interpreter(),
        project=tree,
        released=released,
    )


def check(
    own: OwnBuilds,
    kept: Path,
    kinds: tuple[Kind, ...],
    epochs: tuple[int | None, ...],
    names: tuple[str, ...],
) -> list[Series]:
    possible = facilities(kept, sandbox=own.sandbox, backend=own.system.backend)
    with ThreadPoolExecutor(2) as executor:
        asked = BuildCheck(
            builder=own,
            executor=executor,
            progress=Quiet(),
            backend=own.system.backend,
            facilities=possible,
            factors=[f for f in applied_factors(possible) if f.name in names],
            kinds=kinds,
            epochs=epochs,
        )
        return list(verify_build(asked)[0])


@pytest.mark.parametrize(
    ("requires", "backend", "blamed"),
    [
        pytest.param(
            "hatchling", "hatchling.build", {("wheel", None): set(), ("sdist", None): set()}, id="hatchling"
        ),
        pytest.param(
            "poetry-core",
            "poetry.core.masonry.api",
            {("wheel", None): set(), ("sdist", None): set()},
            id="poetry",
        ),
        pytest.param("uv_build", "uv_build", {("wheel", None): set(), ("sdist", None): set()}, id="uv"),
        pytest.param(
            "setuptools",
            "setuptools.build_meta",
            {
                ("wheel", None): {CLOCK},
                ("sdist", None): {CLOCK},
                ("wheel", EPOCH): {"umask"},
                ("sdist", EPOCH): {CLOCK},
            },
            id="setuptools",
        ),
        pytest.param(
            "flit_core",
            "flit_core.buildapi",
            {
                ("wheel", None): {"source times", "timezone"},
                ("sdist", None): {"source times"},
                ("wheel", EPOCH): set(),
                ("sdist", EPOCH): set(),
            },
            id="flit",
        ),
        pytest.param(
            "pdm-backend", "pdm.backend", {("wheel", EPOCH): set(), ("sdist", EPOCH): {CLOCK}}, id="pdm"
        ),
    ],
)
def test_each_backend_is_blamed_for_what_it_does(
    tmp_path: Path, kept: Path, requires: str, backend: str, blamed: dict[tuple[str, int | None], set[str]]
) -> None:
    own = builds(kept, project(tmp_path / "demo", requires, backend))
    epochs = tuple(dict.fromkeys(epoch for _, epoch in blamed))
    found = check(own, kept, ("wheel", "sdist"), epochs, TRIED)
    assert {series.failure for series in found} == {""}
    assert {(s.kind, s.epoch): {blame.factor for blame in s.blames} for s in found} == blamed


def test_a_c_extension_has_its_path_in_the_machine_code(tmp_path: Path, kept: Path) -> None:
    own = builds(kept, project(tmp_path / "demo", "setuptools", "setuptools.build_meta", extension=True))
    (series,) = check(own, kept, ("wheel",), (EPOCH,), ("path",))
    if "fast.c" in series.failure or "Python.h" in series.failure or "command" in series.failure:
        pytest.skip("no C compiler or headers here")
    (blame,) = series.blames
    assert blame.factor == "path"
    assert "native" in {found.kind for found in blame.discrepancies}
    assert "-ffile-prefix-map" in blame.fix


@pytest.mark.parametrize(
    ("requires", "backend"), [("setuptools", "setuptools.build_meta"), ("pdm-backend", "pdm.backend")]
)
def test_a_release_is_the_same_however_the_checkout_was(
    tmp_path: Path, kept: Path, requires: str, backend: str
) -> None:
    own = builds(kept, project(tmp_path / "demo", requires, backend), released=True)
    names = ("source modes", "source times", "clock", "file order")
    found = check(own, kept, ("wheel", "sdist"), (EPOCH,), names)
    assert [series.reproducible for series in found] == [True, True]


def test_without_a_sandbox_builds_are_still_alike(tmp_path: Path, kept: Path) -> None:
    open_air = SystemSandbox(levels=(), allow_unsandboxed=True)
    own = builds(kept, project(tmp_path / "demo", "flit_core", "flit_core.buildapi"), sandbox=open_air)
    (series,) = check(own, kept, ("wheel",), (EPOCH,), TRIED)
    assert series.reproducible
    lacking = dict(facilities(kept, sandbox=SystemSandbox(levels=()), backend="own").lacking)
    assert "needs a sandbox" in lacking["path"]


def test_the_epoch_is_the_commit_or_the_newest_file(tmp_path: Path, kept: Path) -> None:
    tree = project(tmp_path / "demo", "hatchling", "hatchling.build")
    newest = max(int(path.stat().st_mtime) for path in [tree, *tree.rglob("*")])
    assert builds(kept, tree).epoch == newest
    commit(tree)
    assert builds(kept, tree).epoch == 1_000_000_000


def test_all_builds_are_of_the_same_sources(tmp_path: Path, kept: Path) -> None:
    tree = project(tmp_path / "demo", "flit_core", "flit_core.buildapi")
    own = builds(kept, tree)
    own.prepare("wheel")
    first = own.build("wheel", base_variant(EPOCH))
    (tree / "demo" / "__init__.py").write_text('"""Another demo."""\n__version__ = "1"\n', encoding="utf-8")
    assert own.build("wheel", base_variant(EPOCH)).digest == first.digest
    assert own.of(tree).sources != own.sources


def test_a_backend_that_fails_is_told_in_its_own_words(tmp_path: Path, kept: Path) -> None:
    tree = project(tmp_path / "demo", "hatchling", "hatchling.build")
    own = builds(kept, tree)
    own.prepare("wheel")
    (own.sources / "pyproject.toml").write_text("[project]\nname = 'demo'\n", encoding="utf-8")
    with pytest.raises(BuildFailed) as failure:
        own.build("wheel", base_variant(EPOCH))
    assert "version" in failure.value.why


@pytest.mark.parametrize("backend", ["maturin", "uv_build", "setuptools_rust.build"])
def test_the_clock_is_left_alone_where_that_is_not_safe(kept: Path, backend: str) -> None:
    found = facilities(kept, sandbox=SystemSandbox(), backend=backend)
    assert (found.clock, found.clock_env) == ((), ())
    assert "not safe" in dict(found.lacking)["clock"]


def test_the_clock_is_varied_at_least_for_the_backend(tmp_path: Path, kept: Path) -> None:
    tree = project(tmp_path / "demo", "flit_core", "own")
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n', encoding="utf-8"
    )
    code = "import datetime, subprocess, threading, time, zipfile\n"
    code += "def build_wheel(directory, settings=None, metadata=None):\n"
    code += "    time.sleep(0.01); threading.Event().wait(0.01); subprocess.run(['true'], timeout=20)\n"
    code += "    with zipfile.ZipFile(directory + '/demo-1-py3-none-any.whl', 'w') as out:\n"
    code += "        out.writestr(zipfile.ZipInfo('demo.py'), f'year = {datetime.date.today().year}')\n"
    code += "    return 'demo-1-py3-none-any.whl'\n"
    (tree / "own.py").write_text(code, encoding="utf-8")
    (series,) = check(builds(kept, tree), kept, ("wheel",), (EPOCH,), ("clock", "umask"))
    assert [blame.factor for blame in series.blames] == ["clock"], series.failure


def test_sources_too_large_to_copy_to_memory_keep_their_order(kept: Path) -> None:
    # Where nothing isolates and code may not run, disorderfs cannot be tried out either.
    found = facilities(kept, sandbox=SystemSandbox(levels=()), backend="own", size_bytes=1 << 50)
    assert found.order == ""
    assert "too small" in dict(found.lacking)["file order"]
    assert "disorderfs" in dict(found.lacking)["file order"]


def test_without_disorderfs_a_copy_is_made_backwards(kept: Path) -> None:
    found = facilities(kept, sandbox=SystemSandbox(levels=()), backend="own")
    if not found.order:
        pytest.skip(dict(found.lacking)["file order"])
    assert found.order == "copy"
    assert dict(found.lacking)["file order"].startswith("by a copy made backwards; disorderfs ")


def test_what_is_missing_is_named(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = facilities(tmp_path, sandbox=SystemSandbox(), backend="own")
    assert "cannot be made" in dict(found.lacking)["locale"]


LISTS = """
import os, zipfile
def build_wheel(directory, settings=None, metadata=None):
    open("left", "w").close()
    with zipfile.ZipFile(directory + "/demo-1-py3-none-any.whl", "w") as out:
        for name in os.listdir("demo"):
            out.writestr(zipfile.ZipInfo("demo/" + name), "")
        out.writestr(zipfile.ZipInfo("git"), str(os.path.isdir(".git/objects")))
    return "demo-1-py3-none-any.whl"
"""


@pytest.mark.parametrize("levels", [("bubblewrap",), ("unshare",), ()], ids=["bubblewrap", "unshare", "none"])
def test_disorderfs_is_blamed_on_file_order_alone(
    tmp_path: Path, kept: Path, levels: tuple[Isolated, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    sandbox = SystemSandbox(levels=levels, allow_unsandboxed=not levels)
    if sandbox.level == "none" and levels:
        pytest.skip(sandbox.why_none)
    why = why_no_disorderfs(sandbox)
    if why:
        pytest.skip(why)
    tree = project(tmp_path / "demo", "flit_core", "own")
    (tree / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n', encoding="utf-8"
    )
    (tree / "own.py").write_text(LISTS, encoding="utf-8")
    for number in range(12):
        (tree / "demo" / f"file{number}").touch()
    commit(tree)
    own = builds(kept, tree, sandbox=sandbox)
    possible = facilities(kept, sandbox=sandbox, backend="own")
    assert (possible.order, dict(possible.lacking)["file order"]) == ("disorderfs", "by disorderfs")
    (series,) = check(own, kept, ("wheel",), (EPOCH,), ("file order", "umask"))
    assert [blame.factor for blame in series.blames] == ["file order"], series.failure
    assert [d.kind for blame in series.blames for d in blame.discrepancies] == ["order"]
    own.prepare("wheel")
    plain = own.build("wheel", base_variant(EPOCH))
    turned = own.build("wheel", replace(base_variant(EPOCH), order="disorderfs"))
    names, other = (zipfile.ZipFile(io.BytesIO(made.content)).namelist() for made in (plain, turned))
    assert other[:-1] == names[-2::-1]
    mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
    assert str(tmp_path) not in mounts


def test_a_mount_that_fails_leaves_the_tree_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "file").touch()
    with pytest.raises(BuildFailed, match="cannot be mounted"), opposite_order(tmp_path / "tree", "false"):
        pass
    assert [path.name for path in tmp_path.rglob("*")] == ["tree", "file"]
    assert "does not work here" in why_no_disorderfs(SystemSandbox(), "false")
    assert why_no_disorderfs(SystemSandbox(), "no-such-tool") == "disorderfs is not installed"


def test_pinkit_itself_is_reproduced(kept: Path) -> None:
    own = builds(kept, Path(__file__).resolve().parents[3])
    found = check(own, kept, ("wheel", "sdist"), (EPOCH,), (*TRIED, "hash seed", "file order"))
    assert [(series.reproducible, series.blames, series.failure) for series in found] == [(True, (), "")] * 2
    assert all(series.file.startswith("pinkit-") for series in found)
