"""`pinkit lock` from end to end against a real index on loopback."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import venv
from typing import TYPE_CHECKING

import pytest
from packaging.pylock import Pylock

from tests.support.distributions import sdist, wheel
from tests.support.index_server import IndexServer, Status

if TYPE_CHECKING:
    from tests.lock.conftest import Place


def digest(built: object) -> str:
    import hashlib

    return hashlib.sha256(built.content).hexdigest()  # type: ignore[attr-defined]


def test_a_hashed_lock(place: Place) -> None:
    app, lib, source = wheel("app", "1.0", ("lib>=2",)), wheel("lib", "2.0"), sdist("lib", "2.0")
    place.index.add("app", app)
    place.index.add("lib", lib, source)
    place.write(r_in="App>=1  # wanted\n")
    said = place.lock("r.in", "-o", "r.txt")
    assert (said.code, said.out) == (0, "")
    hashes = sorted((digest(lib), digest(source)))
    assert place.text("r.txt") == (
        "# This file is locked by pinkit; the following command makes it again:\n"
        "#    pinkit lock r.in -o r.txt --python-version 3.12 --python-platform linux\n"
        f"app==1.0 \\\n    --hash=sha256:{digest(app)}\n    # via -r r.in\n"
        f"lib==2.0 \\\n    --hash=sha256:{hashes[0]} \\\n    --hash=sha256:{hashes[1]}\n    # via app\n"
    )
    assert said.err == "r.txt: 2 pins, new\n"


def test_nothing_changed_with_and_without_the_memo(place: Place) -> None:
    place.index.add("app", wheel("app", "1.0"))
    place.write(r_in="app\n")
    place.lock("r.in", "-o", "r.txt")
    before = (place.folder / "r.txt").stat().st_mtime_ns
    asked = len(place.index.requests)
    again = place.lock("r.in", "-o", "r.txt")
    assert (again.code, again.err) == (0, "r.txt: nothing changed\n")
    without = place.lock("--refresh", "r.in", "-o", "r.txt")
    assert (without.code, without.err) == (0, "r.txt: nothing changed\n")
    assert len(place.index.requests) > asked
    assert (place.folder / "r.txt").stat().st_mtime_ns == before


def test_the_order_of_lines_does_not_matter(place: Place) -> None:
    for name in ("a", "b", "c"):
        place.index.add(name, wheel(name, "1.0"), wheel(name, "2.0", ("d",)))
    place.index.add("d", wheel("d", "1.0"))
    place.write(r_in="a\nb<2\nc\n")
    first = place.lock("r.in").out
    place.write(r_in="# shuffled\nc\nb<2\na\n")
    assert place.lock("r.in").out == first


def test_pins_stay_until_they_are_freed(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a\nb\n")
    place.lock("r.in", "-o", "r.txt")
    place.index.add("a", wheel("a", "2.0"), wheel("a", "3.0"))
    place.index.add("b", wheel("b", "2.0"))

    def versions(*more: str) -> list[str]:
        assert place.lock("r.in", "-o", "r.txt", "--refresh", *more).code == 0
        return [line.split(" ")[0] for line in place.text("r.txt").splitlines() if "==" in line]

    assert versions() == ["a==1.0", "b==1.0"]
    assert versions("-P", "a<3") == ["a==2.0", "b==1.0"]
    assert versions("-U") == ["a==3.0", "b==2.0"]
    place.write(r_in="a<3\nb\n")
    assert versions() == ["a==2.0", "b==2.0"]


def test_check_and_dry_run_write_nothing(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a\n")
    assert place.lock("r.in", "-o", "r.txt", "--check").code == 1
    place.lock("r.in", "-o", "r.txt")
    assert place.lock("r.in", "-o", "r.txt", "--check").code == 0
    before = place.text("r.txt")
    place.write(r_in="b\n")
    said = place.lock("r.in", "-o", "r.txt", "--check")
    assert (said.code, said.out) == (1, "r.txt: 1 added, 1 removed\n  - a 1.0\n  + b 1.0\n")
    assert place.lock("r.in", "-o", "r.txt", "--dry-run").code == 0
    assert place.text("r.txt") == before
    place.write(r_in="a\n")
    (place.folder / "r.txt").write_text(before.replace("via -r r.in", "via nobody"))
    said = place.lock("r.in", "-o", "r.txt", "--check")
    assert said.code == 1
    assert "+    # via -r r.in" in said.out


LAYERED = """
[[tool.pinkit.lock]]
name = "tools"
inputs = ["tools.in"]
output = "locks/tools.txt"
constraints = ["main"]
python = "3.12"
[[tool.pinkit.lock]]
name = "main"
inputs = ["main.in"]
output = "locks/main.txt"
python = "3.12"
"""


def test_layers_share_their_pins(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), wheel("a", "2.0"))
    place.write(pyproject_toml=LAYERED, main_in="a<2\n", tools_in="a\n")
    (place.folder / "locks").mkdir()
    said = place.run("lock", "-i", place.index.url)
    assert said.code == 0, said.err
    assert said.err.splitlines() == ["locks/main.txt: 1 pin, new", "locks/tools.txt: 1 pin, new"]
    assert "a==1.0" in place.text("locks/tools.txt")
    assert "    #   -c locks/main.txt\n    #   -r tools.in\n" in place.text("locks/tools.txt")
    assert place.text("locks/tools.txt").splitlines()[1] == "#    pinkit lock"
    place.write(main_in="a\n")
    said = place.run("lock", "-i", place.index.url, "-U", "--refresh")
    assert "a==2.0" in place.text("locks/tools.txt")


def test_one_layer_that_fails_leaves_all_as_they_are(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(pyproject_toml=LAYERED, main_in="a\n", tools_in="a>1\n")
    (place.folder / "locks").mkdir()
    said = place.run("lock", "-i", place.index.url)
    assert said.code == 3
    assert list((place.folder / "locks").iterdir()) == []


def test_layers_in_a_circle_are_named(place: Place) -> None:
    circle = LAYERED.replace('name = "main"', 'name = "main"\nconstraints = ["tools"]')
    place.write(pyproject_toml=circle, main_in="", tools_in="")
    said = place.run("lock", "-i", place.index.url)
    assert said.code == 2
    assert "tools -> main -> tools" in said.err


def test_universal_forks_only_what_must_fork(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0", ("w; sys_platform == 'win32'", "n")))
    place.index.add("w", wheel("w", "1.0"))
    place.index.add("n", wheel("n", "1.0"), wheel("n", "2.0", requires_python=">=3.14"), requires_python="")
    place.index.remove("n")
    place.index.add("n", wheel("n", "1.0"))
    place.index.add("n", wheel("n", "2.0"), requires_python=">=3.14")
    place.write(r_in="a\nn<2; python_version < '3.14'\nn>=2; python_version >= '3.14'\n")
    assert place.pins("--universal", "--python-version", "3.12") == [
        "a==1.0",
        "n==1.0 ; python_full_version < '3.14'",
        "n==2.0 ; python_full_version >= '3.14'",
        "w==1.0 ; sys_platform == 'win32'",
    ]


def test_a_marker_on_a_patch_level_splits_the_minor(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0", ("t; python_full_version < '3.11.3'",)))
    place.index.add("t", wheel("t", "1.0"))
    place.write(r_in="a\n")
    assert place.pins("--universal", "--python-version", "3.11") == [
        "a==1.0",
        "t==1.0 ; python_full_version < '3.11.3'",
    ]


def test_exact_targets_need_a_file_each(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), wheel("a", "2.0", tag="cp312-cp312-manylinux_2_17_x86_64"))
    place.write(r_in="a\n")
    assert place.pins("--target", "linux-x86_64-py312") == ["a==2.0"]
    assert place.pins("--target", "linux-x86_64-py312", "--target", "windows-amd64-py312") == [
        "a==1.0 ; sys_platform == 'win32'",
        "a==2.0 ; sys_platform == 'linux'",
    ]
    said = place.lock("r.in", "--target", "windows-amd64-py312", "-P", "a>=2", "-o", "r.txt")
    assert said.code == 3


def test_pylock_is_valid_and_selects_the_pins(place: Place) -> None:
    place.index.add(
        "a", wheel("a", "1.0", ("b; sys_platform == 'win32'",)), upload_time="2024-01-01T00:00:00Z"
    )
    place.index.add("b", sdist("b", "1.0"), wheel("b", "1.0"))
    place.write(r_in="a\n")
    assert place.lock("r.in", "--universal", "--python-version", "3.12", "-o", "pylock.toml").code == 0
    lock = Pylock.from_dict(tomllib.loads(place.text("pylock.toml")))
    lock.validate()
    for platform, names in (("win32", {"a", "b"}), ("linux", {"a"})):
        environment = {"sys_platform": platform, "python_full_version": "3.12.1", "python_version": "3.12"}
        environment |= {"platform_machine": "AMD64" if platform == "win32" else "x86_64"}
        environment |= {"implementation_name": "cpython", "os_name": "nt" if platform == "win32" else "posix"}
        assert {package.name for package, _ in lock.select(environment=environment)} == names
    again = place.lock("r.in", "--universal", "--python-version", "3.12", "-o", "pylock.toml", "--refresh")
    assert again.err == "pylock.toml: nothing changed\n"


def test_a_conflict_names_both_sides_with_their_origin(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0", ("c<2",)))
    place.index.add("b", wheel("b", "1.0", ("c>=2",)))
    place.index.add("c", wheel("c", "1.0"), wheel("c", "2.0"))
    place.write(r_in="a\n\nb\n")
    said = place.lock("r.in", "-o", "r.txt")
    assert said.code == 3
    for part in ("r.in:1", "r.in:3", "c<2", "c>=2"):
        assert part in said.err
    assert not (place.folder / "r.txt").exists()


def test_a_check_needs_a_lock(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(requirements_in="a\n")
    said = place.lock("--check")
    assert (said.code, said.err.splitlines()[0]) == (2, "error: --check has no lock to look at")
    place.lock("requirements.in", "-o", "requirements.txt")
    assert place.lock("requirements.in", "-o", "requirements.txt", "--check").code == 0


def test_a_forged_hash_stops_the_lock(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    place.lock("r.in", "-o", "r.txt")
    honest = digest(wheel("a", "1.0"))
    forged = place.text("r.txt").replace(honest, "0" * 64)
    (place.folder / "r.txt").write_text(forged)
    said = place.lock("r.in", "-o", "r.txt")
    assert said.code == 5
    assert "r.txt:4: sha256:000" in said.err
    assert place.text("r.txt") == forged
    assert place.lock("r.in", "-o", "r.txt", "-P", "a").code == 0
    assert honest in place.text("r.txt")


def test_a_hash_of_an_index_that_does_not_answer_for_the_name_is_said_to_be_so(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), sdist("a", "1.0"))
    place.write(r_in="a\n")
    place.lock("r.in", "-o", "r.txt")
    with IndexServer() as partial:
        partial.add("a", wheel("a", "1.0"))
        said = place.lock("r.in", "-o", "r.txt", "--extra-index-url", partial.url)
        first, second = partial.origin.split("//")[1], place.index.origin.split("//")[1]
        assert (said.code, f"(a-1.0.tar.gz on {second}; {first} answers for the name)" in said.err) == (
            5,
            True,
        )
        place.index.always("/simple/a/", Status(500))
        said = place.lock("r.in", "-o", "r.txt", "--extra-index-url", partial.url, "--refresh")
        assert (said.code, "has a hash that is of no file" in said.err) == (5, True)


def test_the_cutoff_is_recorded_and_moves_only_with_the_lock(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), upload_time="2024-01-01T00:00:00Z")
    place.index.add("a", wheel("a", "2.0"), upload_time="2026-01-01T00:00:00Z")
    place.write(r_in="a\n")
    place.lock("r.in", "-o", "r.txt", "--exclude-newer", "2025-01-01")
    assert "# cutoff: 2025-01-01T23:59:59Z" in place.text("r.txt")
    assert "a==1.0" in place.text("r.txt")
    place.lock("r.in", "-o", "r.txt", "--exclude-newer", "7d", "-U")
    recorded = place.text("r.txt").replace("# cutoff: ", "# cutoff: 2026-02-02T00:00:00Z #").splitlines()
    (place.folder / "r.txt").write_text(
        "\n".join("# cutoff: 2026-02-02T00:00:00Z" if "# cutoff" in line else line for line in recorded)
        + "\n"
    )
    again = place.lock("r.in", "-o", "r.txt", "--exclude-newer", "7d", "--refresh")
    assert again.err == "r.txt: nothing changed\n"
    assert "# cutoff: 2026-02-02T00:00:00Z" in place.text("r.txt")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param([], ["a==2.0", "b==2.0"], id="plain"),
        pytest.param(["-c", "c.txt"], ["a==2.0", "b==1.0"], id="constraint"),
        pytest.param(["--override", "b==1.0"], ["a==2.0", "b==1.0"], id="override"),
        pytest.param(["--override", "c.txt"], ["a==2.0", "b==1.0"], id="override file"),
        pytest.param(["--exclude", "b"], ["a==2.0"], id="exclude"),
        pytest.param(["--resolution", "lowest"], ["a==1.0", "b==1.0"], id="lowest"),
        pytest.param(["--no-emit-package", "b"], ["a==2.0"], id="not emitted"),
    ],
)
def test_what_bounds_a_lock(place: Place, arguments: list[str], expected: list[str]) -> None:
    for version in ("1.0", "2.0"):
        place.index.add("a", wheel("a", version, (f"b>={version}",) if "b==1.0" not in expected else ("b",)))
        place.index.add("b", wheel("b", version))
    place.write(r_in="a\n", c_txt="b<2\n")
    assert place.pins(*arguments) == expected


@pytest.mark.parametrize(("strip", "line"), [([], "a==1.0"), (["--no-strip-extras"], "a[x]==1.0")])
def test_extras(place: Place, strip: list[str], line: str) -> None:
    place.index.add("a", wheel("a", "1.0", ("b; extra == 'x'", "a[x]; extra == 'all'"), extras=("x", "all")))
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a[x]\n")
    assert place.pins(*strip) == [line, "b==1.0"]


def test_standard_input_and_index_lines(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    place.index.add("a", wheel("a", "1.0"))
    stdin = io.TextIOWrapper(io.BytesIO(b"a\n"))
    monkeypatch.setattr("sys.stdin", stdin)
    said = place.lock("-", "--emit-index-url")
    assert said.code == 0, said.err
    assert f"--index-url {place.index.url}\n" in said.out
    assert "# via -r -" in said.out


def test_credentials_appear_nowhere(place: Place) -> None:
    place.index.login = "me:s3cret"
    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    url = place.index.url.replace("http://", "http://me:s3cret@")
    said = place.run("lock", "r.in", "-o", "r.txt", "--emit-index-url", "-i", url, "--python-version", "3.12")
    assert said.code == 0, said.err
    assert "s3cret" not in place.text("r.txt") + said.out + said.err
    place.index.login = "me:other"
    said = place.run("lock", "r.in", "-i", url, "--python-version", "3.12", "--refresh")
    assert said.code == 4
    assert "s3cret" not in said.out + said.err


def test_offline_answers_from_the_cache_or_says_so(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.add("b", wheel("b", "1.0"))
    place.write(r_in="a\n")
    online = place.lock("r.in").out
    asked = len(place.index.requests)
    assert place.lock("r.in", "--offline", "-o", "r.txt").code == 0
    assert place.text("r.txt").splitlines()[2:] == online.splitlines()[2:]
    place.write(r_in="b\n")
    assert place.lock("r.in", "--offline").code == 4
    assert len(place.index.requests) == asked


def test_a_busy_index_is_asked_again(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.fail("/simple/a/", Status(503, {"Retry-After": "0"}), Status(429, {"Retry-After": "0"}))
    place.write(r_in="a\n")
    assert place.pins() == ["a==1.0"]


def test_real_pip_installs_the_lock(place: Place) -> None:
    place.index.add("app", wheel("app", "1.0", ("lib",)))
    place.index.add("lib", wheel("lib", "2.0"))
    place.write(r_in="app\n")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    said = place.run("lock", "r.in", "-o", "r.txt", "--python-version", version, "-i", place.index.url)
    assert said.code == 0, said.err
    venv.create(place.folder / "env", with_pip=True)
    python = place.folder / "env" / "bin" / "python"
    command = [python, "-m", "pip", "install", "-q", "--require-hashes", "-r", "r.txt", "-i", place.index.url]
    subprocess.run(command, check=True, cwd=place.folder)
    subprocess.run([python, "-m", "pip", "check"], check=True)
    (place.folder / "r.txt").write_text(place.text("r.txt").replace("sha256:", "sha256:0", 1))


def test_requires_python_that_only_the_metadata_state(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"), wheel("a", "2.0", requires_python=">=3.13"))
    place.write(r_in="a\n")
    assert place.pins() == ["a==1.0"]
    assert place.pins("--universal", "--python-version", "3.12") == ["a==1.0"]
    assert place.pins("--universal", "--python-version", "3.13") == ["a==2.0"]


def test_what_changed_for_machines(place: Place) -> None:
    import json

    place.index.add("a", wheel("a", "1.0"))
    place.write(r_in="a\n")
    told = json.loads(place.lock("r.in", "-o", "r.txt", "--format", "json").out)
    change = {"name": "a", "kind": "added", "before": [], "after": [["1.0", ""]]}
    lock = {"lock": "r.txt", "changed": True, "pins": 1, "changes": [change], "warnings": []}
    assert told == {"version": 1, "locks": [lock]}
    told = json.loads(place.lock("r.in", "-o", "r.txt", "--check", "--format", "json").out)
    assert told["locks"][0]["changed"] is False


def test_fewest_versions_where_one_can_do(place: Place) -> None:
    place.index.add("n", wheel("n", "1.0"))
    place.index.add("n", wheel("n", "2.0"), requires_python=">=3.13")
    place.write(r_in="n\n")
    universal = ("--universal", "--python-version", "3.12")
    assert len(place.pins(*universal)) == 2
    assert place.pins(*universal, "--fork-strategy", "fewest") == ["n==1.0"]


def test_what_is_excluded_is_not_asked_for(place: Place) -> None:
    place.index.add("a", wheel("a", "1.0"))
    place.index.add("left-out", wheel("left-out", "1.0"))
    place.write(r_in="a\nleft-out\n", excludes_in="left-out\n")
    assert place.pins("--exclude", "excludes.in") == ["a==1.0"]
    assert {path.split("/")[2] for path in place.index.paths() if path.startswith("/simple/")} == {"a"}
