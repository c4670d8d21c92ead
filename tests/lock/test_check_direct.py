"""`check` of pins by path, URL or commit: honest as they were locked, found when they were changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import wheel
from tests.support.repositories import git

if TYPE_CHECKING:
    from tests.lock.conftest import Place

A = wheel("a", "1.0", ("b",))
DIGEST = hashlib.sha256(A.content).hexdigest()
PROJECT = '[project]\nname = "a"\nversion = "1.0"\ndependencies = ["b"]\n[project.optional-dependencies]\nx = ["c"]\n'
FORMS = {
    "a folder": "./own",
    "a folder, editable": "-e ./own",
    "a folder with extras": "-e ./own[x]",
    "a named folder": "a @ file:own",
    "an archive here": f"./{A.filename}",
    "a named archive here": f"a @ file:{A.filename}",
    "an archive by URL": "{index}files/" + A.filename,
    "a named archive by URL": "a @ {index}files/" + A.filename,
    "a commit": "a @ git+file://{folder}/own",
}


@pytest.fixture
def sources(place: Place) -> Place:
    place.index.put(f"/files/{A.filename}", A.content)
    for name in ("b", "c"):
        place.index.add(name, wheel(name, "1.0"))
    (place.folder / A.filename).write_bytes(A.content)
    (place.folder / "own").mkdir()
    (place.folder / "own/pyproject.toml").write_text(PROJECT)
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        git(place.folder / "own", *words)
    return place


def locked(place: Place, line: str, output: str = "r.txt") -> None:
    root = place.index.origin + "/"
    place.write(
        r_in=line.format(index=root, folder=place.folder) + "\n",
        pyproject_toml=f'[[tool.pinkit.lock]]\ninputs = ["r.in"]\noutput = "{output}"\npython = "3.12"\n',
    )
    said = place.run("lock", "-i", place.index.url)
    assert said.code == 0, said.err


@pytest.mark.parametrize("output", ["r.txt", "pylock.toml"])
@pytest.mark.parametrize("line", FORMS.values(), ids=FORMS)
def test_what_was_locked_is_honest(sources: Place, line: str, output: str) -> None:
    locked(sources, line, output)
    said = sources.run("check", "-i", sources.index.url)
    assert said.code == 0, said.out


@pytest.mark.parametrize(
    ("form", "old", "new", "kinds", "code"),
    [
        pytest.param(
            "an archive here", DIGEST, "1a" * 32, {"unknown-hash", "stale"}, 5, id="hash of an archive here"
        ),
        pytest.param(
            "an archive by URL",
            DIGEST,
            "1a" * 32,
            {"unknown-hash", "stale"},
            5,
            id="hash of an archive by URL",
        ),
        pytest.param(
            "an archive by URL",
            f" \\\n    --hash=sha256:{DIGEST}",
            "",
            {"missing-hash", "stale"},
            1,
            id="no hash of an archive",
        ),
        pytest.param("an archive by URL", "/files/a", "/else/a", {"unsatisfied"}, 1, id="another URL"),
        pytest.param(
            "a folder", "./own", "./else", {"unsatisfied", "superfluous", "referee"}, 1, id="another folder"
        ),
        pytest.param(
            "a folder, editable",
            "-e ./own",
            "./own",
            {"unsatisfied", "superfluous", "referee"},
            1,
            id="not editable",
        ),
    ],
)
def test_what_was_changed_is_found(
    sources: Place, form: str, old: str, new: str, kinds: set[str], code: int
) -> None:
    locked(sources, FORMS[form])
    text = sources.text("r.txt")
    assert old in text
    sources.write(r_txt=text.replace(old, new))
    said = sources.run("check", "-i", sources.index.url, "--format", "json")
    assert ({each["kind"] for each in json.loads(said.out)["findings"]}, said.code) == (kinds, code)


def test_another_commit_is_found(sources: Place) -> None:
    locked(sources, FORMS["a commit"])
    text = sources.text("r.txt")
    at = text.index("/own@") + len("/own@")
    sources.write(r_txt=text.replace(text[at : at + 40], "0123456789" * 4))
    said = sources.run("check", "-i", sources.index.url)
    assert said.code == 1
    assert "they name another place, or another commit" in said.out


@pytest.mark.parametrize("output", ["r.txt", "pylock.toml"])
def test_an_archive_that_changed_at_its_url_is_not_taken_unasked(sources: Place, output: str) -> None:
    locked(sources, FORMS["an archive by URL"], output)
    before = sources.text(output)
    other = wheel("a", "1.0", ("b",), payload=b"evil")
    sources.index.put(f"/files/{A.filename}", other.content)
    again = ("--refresh", "--cache-dir", "elsewhere")
    said = sources.run("lock", "-i", sources.index.url, *again)
    assert (said.code, sources.text(output)) == (5, before)
    assert "the archive of a is not the one that was locked" in said.err
    assert sources.run("lock", "-i", sources.index.url, *again, "-P", "a").code == 0
    assert hashlib.sha256(other.content).hexdigest() in sources.text(output)


def test_an_archive_here_may_be_made_anew(sources: Place) -> None:
    locked(sources, FORMS["an archive here"])
    other = wheel("a", "1.0", ("b",), payload=b"more")
    (sources.folder / A.filename).write_bytes(other.content)
    assert sources.run("lock", "-i", sources.index.url, "--refresh").code == 0
    assert hashlib.sha256(other.content).hexdigest() in sources.text("r.txt")
