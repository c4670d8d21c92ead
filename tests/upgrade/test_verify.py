"""`pinkit upgrade --verify`: real sdists rebuilt in the real sandbox, both verdicts of each moved pin told."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.model.rebuild import Verdict
from pinkit.rebuild.ledger import Entry, write_ledger
from pinkit.upgrade.signals_rebuild import FileVerdict, ReleaseVerdicts, rebuild_signal
from tests.rebuild.small_world import BACKEND, MOMENT, SmallIndex, published_wheel, rebuilder, sdist
from tests.support.distributions import Built, wheel
from tests.support.index_server import Status
from tests.upgrade.conftest import OLD
from tests.upgrade.test_fixup import committed, edited, git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.upgrade.conftest import Project


def release(folder: Path, version: str, answer: str = "42") -> dict[str, Built]:
    """The sdist of a release and the wheel that its publisher made of it, by kind."""
    backend = BACKEND.replace("demo-1.0", f"demo-{version}").replace(
        'Version: 1.0\\n",', f'Version: {version}\\n",'
    )
    backend = backend.replace("answer = 42", f"answer = {answer}")
    source = sdist(folder / version / answer, name=f"demo-{version}", files={"backend.py": backend})
    where = folder / f"{version}-{answer}"
    where.mkdir()
    made = published_wheel(
        source, where, rebuilder(folder, SmallIndex()), env={"SOURCE_DATE_EPOCH": str(MOMENT)}
    )
    return {"sdist": Built(source.name, source.read_bytes()), "wheel": Built(made.name, made.read_bytes())}


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Built]]:
    folder = tmp_path_factory.mktemp("releases")
    old, new, other = release(folder, "1.0"), release(folder, "1.1"), release(folder, "1.1", "43")
    return {"1.0": old, "1.1": new, "1.1 altered": {**new, "wheel": other["wheel"]}}


class Scene:
    def __init__(self, project: Project, releases: dict[str, dict[str, Built]]) -> None:
        self.project, self.releases = project, releases
        self.index = project.place.index
        self.publish("1.0")
        project.lock("demo\n")

    def publish(self, label: str, *kinds: str) -> None:
        for kind in kinds or ("sdist", "wheel"):
            self.index.add("demo", self.releases[label][kind], upload_time=OLD)

    def signals(self, *arguments: str) -> list[dict[str, Any]]:
        plan = self.project.plan("--all", "--verify", *arguments)
        assert plan["exit"] == 0
        return [each for each in plan["signals"] if "rebu" in each["kind"] or "repro" in each["kind"]]


@pytest.fixture
def scene(project: Project, releases: dict[str, dict[str, Built]]) -> Scene:
    return Scene(project, releases)


def test_both_verdicts_of_a_moved_pin(scene: Scene) -> None:
    scene.publish("1.1")
    (signal,) = scene.signals()
    assert (signal["kind"], signal["name"], signal["version"]) == ("rebuilt", "demo", "1.1")
    assert signal["detail"] == "REPRODUCED; before (1.0) REPRODUCED"
    assert signal["evidence"] == [
        "demo-1.0-py3-none-any.whl: REPRODUCED",
        "demo-1.1-py3-none-any.whl: REPRODUCED",
    ]
    plan = scene.project.plan("--all", "--verify")
    assert "--verify" in plan["command"].split()
    assert "rebuilt" not in json.dumps(scene.project.plan("--all")["signals"])


def test_builds_take_no_longer_than_said(scene: Scene, tmp_path: Path) -> None:
    """A backend that never ends: whatever the machine does meanwhile, the limit ends it."""
    waits = BACKEND.replace("demo-1.0", "demo-1.1") + "import threading\nthreading.Event().wait()\n"
    source = sdist(tmp_path, name="demo-1.1", files={"backend.py": waits})
    scene.index.add("demo", Built(source.name, source.read_bytes()), upload_time=OLD)
    scene.publish("1.1", "wheel")
    (signal,) = scene.signals("--jobs", "1", "--timeout", "0.5")
    assert signal["after"] == ["UNBUILDABLE"]
    assert "0.5 s" in signal["detail"]


def test_a_verdict_that_is_lost(scene: Scene) -> None:
    scene.publish("1.1 altered")
    (signal,) = scene.signals()
    assert (signal["kind"], signal["before"]) == ("rebuild verdict lost", ["REPRODUCED"])
    assert signal["after"] == ["DIFFERS"]
    markdown = scene.project.upgrade("--all", "--verify", "--format", "markdown").out
    assert "- rebuild verdict lost: `demo` 1.1: DIFFERS; before" in markdown


def test_the_ledger_speaks_for_the_release_before(scene: Scene) -> None:
    scene.publish("1.1")
    built = scene.releases["1.0"]["wheel"]
    digest = f"sha256:{hashlib.sha256(built.content).hexdigest()}"
    verdict = Verdict.REPRODUCED_MODULO_TIME
    entry = Entry(name="demo", version="1.0", file=built.filename, digest=digest, verdict=verdict)
    (scene.project.place.folder / "main.txt.verified.json").write_bytes(write_ledger([entry]))
    scene.index.always("/files/demo-1.0.tar.gz", Status(404))
    (signal,) = scene.signals()
    assert signal["detail"] == "REPRODUCED; before (1.0) REPRODUCED_MODULO_TIME, by the ledger"


def test_what_cannot_be_concluded_is_told(scene: Scene) -> None:
    scene.publish("1.1", "wheel")
    (signal,) = scene.signals()
    assert signal["kind"] == "rebuild inconclusive"
    assert (
        signal["detail"] == "NO_SOURCE (the release has no sdist to rebuild it from); before (1.0) REPRODUCED"
    )


def test_bumps_of_a_bot_are_rebuilt_too(scene: Scene) -> None:
    git(scene.project, "init", "-q", "-b", "main", ".")
    committed(scene.project)
    scene.publish("1.1 altered")
    edited(scene.project, "main.txt", ("demo==1.0", "demo==1.1"))
    committed(scene.project, "bot")
    plan = scene.project.plan("--fixup", "--base", "main", "--verify")
    lost = [each["version"] for each in plan["signals"] if each["kind"] == "rebuild verdict lost"]
    assert lost == ["1.1"]


def test_without_a_sandbox_nothing_is_built_and_that_is_told(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    scene.publish("1.1")
    monkeypatch.setenv("PATH", str(tmp_path))
    (signal,) = scene.signals()
    assert signal["kind"] == "rebuild inconclusive"
    assert signal["detail"].startswith("SKIPPED (code of a third party cannot run: nothing isolates it here")
    assert (signal["before"], signal["after"]) == (["SKIPPED"], ["SKIPPED"])


def test_a_new_dependency_has_no_release_before(scene: Scene) -> None:
    scene.index.add("helper", wheel("helper", "1.0"), upload_time=OLD)
    scene.index.add("demo", wheel("demo", "1.2", ("helper",)), upload_time=OLD)
    told = {each["name"]: each for each in scene.signals()}
    assert told["helper"]["detail"] == "NO_SOURCE (the release has no sdist to rebuild it from)"
    assert told["helper"]["before"] == []


FILE = "demo-1.1-py3-none-any.whl"


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        pytest.param("REPRODUCED", ["REPRODUCED_MODULO_TIME"], "rebuilt", id="kept"),
        pytest.param("REPRODUCED", ["EQUIVALENT"], "rebuild verdict lost", id="in part only"),
        pytest.param("REPRODUCED", ["REPRODUCED", "DIFFERS"], "rebuild verdict lost", id="one file differs"),
        pytest.param("EQUIVALENT", ["EQUIVALENT"], "not reproduced", id="never was"),
        pytest.param("", ["TAMPER_SUSPECT"], "not reproduced", id="new, and wrong"),
        pytest.param("DIFFERS", ["UNBUILDABLE"], "rebuild inconclusive", id="nobody knows"),
        pytest.param("REPRODUCED", [], "rebuild inconclusive", id="nothing to build"),
    ],
)
def test_kinds(before: str, after: list[str], kind: str) -> None:
    old = (
        ReleaseVerdicts(version="1.0", files=(FileVerdict(file=FILE, verdict=Verdict(before)),))
        if before
        else None
    )
    files = tuple(FileVerdict(file=FILE, verdict=Verdict(each)) for each in after)
    signal = rebuild_signal("demo", old, ReleaseVerdicts(version="1.1", files=files))
    assert signal.kind == kind
    assert signal.before == ((before,) if before else ())


def test_wheels_for_other_platforms_do_not_count_beside_one_that_was_tried() -> None:
    files = (
        FileVerdict(file="", verdict=Verdict.SKIPPED, reason="3 wheels for other platforms or Pythons"),
        FileVerdict(file=FILE, verdict=Verdict.REPRODUCED),
    )
    signal = rebuild_signal("demo", None, ReleaseVerdicts(version="1.1", files=files))
    assert signal.kind == "rebuilt"
