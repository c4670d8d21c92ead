"""`pinkit upgrade` fixes findings: each kind as it should be, in all locks at once, and proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.osv_records import before
from tests.upgrade.conftest import CONFIG, NOW, RECENT, detail, moves, proof

if TYPE_CHECKING:
    from tests.upgrade.conftest import Project

CHECKS = ["targets", "fixed-point", "no-pin-down", "advisories", "not-yanked", "age", "wheels", "hashes"]


def test_the_lowest_clean_release_in_both_layers(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("other", "1.0")
    project.lock("lib\nother\n", "lib\n")
    for version in ("1.1", "1.2", "2.0"):
        project.release("lib", version)
    project.release("other", "2.0")
    project.advise("TEST-1", "lib", events=before("1.1"), aliases=["CVE-2026-0001"])
    project.advise("TEST-2", "lib", versions=["1.1"])
    plan = project.plan()
    assert moves(plan) == [("main.txt", "lib", "1.0", "1.2"), ("dev.txt", "lib", "1.0", "1.2")]
    assert plan["changes"][0]["because"] == "fixes CVE-2026-0001"
    assert set(plan["fixed"]) == {"TEST-1", "CVE-2026-0001"}
    assert proof(plan) == dict.fromkeys(CHECKS, "pass")
    assert (plan["exit"], plan["branch"]) == (0, "pinkit/security")
    assert [file["path"] for file in plan["files"]] == ["dev.txt", "main.txt"]


def test_nothing_to_do(project: Project) -> None:
    project.release("lib", "1.0")
    project.lock("lib\n")
    project.release("lib", "2.0")
    plan = project.plan()
    assert (plan["changes"], plan["files"], plan["exit"]) == ([], [], 0)
    assert plan["title"] == "Nothing to upgrade"


def capped(project: Project) -> None:
    """app 1 -> middle 1 -> lib<2; middle 2 and 3 need a younger lib, and app 2, 3."""
    project.release("lib", "1.0")
    project.release("middle", "1.0", "lib<2")
    project.release("app", "1.0", "middle<2")
    project.release("bystander", "1.0", "lib")
    project.lock("app\nbystander\n", "lib\n")
    project.release("lib", "2.0")
    project.release("lib", "3.0")
    project.release("middle", "2.0", "lib>=2")
    project.release("middle", "3.0", "lib>=2")
    project.release("app", "2.0", "middle<3")
    project.release("app", "3.0", "middle")
    project.release("bystander", "2.0", "lib")


def test_capped_by_a_parent_moves_only_what_must_and_as_little_as_it_can(project: Project) -> None:
    capped(project)
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    assert moves(plan) == [
        ("main.txt", "app", "1.0", "2.0"),
        ("main.txt", "lib", "1.0", "2.0"),
        ("main.txt", "middle", "1.0", "2.0"),
        ("dev.txt", "lib", "1.0", "2.0"),
    ]
    because = {change["name"]: change["because"] for change in plan["changes"]}
    assert because["lib"] == "fixes TEST-1"
    assert because["middle"].startswith("lib 2.0 needs it: ")
    assert "middle" in because["app"]
    assert proof(plan) == dict.fromkeys(CHECKS, "pass")


def test_what_a_moved_parent_no_longer_needs_is_told_as_such(project: Project) -> None:
    for name in ("lib", "old"):
        project.release(name, "1.0")
    project.release("app", "1.0", "lib<2", "old")
    project.lock("app\n")
    project.release("lib", "2.0")
    project.release("app", "2.0", "lib")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    because = {change["name"]: (change["kind"], change["because"]) for change in plan["changes"]}
    assert because["old"] == ("removed", "nothing needs it any more")
    assert because["app"] == ("moved", "lib 2.0 needs it: app 1.0 needs lib<2")
    assert plan["exit"] == 0


def test_a_parent_is_never_moved_down_to_make_room(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib")
    project.release("app", "2.0", "lib<2")
    project.lock("app\n")
    project.release("lib", "2.0")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    assert (plan["changes"], plan["exit"]) == ([], 1)
    why = plan["unfixable"][0]["why"]
    assert why.startswith("lib 2.0 cannot be had")
    assert "app" in why
    assert "lib<2" in why.replace(" ", "")


def test_holding_a_parent_on_trial_lets_no_other_sink(project: Project) -> None:
    """With `also` held, only `app` 0.9 would go together with the fix: `also` has to move, then."""
    project.release("lib", "1.0")
    project.release("also", "1.0")
    project.release("app", "0.9")
    project.release("app", "1.0", "also==1.0", "lib==1.0")
    project.lock("app\nalso\nlib\n", "lib\n")
    project.release("lib", "2.0")
    project.release("also", "2.0")
    project.release("app", "2.0", "also==2.0", "lib")
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    assert [change["to"] for change in plan["changes"]] == ["2.0"] * 4
    assert plan["changes"][0]["because"] == "lib 2.0 needs it: app 2.0 needs also==2.0"


def test_a_pre_release_by_name(project: Project) -> None:
    project.release("early", "1.0")
    project.lock("early\n")
    project.release("early", "1.1rc1")
    plan = project.plan("early==1.1rc1")
    assert {to for *_, to in moves(plan)} == {"1.1rc1"}
    assert plan["exit"] == 0


def test_only_the_affected_version_moves_where_targets_have_several(project: Project) -> None:
    project.release("lib", "1.0", requires_python="<3.12")
    project.release("lib", "2.0", requires_python=">=3.12")
    target = 'targets = ["linux-x86_64-py311", "linux-x86_64-py312"]'
    config = CONFIG.replace('python-platform = "linux"', target).replace('python = "3.12"\n', "")
    project.lock("lib\n", config=config, over=True)
    project.release("lib", "1.1", requires_python="<3.12")
    project.release("lib", "2.1", requires_python=">=3.12")
    project.advise("TEST-1", "lib", events=before("1.1"))
    plan = project.plan()
    assert {to for *_, to in moves(plan)} == {"1.1, 2.0"}
    assert plan["exit"] == 0


def test_the_next_fix_is_tried_where_the_lowest_does_not_solve(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib!=2.0")
    project.lock("app\n")
    project.release("lib", "2.0")
    project.release("lib", "2.1")
    project.advise("TEST-1", "lib", events=before("2.0"))
    assert moves(project.plan()) == [
        ("main.txt", "lib", "1.0", "2.1"),
        ("dev.txt", "lib", "1.0", "2.1"),
    ]


def test_unfixable_ones_are_told_why_and_the_others_are_fixed(project: Project) -> None:
    names = ("bounded", "withdrawn", "early", "hopeless", "announced", "kept", "good")
    for name in names:
        project.release(name, "1.0")
    ignore = '[[tool.pinkit.upgrade.ignore]]\nname = "kept"\nreason = "wait for the port"\n'
    project.lock("\n".join(["bounded<2", *names[1:]]), "good\n", config=ignore)
    project.release("bounded", "2.0")
    project.release("withdrawn", "1.1", yanked="it breaks")
    project.release("early", "1.1rc1")
    project.release("kept", "1.1")
    project.release("good", "1.1")
    for name in names:
        fixed = {"bounded": "2.0", "announced": "9.0"}.get(name, "1.1rc1")
        events = [{"introduced": "0"}] if name == "hopeless" else before(fixed)
        project.advise(f"TEST-{name}", name, events=events)
    plan = project.plan()
    assert [change["name"] for change in plan["changes"]] == ["good", "good"]
    assert plan["exit"] == 1
    why = {left["name"]: left["why"] for left in plan["unfixable"]}
    assert "-r main.in" in why["bounded"] or "main.in" in why["bounded"]
    assert why["withdrawn"] == "the only releases free of these advisories are 1.1 (yanked)"
    assert why["early"].startswith("the only releases free of these advisories are 1.1rc1 (pre-release)")
    assert "early==1.1rc1" in why["early"]
    assert why["hopeless"].startswith("no release is free")
    assert why["announced"] == "fixed in 9.0, which the index does not have"
    assert why["kept"] == "not moved by policy: wait for the port"
    assert plan["fixed"] == ["TEST-good"]


def test_the_cooldown_is_waived_for_the_fix_and_said(project: Project) -> None:
    project.release("lib", "1.0")
    project.lock("lib\n")
    project.release("lib", "1.1", at=RECENT)
    project.advise("TEST-1", "lib", events=before("1.1"))
    plan = project.plan()
    assert [to for *_, to in moves(plan)] == ["1.1", "1.1"]
    assert detail(plan, "age") == "waived for a security fix: lib 1.1"
    assert plan["changes"][0]["uploaded"] == RECENT


def test_what_moves_along_is_old_enough_where_that_can_be(project: Project) -> None:
    capped(project)
    project.release("middle", "1.5", "lib>=2", at=RECENT)
    project.release("app", "1.5", "middle<2", at=RECENT)
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    assert ("main.txt", "middle", "1.0", "2.0") in moves(plan)
    assert proof(plan)["age"] == "pass"


def test_what_must_move_along_may_be_young(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("app", "1.0", "lib<2")
    project.lock("app\n")
    project.release("lib", "2.0", at=RECENT)
    project.release("app", "1.1", "lib", at=RECENT)
    project.advise("TEST-1", "lib", events=before("2.0"))
    plan = project.plan()
    assert ("main.txt", "app", "1.0", "1.1") in moves(plan)
    assert detail(plan, "age") == "waived for a security fix: app 1.1, lib 2.0"


def test_releases_after_the_cutoff_do_not_count(project: Project) -> None:
    project.release("lib", "1.0")
    project.lock("lib\n")
    project.release("lib", "1.1", at="2026-02-01T00:00:00Z")
    project.advise("TEST-1", "lib", events=before("1.1"))
    plan = project.plan()
    assert (plan["changes"], plan["exit"]) == ([], 1)
    assert plan["cutoff"] == NOW


def test_a_fix_that_brings_another_advisory_fails_the_proof(project: Project) -> None:
    project.release("lib", "1.0")
    project.release("bad", "1.0")
    project.lock("lib\n")
    project.release("lib", "1.1", "bad")
    project.advise("TEST-1", "lib", events=before("1.1"))
    project.advise("TEST-2", "bad", events=[{"introduced": "0"}])
    said = project.upgrade("--apply")
    assert said.code == 1
    assert "new: bad 1.0: TEST-2" in said.out
    assert "lib==1.0" in project.place.text("main.txt")


def test_a_finding_that_goes_with_another_fix_is_fixed_too(project: Project) -> None:
    project.release("a-lib", "1.0")
    project.release("b-app", "1.0", "a-lib<2")
    project.lock("b-app\n")
    project.release("a-lib", "2.0")
    project.release("b-app", "2.0", "a-lib")
    project.advise("TEST-1", "a-lib", events=before("2.0"))
    project.advise("TEST-2", "b-app", events=before("2.0"))
    plan = project.plan()
    assert plan["fixed"] == ["TEST-1", "TEST-2"]
    assert plan["exit"] == 0


def test_what_goes_with_a_later_fix_is_not_told_as_left(project: Project) -> None:
    project.release("a-lib", "1.0")
    project.release("b-app", "1.0", "a-lib")
    project.lock("b-app\n")
    project.release("b-app", "2.0")
    project.advise("TEST-1", "a-lib", events=[{"introduced": "0"}])
    project.advise("TEST-2", "b-app", events=before("2.0"))
    plan = project.plan()
    assert (plan["fixed"], plan["unfixable"], plan["exit"]) == (["TEST-1", "TEST-2"], [], 0)
    assert [each["fixed_in"] for each in plan["remediations"]] == ["2.0", "removed"]


def test_advisories_that_cannot_be_asked_are_no_all_clear(project: Project) -> None:
    project.release("lib", "1.0")
    project.lock("lib\n")
    said = project.upgrade("--max-age", "1h")
    assert said.code == 4
    assert "advisories   unknown  not audited: lib 1.0 (" in said.out
    assert "older than" in said.out
