"""Files of which no index claims a sha256: weak or other digests, none at all, folders of files."""

from __future__ import annotations

import hashlib
import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from packaging.pylock import Pylock

from tests.support.distributions import sdist, wheel

if TYPE_CHECKING:
    from tests.lock.conftest import Place

A = wheel("a", "1.0")
SHA256 = hashlib.sha256(A.content).hexdigest()
CONFIG = "".join(
    f'[[tool.pinkit.lock]]\nname = "{name}"\ninputs = ["r.in"]\noutput = "{name}"\npython = "3.12"\n'
    for name in ("r.txt", "pylock.toml")
)
CLAIMS = {
    "md5": hashlib.md5(A.content, usedforsecurity=False).hexdigest(),
    "sha512": hashlib.sha512(A.content).hexdigest(),
}


def packages(place: Place, name: str) -> dict[str, Any]:
    table = tomllib.loads(place.text(name))
    Pylock.from_dict(table)
    return {each["name"]: each for each in table["packages"]}


@pytest.mark.parametrize(
    ("claimed", "locked"),
    [
        pytest.param({}, {"sha256": SHA256}, id="none"),
        pytest.param({"md5": CLAIMS["md5"]}, {"sha256": SHA256}, id="md5 alone"),
        pytest.param(
            {"sha512": CLAIMS["sha512"]}, {"sha256": SHA256, "sha512": CLAIMS["sha512"]}, id="sha512 alone"
        ),
        pytest.param({"md5": CLAIMS["md5"], "sha256": SHA256}, {"sha256": SHA256}, id="md5 and sha256"),
    ],
)
def test_locks_of_files_without_a_claimed_sha256(
    place: Place, claimed: dict[str, str], locked: dict[str, str]
) -> None:
    place.index.add("a", A, hashes=claimed)
    place.write(r_in="a\n", pyproject_toml=CONFIG)
    said = place.run("lock", "-i", place.index.url)
    assert said.code == 0, said.err
    assert place.run("lock", "--check", "-i", place.index.url).code == 0
    said = place.run("check", "-i", place.index.url)
    assert said.code == 0, said.out + said.err
    assert f"--hash=sha256:{SHA256}" in place.text("r.txt")
    assert [wheel["hashes"] for wheel in packages(place, "pylock.toml")["a"]["wheels"]] == [locked]


def test_files_of_a_folder_stand_in_a_pylock_by_relative_paths(place: Place) -> None:
    folder = place.folder / "more files"
    folder.mkdir()
    for built in (A, sdist("a", "1.0")):
        (folder / built.filename).write_bytes(built.content)
    place.write(r_in="a\n", locks__r_in="")
    said = place.lock("r.in", "-f", "more files", "-o", "locks/pylock.toml")
    assert said.code == 0, said.err
    found = packages(place, "locks/pylock.toml")["a"]
    assert found["sdist"]["path"] == "../more files/a-1.0.tar.gz"
    assert found["wheels"][0]["path"] == f"../more files/{A.filename}"
    assert str(place.folder) not in place.text("locks/pylock.toml")
    assert "nothing changed" in place.lock("r.in", "-f", "more files", "-o", "locks/pylock.toml").err


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
@pytest.mark.parametrize("command", ["lock", "hash"])
def test_hashes_of_an_algorithm_that_no_index_claims_are_not_called_forged(
    place: Place, algorithm: str, command: str
) -> None:
    place.index.add("a", A)
    digest = hashlib.new(algorithm, A.content).hexdigest()
    text = f"a==1.0 \\\n    --hash={algorithm}:{digest}\n"
    place.write(r_in="a\n", r_txt=text)
    run = {"lock": ["lock", "r.in", "-o", "r.txt", "--no-header"], "hash": ["hash", "r.txt"]}[command]
    said = place.run(*run, "-i", place.index.url)
    assert said.code == 4
    assert said.err.splitlines()[:2] == [
        f"error: r.txt:1: the {algorithm} hashes of a 1.0 cannot be checked",
        "  the index claims sha256 alone",
    ]
    assert place.text("r.txt") == text
    freed = [*run, "-P", "a"] if command == "lock" else [*run, "--refresh"]
    assert place.run(*freed, "-i", place.index.url).code == 0
    assert f"--hash=sha256:{SHA256}" in place.text("r.txt")


def test_hashes_of_an_algorithm_that_the_index_claims_are_kept_or_forged(place: Place) -> None:
    place.index.add("a", A, hashes={"sha256": SHA256, "sha512": CLAIMS["sha512"]})
    place.write(r_txt=f"a==1.0 --hash=sha512:{CLAIMS['sha512']}\n")
    assert place.run("hash", "r.txt", "-i", place.index.url).err == "r.txt: nothing to add\n"
    place.write(r_txt=f"a==1.0 --hash=sha512:{'1' * 128}\n")
    assert place.run("hash", "r.txt", "-i", place.index.url).code == 5


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
@pytest.mark.parametrize("form", ["requirements.txt", "pylock.toml"])
def test_check_calls_hashes_of_an_algorithm_that_no_index_claims_not_checked(
    place: Place, algorithm: str, form: str
) -> None:
    output = {"requirements.txt": "r.txt", "pylock.toml": "pylock.toml"}[form]
    place.index.add("a", A)
    place.write(r_in="a\n")
    assert place.lock("r.in", "-o", output).code == 0
    text = place.text(output)
    honest = hashlib.new(algorithm, A.content).hexdigest()
    for sign in (":", ' = "'):
        text = text.replace(f"sha256{sign}{SHA256}", f"{algorithm}{sign}{honest}")
    (place.folder / output).write_text(text)
    said = place.run("check", output, "-i", place.index.url, "--format", "json")
    assert said.code == 4, said.out + said.err
    report = json.loads(said.out)
    assert report["findings"] == []
    assert [
        (each["name"], each["why"].partition(";")[0]) for each in report["unanswered"] if each["name"]
    ] == [("a", f"its {algorithm} hashes: the index claims sha256 alone")]


def test_check_proves_an_algorithm_that_the_index_claims_for_every_file(place: Place) -> None:
    place.index.add("a", A, hashes={"sha256": SHA256, "sha512": CLAIMS["sha512"]})
    place.write(r_in="a\n", r_txt=f"a==1.0 --hash=sha512:{'1a' * 64}\n")
    said = place.run("check", "r.txt", "-i", place.index.url, "--format", "json")
    kinds = {each["kind"] for each in json.loads(said.out)["findings"] if each["severity"] == "error"}
    assert (said.code, kinds) == (5, {"unknown-hash"})
    place.index.add("a", sdist("a", "1.0"))
    said = place.run("check", "r.txt", "-i", place.index.url, "--format", "json", "--refresh")
    assert (said.code, json.loads(said.out)["findings"]) == (4, [])


@pytest.mark.parametrize(
    ("digest", "code"),
    [
        pytest.param(f"sha512:{'1a' * 64}", 4, id="it may be of a file without such a claim"),
        pytest.param(f"sha512:{'1' * 128}", 5, id="it cannot be of any file"),
        pytest.param(f"sha256:{'1a' * 32}", 5, id="every file has a sha256"),
    ],
)
@pytest.mark.parametrize("command", ["lock", "check", "hash"])
def test_an_algorithm_that_the_index_claims_for_some_files_of_a_release_proves_no_forgery(
    place: Place, command: str, digest: str, code: int
) -> None:
    place.index.add("a", A, hashes={"sha512": CLAIMS["sha512"]})
    place.index.add("a", sdist("a", "1.0"))
    text = f"a==1.0 --hash=sha512:{CLAIMS['sha512']} --hash={digest}\n"
    place.write(r_in="a\n", r_txt=text)
    run = {
        "lock": ["lock", "r.in", "-o", "r.txt", "--no-header"],
        "check": ["check", "r.txt"],
        "hash": ["hash", "r.txt"],
    }[command]
    said = place.run(*run, "-i", place.index.url)
    assert (said.code, place.text("r.txt")) == (code, text)
    if code == 4:
        assert "the index claims sha512 for some files of the release, not for all" in said.out + said.err


def test_check_misses_the_hash_of_a_file_among_others_without_a_claim(place: Place) -> None:
    for built in (A, sdist("a", "1.0")):
        place.index.add("a", built, hashes={})
    place.write(r_in="a\n", r_txt=f"a==1.0 --hash=sha256:{SHA256}\n")
    said = place.run("check", "r.txt", "-i", place.index.url, "--format", "json")
    found = [(each["kind"], each["message"]) for each in json.loads(said.out)["findings"]]
    assert ("late-file", "the lock has no hash of a-1.0.tar.gz") in found


@pytest.mark.parametrize("command", ["lock", "hash"])
def test_a_file_that_the_index_had_is_called_gone_not_forged(place: Place, command: str) -> None:
    place.index.add("a", A, sdist("a", "1.0"))
    place.write(r_in="a\n")
    assert place.lock("r.in", "-o", "r.txt", "--no-header", "--no-annotate").code == 0
    text = place.text("r.txt")
    gone = hashlib.sha256(sdist("a", "1.0").content).hexdigest()
    place.index.remove("a")
    place.index.add("a", A)
    place.run("check", "r.txt", "-i", place.index.url, "--refresh")
    words = {
        "lock": ["lock", "r.in", "-o", "r.txt", "--no-header", "--no-annotate"],
        "hash": ["hash", "r.txt"],
    }
    run = [*words[command], "-i", place.index.url]
    said = place.run(*run)
    assert (said.code, said.err.splitlines()[:2]) == (
        4,
        ["error: r.txt:1: the index no longer has a file that the lock has of a 1.0", f"  sha256:{gone}"],
    )
    assert "pinkit lock -P a" in said.err
    assert place.text("r.txt") == text
    place.write(r_txt=text.replace(f"sha256:{gone}", f"sha256:{gone} --hash=sha256:{'1a' * 32}"))
    said = place.run(*run)
    assert (said.code, gone in said.err) == (5, False)
