"""`hash`, `diff`, `why` and `tree` from end to end; the merge driver in a real repository."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.distributions import sdist, wheel

if TYPE_CHECKING:
    from tests.lock.conftest import Place

A, A_SDIST, B = wheel("a", "1.0", ("b",)), sdist("a", "1.0"), wheel("b", "1.0")


def digest(built: object) -> str:
    return hashlib.sha256(built.content).hexdigest()  # type: ignore[attr-defined]


@pytest.fixture
def served(place: Place) -> Place:
    place.index.add("a", A, A_SDIST)
    place.index.add("b", B)
    return place


def test_hash_keeps_everything_but_the_hashes(served: Place) -> None:
    served.write(
        r_txt=f"# mine\nB==1.0  # why\na==1.0 ; python_version >= '3' \\\n    --hash=sha256:{digest(A)}\n"
    )
    said = served.run("hash", "r.txt", "-i", served.index.url)
    assert said.code == 0, said.err
    kept = f"a==1.0 ; python_version >= '3' \\\n    --hash=sha256:{digest(A)}\n"
    assert served.text("r.txt") == f"# mine\nB==1.0 \\\n    --hash=sha256:{digest(B)}  # why\n{kept}"
    assert served.run("hash", "r.txt", "-i", served.index.url).err == "r.txt: nothing to add\n"
    said = served.run("hash", "--refresh", "--dry-run", "r.txt", "-i", served.index.url)
    assert "a 1.0: 1 hash added, 0 removed" in said.err
    assert served.text("r.txt").endswith(kept)
    served.run("hash", "--refresh", "r.txt", "-i", served.index.url)
    assert digest(A_SDIST) in served.text("r.txt")


def rewritten(place: Place, content: bytes, *options: str) -> bytes:
    (place.folder / "r.txt").write_bytes(content)
    said = place.run("hash", "r.txt", *options, "-i", place.index.url)
    assert said.code == 0, said.err
    return (place.folder / "r.txt").read_bytes()


HASH_B = f"--hash=sha256:{digest(B)}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("b==1.0", f"b==1.0 \\\n    {HASH_B}", id="no line end at the end"),
        pytest.param(
            "# x\r\nb==1.0  # y\r\n", f"# x\r\nb==1.0 \\\r\n    {HASH_B}  # y\r\n", id="line ends of Windows"
        ),
        pytest.param("b == 1.0\n", f"b == 1.0 \\\n    {HASH_B}\n", id="spaces around =="),
        pytest.param("  b==1.0\n", f"  b==1.0 \\\n      {HASH_B}\n", id="indented"),
        pytest.param(
            "b==1.0 \\\n ; python_version > '3'\nb==1.0",
            f"b==1.0 ; python_version > '3' \\\n    {HASH_B}\nb==1.0 \\\n    {HASH_B}",
            id="marker on a line of its own",
        ),
        pytest.param(
            "b==1.0 \\\n  # y\n# z\n", f"b==1.0 \\\n    {HASH_B}  # y\n# z\n", id="comment line ends it"
        ),
        pytest.param("b==1.0 \\\n", f"b==1.0 \\\n    {HASH_B}\n", id="continued by nothing"),
    ],
)
def test_hash_keeps_the_layout_of_hand_kept_files(served: Place, before: str, after: str) -> None:
    assert rewritten(served, before.encode()).decode() == after
    assert rewritten(served, after.encode()).decode() == after


@pytest.mark.parametrize("indent", [" ", "   ", "\t"], ids=repr)
def test_refreshed_hashes_leave_no_old_line_behind(served: Place, indent: str) -> None:
    old = f"b==1.0 \\\n{indent}{HASH_B} \\\n{indent}--hash=sha256:{'0' * 64}  # y\n\n# z\n"
    assert rewritten(served, old.encode(), "--refresh") == f"b==1.0 \\\n    {HASH_B}  # y\n\n# z\n".encode()


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        pytest.param("latin-1", "# -*- coding: latin-1 -*-\n# caf\u00e9\n", id="declared"),
        pytest.param("utf-8-sig", "# caf\u00e9\n", id="byte order mark"),
        pytest.param("utf-16", "# caf\u00e9\n", id="UTF-16"),
    ],
)
def test_hash_keeps_the_encoding_of_a_file(served: Place, encoding: str, head: str) -> None:
    new = rewritten(served, f"{head}b==1.0\n".encode(encoding))
    assert new == f"{head}b==1.0 \\\n    {HASH_B}\n".encode(encoding)


def test_hash_refuses_text_in_no_encoding(served: Place) -> None:
    (served.folder / "r.txt").write_bytes(b"# caf\xe9\nb==1.0\n")
    said = served.run("hash", "r.txt", "-i", served.index.url)
    assert (said.code, said.err.splitlines()[0]) == (2, "error: r.txt:1: not text in utf-8")


def test_hash_never_launders_or_moves(served: Place) -> None:
    forged = f"a==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
    served.write(r_txt=forged)
    assert served.run("hash", "r.txt", "-i", served.index.url).code == 5
    assert served.text("r.txt") == forged
    said = served.run("hash", "--refresh", "r.txt", "-i", served.index.url)
    assert said.code == 0
    assert "warning: r.txt:1: a 1.0: sha256:000" in said.err
    for line, code in (("a>=1\n", 2), ("a==7.0\n", 3)):
        served.write(r_txt=line)
        assert served.run("hash", "r.txt", "-i", served.index.url).code == code
        assert served.text("r.txt") == line


def test_hash_prints_a_pin(served: Place) -> None:
    said = served.run("hash", "B==1.0", "-i", served.index.url)
    assert said.out == f"b==1.0 \\\n    --hash=sha256:{digest(B)}\n"
    assert served.run("hash", "a==1.*", "-i", served.index.url).code == 2


def test_diff(place: Place) -> None:
    place.write(one_txt="a==1.0\nb==1.0\nc==1.0 --hash=sha256:" + "a" * 64 + "\n")
    place.write(two_txt="a==2.0\nd==1.0\nc==1.0 --hash=sha256:" + "b" * 64 + "\n")
    said = place.run("diff", "one.txt", "two.txt")
    assert said.code == 1
    assert said.out == "~ a 1.0 -> 2.0\n- b 1.0\n= c 1.0 (hashes only)\n+ d 1.0\n"
    table = place.run("diff", "one.txt", "two.txt", "--format", "markdown").out
    assert "| a | 1.0 | 2.0 | up |" in table
    told = json.loads(place.run("diff", "two.txt", "one.txt", "--format", "json").out)
    assert told["changes"][0] == {
        "name": "a",
        "kind": "down",
        "before": [["2.0", ""]],
        "after": [["1.0", ""]],
    }
    assert place.run("diff", "one.txt", "one.txt").code == 0
    assert place.run("diff", "one.txt").code == 2
    assert place.run("diff", "one.txt", "two.txt", "--format", "x").code == 2


LOCK = """a==1.0
    # via -r r.in
b==1.0
    # via
    #   -c base.txt
    #   a
    #   c
c==1.0
    # via
    #   -r r.in
    #   b
"""


def test_why_and_tree(place: Place) -> None:
    place.write(r_txt=LOCK)
    said = place.run("why", "B", "r.txt")
    assert said.code == 0
    assert said.out == "r.txt: b 1.0\n  -r r.in -> a 1.0 -> b 1.0\n  -r r.in -> c 1.0 -> b 1.0\n"
    told = json.loads(place.run("why", "a", "r.txt", "--format", "json").out)
    assert told["locks"] == [{"lock": "r.txt", "versions": ["1.0"], "paths": [["-r r.in", "a"]]}]
    assert place.run("why", "x", "r.txt").code == 1
    assert place.run("tree", "r.txt").out == "a 1.0\n  b 1.0\n    c 1.0\n      b 1.0 (*)\nc 1.0 (*)\n"
    assert place.run("tree", "r.txt", "--depth", "1").out == "a 1.0\nc 1.0\n"
    assert place.run("tree", "r.txt", "--package", "b", "--depth", "2").out == "b 1.0\n  c 1.0\n"
    assert place.run("tree", "r.txt", "--package", "x").code == 2
    assert place.run("tree").code == 2
    place.write(plain_txt="a==1.0\n")
    assert "does not say who" in place.run("why", "a", "plain.txt").out


HAND_TOOLS = Path(__file__).parents[2] / "docs" / "hand-tools.md"
CONFIG = '[[tool.pinkit.lock]]\nname="r"\ninputs=["r.in"]\noutput="r.txt"\npython="3.12"\n'


@pytest.mark.parametrize(
    ("folder", "absolute"),
    [
        pytest.param("", False, id="root"),
        pytest.param("services/api/", False, id="monorepo"),
        pytest.param("services/api/", True, id="absolute configuration"),
    ],
)
def test_the_merge_driver_locks_again(place: Place, folder: str, absolute: bool) -> None:
    start = f"{place.folder}/" if absolute else ""
    config = ["--config", f"{start}{folder}pyproject.toml"] if folder else []
    at = folder.replace("/", "__")
    for name in ("a", "b", "c"):
        place.index.add(name, wheel(name, "1.0"), wheel(name, "2.0"))

    def git(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        identity = ("-c", "user.name=t", "-c", "user.email=t@t.example")
        return subprocess.run(
            ["git", *identity, *arguments], cwd=place.folder, check=check, capture_output=True, text=True
        )

    def commit(text: str, *lock: str) -> None:
        place.write(**{f"{at}r_in": text})
        assert place.run(*config, "lock", "-i", place.index.url, *lock).code == 0
        git("add", ".")
        git("commit", "-q", "-m", "x")

    driver = place.folder / "driver.sh"
    driver.write_text(
        f"#!/bin/sh\nexport PIP_INDEX_URL={place.index.url} PYTHONPATH={os.pathsep.join(p for p in sys.path if p)}\n"
        f'exec {sys.executable} -m pinkit "$@"\n'
    )
    driver.chmod(driver.stat().st_mode | stat.S_IXUSR)
    git("init", "-q", "-b", "main")
    documented = re.search(r"merge.pinkit.driver 'pinkit (.*)'", HAND_TOOLS.read_text())
    assert documented
    git("config", "merge.pinkit.driver", " ".join([str(driver), *config, documented[1]]))
    place.write(**{f"{at}pyproject_toml": CONFIG, "_gitattributes": "r.txt merge=pinkit\n"})
    commit("a<2\nb<2\nc<2\n")
    git("checkout", "-q", "-b", "theirs")
    commit("a<2\nb<2\nc\n", "-P", "c")
    git("checkout", "-q", "main")
    commit("a\nb<2\nc<2\n", "-P", "a")
    done = git("merge", "-q", "theirs", "-m", "merge", check=False)
    text = place.text(f"{folder}r.txt")
    assert [line.split(" ")[0] for line in text.splitlines() if "==" in line] == [
        "a==2.0",
        "b==1.0",
        "c==2.0",
    ], done.stdout + done.stderr
    assert digest(wheel("c", "2.0")) in text
    assert "<<<<" not in text


def test_a_lock_of_a_usual_name_is_found(place: Place) -> None:
    said = place.run("tree")
    assert (said.code, said.err.splitlines()[1]) == (2, "  looked for requirements.txt, pylock.toml")
    place.index.add("a", wheel("a", "1.0"))
    place.write(requirements_in="a\n")
    place.lock("requirements.in", "-o", "requirements.txt")
    assert "-r requirements.in -> a 1.0" in place.run("why", "a").out
    assert "a 1.0" in place.run("tree").out


def test_a_tree_without_annotations_says_why_it_is_flat(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0", ("b",)))
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a\n")
    for annotate, flat in (("--no-annotate", True), ("--annotate", False)):
        assert place.lock("r.in", "-o", "r.txt", annotate).code == 0
        assert ("its tree is flat" in place.run("tree", "r.txt").err) == flat
    assert place.run("why", "x", "r.txt").err == "x is not in the lock\n"
