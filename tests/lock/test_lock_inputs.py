"""What inputs say that cannot be, and what a lock that is there loses: each is told, none is passed over."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import wheel

if TYPE_CHECKING:
    from tests.lock.conftest import Place


@pytest.fixture
def served(place: Place) -> Place:
    place.index.add("a", wheel("a", "1.0", extras=("x",)), wheel("a", "2.0", extras=("x",)))
    place.write(r_in="a\n")
    return place


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["r.in", "--override", "gone.txt"], "gone.txt: no such file", id="override"),
        pytest.param(["r.in", "--exclude", "gone.in"], "gone.in: no such file", id="exclude"),
        pytest.param(["n.in"], "n.in:1: gone.in: no such file", id="included"),
        pytest.param(["r.in", "-o", "./r.in"], "r.in is the input and the output", id="output is input"),
        pytest.param(["e.in"], "e.in:1: file:./empty is no Python project", id="folder without a project"),
        pytest.param(["d.in"], "d.in:1: ./gone: no such directory", id="no folder"),
        pytest.param(["n\udcff.in"], "n\\udcff.in: the name is no text", id="name without an encoding"),
    ],
)
def test_inputs_that_cannot_be(served: Place, arguments: list[str], said: str) -> None:
    served.write(n_in="-r gone.in\n", e_in="./empty\n", d_in="./gone\n", empty__note_txt="")
    run = served.lock(*arguments)
    assert (run.code, run.err.splitlines()[0]) == (2, f"error: {said}")
    assert served.text("r.in") == "a\n"


def test_a_repository_needs_a_project_where_it_is_said_to_be(served: Place) -> None:
    served.write(repo__inner__pyproject_toml='[project]\nname = "inner"\nversion = "1"\n')
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@t.example", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *words], cwd=served.folder / "repo", check=True)
    url = f"git+file://{served.folder}/repo"
    served.write(r_in=f"inner @ {url}\n")
    run = served.lock("r.in")
    assert run.code == 2
    assert f"r.in:1: {url} is no Python project" in run.err
    served.write(r_in=f"-e {url}#egg=inner&subdirectory=inner\n")
    run = served.lock("r.in")
    assert (run.code, run.err) == (
        0,
        "warning: r.in:1: a commit is locked, which is not installed as editable\n",
    )


@pytest.mark.parametrize(
    ("asked", "warnings"),
    [
        ("a[x]", []),
        ("a[X]", []),
        ("a[nope,x]", ["warning: a 2.0 has no extra nope (r.in:1 asks for it)"]),
        ("b", ["warning: a 2.0 has no extra other"]),
    ],
)
def test_extras_that_a_release_does_not_have(served: Place, asked: str, warnings: list[str]) -> None:
    served.index.add("b", wheel("b", "1.0", ("a[other]",)))
    served.write(r_in=f"{asked}\n")
    run = served.lock("r.in")
    assert (run.code, run.err.splitlines()) == (0, warnings)


CONFLICT = "<<<<<<< ours\na==1.0\n=======\na==2.0\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    ("before", "warnings", "version"),
    [
        pytest.param("a==1.0\n", [], "1.0", id="a lock"),
        pytest.param(
            "a>=1\n",
            ["r.txt:1: a is not pinned to one version with ==; the line is not kept"],
            "2.0",
            id="no pin",
        ),
        pytest.param(
            "b>=1\n" * 7,
            [
                *(
                    f"r.txt:{n}: b is not pinned to one version with ==; the line is not kept"
                    for n in range(1, 6)
                ),
                "r.txt: 2 more lines that are no pins are not kept",
            ],
            "2.0",
            id="many",
        ),
        pytest.param(
            CONFLICT,
            ["r.txt has conflicts of git: of its pins those stay that the inputs allow, of two the first"],
            "1.0",
            id="conflict",
        ),
    ],
)
def test_what_a_lock_loses(served: Place, before: str, warnings: list[str], version: str) -> None:
    served.write(r_txt=before)
    run = served.lock("r.in", "-o", "r.txt")
    assert run.code == 0
    assert [line.removeprefix("warning: ") for line in run.err.splitlines()[:-1]] == warnings
    assert f"a=={version}" in served.text("r.txt")
    assert served.lock("r.in", "-o", "r.txt").err == "r.txt: nothing changed\n"


def test_names_to_upgrade_that_no_lock_has(served: Place) -> None:
    served.lock("r.in", "-o", "r.txt")
    said = served.lock("r.in", "-o", "r.txt", "-P", "gone", "-P", "a")
    assert said.err.splitlines() == ["warning: -P gone: it is in no lock", "r.txt: nothing changed"]


PROJECT = '[project]\nname = "p"\nversion = "1"\n[project.optional-dependencies]\nmore = ["a"]\n'
CONFIGURED = '[[tool.pinkit.lock]]\nname = "r"\ninputs = ["r.in"]\noutput = "r.txt"\n'


@pytest.mark.parametrize(
    ("project", "arguments", "shown"),
    [
        pytest.param(PROJECT, ["--extra", "more", "-o", "p.txt"], "--extra more -o p.txt ", id="project"),
        pytest.param(CONFIGURED, [], "", id="configured"),
    ],
)
def test_the_header_shows_what_makes_the_lock_again(
    place: Place, project: str, arguments: list[str], shown: str
) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(pyproject_toml=project, **({"r_in": "a\n"} if project == CONFIGURED else {}))
    said = place.lock(*arguments)
    assert said.code == 0, said.err
    command = place.text(arguments[-1] if arguments else "r.txt").splitlines()[1].removeprefix("#    ")
    assert command.startswith(f"pinkit lock {shown}".rstrip())
    assert ("--extra" in command) == bool(arguments)
    again = place.run("lock", *command.split()[2:], "-i", place.index.url) if arguments else place.lock()
    assert "nothing changed" in again.err
    if arguments:
        said = place.run("check", arguments[-1], "-i", place.index.url)
        assert said.code == 0, said.out + said.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("command", [["lock", "r.in"], ["tree", "r.txt"]], ids=lambda words: words[0])
def test_an_answer_that_cannot_be_written_is_told(served: Place, command: list[str]) -> None:
    served.write(r_txt="a==1.0\n")
    index = ["-i", served.index.url] if command[0] == "lock" else []
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pinkit", *command, *index],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            cwd=served.folder,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
    assert done.returncode == 2
    assert done.stderr == "error: the answer cannot be written to stdout\n  No space left on device\n"


@pytest.mark.parametrize("option", ["-r", "-c"])
@pytest.mark.parametrize(("forged", "code"), [(False, 0), (True, 5)], ids=["true", "forged"])
def test_hashes_of_an_input_are_held_against_the_index(
    served: Place, option: str, forged: bool, code: int
) -> None:
    digest = "0" * 64 if forged else hashlib.sha256(wheel("a", "1.0", extras=("x",)).content).hexdigest()
    served.write(
        r_in=f"a\n{option} h.txt\n", h_txt=f"a==1.0 --hash=sha256:{digest} --hash=sha256:{'1' * 64}\n"
    )
    said = served.lock("r.in")
    assert said.code == code
    assert said.err.startswith("error: h.txt:1: no hash there is of a file of a 1.0\n" if forged else "")


def test_an_unknown_layer_is_told_with_its_place(served: Place) -> None:
    served.write(r_in="a\n", pyproject_toml=f"{CONFIGURED}constraints = ['mian']\n")
    said = served.lock()
    assert said.code == 2
    assert said.err.splitlines()[0] == (
        "error: pyproject.toml: tool.pinkit.lock[0]: mian is no lock that is made before this one, and no file"
    )
    served.write(pyproject_toml="")
    assert "command line: mian is no lock" in served.lock("r.in", "-c", "mian").err


def test_a_url_that_cannot_be_read_is_told_with_its_place(served: Place) -> None:
    served.write(r_in=f"a @ {served.index.url}nothing/a-1.0-py3-none-any.whl\n")
    said = served.lock("r.in")
    assert said.code == 4
    assert said.err.startswith("error: r.in:1: ")
