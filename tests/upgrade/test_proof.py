"""Each check of the proof fails, or says that it does not know, where it has to; names of plans are stable."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.errors import Unavailable
from pinkit.formats.plan_json import is_branch
from pinkit.model.lock import Lock, Pin
from pinkit.model.upgrade import Proof
from pinkit.upgrade.bounds import moved_down
from pinkit.workflows.upgrade_plan import branch_name
from pinkit.workflows.upgrade_proof import proofs, worst
from tests.support.distributions import sdist, wheel
from tests.upgrade.conftest import CONFIG, OLD, detail, moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project


@pytest.fixture
def one(project: Project) -> Project:
    project.release("one", "1.0")
    project.lock("one\n")
    return project


def test_a_release_without_upload_time_is_of_unknown_age(one: Project) -> None:
    one.place.index.add("one", wheel("one", "1.1"))
    plan = one.plan("one")
    assert {to for *_, to in moves(plan)} == {"1.1"}
    assert (proof(plan)["age"], plan["exit"]) == ("unknown", 4)
    assert detail(plan, "age") == "the index does not say when these were uploaded: one 1.1"
    assert plan["changes"][0]["uploaded"] == ""


def test_a_yanked_release_by_name_is_not_proved(one: Project) -> None:
    one.release("one", "1.1", yanked="it breaks")
    said = one.upgrade("one==1.1", "--apply")
    assert said.code == 1
    assert "not-yanked   fail     one 1.1\n" in said.out
    assert "one==1.0" in one.place.text("main.txt")


def test_a_quarantined_project_is_not_proved(one: Project) -> None:
    one.release("one", "1.1")
    one.place.index.statuses["one"] = "quarantined"
    said = one.upgrade("one==1.1")
    assert said.code != 0
    assert "quarantined" in said.out + said.err


def test_a_target_that_loses_its_wheel_is_told(one: Project) -> None:
    one.place.index.add(
        "one", wheel("one", "1.1", tag="cp312-cp312-win_amd64"), sdist("one", "1.1"), upload_time=OLD
    )
    plan = one.plan("one")
    assert (proof(plan)["wheels"], plan["exit"]) == ("fail", 1)
    assert detail(plan, "wheels") == "one on linux-x86_64-py312, which had one of 1.0"


def test_versions_for_several_targets_are_told_apart(project: Project) -> None:
    """One version's wheels are for one target only, the other's for the other: nothing is lost."""

    def release(kind: str, version: str, requires_python: str) -> None:
        tag = f"cp{kind}-cp{kind}-manylinux_2_17_x86_64"
        project.release("lib", version, tag=tag, requires_python=requires_python)

    release("311", "1.0", "<3.12")
    release("312", "2.0", ">=3.12")
    target = 'targets = ["linux-x86_64-py311", "linux-x86_64-py312"]'
    config = CONFIG.replace('python-platform = "linux"', target).replace('python = "3.12"\n', "")
    project.lock("lib\n", config=config, over=True)
    release("311", "1.1", "<3.12")
    release("312", "2.1", ">=3.12")
    plan = project.plan("--all")
    assert {to for *_, to in moves(plan)} == {"1.1, 2.1"}
    assert proof(plan)["wheels"] == "pass"


@dataclass
class Outcome:
    """As much of a lock's outcome as these checks look at."""

    lock: Lock
    text: str = "as made"


@dataclass
class Made:
    """Locks that come out otherwise when made again."""

    now: dict[str, Outcome]

    def again(self) -> dict[str, Outcome]:
        return {path: Outcome(outcome.lock, "as made again") for path, outcome in self.now.items()}


def pin(version: str, *hashes: str) -> Pin:
    return Pin(name="one", version=version, hashes=hashes)


@pytest.mark.parametrize(
    ("check", "before", "after", "said"),
    [
        pytest.param("no-pin-down", pin("2.0"), pin("1.0"), "l.txt: one 2.0 -> 1.0", id="down"),
        pytest.param("hashes", pin("1.0", "sha256:a"), pin("1.0", "sha256:b"), "l.txt: one", id="hashes"),
        pytest.param(
            "fixed-point", pin("1.0"), pin("1.0"), "l.txt would change again when locked", id="moving"
        ),
    ],
)
def test_what_must_not_happen(check: str, before: Pin, after: Pin, said: str) -> None:
    locks: Any = Made({"l.txt": Outcome(Lock(pins=(after,)))})
    old = {"l.txt": Lock(pins=(before,))}
    wanted = (check,)
    found = {p.check: p for p in proofs(old, locks, waived=(), reaudit=lambda: ("pass", ""), only=wanted)}
    assert found == {check: Proof(check=check, result="fail", detail=said)}


def test_a_second_solver_that_cannot_be_asked_accepts_nothing() -> None:
    world = SimpleNamespace(candidates=lambda name: SimpleNamespace(versions=("2.0",)))
    answer = SimpleNamespace(
        nodes=[SimpleNamespace(name="one", version="2.0")],
        world=world,
        lanes=SimpleNamespace(environments=("linux-py312",)),
    )
    outcome = SimpleNamespace(lock=Lock(pins=(pin("1.0"),)), answer=answer)
    locks: Any = SimpleNamespace(now={"l.txt": outcome})
    found = proofs({}, locks, waived=(), reaudit=lambda: ("pass", ""), only=("targets",))
    assert found == (
        Proof(check="targets", result="unknown", detail="l.txt: nobody knows what one 1.0 requires"),
    )


@pytest.mark.parametrize(
    ("after", "result", "said"),
    [
        pytest.param(
            b"one<3\ntwo\n", "pass", "of r.in only the specifiers of one are others", id="a specifier"
        ),
        pytest.param(b"one<3\ntwo\n\n", "fail", "r.in changed beyond its specifiers", id="a line more"),
        pytest.param(b"one<3\nthree\n", "fail", "r.in changed beyond its specifiers", id="a name"),
    ],
)
def test_widened_inputs(after: bytes, result: str, said: str) -> None:
    made: Any = Made({})
    edits = {"r.in": (b"one<2\ntwo\n", after)}
    (found,) = proofs({}, made, waived=(), reaudit=lambda: ("pass", ""), edits=edits, only=("inputs",))
    assert (found.result, found.detail) == (result, said)


def test_what_cannot_be_checked_is_unknown() -> None:
    def reaudit() -> Any:
        raise Unavailable("nobody answers")

    made: Any = Made({})
    (found,) = proofs({}, made, waived=(), reaudit=reaudit, only=("advisories",))
    assert (found.result, found.detail) == ("unknown", "nobody answers")


@pytest.mark.parametrize(
    ("results", "result"),
    [
        ([], "pass"),
        (["pass"], "pass"),
        (["pass", "unknown"], "unknown"),
        (["unknown", "fail", "pass"], "fail"),
    ],
    ids=str,
)
def test_the_worst_result_counts(results: list[Any], result: str) -> None:
    assert worst(Proof(check="c", result=each) for each in results) == result


def test_the_lowest_version_of_a_name_must_not_sink() -> None:
    before = Lock(pins=(pin("1.0"), pin("3.0")))
    assert moved_down(before, Lock(pins=(pin("2.0"), pin("2.5")))) == ()
    assert moved_down(before, Lock(pins=(pin("0.9"), pin("4.0")))) == (("one", "1.0", "0.9"),)
    assert moved_down(before, Lock(pins=())) == ()


@pytest.mark.parametrize(
    ("mode", "purpose", "branch"),
    [
        ("security", "", "pinkit/security"),
        ("all", "", "pinkit/all"),
        ("fixup", "", "pinkit/fixup"),
        ("named", "zope.interface", "pinkit/zope.interface"),
        ("group", "web", "pinkit/group-web"),
    ],
)
def test_branches_by_purpose(mode: Any, purpose: str, branch: str) -> None:
    assert branch_name("pinkit/", mode, purpose) == branch


@pytest.mark.parametrize("folder", ["svc", "a b", "a..b", "x.lock", ".", "-", "a" * 300, "ünder; rm", "a/b"])
def test_folders_have_branches_of_their_own(folder: str) -> None:
    tops = ("", f"{folder}/", f"{folder}!/", f"{folder}?/", f"{folder}/x/")
    names = [branch_name("pinkit/", "security", "", top) for top in tops]
    assert all(is_branch(name) for name in names), names
    assert len(set(names)) == len(names)
    levels = {name.rpartition("/")[0] for name in names}
    assert not levels & set(names), "git has no branch beside branches below it"
    assert branch_name("pinkit/", "security", "", "svc/") == "pinkit/in_svc/security"


@pytest.mark.parametrize("purpose", ["a b", "a..b", "x.lock", "-", "a" * 300, "ünder; rm", "a/../b", "@{0}"])
def test_branches_are_always_allowed_and_differ(purpose: str) -> None:
    names = [branch_name("pinkit/", mode, purpose) for mode in ("named", "group")]
    assert all(is_branch(name) for name in names), names
    assert (
        len({branch_name("pinkit/", "group", each) for each in (purpose, f"{purpose}!", f"{purpose}?")}) == 3
    )
