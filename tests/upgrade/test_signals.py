"""Signals: what the index tells of a release before and after, by the facts and end to end."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pinkit.errors import Unavailable
from pinkit.model.distribution import Distribution, Project
from pinkit.model.lock import Lock, Pin
from pinkit.upgrade.signals import differences, newcomer, status, untold
from pinkit.upgrade.signals_contents import ReleaseFacts, content_signals
from pinkit.workflows.upgrade_signals import moves_by_catalog
from tests.support.distributions import wheel
from tests.support.index_server import Body, Status
from tests.upgrade.conftest import OLD

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.index_server import Fault
    from tests.upgrade.conftest import Project as Place

PURE, NATIVE, SDIST = "lib-1-py3-none-any.whl", "lib-1-cp312-cp312-linux_x86_64.whl", "lib-1.tar.gz"


def file(name: str, size: int | None = None, provenance: str = "") -> Distribution:
    return Distribution(filename=name, url="", size=size, provenance=provenance)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        pytest.param([file(PURE)], [file(PURE)], [], id="the same"),
        pytest.param([file(PURE)], [file(PURE), file(NATIVE)], ["native code"], id="pure to native"),
        pytest.param([file(SDIST)], [file(NATIVE)], ["native code"], id="no wheel to native"),
        pytest.param([file(NATIVE)], [file(NATIVE)], [], id="native before"),
        pytest.param(
            [file(PURE, 10**5)], [file(PURE, 3 * 10**5 + 1)], ["size"], id="over three times as large"
        ),
        pytest.param([file(PURE, 10**5)], [file(PURE, 3 * 10**5)], [], id="three times as large"),
        pytest.param([file(PURE, 10)], [file(PURE, 10**5)], [], id="small all the same"),
        pytest.param([file(PURE, 10)], [file(PURE)], [], id="nobody knows the size"),
        pytest.param([file(PURE, 1, "p")], [file(PURE)], ["provenance lost"], id="no attestation left"),
        pytest.param([file(PURE, 1, "p")], [file(SDIST), file(PURE, 1, "p")], [], id="one attestation left"),
        pytest.param([], [file(NATIVE)], [], id="nothing to compare"),
    ],
)
def test_what_files_tell(before: list[Distribution], after: list[Distribution], kinds: list[str]) -> None:
    assert [signal.kind for signal in differences("lib", "1", before, after)] == kinds


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param([file(PURE, 1)], [file(PURE, 1), file(SDIST)], False, id="some sizes"),
        pytest.param([file(PURE)], [file(PURE, 1)], True, id="none before"),
        pytest.param([file(PURE, 1)], [file(PURE)], True, id="none after"),
    ],
)
def test_sizes_that_nobody_tells(before: list[Distribution], after: list[Distribution], told: bool) -> None:
    assert list(untold(before, after)) == ["size: the index does not tell that of both releases"] * told


def test_evidence_is_named_and_short() -> None:
    natives = [file(f"lib-1-cp312-cp312-linux_{n}.whl") for n in range(9, 0, -1)]
    (signal,) = differences("lib", "1", [file(PURE)], natives)
    assert signal.evidence == tuple(f"lib-1-cp312-cp312-linux_{n}.whl" for n in range(1, 6))


def test_projects() -> None:
    known = Project(name="lib", versions=("1", "2"), first_upload=(0, 86_400))
    assert newcomer(known, "2", 86_400).detail == "2 releases, the first on 1970-01-02"
    assert (
        newcomer(Project(name="lib", versions=("1",)), "1", 0).detail == "1 release, nobody knows since when"
    )
    assert newcomer(known, "2", 86_399).detail == "1 release, nobody knows since when"
    assert list(status(known, "2")) == []
    (signal,) = status(Project(name="lib", status="archived"), "2")
    assert (signal.kind, signal.detail) == ("archived", "the index calls the project archived")


def provenance(*publishers: dict[str, str]) -> bytes:
    bundles = [{"publisher": publisher, "attestations": []} for publisher in publishers]
    return json.dumps({"version": 1, "attestation_bundles": bundles}).encode()


RELEASES = {
    "1.0": wheel(
        "app",
        "1.0",
        fields=("License: MIT", "Author-email: Ann <ann@index.example>", "Maintainer: Bob"),
        generator="hatchling 1.2",
        members={"dist-info/entry_points.txt": b"[console_scripts]\napp = app:main\n"},
    ),
    "1.1": wheel(
        "app",
        "1.1",
        ("helped",),
        tag="cp312-cp312-manylinux_2_17_x86_64",
        payload=random.Random(0).randbytes(200_000),
        fields=("License-Expression: GPL-3.0-only", "Author: Ann", "Author-email: eve@index.example"),
        generator="setuptools (75.0)",
        members={
            "dist-info/entry_points.txt": b"[console_scripts]\napp = app:main\n[pytest11]\nspy = app:spy\n",
            "app-1.1.data/scripts/helper": b"#!python\n",
            "app-hook.pth": b"import app\n",
            "sitecustomize.py": b"",
            "extra/__init__.py": b"",
        },
    ),
}
HELPED = wheel("helped", "1.0", members={"helped-1.0.data/purelib/start.pth": b"../elsewhere\n"})


@pytest.fixture
def moved(project: Place) -> Place:
    """app 1.0 is locked in both locks; 1.1, with everything that can be told, is on the index."""
    index = project.place.index
    for version, workflow in (("1.0", "release.yml"), ("1.1", "other.yml")):
        path = f"/provenance/{version}"
        publisher = {"kind": "GitHub", "repository": "us/app", "workflow": workflow}
        index.put(path, provenance(publisher))
        if version == "1.1":
            project.release("still", "1.0")
            project.lock("app\nstill\n")
        index.add("app", RELEASES[version], upload_time=OLD, provenance=index.origin + path)
    index.add("helped", HELPED, upload_time=OLD)
    index.statuses["app"] = "archived"
    return project


def test_a_plan_lists_them_once_for_all_locks(moved: Place) -> None:
    plan = moved.plan("--all")
    assert [(s["name"], s["kind"], s["detail"]) for s in plan["signals"]] == [
        ("app", ".pth file", "new: app-hook.pth, which runs code whenever Python starts"),
        ("app", "archived", "the index calls the project archived"),
        ("app", "build backend changed", "setuptools; before hatchling"),
        ("app", "licence change", "License-Expression: GPL-3.0-only; before License: MIT"),
        ("app", "maintainers changed", "eve@index.example came; ann@index.example, Bob went"),
        ("app", "native code", "wheels were pure Python, now some are built for a platform"),
        ("app", "new entry point", "pytest11: spy, scripts: helper"),
        ("app", "new import name", "extra, sitecustomize (runs whenever Python starts)"),
        ("app", "publisher changed", "GitHub us/app other.yml; before GitHub us/app release.yml"),
        (
            "app",
            "size",
            f"the largest file has {len(RELEASES['1.1'].content)} bytes, before {len(RELEASES['1.0'].content)}",
        ),
        ("helped", ".pth file", "new: start.pth"),
        ("helped", "new dependency", "1 release, the first on 2024-01-01"),
    ]
    sizes = next((s["before"], s["after"]) for s in plan["signals"] if s["kind"] == "size")
    assert sizes == tuple([str(len(RELEASES[version].content))] for version in ("1.0", "1.1"))
    old, new = (RELEASES[version].filename for version in ("1.0", "1.1"))
    licence = next(s for s in plan["signals"] if s["kind"] == "licence change")
    assert (licence["before"], licence["after"]) == (["License: MIT"], ["License-Expression: GPL-3.0-only"])
    assert licence["evidence"] == [f"{old}: METADATA", f"{new}: METADATA"]
    said = moved.upgrade("--all").out
    assert "  new dependency: helped 1.0: 1 release, the first on 2024-01-01\n" in said


class Catalog:
    """Knows one release of lib; whether its file is the pinned one is up to the lock."""

    def distributions(self, name: str, version: str) -> tuple[Distribution, ...]:
        if version != "2.0":
            raise Unavailable(f"no index has {name} {version}")
        return (replace(file("lib-2.0-py3-none-any.whl"), hashes=("sha256:1",)),)


def test_releases_that_the_index_has_no_more() -> None:
    def lock(version: str, *hashes: str) -> Lock:
        return Lock(pins=(Pin(name="lib", version=version, hashes=hashes),))

    catalog = Catalog()
    now = {"a": SimpleNamespace(lock=lock("2.0", "sha256:2"), catalog=catalog)}
    ((_, (move,)),) = moves_by_catalog({"a": lock("1.0")}, SimpleNamespace(now=now))  # type: ignore[arg-type]
    assert move.old is not None
    assert (move.old.gap, move.new.gap) == ("no index has lib 1.0", "the index has none of the pinned files")
    old, new = (
        ReleaseFacts(version=release.version, files={}, publishers={}, gap=release.gap)
        for release in (move.old, move.new)
    )
    (signal,) = content_signals("lib", old, new)
    assert signal.kind == "not checked"
    assert signal.detail == "1.0: no index has lib 1.0; 2.0: the index has none of the pinned files"


def test_the_second_plan_asks_for_no_file_and_says_the_same(moved: Place) -> None:
    first = moved.upgrade("--all", "--format", "json").out
    index = moved.place.index
    index.requests.clear()
    assert moved.upgrade("--all", "--format", "json").out == first
    assert not [path for path in index.paths() if not path.startswith("/simple/")]


def test_a_plan_made_elsewhere_has_the_same_bytes(
    moved: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = moved.upgrade("--all", "--format", "json").out
    monkeypatch.setenv("PINKIT_CACHE_DIR", str(tmp_path / "another cache"))
    assert moved.upgrade("--all", "--format", "json").out == first


def test_files_of_pins_that_stay_are_not_read(moved: Place) -> None:
    moved.place.index.requests.clear()
    moved.plan("--all")
    assert not [path for path in moved.place.index.paths() if path.startswith("/files/still")]


def test_files_that_came_after_the_lock_do_not_count(moved: Place) -> None:
    plan = moved.plan("--all")
    late = wheel("app", "1.0", tag="cp312-cp312-win_amd64", members={"late.pth": b""})
    moved.place.index.add("app", late, upload_time="2026-02-01T00:00:00Z")
    assert moved.plan("--all")["signals"] == plan["signals"]


@pytest.mark.parametrize(
    ("fault", "path", "told"),
    [
        pytest.param(
            Status(403), f"/files/{RELEASES['1.1'].filename}", "{file}: the server answered 403", id="file"
        ),
        pytest.param(
            Body(b"[]"),
            "/provenance/1.1",
            "provenance of {file}: it has no list of attestation bundles",
            id="provenance",
        ),
        pytest.param(
            Status(404),
            "/provenance/1.1",
            "provenance of {file}: the server answered 404",
            id="no provenance",
        ),
    ],
)
def test_what_cannot_be_read_is_told(moved: Place, fault: Fault, path: str, told: str) -> None:
    moved.place.index.always(path, fault)
    (signal,) = [
        s for s in moved.plan("--all")["signals"] if s["kind"] == "not checked" and s["name"] == "app"
    ]
    assert signal["detail"].split("; ")[0] == told.format(file=RELEASES["1.1"].filename)


def test_an_index_without_sizes_is_told_so(moved: Place) -> None:
    moved.place.index.html_only = True
    moved.place.run("lock", "-i", moved.place.index.url, "--refresh")
    (signal,) = [
        s for s in moved.plan("--all")["signals"] if (s["kind"], s["name"]) == ("not checked", "app")
    ]
    assert signal["detail"].startswith("size: the index does not tell that of both releases")


def test_terminals_and_forges_see_no_control_characters(project: Place) -> None:
    project.release("lib", "1.0")
    project.lock("lib\n")
    evil = wheel("lib", "1.1", fields=("License: \x1b[31mred\x1b[0m @everyone <b>",))
    project.place.index.add("lib", evil, upload_time=OLD)
    for form in ("text", "markdown", "json"):
        said = project.upgrade("--all", "--format", form).out
        assert "red" in said
        assert "\x1b" not in said
    assert "@everyone" not in project.upgrade("--all", "--format", "markdown").out
