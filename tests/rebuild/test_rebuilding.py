"""Real builds in the real sandbox: published wheels of a small index, rebuilt, judged, replayed."""

from __future__ import annotations

import os
import tarfile
import threading
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.evidence_files import evidence_digests, ledger_entries, update_ledger, write_evidence
from pinkit.adapters.rebuild_executor import change_modes, declare_universal, merged_requirements
from pinkit.adapters.rebuild_pool import RebuildPool
from pinkit.adapters.sandbox import SystemSandbox
from pinkit.errors import BuildFailed, Unavailable, Unsolvable, UsageError
from pinkit.model.build import BuildSystem
from pinkit.model.lock import DirectorySource, Pin
from pinkit.model.rebuild import Outcome, Verdict
from pinkit.rebuild.fingerprint import inferred_upload
from pinkit.rebuild.statement import evidence, replay
from pinkit.workflows.rebuild_task import Task, fitting_pythons, rebuild_task
from pinkit.workflows.replay import replayed
from pinkit.workflows.source_look import NOTHING, look
from pinkit.workflows.verify_pins import VerifyTools, changed_pins, selected_pins, verify_pins

from .raw_tar import TarMember, gz, tar
from .small_world import (
    BACKEND,
    MOMENT,
    PYPROJECT,
    CountingSandbox,
    Silent,
    SmallIndex,
    published_wheel,
    rebuilder,
    sdist,
)

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.adapters.rebuild_executor import Rebuilder
    from pinkit.model.distribution import Distribution

EPOCH = {"SOURCE_DATE_EPOCH": str(MOMENT)}


class World:
    """One release of `demo` on a small index, and what verifies it."""

    def __init__(
        self, folder: Path, *, env: dict[str, str], umask: int = 0o022, files: dict[str, str] | None = None
    ) -> None:
        self.folder, self.index, self.sandbox = folder, SmallIndex(), CountingSandbox()
        self.tools: Rebuilder = rebuilder(folder, self.index, self.sandbox)
        self.source = sdist(folder / "sources")
        self.wheel = published_wheel(self.source, folder, self.tools, env=env, umask=umask)
        self.sandbox.runs = 0

    def publish(self) -> tuple[Distribution, Distribution]:
        wheel, source = self.index.publish("demo", "1.0", self.wheel, self.source)
        return wheel, source

    def outcome(self) -> Outcome:
        wheel, source = self.publish()
        task = Task(name="demo", version="1.0", published=wheel, source=source)
        return rebuild_task(task, self.index, self.tools)


@pytest.mark.parametrize(
    ("env", "umask"),
    [(EPOCH, 0o022), ({"TZ": "UTC0"}, 0o022), ({"TZ": "<+02>-2"}, 0o022), (EPOCH, 0o002)],
    ids=["epoch", "source-times", "another-zone", "group-writable"],
)
def test_a_publishers_conditions_are_found_again(tmp_path: Path, env: dict[str, str], umask: int) -> None:
    world = World(tmp_path, env=env, umask=umask)
    outcome = world.outcome()
    assert (outcome.verdict, outcome.builds) == (Verdict.REPRODUCED, 1)
    assert outcome.best is not None
    assert outcome.best.rebuilt == outcome.digest
    assert outcome.best.sandbox == world.sandbox.level


def test_another_clock_is_reproduced_modulo_time(tmp_path: Path) -> None:
    world = World(
        tmp_path, env={"SOURCE_DATE_EPOCH": "1577930640"}
    )  # 2020-01-02: no default, and not the sources'
    content = bytearray(world.wheel.read_bytes())
    for start in (10, content.index(b"PK\1\2") + 12):
        content[start : start + 4] = b"\x01\x10\x22\x58"
    world.wheel.write_bytes(content)
    outcome = world.outcome()
    assert outcome.verdict is Verdict.REPRODUCED_MODULO_TIME
    assert outcome.best is not None
    assert outcome.best.rebuilt == outcome.digest


def test_a_wheel_that_the_source_does_not_give_is_told_member_by_member(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    other = sdist(tmp_path / "other", files={"backend.py": _backend("43")})
    world.source = other
    outcome = world.outcome()
    assert outcome.verdict is Verdict.DIFFERS
    assert [(d.kind, d.member) for d in outcome.discrepancies] == [
        ("payload", "demo/__init__.py"),
        ("record", "demo-1.0.dist-info/RECORD"),
    ]


def _backend(answer: str) -> str:
    return BACKEND.replace("42", answer)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"backend.py": "raise SystemExit('no compiler')"}, "no compiler"),
        ({"pyproject.toml": "[build-system]\n"}, "requires"),
        ({"pyproject.toml": '[build-system]\nrequires = ["??"]\nbuild-backend = "backend"\n'}, "malformed"),
    ],
    ids=["build-fails", "no-requires", "bad-requirement"],
)
def test_what_cannot_be_built_says_why_and_never_passes(
    tmp_path: Path, files: dict[str, str], told: str
) -> None:
    world = World(tmp_path, env=EPOCH)
    world.source = sdist(tmp_path / "broken", files=files)
    outcome = world.outcome()
    assert (outcome.verdict, outcome.builds) == (Verdict.UNBUILDABLE, 0)
    assert told in outcome.reason


class NoWheels(SmallIndex):
    """An index without build tools."""

    def resolve_build(
        self, requirements: object, *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        raise Unsolvable("no wheel of anything", "the index has none")


def test_build_requirements_that_nothing_satisfies_are_a_reason(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    world.tools = replace(world.tools, resolver=NoWheels())
    outcome = world.outcome()
    assert outcome.verdict is Verdict.UNBUILDABLE
    assert "no wheel of anything" in outcome.reason


def test_a_source_that_climbs_out_is_suspected_and_not_run(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    world.source = sdist(tmp_path / "hostile", files={"!../../evil": "x"})
    outcome = world.outcome()
    assert outcome.verdict is Verdict.TAMPER_SUSPECT
    assert [d.kind for d in outcome.discrepancies] == ["unsafe-source"]
    assert world.sandbox.runs == 0


def test_a_wheel_that_is_no_archive_is_suspected(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    world.wheel.write_bytes(b"nothing")
    outcome = world.outcome()
    assert outcome.verdict is Verdict.TAMPER_SUSPECT
    assert [d.kind for d in outcome.discrepancies] == ["malformed"]


def test_an_attempt_is_kept_by_content(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    first = world.outcome()
    runs = world.sandbox.runs
    assert runs > 0
    assert world.outcome() == first
    assert world.sandbox.runs == runs
    for kept in (tmp_path / "attempts").iterdir():
        kept.write_text("broken")
    assert world.outcome() == first
    assert world.sandbox.runs > runs


def verify(world: World, *pins: Pin) -> tuple[Outcome, ...]:
    progress = Silent()
    with RebuildPool(2) as pool:
        tools = VerifyTools(
            catalog=world.index,  # type: ignore[arg-type]
            artifacts=world.index,
            rebuilds=world.tools,
            rebuild=lambda task: rebuild_task(task, world.index, world.tools),
            executor=pool,
            progress=progress,  # type: ignore[arg-type]
            fits=lambda tags, minor: tags.endswith("-linux_x86_64") and not tags.endswith("t-linux_x86_64"),
        )
        return verify_pins(pins, tools)


def pin(name: str, version: str, *hashes: str, **more: object) -> Pin:
    return Pin(name=name, version=version, hashes=hashes, **more)  # type: ignore[arg-type]


def test_nothing_is_run_where_nothing_isolates(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    world.publish()
    world.tools = replace(world.tools, sandbox=SystemSandbox(levels=()))
    (outcome,) = verify(world, pin("demo", "1.0"))
    assert outcome.verdict is Verdict.SKIPPED
    assert "nothing isolates it here" in outcome.reason


def test_each_pin_gets_an_answer_of_its_own(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    wheel, source = world.publish()
    wheels = {}
    for kind in (
        "cp39-cp39-linux_x86_64",
        f"cp3{_minor()}-cp3{_minor()}-linux_x86_64",
        f"cp3{_minor()}-cp3{_minor()}t-linux_x86_64",
        "cp39-cp39-win_amd64",
    ):
        path = tmp_path / f"native-2.0-{kind}.whl"
        path.write_bytes(kind.encode())
        wheels[kind] = path
    world.index.publish("native", "2.0", *wheels.values(), sdist(tmp_path / "native", name="native-2.0"))
    world.index.publish("lonely", "1", _wheel(tmp_path / "lonely-1-py3-none-any.whl"))
    world.index.publish("source", "1", sdist(tmp_path / "source", name="source-1"))
    outcomes = verify(
        world,
        pin("demo", "1.0", *wheel.hashes, *source.hashes),
        pin("native", "2.0"),
        pin("lonely", "1"),
        pin("source", "1"),
        pin("absent", "1"),
        pin("other", "1", "sha256:00", source=DirectorySource(path=".")),
        pin("demo", "1.0", "sha256:00"),
    )
    assert [(o.name, o.file, o.verdict.value) for o in outcomes] == [
        ("absent", "", "SKIPPED"),
        ("demo", "", "SKIPPED"),
        ("demo", "demo-1.0-py3-none-any.whl", "REPRODUCED"),
        ("lonely", "lonely-1-py3-none-any.whl", "NO_SOURCE"),
        ("native", "", "SKIPPED"),
        ("native", f"native-2.0-cp3{_minor()}-cp3{_minor()}-linux_x86_64.whl", "TAMPER_SUSPECT"),
        ("other", "", "SKIPPED"),
        ("source", "source-1.tar.gz", "NO_SOURCE"),
    ]
    reasons = {(o.name, o.file): o.reason for o in outcomes}
    assert reasons["native", ""] == "3 wheels for other platforms or Pythons"
    assert reasons["absent", ""] == "absent is not here: "


@pytest.mark.parametrize(
    ("more", "reasons"),
    [
        pytest.param((), [""], id="all-known"),
        pytest.param(
            ("sha256:00",), ["1 of 2 locked hashes are of no file that the index has", ""], id="one-unknown"
        ),
        pytest.param(("md5:00",), [""], id="a-kind-that-the-index-does-not-tell"),
    ],
)
def test_locked_hashes_that_no_file_has_are_told(
    tmp_path: Path, more: tuple[str, ...], reasons: list[str]
) -> None:
    world = World(tmp_path, env=EPOCH)
    wheel, _ = world.publish()
    outcomes = verify(world, pin("demo", "1.0", *wheel.hashes, *more))
    assert [o.reason for o in outcomes] == reasons
    assert outcomes[-1].verdict is Verdict.REPRODUCED


def _minor() -> int:
    import sys

    return sys.version_info.minor


def _wheel(path: Path) -> Path:
    path.write_bytes(b"x")
    return path


def test_a_file_that_cannot_be_fetched_is_skipped(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    world.publish()
    world.index.files.clear()
    (outcome,) = verify(world, pin("demo", "1.0"))
    assert outcome.verdict is Verdict.SKIPPED
    assert "is not here" in outcome.reason


def test_evidence_replays_to_the_same_bytes(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    outcome = world.outcome()
    written = write_evidence([outcome], str(tmp_path / "evidence"))
    told = replay((tmp_path / "evidence" / f"{outcome.file}.intoto.jsonl").read_bytes())
    assert written[outcome.digest].endswith(".whl.intoto.jsonl")
    again = replayed(told, world.index, world.index, lambda resolver: replace(world.tools, resolver=resolver))  # type: ignore[arg-type]
    assert (again.verdict, again.reason) == (Verdict.REPRODUCED, "")
    other = replace(told, rebuilt="sha256:00")
    lied = replayed(other, world.index, world.index, lambda resolver: replace(world.tools, resolver=resolver))  # type: ignore[arg-type]
    assert "came out" in lied.reason
    worse = replace(told, verdict=Verdict.DIFFERS)
    lied = replayed(worse, world.index, world.index, lambda resolver: replace(world.tools, resolver=resolver))  # type: ignore[arg-type]
    assert lied.reason == "the evidence says DIFFERS, this replay REPRODUCED"
    gone = replace(told, requirements=(("flit_core-3-py3-none-any.whl", "sha256:00"),))
    world.index.publish("flit-core", "3", _wheel(tmp_path / "flit_core-3-py3-none-any.whl"))
    with pytest.raises(Unavailable, match="cannot be had"):
        replayed(gone, world.index, world.index, lambda resolver: replace(world.tools, resolver=resolver))  # type: ignore[arg-type]


def test_a_replay_notices_another_product_where_times_were_grafted(tmp_path: Path) -> None:
    world = World(tmp_path, env={"SOURCE_DATE_EPOCH": "1577930640"})
    content = bytearray(world.wheel.read_bytes())
    for start in (10, content.index(b"PK\1\2") + 12):
        content[start : start + 4] = b"\x01\x10\x22\x58"
    world.wheel.write_bytes(content)
    told = replay(evidence(world.outcome()))
    assert told.verdict is Verdict.REPRODUCED_MODULO_TIME
    lied = replayed(
        replace(told, rebuilt="sha256:00"),
        world.index,  # type: ignore[arg-type]
        world.index,
        lambda resolver: replace(world.tools, resolver=resolver),
    )
    assert "came out" in lied.reason


def test_ledger_file_remembers(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    outcome = world.outcome()
    path = str(tmp_path / "lock.verified.json")
    assert ledger_entries(path) is None
    update_ledger(path, (), (outcome,))
    (entry,) = ledger_entries(path) or ()
    assert (entry.digest, entry.verdict) == (outcome.digest, Verdict.REPRODUCED)
    assert entry.evidence == evidence_digests([outcome])[outcome.digest]
    (tmp_path / "lock.verified.json").write_text("{}")
    with pytest.raises(UsageError, match="cannot be read"):
        ledger_entries(path)


def test_members_of_the_source_tell_times_and_modes(tmp_path: Path) -> None:
    found = look(sdist(tmp_path))
    assert found.system == BuildSystem(requires=(), backend="backend", backend_path=(".",))
    assert found.members == {"pyproject.toml": (MOMENT, 0o644), "backend.py": (MOMENT, 0o644)}
    path = tmp_path / "demo-1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("demo-1.0/a.py", (2024, 1, 2, 3, 4, 6))
        entry.external_attr = 0o100664 << 16
        archive.writestr(entry, "")
        archive.writestr(zipfile.ZipInfo("demo-1.0/pyproject.toml", (2024, 1, 2, 3, 4, 6)), PYPROJECT)
    told = look(path)
    assert told.members["a.py"] == (1704164646, 0o664)
    assert told.system == found.system


@pytest.mark.parametrize("pyproject", ["[", "[build-system]\n"], ids=["no-toml", "no-requires"])
def test_a_build_system_that_is_malformed_is_the_builds_to_tell(tmp_path: Path, pyproject: str) -> None:
    assert look(sdist(tmp_path, files={"pyproject.toml": pyproject})).system is None


def test_a_source_that_cannot_be_read_or_claims_too_much_tells_nothing(tmp_path: Path) -> None:
    path = tmp_path / "demo-1.0.tar"
    path.write_bytes(b"x" * 600)
    assert look(path) == NOTHING
    header = tarfile.TarInfo("demo-1.0/huge")
    header.size = 1 << 40
    path.write_bytes(header.tobuf())
    assert look(path) == NOTHING


@pytest.mark.parametrize("time", ["inf", "nan", "-inf"])
def test_nothing_is_told_by_an_sdist_whose_times_are_no_numbers(tmp_path: Path, time: str) -> None:
    path = tmp_path / "demo-1.0.tar.gz"
    path.write_bytes(gz(tar([TarMember(name="demo-1.0/a", pax={"mtime": time})])))
    assert look(path) == NOTHING


@pytest.mark.parametrize(
    ("moments", "upload"),
    [
        ([MOMENT, 10**300, -5], MOMENT + 86_400),
        ([10**300], None),
        ([315532800], None),
        ([], None),
    ],
    ids=["lies beside", "a lie", "a default", "nothing"],
)
def test_when_files_were_there_at_the_latest(moments: list[int], upload: int | None) -> None:
    assert inferred_upload(moments) == upload


def test_changed_pins_are_those_that_were_not_there() -> None:
    before = [pin("a", "1", "sha256:1"), pin("b", "1", "sha256:2")]
    after = [pin("a", "1", "sha256:1", marker="x"), pin("b", "2", "sha256:3"), pin("c", "1", "sha256:4")]
    assert [p.name for p in changed_pins(after, before)] == ["b", "c"]


def test_selected_pins_are_each_release_once() -> None:
    pins = [pin("a", "1", "h", marker="x"), pin("a", "1", "h", marker="y"), pin("b", "1", "h")]
    assert [p.name for p in selected_pins(pins, ())] == ["a", "b"]
    assert [p.name for p in selected_pins(pins, ("b",))] == ["b"]


@pytest.mark.parametrize(
    ("filename", "fitting"),
    [
        ("demo-1.0-py3-none-any.whl", ("3.11", "3.12")),
        ("demo-1.0-cp312-cp312-linux_x86_64.whl", ("3.12",)),
        ("demo-1.0-cp39-cp39-linux_x86_64.whl", ()),
        ("demo-1.0-cp311.cp312-none-any.whl", ("3.11", "3.12")),
    ],
)
def test_pythons_that_may_build_a_wheel_of_these_tags(filename: str, fitting: tuple[str, ...]) -> None:
    assert fitting_pythons(filename, "demo", ("3.11", "3.12")) == fitting


@pytest.mark.parametrize(
    ("requires", "pins", "project", "merged"),
    [
        (["flit_core<3"], ["flit-core==3.7.1"], "typed", ("flit-core==3.7.1",)),
        (["setuptools>=60", "wheel"], ["setuptools==75"], "demo", ("wheel", "setuptools==75")),
        (["hatchling"], ["hatchling==1.27"], "hatchling", ("hatchling",)),
        (["a", "a"], [], "demo", ("a",)),
    ],
    ids=["contradicted", "companion-kept", "builds-itself", "once"],
)
def test_pins_go_before_what_the_sdist_requires(
    requires: list[str], pins: list[str], project: str, merged: tuple[str, ...]
) -> None:
    assert merged_requirements(requires, pins, project) == merged


def test_a_malformed_requirement_is_a_failed_build() -> None:
    with pytest.raises(BuildFailed, match="malformed"):
        merged_requirements(["??"], [], "demo")


@pytest.mark.parametrize(
    ("modes", "expected"),
    [("kept", {0o664, 0o640}), ("loosened", {0o664, 0o660}), ("tightened", {0o644, 0o640})],
)
def test_sources_get_the_modes_that_a_plan_supposes(tmp_path: Path, modes: str, expected: set[int]) -> None:
    files = {"one.py": 0o664, "two.py": 0o640}
    for name, mode in files.items():
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
    (tmp_path / "link").symlink_to("one.py")
    change_modes(tmp_path, modes)  # type: ignore[arg-type]
    assert {(tmp_path / name).stat().st_mode & 0o777 for name in files} == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, "\n[bdist_wheel]\nuniversal = 1\n"),
        ("[metadata]\nname = x\n", "[metadata]\nname = x\n\n[bdist_wheel]\nuniversal = 1\n"),
        ("[bdist_wheel]\nuniversal = 1\n", "[bdist_wheel]\nuniversal = 1\n"),
        ("[bdist_wheel]\npython_tag = py2.py3\n", "[bdist_wheel]\npython_tag = py2.py3\n"),
        ("[wheel]\nuniversal = 1\n", "[wheel]\nuniversal = 1\n"),
        ("[bdist_wheel] # x\nplat_name = a\n", "[bdist_wheel] # x\nuniversal = 1\nplat_name = a\n"),
        (
            "[metadata]\ndescription = universal\n",
            "[metadata]\ndescription = universal\n\n[bdist_wheel]\nuniversal = 1\n",
        ),
        ("no section\n", "no section\n"),
    ],
    ids=[
        "no-file",
        "added",
        "there-already",
        "by-its-tag",
        "of-old",
        "in-its-section",
        "a-word",
        "malformed",
    ],
)
def test_a_universal_tag_is_asked_for_where_setuptools_reads_it(
    tmp_path: Path, before: str | None, after: str
) -> None:
    path = tmp_path / "setup.cfg"
    if before is not None:
        path.write_text(before)
        os.utime(path, (5, 5))
    declare_universal(path)
    assert path.read_text() == after
    assert before is None or path.stat().st_mtime == 5


class AskedIndex(SmallIndex):
    """Remembers what it was asked to resolve, and finds nothing necessary."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, ...]] = []

    def resolve_build(
        self, requirements: object, *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        self.asked.append(tuple(requirements))  # type: ignore[arg-type]
        return ()


def test_what_the_backend_asks_for_is_resolved_too(tmp_path: Path) -> None:
    world, index = World(tmp_path, env=EPOCH), AskedIndex()
    asking = BACKEND.replace("return []", 'return ["demo-tool>=1"]', 1)
    world.source = sdist(tmp_path / "asking", files={"backend.py": asking})
    world.tools = replace(world.tools, resolver=index)
    assert world.outcome().verdict is Verdict.REPRODUCED
    assert index.asked == [()]  # proved: nothing more could be learned
    world.wheel.write_bytes(world.wheel.read_bytes() + b"evil")
    assert world.outcome().verdict is Verdict.TAMPER_SUSPECT
    assert index.asked[-2:] == [(), ("demo-tool>=1",)]


def test_an_interrupted_pool_kills_what_runs(tmp_path: Path) -> None:
    world = World(tmp_path, env=EPOCH)
    begun = threading.Event()
    sleeper = "import time\nprint('up', flush=True)\ntime.sleep(600)"

    def sleep() -> object:
        begun.set()  # the sandbox may start before the pool ends, or after: it is killed either way
        return world.sandbox.run(["python3", "-c", sleeper], cwd=tmp_path, writable=[tmp_path])

    futures = []

    def interrupted() -> None:
        with RebuildPool(1) as pool:
            futures.extend([pool.submit(sleep), pool.submit(sleep)])
            begun.wait()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    running, waiting = futures
    assert waiting.cancelled()
    assert running.result().returncode != 0  # type: ignore[attr-defined]
