"""`pinkit check` from end to end: each way to be dishonest, told apart, with its exit code."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import sdist, wheel
from tests.support.index_server import IndexServer, Status
from tests.support.projects import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lock.conftest import Place, Said

EARLY, LATE = "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"


@pytest.fixture
def locked(place: Place) -> Place:
    """Two layered locks: main has a (which needs b), dev has b and c."""
    place.index.add("a", wheel("a", "1.0", ("b",)), sdist("a", "1.0"), upload_time=EARLY)
    place.index.add("b", wheel("b", "1.0"), wheel("b", "2.0"), upload_time=EARLY)
    place.index.add("c", wheel("c", "1.0"), upload_time=EARLY)
    place.write(pyproject_toml=CONFIG, main_in="a\nb<2\n", dev_in="b\nc\n")
    assert place.run("lock", "-i", place.index.url).code == 0
    return place


def check(place: Place, *arguments: str) -> Said:
    return place.run("check", *arguments, "-i", place.index.url, "--refresh")


def found(said: Said) -> list[tuple[str, str, str, int]]:
    return [(f["kind"], f["severity"], f["name"], f["line"]) for f in json.loads(said.out)["findings"]]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_honest_locks(locked: Place) -> None:
    said = check(locked)
    assert (said.code, said.out.splitlines()[-1]) == (0, "checked 4 of 4 pins in 2 locks")
    assert found(check(locked, "--format", "json")) == []
    assert check(locked, "main.txt").out.splitlines()[-1] == "checked 2 of 2 pins in 1 lock"


@pytest.mark.parametrize(
    ("old", "new", "kinds", "code"),
    [
        pytest.param("b==1.0", "b==2.0", {"unsatisfied", "foreign-hash"}, 5, id="another version"),
        pytest.param("b==1.0", "b==1.5", {"unsatisfied", "vanished"}, 1, id="a version that is not there"),
        pytest.param("b==1.0", "d==1.0", {"superfluous", "vanished", "unsatisfied"}, 1, id="a look-alike"),
        pytest.param("b==1.0 ", "b==1.0 ; sys_platform == 'win32' ", {"wrong-marker"}, 1, id="a marker"),
        pytest.param("via -r main.in", "via nobody", {"stale"}, 1, id="an annotation"),
        pytest.param(
            "a==1.0",
            "--extra-index-url https://index.example/\na==1.0",
            {"url", "stale"},
            5,
            id="an index line",
        ),
        pytest.param("a==1.0", "nonsense here\na==1.0", {"unreadable", "stale"}, 1, id="no line of a lock"),
        pytest.param("sha256:", "sha1:", {"weak-hash", "missing-hash"}, 5, id="a weak hash"),
        pytest.param("\n", "\r\n", set(), 0, id="line ends"),
    ],
)
def test_an_edited_lock(locked: Place, old: str, new: str, kinds: set[str], code: int) -> None:
    edit(locked.folder / "main.txt", old, new)
    said = check(locked, "--format", "json", "main", "--no-referee")
    assert ({kind for kind, severity, _, _ in found(said) if severity != "note"}, said.code) == (kinds, code)


def test_the_referee_has_its_own_word(locked: Place) -> None:
    edit(locked.folder / "main.txt", "b==1.0", "b==2.0")
    told = [
        f
        for f in json.loads(check(locked, "--format", "json", "main").out)["findings"]
        if f["kind"] == "referee"
    ]
    assert [(f["name"], f["message"]) for f in told] == [
        ("b", "the second solver: the inputs need b<2, but 2.0 is pinned")
    ]


def test_inputs_that_moved_on(locked: Place) -> None:
    locked.write(main_in="a\nb<2\nc\n")
    said = check(locked, "--format", "json")
    assert said.code == 1
    assert ("unsatisfied", "error", "c", 0) in found(said)


def test_yanked_vanished_and_late_are_told_apart(locked: Place) -> None:
    hashes = locked.text("main.txt").count("--hash")
    assert hashes == 3
    locked.index.remove("a")
    locked.index.add("a", wheel("a", "1.0", ("b",)), upload_time=EARLY)
    locked.index.add("a", wheel("a", "1.0", tag="cp312-cp312-win_amd64"), upload_time=LATE)
    locked.index.remove("b")
    locked.index.add("b", wheel("b", "1.0"), upload_time=EARLY, yanked="broken")
    locked.index.remove("c")
    kinds = {(kind, severity, name) for kind, severity, name, _ in found(check(locked, "--format", "json"))}
    assert {
        ("vanished", "warning", "a"),
        ("late-file", "note", "a"),
        ("yanked", "warning", "b"),
        ("vanished", "error", "c"),
    } <= kinds


def test_a_hash_that_the_index_never_had_is_forged(locked: Place, tmp_path: Path) -> None:
    locked.index.remove("a")
    locked.index.add("a", wheel("a", "1.0", ("b",)), upload_time=EARLY)
    locked.monkeypatch.setenv("PINKIT_CACHE_DIR", str(tmp_path / "another"))
    said = check(locked, "--format", "json", "main")
    assert said.code == 5
    assert "unknown-hash" in {kind for kind, *_ in found(said)}


def test_two_indexes_that_serve_a_name(locked: Place) -> None:
    with IndexServer() as other:
        other.add("b", wheel("b", "1.0"))
        said = check(locked, "--format", "json", "--extra-index-url", other.url)
        confused = [f for f in json.loads(said.out)["findings"] if f["kind"] == "confusion"]
        assert {f["name"] for f in confused} == {"b"}
        assert locked.index.origin.split("//")[1] in confused[0]["message"]


def test_a_partial_index_that_is_asked_first(locked: Place) -> None:
    with IndexServer() as partial:
        partial.add("a", wheel("a", "1.0", ("b",)), upload_time=EARLY)
        partial.add("b", wheel("b", "0.9"), upload_time=EARLY)
        said = check(locked, "main", "--format", "json", "--no-referee", "--extra-index-url", partial.url)
        first, second = partial.origin.split("//")[1], locked.index.origin.split("//")[1]
    told = {f["message"]: (f["kind"], f["severity"], f["line"]) for f in json.loads(said.out)["findings"]}
    digest = hashlib.sha256(sdist("a", "1.0").content).hexdigest()[:12]
    lines = locked.text("main.txt").splitlines()
    at = {name: next(n for n, line in enumerate(lines, 1) if name in line) for name in (digest, "b==1.0")}
    of_a = f"sha256:{digest}… is the hash of a-1.0.tar.gz on {second}, and {first} answers for the name"
    of_b = f"{second} has this release; {first}, which answers for the name, has not"
    assert told[of_a] == ("confusion", "error", at[digest])
    assert told[of_b] == ("confusion", "error", at["b==1.0"])
    assert {kind for kind, _, _ in told.values()} == {"confusion", "unsatisfied"}
    assert said.code == 1


def test_a_partial_index_before_that_of_a_pylock(locked: Place) -> None:
    locked.write(pyproject_toml='[[tool.pinkit.lock]]\ninputs = ["main.in"]\noutput = "pylock.toml"\n')
    assert locked.run("lock", "-i", locked.index.url).code == 0
    assert check(locked).code == 0
    with IndexServer() as partial:
        partial.add("a", wheel("a", "1.0", ("b",)), upload_time=EARLY)
        said = check(locked, "--format", "json", "--extra-index-url", partial.url)
    told = {(kind, severity) for kind, severity, name, _ in found(said) if name == "a"}
    assert ("confusion", "error") in told
    assert {kind for kind, _ in told} == {"confusion"}
    assert "the URL is of a-1.0-py3-none-any.whl on" in said.out
    assert said.code == 1


def test_a_hash_that_no_index_knows_stays_unknown(locked: Place) -> None:
    forged = hashlib.sha256(b"forged").hexdigest()
    honest = hashlib.sha256(sdist("a", "1.0").content).hexdigest()
    edit(locked.folder / "main.txt", honest, forged)
    with IndexServer() as other:
        other.add("a", wheel("a", "1.0", ("b",)), sdist("a", "1.0"), upload_time=EARLY)
        said = check(locked, "main", "--format", "json", "--extra-index-url", other.url)
    assert ("unknown-hash", "error", "a") in {(k, s, n) for k, s, n, _ in found(said)}
    assert said.code == 5


def test_what_cannot_be_asked_is_never_good(locked: Place) -> None:
    locked.index.always("/simple/c/", Status(500))
    said = check(locked)
    assert said.code == 4
    assert said.out.splitlines()[:2] == [
        "main.txt: 2 pins, honest",
        "dev.txt: 2 pins, 1 could not be checked",
    ]


def test_what_is_asked_in_part_is_not_called_honest(locked: Place) -> None:
    said = check(locked, "main", "--replay")
    assert (said.code, said.out.splitlines()[0]) == (4, "main.txt: 2 pins, not checked in full")


def test_replay_needs_a_recorded_cutoff_and_compares(locked: Place) -> None:
    assert check(locked, "--replay").code == 4
    bound = ("--exclude-newer", "2024-06-01")
    assert locked.run("lock", "-i", locked.index.url, *bound).code == 0
    edit(locked.folder / "pyproject.toml", "[tool.pinkit]", '[tool.pinkit]\nexclude-newer = "2024-06-01"')
    assert check(locked, "--replay").code == 0
    locked.write(main_in="a\nb\n")
    said = check(locked, "--replay", "--format", "json", "main")
    assert ("replay", "warning", "b") in {(k, s, n) for k, s, n, _ in found(said)}


@pytest.mark.parametrize(
    ("form", "part"), [("sarif", '"ruleId": "pinkit/stale"'), ("github", "::warning file=main.txt")]
)
def test_other_formats(locked: Place, form: str, part: str) -> None:
    edit(locked.folder / "main.txt", "via -r main.in", "via nobody")
    said = check(locked, "--format", form)
    assert said.code == 1
    assert part in said.out


def test_a_lock_that_is_not_configured_tells_how_it_was_made(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    place.lock("r.in", "-o", "r.txt")
    assert place.run("check", "r.txt", "-i", place.index.url).code == 0
    assert place.run("check", "-i", place.index.url).code == 2
    assert place.run("check", "--format", "no").code == 2
    assert place.run("check", "--second-opinion", "no").code == 2


HEADERS = {
    "pip-compile": (
        "#\n# This file is autogenerated by pip-compile with Python 3.12\n# by the following command:\n#\n"
        "#    pip-compile --generate-hashes --output-file=r.txt r.in\n#\n"
    ),
    "uv for a named Python": (
        "# This file was autogenerated by uv via the following command:\n"
        "#    uv pip compile --generate-hashes --python-version 3.12 r.in -o r.txt\n"
    ),
    "uv": (
        "# This file was autogenerated by uv via the following command:\n"
        "#    uv pip compile --generate-hashes r.in -o r.txt\n"
    ),
    "options with no counterpart": (
        "# This file was autogenerated by uv via the following command:\n"
        "#    uv pip compile --generate-hashes --python-version 3.12 --torch-backend cpu r.in -o r.txt\n"
    ),
    "unknown": "# made by something else\n",
    "none": "",
}


@pytest.mark.parametrize(
    ("header", "code", "codes"),
    [
        pytest.param(header, code, codes, id=header)
        for header, code, codes in (
            # As it is, with another input that it does not answer, with a forged hash.
            ("pip-compile", 0, (1, 5)),
            ("uv for a named Python", 0, (1, 5)),
            ("uv", 4, (4, 5)),
            ("options with no counterpart", 4, (4, 5)),
            ("unknown", 4, (4, 5)),
            ("none", 4, (4, 5)),
        )
    ],
)
def test_a_lock_of_other_tools_is_checked_as_far_as_it_says_how_it_was_made(
    place: Place, header: str, code: int, codes: tuple[int, int]
) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    body = place.lock("r.in", "--no-header").out
    place.write(r_txt=HEADERS[header] + body)
    said = place.run("check", "r.txt", "-i", place.index.url)
    assert said.code == code, said.out + said.err
    assert ("its inputs: neither configuration nor header say" in said.out) == (code == 4)
    place.write(r_in="a\nb\n")
    assert place.run("check", "r.txt", "-i", place.index.url).code == codes[0]
    edit(place.folder / "r.txt", hashlib.sha256(wheel("a", "1.0").content).hexdigest(), "0" * 64)
    assert place.run("check", "r.txt", "-i", place.index.url).code == codes[1]


def test_lines_that_are_no_pins_are_told_of_a_lock_of_unknown_origin(place: Place) -> None:
    place.write(r_in="a>=1\n")
    said = place.run("check", "r.in", "--format", "json", "-i", place.index.url)
    assert [each["kind"] for each in json.loads(said.out)["findings"]] == ["unreadable"]
    assert said.code == 4


def test_a_lock_with_a_usual_name_is_found(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(requirements_in="a\n")
    said = place.run("check", "-i", place.index.url)
    assert (said.code, said.err.splitlines()[0]) == (2, "error: there is no lock here")
    place.lock("requirements.in", "-o", "requirements.txt")
    said = place.run("check", "-i", place.index.url)
    assert (said.code, said.out.splitlines()[0]) == (0, "requirements.txt: 1 pin, honest")


def test_a_lock_that_is_not_there(locked: Place) -> None:
    (locked.folder / "dev.txt").unlink()
    said = check(locked)
    assert said.code == 1
    assert "there is no such lock yet" in said.out


def test_pip_compile_is_asked_where_it_can_speak(place: Place) -> None:
    import sys

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    place.index.add("a", wheel("a", "1.0", ("b",)))
    place.index.add("b", wheel("b", "1.0"))
    place.write(
        pyproject_toml=CONFIG.split("[[")[0] + '[[tool.pinkit.lock]]\ninputs=["a.in"]\noutput="a.txt"\n'
    )
    edit(
        place.folder / "pyproject.toml", 'python = "3.12"\npython-platform = "linux"', f'python = "{version}"'
    )
    place.write(a_in="a\n")
    assert place.run("lock", "-i", place.index.url).code == 0
    said = place.run("check", "--second-opinion", "pip-compile", "-i", place.index.url)
    assert (said.code, said.out.splitlines()[-1]) == (0, "checked 2 of 2 pins in 1 lock")
    edit(place.folder / "pyproject.toml", f'"{version}"', '"3.8"')
    said = place.run("check", "--second-opinion", "pip-compile", "-i", place.index.url)
    assert said.code == 4
    assert "running Python" in said.out


def test_provenance_is_counted(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), provenance="https://index.example/a.provenance")
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a\nb\n")
    place.lock("r.in", "-o", "r.txt")
    said = place.run("check", "r.txt", "-i", place.index.url)
    assert said.out.splitlines()[0] == "r.txt: 2 pins, honest, 1 with provenance"
    assert (
        json.loads(place.run("check", "r.txt", "-i", place.index.url, "--format", "json").out)["attested"]
        == 1
    )


def test_a_forged_hash_of_an_input_stands_beside_the_other_findings(locked: Place) -> None:
    locked.write(main_in=f"a\nb<2 --hash=sha256:{'1a' * 32}\n")
    edit(locked.folder / "main.txt", "via -r main.in", "via nobody")
    said = check(locked, "--format", "json")
    assert said.code == 5
    told = {(f["lock"], f["kind"], f["name"], f["message"]) for f in json.loads(said.out)["findings"]}
    assert ("main.txt", "unknown-hash", "b", "no hash at main.in:2 is of a file of this release") in told
    assert "stale" in {kind for _, kind, _, _ in told}
    assert json.loads(said.out)["locks"] == 2


def test_hashes_of_an_input_that_cannot_be_proved_are_said(place: Place, tmp_path: Path) -> None:
    built = wheel("a", "1.0")
    place.index.add("a", built, hashes={})
    digest = hashlib.sha256(built.content).hexdigest()
    place.write(r_in=f"a --hash=sha256:{digest}\n")
    assert place.lock("r.in", "-o", "r.txt").code == 0
    place.monkeypatch.setenv("PINKIT_CACHE_DIR", str(tmp_path / "another"))
    place.index.always(f"/files/{built.filename}", Status(403))
    said = check(place, "r.txt", "--format", "json")
    assert (said.code, json.loads(said.out)["findings"]) == (4, [])
    assert any("hashes of its inputs" in each["why"] for each in json.loads(said.out)["unanswered"])
