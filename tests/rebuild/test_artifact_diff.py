"""`diff A B` of artifacts: member by member, with a verdict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.diffoscope import diffoscope
from pinkit.cli.app import Settings
from pinkit.cli.artifact_diff import is_artifact, run_artifact_diff
from pinkit.cli.console import Console, printable
from pinkit.errors import Unavailable, UsageError
from pinkit.model.rebuild import Verdict
from pinkit.rebuild.compare_artifacts import diff_artifacts
from pinkit.render.artifact_diff import artifact_diff_json, artifact_diff_text

from . import raw_tar, raw_zip

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = raw_zip.write(raw_zip.demo())


def edited(content: bytes) -> bytes:
    return raw_zip.write(raw_zip.sealed(raw_zip.with_member("part.py", content=content)))


PART = next(m for m in raw_zip.demo() if m.name.endswith("part.py")).content


def test_text_members_are_shown_line_by_line() -> None:
    found = diff_artifacts(WHEEL, edited(PART + b"\nevil\n"))
    assert found.verdict is Verdict.DIFFERS
    assert [(m.name, m.status) for m in found.members] == [
        ("demo-1.0.dist-info/RECORD", "changed"),
        ("demo/part.py", "changed"),
    ]
    assert "+evil" in found.members[1].lines
    text = artifact_diff_text(found)
    assert text.startswith("DIFFERS: payload differs\n  payload: demo/part.py:")
    assert "\n+evil\n" in text
    assert "\x1b[32m+evil" in artifact_diff_text(found, color=True)
    assert json.loads(artifact_diff_json(found))["members"][1]["name"] == "demo/part.py"


@pytest.mark.parametrize(
    ("content", "lines", "cut"),
    [
        (b"\0binary", 0, False),
        (b"\xff\xfe", 0, False),
        (b"line\n" * 9000, 400, True),
        (b"x" * 600_000, 0, False),
    ],
    ids=["binary", "no-utf8", "long", "huge"],
)
def test_what_is_no_text_or_too_much_has_no_or_few_lines(content: bytes, lines: int, cut: bool) -> None:
    member = diff_artifacts(WHEEL, edited(content)).members[1]
    assert (len(member.lines), member.cut) == (lines, cut)
    assert ("more lines differ" in artifact_diff_text(diff_artifacts(WHEEL, edited(content)))) == cut


def test_members_more_or_less_have_a_status() -> None:
    fewer = raw_zip.write(raw_zip.sealed([m for m in raw_zip.demo() if not m.name.endswith("part.py")]))
    assert [m.status for m in diff_artifacts(WHEEL, fewer).members] == ["changed", "removed"]
    assert [m.status for m in diff_artifacts(fewer, WHEEL).members] == ["changed", "added"]


def test_sdists_are_compared_as_sdists() -> None:
    one = raw_tar.gz(raw_tar.tar(raw_tar.demo()))
    other = raw_tar.gz(raw_tar.tar(raw_tar.with_member("demo.py", content=b"x")))
    assert [m.name for m in diff_artifacts(one, other).members] == ["demo-1.0/demo.py"]
    assert diff_artifacts(one, one).verdict is Verdict.REPRODUCED
    assert diff_artifacts(one, WHEEL).verdict is Verdict.DIFFERS


def test_unreadable_archives_have_a_verdict_and_no_members() -> None:
    found = diff_artifacts(b"junk", WHEEL)
    assert (found.verdict, found.members) == (Verdict.TAMPER_SUSPECT, ())


def test_a_member_that_cannot_be_read_was_neither_added_nor_removed() -> None:
    at = WHEEL.index(PART[:1], WHEEL.index(b"part.py")) if PART in WHEEL else WHEEL.index(b"part.py") + 12
    broken = WHEEL[:at] + bytes([WHEEL[at] ^ 0xFF]) + WHEEL[at + 1 :]
    found = diff_artifacts(WHEEL, broken)
    assert found.verdict is Verdict.DIFFERS
    assert any(d.member == "demo/part.py" for d in found.comparison.discrepancies)
    assert {m.status for m in found.members} <= {"changed"}


def test_escapes_of_others_stay_harmless_in_colors() -> None:
    text = artifact_diff_text(
        diff_artifacts(WHEEL, edited(PART + b"\n\x1b[2Jevil\n")), clean=printable, color=True
    )
    assert "\x1b[32m+\\x1b[2Jevil\x1b[0m" in text
    assert "\x1b[2J" not in text


def settings() -> Settings:
    return Settings(config="", cache_dir="", offline=False, console=Console())


def test_command_answers_with_text_json_and_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "a-1-py3-none-any.whl", tmp_path / "b-1-py3-none-any.whl"]
    paths[0].write_bytes(WHEEL)
    paths[1].write_bytes(edited(b"\x1b[2Jevil\n"))
    one, other = map(str, paths)
    assert run_artifact_diff(one, one, settings()) == 0
    assert capsys.readouterr().out == "REPRODUCED: byte-exact\n"
    assert run_artifact_diff(one, other, settings()) == 1
    shown = capsys.readouterr().out
    assert "\\x1b[2Jevil" in shown
    assert "\x1b" not in shown
    assert run_artifact_diff(one, other, settings(), form="json") == 1
    assert json.loads(capsys.readouterr().out)["verdict"] == "DIFFERS"
    with pytest.raises(UsageError, match="cannot be read"):
        run_artifact_diff(one, str(tmp_path / "absent.whl"), settings())


@pytest.mark.parametrize(
    ("path", "artifact"),
    [("a.whl", True), ("a-1.tar.gz", True), ("a.zip", True), ("requirements.txt", False)],
)
def test_artifacts_are_told_from_locks_by_name(path: str, artifact: bool) -> None:
    assert is_artifact(path) == artifact


@pytest.mark.parametrize("path", ["a-1.tar", "a-1.tar.bz2", "a-1.TAR.XZ", "a-1-py3.11.egg"])
def test_other_archives_are_called_so(path: str) -> None:
    with pytest.raises(UsageError, match=f"{path}: archives of this kind are not compared"):
        is_artifact(path)


def test_an_artifact_is_compared_with_no_lock(tmp_path: Path) -> None:
    (tmp_path / "a-1-py3-none-any.whl").write_bytes(WHEEL)
    (tmp_path / "rebuilt").write_bytes(WHEEL)
    (tmp_path / "r.txt").write_text("a==1\n")
    one, rebuilt, lock = (str(tmp_path / name) for name in ("a-1-py3-none-any.whl", "rebuilt", "r.txt"))
    assert run_artifact_diff(one, rebuilt, settings()) == 0
    for paths in ((one, lock), (lock, one)):
        with pytest.raises(UsageError, match=r"r\.txt is no artifact"):
            run_artifact_diff(*paths, settings())


def tool(folder: Path, body: str) -> None:
    folder.mkdir()
    script = folder / "diffoscope"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)


@pytest.mark.parametrize(
    ("body", "told"),
    [("printf 'differs \\033[2J'; exit 1", "differs \\x1b[2J"), ("exit 0", "")],
    ids=["differs", "equal"],
)
def test_diffoscope_is_a_subprocess_whose_words_are_cleaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, told: str
) -> None:
    tool(tmp_path / "bin", body)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert diffoscope(tmp_path, tmp_path) == told


@pytest.mark.parametrize(
    ("body", "timeout_s", "told"),
    [("", 60, "not installed"), ("exit 2", 60, "failed"), ("exec sleep 60", 0.2, "did not answer")],
    ids=["absent", "trouble", "too-slow"],
)
def test_diffoscope_that_cannot_answer_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, timeout_s: float, told: str
) -> None:
    if body:
        tool(tmp_path / "bin", body)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin" if body else str(tmp_path))
    with pytest.raises(Unavailable, match=told):
        diffoscope(tmp_path, tmp_path, timeout_s=timeout_s)
