"""Remembered answers hold only while nothing that they rest on has changed."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003

import pytest

from pinkit.cli.memo import Answer, digest_of, remember, remembered

FOREVER = 4_000_000_000
ARGUMENTS = ["lock", "a.in"]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PINKIT_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "a.in").write_text("requests\n")
    return tmp_path


def kept(expires: int = FOREVER, arguments: list[str] = ARGUMENTS) -> None:
    files = [(name, digest_of(name)) for name in ("a.in", "absent.toml")]
    remember(arguments, Answer(files=files, expires=expires, out="pins\n\nö\r\n", err="said\n"))


def test_the_same_question_gets_the_same_answer(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert remembered(ARGUMENTS) is None
    kept()
    assert remembered(ARGUMENTS) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("pins\n\nö\r\n", "said\n")


def test_another_question_does_not(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept()
    assert remembered(["lock", "b.in"]) is None
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/")
    assert remembered(ARGUMENTS) is None


@pytest.mark.parametrize("change", ["edited", "appeared", "expired", "broken", "cut off"])
def test_what_changed_is_asked_again(workplace: Path, change: str) -> None:
    kept(expires=1 if change == "expired" else FOREVER)
    memo = next((workplace / "cache" / "memo").iterdir())
    if change == "edited":
        (workplace / "a.in").write_text("flask\n")
    if change == "appeared":
        (workplace / "absent.toml").write_text("")
    if change == "broken":
        memo.write_text("pinkit-memo 9\n")
    if change == "cut off":
        memo.write_text(memo.read_text()[:-3])
    assert remembered(ARGUMENTS) is None


@pytest.mark.parametrize(
    "option", ["-U", "-Pflask", "--upgrade-package=x", "--refresh", "-", "--format=json", "-v"]
)
def test_some_questions_are_never_remembered(workplace: Path, option: str) -> None:
    kept(arguments=[*ARGUMENTS, option])
    assert not (workplace / "cache").exists()
    assert remembered([*ARGUMENTS, option]) is None
    assert remembered(["audit"]) is None


@pytest.mark.parametrize("place", ["option", "option="])
def test_the_cache_option_is_heard(workplace: Path, place: str) -> None:
    arguments = [*(["--cache-dir", "other"] if place == "option" else ["--cache-dir=other"]), *ARGUMENTS]
    kept(arguments=arguments)
    assert (workplace / "other" / "memo").exists()
    assert remembered(arguments) == 0


def test_the_folder_is_kept_small_and_a_read_only_cache_is_no_error(workplace: Path) -> None:
    folder = workplace / "cache" / "memo"
    folder.mkdir(parents=True)
    for number in range(401):
        (folder / str(number)).touch()
    kept()
    assert len(list(folder.iterdir())) == 1
    (workplace / "file").touch()
    kept(arguments=["--cache-dir", "file", *ARGUMENTS])
