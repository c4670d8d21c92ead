"""Published files built again from the commit that the release's tag names, in a local clone."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pinkit.adapters.archives import extract, give_time
from pinkit.adapters.backend import Backend, build_system
from pinkit.adapters.checkout import checked_out, cloned, give_times
from pinkit.adapters.rebuild_pool import RebuildPool
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.errors import Unavailable
from pinkit.formats.zip_end import Malformed
from pinkit.model.checkout import Checkout, checkout_of, is_commit
from pinkit.model.rebuild import Verdict
from pinkit.model.rebuild_plan import Fingerprint
from pinkit.rebuild.attempt_json import plan_from, plan_object
from pinkit.rebuild.compare_git import Blob, folder_named
from pinkit.rebuild.plan_sdist import MAX_PLANS, SdistPrint, sdist_plans, sdist_print, times_of
from pinkit.workflows.rebuild_task import Task, rebuild_task
from pinkit.workflows.verify_pins import VerifyTools
from pinkit.workflows.verify_source import release_of, verify_sources
from tests.support.distributions import Built

from .raw_tar import TarMember, gz, tar
from .scene import UPLOADED, digest
from .small_world import BACKEND, MOMENT, PYPROJECT, CountingSandbox, Silent, SmallIndex, rebuilder

if TYPE_CHECKING:
    from pinkit.model.rebuild import Outcome

    from .scene import Scene

# It tells the version by git, as many do, and writes it into the sdist: no file of the commit.
WITH_SDIST = (
    BACKEND
    + """

def build_sdist(folder, settings=None):
    import gzip, io, subprocess, tarfile
    told = subprocess.run(["git", "describe", "--tags"], capture_output=True, text=True, check=True).stdout
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH", "1580601600"))
    names = ["pyproject.toml", "backend.py"]
    files = {name: open(name, "rb").read() for name in names} | {"version.txt": told.encode()}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo("demo-1.0/" + name)
            member.size, member.mtime = len(files[name]), epoch
            tar.addfile(member, io.BytesIO(files[name]))
    with open(os.path.join(folder, "demo-1.0.tar.gz"), "wb") as out:
        with gzip.GzipFile("", "wb", mtime=epoch, fileobj=out) as packed:
            packed.write(target.getvalue())
    return "demo-1.0.tar.gz"
"""
)


class Project:
    """A repository with a tagged release, and what its publisher built from a checkout."""

    def __init__(
        self, folder: Path, *, below: str = "", epoch: int | None = MOMENT, backend: str = WITH_SDIST
    ) -> None:
        self.folder, self.below = folder, below
        self.clone = folder / "clone"
        place = self.clone / below
        place.mkdir(parents=True)
        (place / "pyproject.toml").write_text(PYPROJECT)
        (place / "backend.py").write_text(backend)
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-qm", "one")
        self.git("tag", "v1.0")
        self.index, self.sandbox = SmallIndex(), CountingSandbox()
        self.tools = rebuilder(folder, self.index, self.sandbox)
        self.env = {} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}

    def git(self, *arguments: str) -> str:
        who = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "protocol.file.allow=always"]
        command = ["git", "-C", str(self.clone), *who, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def built(self, kind: str) -> Path:
        """What the publisher made, without any of the code under test but the backend's caller."""
        tree, output = self.folder / f"{kind}-tree", self.folder / f"{kind}-dist"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(self.clone), str(tree)], check=True)
        output.mkdir()
        (python,) = self.tools.interpreters.values()
        environment = self.tools.environments.with_wheels(python, [])
        from pinkit.adapters.source_tree import GIT_INSIDE
        from pinkit.model.build import Conditions

        backend = Backend(
            sandbox=self.tools.sandbox,
            system=build_system(tree / self.below),
            environment=environment,
            tree=tree,
            output=output,
            subdirectory=self.below,
            conditions=Conditions(env=(*self.env.items(), *GIT_INSIDE)),
        )
        return backend.build(kind)  # type: ignore[arg-type]

    def verify_sdist(self, *paths: Path) -> Outcome:
        self.index.releases.clear()
        published = self.index.publish("demo", "1.0", *paths)
        from pinkit.adapters.git_tree import GitTree

        with RebuildPool(1) as pool:
            tools = VerifyTools(
                catalog=self.index,  # type: ignore[arg-type]
                artifacts=self.index,
                rebuilds=self.tools,
                rebuild=lambda task: rebuild_task(task, self.index, self.tools),
                executor=pool,
                progress=Silent(),  # type: ignore[arg-type]
                fits=lambda tags, minor: True,
                repositories={"demo": GitTree(path=self.clone)},
            )
            (outcome,) = verify_sources([release_of("demo", "1.0", published)], tools)
        return outcome

    def state(self) -> str:
        """A digest of all that the clone is made of, times aside."""
        hashed = hashlib.sha256()
        for path in sorted(self.clone.rglob("*")):
            hashed.update(f"{path} {path.lstat().st_mode:o}".encode())
            if path.is_file():
                hashed.update(path.read_bytes())
        return hashed.hexdigest()


@pytest.mark.parametrize("below", ["", "packages/demo"], ids=["at-the-top", "in-a-directory"])
def test_an_sdist_is_reproduced_from_the_tag_with_what_the_backend_generates(
    tmp_path: Path, below: str
) -> None:
    project = Project(tmp_path, below=below)
    before = project.state()
    outcome = project.verify_sdist(project.built("sdist"), project.built("wheel"))
    assert (outcome.verdict, outcome.builds) == (Verdict.REPRODUCED, 1)
    assert outcome.source_digest == f"gitCommit:{project.git('rev-parse', 'v1.0^{commit}')}"
    assert outcome.source == ("git/packages/demo" if below else "git")
    assert project.state() == before


def test_a_default_time_is_left_to_the_backend(tmp_path: Path) -> None:
    project = Project(tmp_path, epoch=None)
    outcome = project.verify_sdist(project.built("sdist"))
    assert (outcome.verdict, outcome.builds) == (Verdict.REPRODUCED, 1)


def test_an_sdist_that_names_its_branch_is_reproduced(tmp_path: Path) -> None:
    naming = WITH_SDIST.replace('"describe", "--tags"', '"rev-parse", "--abbrev-ref", "HEAD"')
    project = Project(tmp_path, backend=naming)
    project.git("checkout", "-q", "-b", "release-line")
    outcome = project.verify_sdist(project.built("sdist"))
    assert (outcome.verdict, outcome.builds) == (Verdict.REPRODUCED, 3)
    assert outcome.best is not None
    assert outcome.best.plan.on_branch
    assert plan_from(plan_object(outcome.best.plan)) == outcome.best.plan


def test_times_that_the_published_sdist_tells_are_given_to_the_sources(tmp_path: Path) -> None:
    keeping = WITH_SDIST.replace(
        "member.mtime = len(files[name]), epoch", "member.mtime = len(files[name]), 7.25"
    )
    keeping = keeping.replace(
        "            tar.addfile(",
        "            if os.path.exists(name): member.mtime = os.stat(name).st_mtime\n            tar.addfile(",
    )
    keeping = keeping.replace("mtime=epoch, fileobj", "mtime=0, fileobj")
    project = Project(tmp_path, backend=keeping, epoch=None)
    published = project.built("sdist")
    with tarfile.open(published) as tar_:
        assert len({member.mtime for member in tar_}) > 1
    outcome = project.verify_sdist(published)
    assert (outcome.verdict, outcome.builds) == (Verdict.REPRODUCED, 1)


def test_only_files_of_the_tree_get_times(tmp_path: Path) -> None:
    outside, tree = tmp_path / "outside", tmp_path / "tree"
    outside.touch()
    before = outside.stat().st_mtime_ns
    (tree / "a").mkdir(parents=True)
    (tree / "a" / "file").touch()
    (tree / "link").symlink_to(outside)
    give_times(tree, {"a/file": 1714979298.1234567, "../outside": 1.0, "link": 1.0, "absent": 1.0, "a": 1.0})
    assert outside.stat().st_mtime_ns == before
    assert (tree / "a" / "file").stat().st_mtime == 1714979298.1234567


@given(moment=st.floats(min_value=3e8, max_value=4e9))
@example(moment=1764116702.8357651)  # times 10**9 it is 128 ns off
def test_a_time_given_is_read_back_as_the_same_float(
    tmp_path_factory: pytest.TempPathFactory, moment: float
) -> None:
    path = tmp_path_factory.getbasetemp() / "timed"
    path.touch()
    give_time(path, moment)
    assert path.stat().st_mtime == moment


@pytest.mark.parametrize("lie", [1e300, -1.5, float("inf"), float("-inf"), float("nan")])
def test_a_time_past_what_files_can_have_is_the_nearest(tmp_path: Path, lie: float) -> None:
    (tmp_path / "file").touch()
    give_times(tmp_path, {"file": lie})
    assert 0 <= (tmp_path / "file").stat().st_mtime < 2**34


def changed(sdist: Path, **contents: bytes) -> Path:
    """The sdist with these contents, packed as its backend packs."""
    target = io.BytesIO()
    with tarfile.open(sdist) as old, tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as new:
        for member in old:
            content = old.extractfile(member).read()  # type: ignore[union-attr]
            content = contents.get(Path(member.name).stem, content)
            member.size = len(content)
            new.addfile(member, io.BytesIO(content))
    with sdist.open("wb") as out, gzip.GzipFile("", "wb", mtime=MOMENT, fileobj=out) as packed:
        packed.write(target.getvalue())
    return sdist


def test_a_file_that_is_not_the_commits_fails_whatever_is_built(tmp_path: Path) -> None:
    project = Project(tmp_path)
    outcome = project.verify_sdist(
        changed(project.built("sdist"), backend=WITH_SDIST.encode() + b"evil = 1\n")
    )
    assert outcome.verdict is Verdict.DIFFERS
    assert ("payload", "demo-1.0/backend.py") in [(d.kind, d.member) for d in outcome.discrepancies]


def test_a_generated_file_that_says_something_else_fails(tmp_path: Path) -> None:
    project = Project(tmp_path)
    outcome = project.verify_sdist(changed(project.built("sdist"), version=b"v6.6.6\n"))
    assert outcome.verdict is Verdict.DIFFERS
    assert [(d.kind, d.member) for d in outcome.discrepancies] == [("payload", "demo-1.0/version.txt")]


PLAIN = WITH_SDIST.replace(' | {"version.txt": told.encode()}', "")


@pytest.mark.parametrize(
    ("backend", "told"),
    [
        (PLAIN.replace("def build_sdist", "def nothing"), "was not built again: backend has no build_sdist"),
        (
            PLAIN.replace("names = [", 'names = ["backend.py"] if 1 else ['),
            "built again it is DIFFERS: missing",
        ),
    ],
    ids=["unbuildable", "differs"],
)
def test_equal_files_stay_equivalent_and_say_what_became_of_the_build(
    tmp_path: Path, backend: str, told: str
) -> None:
    project = Project(tmp_path, backend=backend)
    made = project.folder / "demo-1.0.tar.gz"
    place = project.clone
    members = [
        TarMember(name=f"demo-1.0/{name}", content=(place / name).read_bytes(), mode=0o644)
        for name in ("backend.py", "pyproject.toml")
    ]
    if "differs" in told.lower():
        members = members[:1]
        (place / "other.py").write_text("")
        backend_now = backend.replace('["backend.py"] if 1', '["backend.py", "pyproject.toml"] if 1')
        (place / "backend.py").write_text(backend_now)
        project.git("add", ".")
        project.git("commit", "-qm", "two")
        project.git("tag", "-f", "v1.0")
        members = [TarMember(name="demo-1.0/backend.py", content=backend_now.encode(), mode=0o644)]
    made.write_bytes(gz(tar(members)))
    outcome = project.verify_sdist(made)
    assert outcome.verdict is Verdict.EQUIVALENT
    assert any(told in d.detail for d in outcome.discrepancies), outcome.discrepancies


def test_submodules_are_not_fetched_so_nothing_is_built(tmp_path: Path) -> None:
    project = Project(tmp_path, backend=PLAIN)
    (project.clone / ".gitmodules").write_text("")
    project.git("add", ".")
    project.git("commit", "-qm", "two")
    project.git("tag", "-f", "v1.0")
    runs = project.sandbox.runs
    outcome = project.verify_sdist(made_by_hand(project))
    assert outcome.verdict is Verdict.EQUIVALENT
    assert project.sandbox.runs == runs
    assert any("has submodules" in d.detail for d in outcome.discrepancies)


def made_by_hand(project: Project) -> Path:
    path = project.folder / "demo-1.0.tar.gz"
    names = ("backend.py", "pyproject.toml")
    members = [
        TarMember(name=f"demo-1.0/{n}", content=(project.clone / n).read_bytes(), mode=0o644) for n in names
    ]
    path.write_bytes(gz(tar(members)))
    return path


WICKED = """
def spoil():
    import glob, os
    for path in [".git/HEAD", ".git/config", *glob.glob(".git/objects/**/*", recursive=True)]:
        try:
            os.chmod(path, 0o666)
            open(path, "w").write("spoilt")
        except OSError:
            pass
import atexit
atexit.register(spoil)
"""


def test_a_build_cannot_change_the_clone_and_runs_nothing_of_its_settings(tmp_path: Path) -> None:
    project = Project(tmp_path, backend=WITH_SDIST + WICKED)
    published = project.built("sdist")
    witness = tmp_path / "witness"
    for name in ("post-checkout", "reference-transaction"):
        hook = project.clone / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {witness}\n")
        hook.chmod(0o755)
    project.git("config", "filter.x.smudge", f"touch {witness}; cat")
    (project.clone / ".git" / "info" / "attributes").write_text("* filter=x\n")
    before = project.state()
    outcome = project.verify_sdist(published)
    assert outcome.source_digest
    assert project.state() == before
    assert not witness.exists()


def test_without_a_sandbox_the_build_gets_a_copy_of_the_history(tmp_path: Path) -> None:
    project = Project(tmp_path)
    published = project.built("sdist")
    bare = SystemSandbox(allow_unsandboxed=True, levels=())
    from pinkit.adapters.build_env import BuildEnvironments

    project.tools = replace(
        project.tools, sandbox=bare, environments=BuildEnvironments(tmp_path / "bare", bare)
    )
    before = project.state()
    assert project.verify_sdist(published).verdict is Verdict.REPRODUCED
    assert project.state() == before


def test_a_commit_that_is_gone_is_told(tmp_path: Path) -> None:
    project = Project(tmp_path)
    gone = Checkout(path=str(project.clone), commit="1" * 40)
    with pytest.raises(Unavailable, match="cannot check the commit out"):
        cloned(gone, tmp_path / "one")
    with pytest.raises(Unavailable, match="cannot check the commit out"):
        cloned(Checkout(path=str(tmp_path / "absent"), commit="1" * 40), tmp_path / "two")


def test_a_checkout_is_the_tag_whatever_the_branch_is_at(tmp_path: Path) -> None:
    project = Project(tmp_path)
    commit = project.git("rev-parse", "HEAD")
    (project.clone / "backend.py").write_text("later")
    project.git("commit", "-qam", "two")
    clone = cloned(Checkout(path=str(project.clone), commit=commit), tmp_path / "copy")
    tree = checked_out(clone, tmp_path / "tree")
    assert (tree / "backend.py").read_text() == WITH_SDIST
    assert sorted(os.listdir(tree)) == ["backend.py", "pyproject.toml"]


class TestCommands:
    """The same through the command line."""

    @pytest.fixture
    def project(self, scene: Scene) -> Project:
        project = Project(scene.folder / "own")
        for kind in ("wheel", "sdist"):
            made = project.built(kind)
            setattr(scene, kind, made)
        scene.publish()
        return project

    def told(self, capsys: pytest.CaptureFixture[str]) -> list[Any]:
        found: list[Any] = json.loads(capsys.readouterr().out)["results"]
        return found

    def test_evidence_names_the_commit_and_replays(
        self, scene: Scene, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        source = f"demo={project.clone}"
        asked = ("dist", str(scene.sdist), "--source", source, "--format", "json", "--evidence", "evidence")
        assert scene.run(*asked) == 0
        (result,) = self.told(capsys)
        commit = project.git("rev-parse", "HEAD")
        assert (result["verdict"], result["source_digest"]) == ("REPRODUCED", f"gitCommit:{commit}")
        provenance = json.loads(Path(result["evidence"]).read_text().splitlines()[0])
        (first, *_) = provenance["predicate"]["buildDefinition"]["resolvedDependencies"]
        assert first == {"name": "git", "digest": {"gitCommit": commit}}
        assert str(project.clone) not in Path(result["evidence"]).read_text()
        assert scene.run("dist", "--replay", result["evidence"], "--source", source) == 0
        with pytest.raises(Unavailable, match="no clone"):
            scene.run("dist", "--replay", result["evidence"])

    @pytest.mark.parametrize(
        ("tag", "verdict", "told"),
        [("v1.0", "REPRODUCED", ""), ("", "NO_SOURCE", "of the clone: no tag names this release")],
        ids=["tagged", "untagged"],
    )
    def test_a_wheel_without_an_sdist_is_built_from_the_commit(
        self,
        scene: Scene,
        project: Project,
        capsys: pytest.CaptureFixture[str],
        tag: str,
        verdict: str,
        told: str,
    ) -> None:
        scene.server.remove("demo")
        scene.server.add("demo", Built(scene.wheel.name, scene.wheel.read_bytes()), upload_time=UPLOADED)
        scene.lock.write_text(f"demo==1.0 --hash={digest(scene.wheel)}\n")
        if not tag:
            project.git("tag", "-d", "v1.0")
        code = scene.pins("--source", f"demo={project.clone}", "--format", "json", "--executor", "processes")
        assert code == (0 if tag else 4)
        (result,) = self.told(capsys)
        assert result["verdict"] == verdict
        assert told in result["reason"]
        assert result["source_digest"].startswith("gitCommit:") == bool(tag)

    def test_a_clone_that_cannot_be_read_is_a_reason(
        self, scene: Scene, project: Project, capsys: pytest.CaptureFixture[str]
    ) -> None:
        scene.sdist = scene.wheel
        scene.publish()
        assert scene.pins("--source", f"demo={scene.folder / 'absent'}", "--format", "json") == 4
        assert any("git cannot read" in r["reason"] for r in self.told(capsys))


def kin(**more: object) -> Fingerprint:
    told = {"generator": "hatchling 1.27.0", "backend": ("hatchling", "1.27.0"), "stamp": 5} | more
    return Fingerprint(first_stamp=5, last_stamp=5, **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("print_", "told", "pins", "epochs"),
    [
        (SdistPrint(stamp=7), kin(), ("hatchling==1.27.0",), [7, None, 7]),
        (SdistPrint(stamp=1580601600), kin(), ("hatchling==1.27.0",), [None, None]),
        (SdistPrint(), None, (), [None, None]),
    ],
    ids=["one-time", "default-time", "no-kin"],
)
def test_plans_for_an_sdist(
    print_: SdistPrint, told: Fingerprint | None, pins: tuple[str, ...], epochs: list[int | None]
) -> None:
    found = list(sdist_plans(print_, told, upload_time=1720000000, pythons=("3.11", "3.12")))
    if pins:
        assert found.pop().pins == ()  # for where these tools cannot be had
    assert {plan.pins for plan in found} == {pins}
    assert [plan.source_date_epoch for plan in found] == epochs
    assert [plan.on_branch for plan in found] == [*[False] * (len(epochs) - 1), True]
    assert {plan.cutoff for plan in found} <= {1720000000, None}
    assert sdist_plans(print_, told, upload_time=None, pythons=()) == ()


@pytest.mark.parametrize("newest", [MOMENT, 7], ids=["plausible", "of-the-year-1970"])
def test_times_of_an_sdist_bound_its_tools_where_nothing_else_does(newest: int) -> None:
    (plan, *_) = sdist_plans(SdistPrint(newest=newest), None, upload_time=None, pythons=("3.11", "3.12"))
    inferred = newest == MOMENT
    assert (plan.cutoff, plan.cutoff_inferred) == (MOMENT + 86_400 if inferred else None, inferred)


def test_an_sdist_gets_few_plans() -> None:
    many = kin(generator="bdist_wheel 0.37.1", backend=("wheel", "0.37.1"), licence_files=True)
    assert len(sdist_plans(SdistPrint(stamp=7), many, upload_time=None, pythons=("3.11",))) == MAX_PLANS + 1


def test_the_print_of_an_sdist() -> None:
    members = [
        TarMember(name="demo-1.0/a", content=b"", mode=0o664, mtime=7),
        TarMember(name="demo-1.0/b", content=b"", mode=0o644, mtime=7),
    ]
    assert sdist_print(gz(tar(members))) == SdistPrint(stamp=7, group_writable=True, newest=7)
    assert sdist_print(b"PK\3\4") == SdistPrint()
    assert times_of(gz(tar(members))) == {"a": 7, "b": 7}
    assert times_of(b"PK\3\4") == {}
    with pytest.raises(Malformed):
        sdist_print(b"nothing")


@pytest.mark.parametrize("time", ["nan", "inf", "-inf"])
def test_a_time_that_is_no_number_is_malformed(time: str) -> None:
    for read in (sdist_print, times_of):
        with pytest.raises(Malformed, match=r"the time of 'demo-1\.0/a' is no number"):
            read(gz(tar([TarMember(name="demo-1.0/a", pax={"mtime": time})])))


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["pyproject.toml", "src/demo.py"], ""),
        (["pyproject.toml", "packages/demo/pyproject.toml"], "packages/demo"),
        (["a/other/setup.py", "a/Demo/setup.py"], "a/Demo"),
        (["python/setup.cfg"], "python"),
        (["README"], ""),
    ],
)
def test_where_a_project_is_in_its_repository(paths: list[str], folder: str) -> None:
    assert folder_named("demo", {path: Blob("", False) for path in paths}) == folder


def test_outcomes_name_a_checkout_and_it_is_found_again() -> None:
    checkout = Checkout(path="/x", commit="ab", folder="a/b")
    assert is_commit(checkout.digest)
    assert not is_commit("sha256:ab")
    assert checkout_of("/x", checkout.name, checkout.digest) == checkout


def test_a_malformed_kin_tells_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path)
    published = project.built("sdist")
    kin_ = tmp_path / "demo-1.0-py3-none-any.whl"
    kin_.write_bytes(b"nothing")
    (sdist, wheel) = project.index.publish("demo", "1.0", published, kin_)
    checkout = Checkout(path=str(project.clone), commit=project.git("rev-parse", "HEAD"))
    task = Task(name="demo", version="1.0", published=sdist, source=checkout, kin=wheel)
    assert rebuild_task(task, project.index, project.tools).verdict is Verdict.REPRODUCED
    assert extract(published, tmp_path / "out").name == "demo-1.0"
