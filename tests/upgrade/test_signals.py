"""Signals: what the index tells of a release before and after, by the facts and end to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.model.distribution import Distribution, Project
from pinkit.upgrade.signals import differences, newcomer, status
from tests.support.distributions import wheel
from tests.upgrade.conftest import OLD

if TYPE_CHECKING:
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


def test_a_plan_lists_them_once_for_all_locks(project: Place) -> None:
    project.release("app", "1.0", provenance="https://index.example/app.provenance")
    project.release("still", "1.0")
    project.lock("app\nstill\n")
    project.place.index.add(
        "app",
        wheel("app", "1.1", ("helped",), tag="cp312-cp312-manylinux_2_17_x86_64", payload=b"\0" * 200_000),
        upload_time=OLD,
        size=200_000,
    )
    project.release("helped", "1.0")
    project.place.index.statuses["app"] = "archived"
    plan = project.plan("--all")
    assert [(s["name"], s["kind"]) for s in plan["signals"]] == [
        ("app", "archived"),
        ("app", "native code"),
        ("app", "provenance lost"),
        ("app", "size"),
        ("helped", "new dependency"),
    ]
    said = project.upgrade("--all").out
    assert "  new dependency: helped 1.0: 1 release, the first on 2024-01-01\n" in said
