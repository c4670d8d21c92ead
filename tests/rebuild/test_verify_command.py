"""`pinkit verify pins|dist` against a real index on loopback, with real builds in the real sandbox."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from pinkit.errors import IntegrityError, UsageError
from pinkit.model.rebuild import Verdict
from pinkit.rebuild.ledger import Entry, write_ledger
from tests.support.distributions import wheel

from .scene import NEEDS_TOOL, digest
from .small_world import BACKEND, MOMENT, sdist

if TYPE_CHECKING:
    from .scene import Scene


def read(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_lock_is_proved_and_the_proof_is_kept(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert scene.pins("--format", "json", "--evidence", "evidence") == 0
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert (result["verdict"], result["builds"]) == ("REPRODUCED", 1)
    assert result["evidence"] == "evidence/demo-1.0-py3-none-any.whl.intoto.jsonl"
    statement = Path(result["evidence"]).read_text()
    assert "demo_tool-1.0-py3-none-any.whl" in statement
    assert "demo_tool-2.0" not in statement
    assert "127.0.0.1" not in statement
    ledger = scene.lock.with_name("requirements.txt.verified.json").read_text()
    assert '"verdict": "REPRODUCED"' in ledger
    assert scene.pins("--locked") == 0
    assert capsys.readouterr().out == "1 of 1 pins proved by ledgers\n"
    assert scene.run("dist", "--replay", result["evidence"]) == 0


def test_a_lock_without_a_ledger_is_not_proved(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert scene.pins("--locked") == 1
    assert "demo 1.0 is not proved by the ledger" in capsys.readouterr().out
    assert scene.pins("--no-ledger") == 0
    assert scene.pins("--locked") == 1


def test_an_edited_wheel_fails_and_is_a_regression(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    before = Entry(
        name="demo",
        version="0.9",
        file="demo-0.9-py3-none-any.whl",
        digest="sha256:0",
        verdict=Verdict.REPRODUCED,
    )
    scene.lock.with_name("requirements.txt.verified.json").write_bytes(write_ledger([before]))
    scene.wheel.write_bytes(scene.wheel.read_bytes() + b"evil")
    scene.publish()
    assert scene.pins() == 1
    out = capsys.readouterr().out
    assert "TAMPER_SUSPECT" in out
    assert "trailing-bytes: (archive): 4 bytes after the archive" in out
    assert "regression: demo: 0.9 was reproduced, 1.0 is TAMPER_SUSPECT" in out


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit", "markdown"])
def test_every_format_tells_of_what_is_inconclusive(
    scene: Scene, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    scene.server.remove("demo-tool")
    assert scene.pins("--format", form) == 4
    assert "demo-tool" in capsys.readouterr().out.replace("\\-", "-")
    assert scene.pins("--format", form, "--allow-inconclusive", "-o", "report") == 0
    assert (scene.folder / "report").stat().st_size > 0


def test_bytes_that_are_not_the_locks_stop_everything(scene: Scene) -> None:
    scene.server.put(f"/files/{scene.wheel.name}", b"evil")
    with pytest.raises(IntegrityError):
        scene.pins()


def test_only_and_changed_since_choose_pins(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert scene.pins("--only", "Demo", "--format", "json") == 0
    assert [result["name"] for result in read(capsys)["results"]] == ["demo"]  # type: ignore[attr-defined]
    git = ["git", "-C", str(scene.folder), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["add", "requirements.txt"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], check=True)
    assert scene.pins("--changed-since", "HEAD", "--format", "json") == 0
    assert read(capsys)["results"] == []
    scene.lock.write_text(scene.lock.read_text() + "absent==1\n")
    assert scene.pins("--changed-since", "HEAD", "--format", "json") == 4
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert (result["name"], result["verdict"]) == ("absent", "SKIPPED")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        pytest.param(["--only", "demmo"], "no lock here pins it", id="a-project-that-no-lock-pins"),
        pytest.param(
            ["--only", "demmo", "--locked"], "no lock here pins it", id="nor-does-a-ledger-prove-it"
        ),
        pytest.param(["--source", "demmo=."], "no lock here pins it", id="a-clone-of-no-pin"),
        pytest.param(["--evidence", "requirements.txt"], "this is a file", id="evidence-into-a-file"),
        pytest.param(["--timeout", "0"], "no build ends in that", id="no-time"),
        pytest.param(["--timeout", "nan"], "no build ends in that", id="time-that-is-no-number"),
    ],
)
def test_orders_that_would_verify_nothing_are_refused(scene: Scene, arguments: list[str], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        scene.pins(*arguments)


def test_fewer_than_no_builds_at_once_are_refused(scene: Scene) -> None:
    with pytest.raises(typer.BadParameter):
        scene.run("pins", str(scene.lock), "--jobs", "-1")


def entry(scene: Scene, verdict: str, digest_: str = "", file: str = "demo-1.0-py3-none-any.whl") -> Entry:
    found = digest_ or digest(scene.wheel)
    return Entry(name="demo", version="1.0", file=file, digest=found, verdict=Verdict(verdict))


@pytest.mark.parametrize(
    ("verdicts", "arguments", "code"),
    [
        pytest.param(["REPRODUCED"], [], 0, id="proved"),
        pytest.param(["REPRODUCED", "DIFFERS"], [], 1, id="another-file-differs"),
        pytest.param(["REPRODUCED", "PARTIAL"], [], 1, id="another-file-is-partial"),
        pytest.param(["REPRODUCED", "PARTIAL"], ["--accept", "PARTIAL"], 0, id="accepted"),
        pytest.param(["REPRODUCED", "TAMPER_SUSPECT"], ["--allow-inconclusive"], 1, id="never-accepted"),
        pytest.param(["UNBUILDABLE"], [], 1, id="inconclusive"),
        pytest.param(["UNBUILDABLE"], ["--allow-inconclusive"], 0, id="inconclusive-let-pass"),
        pytest.param([], ["--allow-inconclusive"], 1, id="unknown-never-passes"),
    ],
)
def test_the_ledger_is_judged_as_the_run_that_wrote_it(
    scene: Scene, capsys: pytest.CaptureFixture[str], verdicts: list[str], arguments: list[str], code: int
) -> None:
    files = [(digest(scene.wheel), "demo-1.0-py3-none-any.whl"), (digest(scene.sdist), "demo-1.0.tar.gz")]
    entries = [entry(scene, v, *known) for v, known in zip(verdicts, files, strict=False)]
    scene.lock.with_name("requirements.txt.verified.json").write_bytes(write_ledger(entries))
    assert scene.pins("--locked", *arguments) == code
    assert f"{1 - code} of 1 pins proved" in capsys.readouterr().out
    assert scene.pins("--locked", "--format", "json", "-o", "report", *arguments) == code
    results = json.loads((scene.folder / "report").read_text())["results"]
    assert sorted(r["verdict"] for r in results) == sorted(verdicts or ["SKIPPED"])


def test_a_ledger_answers_for_the_pins_that_are_asked_for(scene: Scene) -> None:
    ledger = scene.lock.with_name("requirements.txt.verified.json")
    ledger.write_bytes(write_ledger([entry(scene, "REPRODUCED")]))
    scene.lock.write_text(scene.lock.read_text() + "absent==1\n")
    assert scene.pins("--locked") == 1
    assert scene.pins("--locked", "--only", "demo") == 0


def test_an_sdist_that_alone_is_locked_is_written_down(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.lock.write_text(f"demo==1.0 --hash={digest(scene.sdist)}\n")
    assert scene.pins("--format", "json") == 4
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert (result["file"], result["verdict"]) == (scene.sdist.name, "NO_SOURCE")
    assert scene.pins("--locked") == 1
    assert scene.pins("--locked", "--allow-inconclusive") == 0


@pytest.mark.parametrize("operator", ["==", "==="])
def test_a_version_that_pep_440_does_not_know_is_untried(
    scene: Scene, capsys: pytest.CaptureFixture[str], operator: str
) -> None:
    scene.lock.write_text(f"demo{operator}2004d --hash={digest(scene.wheel)}\n")
    assert scene.pins("--format", "json", "--source", f"demo={scene.folder}") == 4
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert (result["version"], result["verdict"]) == ("2004d", "SKIPPED")
    assert "none of PEP 440" in result["reason"]
    assert scene.pins("--locked") == 1
    capsys.readouterr()


@pytest.mark.parametrize("what", ["demo==1.0", "wheel"], ids=["release", "file"])
def test_one_distribution_is_verified(scene: Scene, capsys: pytest.CaptureFixture[str], what: str) -> None:
    assert scene.run("dist", str(scene.wheel) if what == "wheel" else what, "--format", "json") == 0
    assert read(capsys)["results"][0]["verdict"] == "REPRODUCED"  # type: ignore[index]


def test_a_wheel_that_no_index_has_is_rebuilt_from_a_given_sdist(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    scene.server.remove("demo")
    assert scene.run("dist", str(scene.wheel), "--sdist", str(scene.sdist), "--format", "json") == 0
    assert read(capsys)["results"][0]["verdict"] == "REPRODUCED"  # type: ignore[index]


@pytest.mark.parametrize("dated", [True, False], ids=["some-have-times", "none-has"])
def test_without_an_upload_time_the_files_own_times_are_the_cutoff(
    scene: Scene, capsys: pytest.CaptureFixture[str], dated: bool
) -> None:
    scene.publish(upload_time=None)
    if not dated:
        scene.server.remove("demo-tool")
        scene.server.add("demo-tool", wheel("demo-tool", "1.0"), wheel("demo-tool", "2.0"))
    assert scene.pins("--format", "json", "--evidence", "evidence") == 0
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    plan = result["plan"]
    cutoff = MOMENT + 86_400 if dated else None
    assert (result["verdict"], plan["cutoff"], plan["cutoff_inferred"]) == ("REPRODUCED", cutoff, dated)
    assert ("nothing of then satisfies the requirements: no cutoff" in plan["because"]) == (not dated)
    tool = "demo_tool-1.0-py3-none-any.whl" if dated else "demo_tool-2.0-py3-none-any.whl"
    assert tool in Path(result["evidence"]).read_text()
    assert scene.run("dist", "--replay", result["evidence"]) == 0


@pytest.mark.parametrize(
    ("name", "files", "told"),
    [
        ("other-1.0", {}, "other 1.0"),
        ("demo-1.1", {}, "demo 1.1"),
        ("demo-1.0", {"PKG-INFO": "Name: Demo\nVersion: 1.0.post1\n"}, "Demo 1.0.post1"),
        ("demo-9", {"PKG-INFO": "Name: Demo\nVersion: 1.0.0\n"}, ""),
        ("main", {"PKG-INFO": "Name: Demo\n"}, ""),
    ],
    ids=["another-project", "another-release", "by-what-is-in-it", "renamed", "nothing-said"],
)
def test_an_sdist_of_another_release_proves_nothing(
    scene: Scene, name: str, files: dict[str, str], told: str
) -> None:
    given = sdist(scene.folder / "given", name=name, files={"pyproject.toml": NEEDS_TOOL, **files})
    asked = ("dist", str(scene.wheel), "--sdist", str(given))
    if not told:
        assert scene.run(*asked) == 0
        return
    with pytest.raises(UsageError, match=r"no sdist of demo 1\.0") as refusal:
        scene.run(*asked)
    assert refusal.value.why == f"it says that it is {told}"


def test_an_sdist_that_cannot_be_read_is_the_rebuilds_to_tell(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    given = scene.folder / "given.tar.gz"
    given.write_bytes(b"nothing")
    assert scene.run("dist", str(scene.wheel), "--sdist", str(given), "--format", "json") == 1
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert result["verdict"] == "TAMPER_SUSPECT"
    assert result["discrepancies"][0]["class"] == "unsafe-source"


@pytest.mark.parametrize(
    ("generator", "told"),
    [
        ("own-backend 1.0", "the sources hold their own build backend"),
        ("demo-tool 9.0", "these tools cannot be had: those that the sources ask for"),
    ],
    ids=["of-no-index", "a-version-of-no-index"],
)
def test_a_generator_that_no_index_has_is_no_end(
    scene: Scene, capsys: pytest.CaptureFixture[str], generator: str, told: str
) -> None:
    scene.remake(BACKEND.replace("Generator: demo 1.0", f"Generator: {generator}"))
    assert scene.pins("--format", "json") == 0
    (result,) = read(capsys)["results"]  # type: ignore[misc]
    assert (result["verdict"], result["builds"], result["plan"]["pins"]) == ("REPRODUCED", 1, [])
    assert result["plan"]["because"].endswith(told)


def test_an_sdist_is_compared_with_a_given_clone(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    clone = scene.folder / "clone"
    clone.mkdir()
    (clone / "pyproject.toml").write_text(NEEDS_TOOL)
    (clone / "backend.py").write_text(BACKEND)
    git = ["git", "-C", str(clone), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"], ["tag", "demo-1.0"]):
        subprocess.run([*git, *arguments], check=True)
    assert scene.pins("--source", f"Demo={clone}", "--format", "json") == 1
    results = read(capsys)["results"]
    assert [(r["file"], r["verdict"]) for r in results] == [  # type: ignore[attr-defined]
        ("demo-1.0-py3-none-any.whl", "REPRODUCED"),
        ("demo-1.0.tar.gz", "EQUIVALENT"),
    ]
    assert scene.run("dist", "demo==1.0", "--source", f"demo={clone}", "--accept", "equivalent") == 0
    capsys.readouterr()
    assert scene.run("dist", str(scene.sdist), "--source", f"demo={clone}", "--format", "json") == 1
    assert read(capsys)["results"][0]["verdict"] == "EQUIVALENT"  # type: ignore[index]


def test_a_replay_that_comes_out_otherwise_fails(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    assert scene.run("dist", "demo==1.0", "--evidence", "evidence") == 0
    path = scene.folder / "evidence" / f"{scene.wheel.name}.intoto.jsonl"
    path.write_text(path.read_text().replace('"verdict":"REPRODUCED"', '"verdict":"DIFFERS"'))
    capsys.readouterr()
    assert scene.run("dist", "--replay", str(path)) == 1
    assert "the evidence says DIFFERS, this replay REPRODUCED" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["dist", "demo==1.0", "--sign"], "nothing to sign"),
        (["dist"], "name one file"),
        (["dist", "a==1", "--replay", "x"], "name one file"),
        (["dist", "demo"], "neither a wheel"),
        (["dist", "demo.whl"], "neither a wheel"),
        (["dist", "demo-1.0.tar.gz"], "--source demo=PATH"),
        (["dist", "a==1", "--format", "yaml"], "unknown"),
        (["dist", "a==1", "--accept", "DIFFERS"], "EQUIVALENT or PARTIAL"),
        (["dist", "--replay", "requirements.txt"], "cannot be replayed"),
        (["dist", "demo==1.0", "--source", "demo"], "NAME=PATH"),
        (["dist", "absent-1-py3-none-any.whl"], "cannot be read"),
        (["dist", "demo=="], "write it as NAME==VERSION"),
        (["dist", "demo==1.0", "--sdist", "demo-1.0-py3-none-any.whl"], "no sdist by its name"),
        (["dist", "--replay", "x", "--sdist", "demo-1.0.tar.gz"], "its own source"),
    ],
)
def test_a_request_that_makes_no_sense_is_told(scene: Scene, arguments: list[str], told: str) -> None:
    with pytest.raises(UsageError) as found:
        scene.run(*arguments)
    assert told in f"{found.value.what} {found.value.why} {found.value.hint}"
