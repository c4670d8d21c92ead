"""Publishing: every state of a proposal at every forge, with real branches behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.errors import Unavailable, UsageError
from pinkit.formats.plan_json import plan_digest
from pinkit.model.upgrade import PlannedChange, PlannedFile
from scripts.stand_in.forge import Status
from scripts.stand_in.forge_state import Kept
from tests.support.plans import AFTER, BEFORE, PLAN, sha256
from tests.support.repositories import git

if TYPE_CHECKING:
    from tests.forges.conftest import Publisher

LATER = replace(
    PLAN,
    title="Upgrade idna to 3.8 (security)",
    changes=(replace(PLAN.changes[0], after="3.8"),),
    files=(replace(PLAN.files[0], content=AFTER.replace("3.7", "3.8")),),
)
ALL = replace(
    LATER,
    mode="all",
    branch="pinkit/all",
    title="Upgrade all",
    changes=(
        *LATER.changes,
        PlannedChange(lock="requirements.txt", name="six", before="", after="1.17.0", because="new"),
    ),
)


def changing(publisher: Publisher) -> list[tuple[str, str]]:
    """Everything that was asked to change, at the API or by a push."""
    return [(m, p) for m, p, _ in publisher.server.log if m != "GET" and "git-upload-pack" not in p]


def test_a_plan_becomes_a_proposal(publisher: Publisher) -> None:
    outcome = publisher()
    server = publisher.server
    assert (outcome.action, outcome.pushed) == ("created", True)
    [kept] = server.proposals
    assert (kept.branch, kept.base, kept.title) == ("pinkit/security", "main", PLAN.title)
    assert plan_digest(PLAN) in kept.body
    assert outcome.url.endswith("/1")
    assert server.at("pinkit/security", "requirements.txt") == AFTER
    assert server.at("pinkit/security", "README") == "hello\n"
    assert git(server.repository, "rev-parse", "pinkit/security~1") == server.tip("main")
    wanted = ["dependencies"] if server.kind == "forgejo" else ["dependencies", "security"]
    assert kept.labels == wanted


def test_a_long_title_is_cut_to_what_every_forge_takes(publisher: Publisher) -> None:
    outcome = publisher(title="Upgrade " + ", ".join(f"name-{n}" for n in range(60)))
    title = publisher.server.proposals[0].title
    assert (outcome.action, len(title), title[-1]) == ("created", 255, "…")


def test_the_commit_tells_what_it_is(either_way: Publisher) -> None:
    either_way()
    repository = either_way.server.repository
    message = git(repository, "log", "-1", "--format=%B", "pinkit/security")
    assert message.splitlines()[0] == PLAN.title
    told = dict(line.split(": ", 1) for line in message.rpartition("\n\n")[2].splitlines())
    assert told == {
        "Pinkit-Plan": plan_digest(PLAN),
        "Pinkit-Branch": "pinkit/security",
        "Pinkit-Changes": "idna==3.7",
        "Pinkit-Base": either_way.server.tip("main"),
        "Pinkit-Tree": git(repository, "rev-parse", "pinkit/security^{tree}"),
    }


def test_the_same_plan_again_changes_nothing(publisher: Publisher) -> None:
    publisher()
    tip = publisher.server.tip("pinkit/security")
    publisher.server.proposals[0].title = "Renamed by a person"
    publisher.server.log.clear()
    outcome = publisher()
    assert (outcome.action, outcome.pushed) == ("unchanged", False)
    assert changing(publisher) == []
    assert publisher.server.tip("pinkit/security") == tip
    assert publisher.server.proposals[0].title == "Renamed by a person"


def test_the_base_may_move_elsewhere_without_a_push(either_way: Publisher) -> None:
    either_way()
    either_way.someone_commits("main", {"README": "hello again\n"})
    assert either_way().action == "unchanged"


def test_a_changed_plan_updates_in_place(publisher: Publisher) -> None:
    publisher()
    publisher.someone_commits("main", {"README": "hello again\n"})
    outcome = publisher(LATER)
    server = publisher.server
    assert (outcome.action, outcome.pushed) == ("updated", True)
    [kept] = server.proposals
    assert (kept.title, plan_digest(LATER) in kept.body) == (LATER.title, True)
    assert "3.8" in server.at("pinkit/security", "requirements.txt")
    assert server.at("pinkit/security", "README") == "hello again\n"
    assert git(server.repository, "rev-parse", "pinkit/security~1") == server.tip("main")


@pytest.mark.parametrize(
    ("files", "amend"),
    [
        pytest.param({"requirements.txt": AFTER + "# by hand\n"}, False, id="on top"),
        pytest.param({"requirements.txt": AFTER + "# by hand\n"}, True, id="amended, trailers kept"),
    ],
)
def test_a_commit_by_someone_stops_it(publisher: Publisher, files: dict[str, str], amend: bool) -> None:
    publisher()
    commit = publisher.someone_commits("pinkit/security", files, amend=amend)
    publisher.server.log.clear()
    outcome = publisher(LATER)
    assert outcome.action == "stopped"
    assert commit[:12] in outcome.detail
    assert changing(publisher) == []
    assert publisher.server.tip("pinkit/security") == commit


def test_a_branch_that_was_rebased_by_someone_stops_it(either_way: Publisher) -> None:
    either_way()
    server = either_way.server
    either_way.someone_commits("main", {"README": "hello again\n"})
    work = either_way.work
    git(work, "fetch", "--quiet", str(server.repository), "+refs/heads/*:refs/remotes/o/*")
    git(work, "checkout", "--quiet", "--detach", "refs/remotes/o/pinkit/security")
    git(work, "rebase", "--quiet", "refs/remotes/o/main")
    git(work, "push", "--quiet", "--force", str(server.repository), "HEAD:refs/heads/pinkit/security")
    assert either_way(LATER).action == "stopped"


def test_overtaken_proposals_are_closed_with_a_word(publisher: Publisher) -> None:
    publisher()
    outcome = publisher(ALL)
    first, second = publisher.server.proposals
    assert (outcome.action, outcome.overtaken, outcome.left) == ("created", (1,), ())
    assert (first.state, second.state) == ("closed", "open")
    assert second.branch == "pinkit/all"
    assert any(outcome.url in comment for comment in first.comments)
    assert publisher.server.tip("pinkit/security") == ""
    assert publisher().action == "created", "closed by pinkit is not declined by a person"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {"changes": (replace(PLAN.changes[0], after="3.6.1"), *ALL.changes[1:])}, id="moves less far"
        ),
        pytest.param({"changes": ALL.changes[1:]}, id="moves something else"),
        pytest.param({"branch": "other/all"}, id="another family of branches"),
        pytest.param({"branch": "pinkit/in_docs/all"}, id="another folder of the repository"),
    ],
)
def test_what_is_not_overtaken_stays(by_api: Publisher, changes: dict[str, Any]) -> None:
    by_api()
    outcome = by_api(ALL, **changes)
    assert (outcome.action, outcome.overtaken) == ("created", ())
    assert [p.state for p in by_api.server.proposals] == ["open", "open"]


def test_an_overtaken_proposal_with_a_persons_commit_stays(either_way: Publisher) -> None:
    either_way()
    commit = either_way.someone_commits("pinkit/security", {"README": "mine\n"})
    outcome = either_way(ALL)
    assert (outcome.action, outcome.overtaken) == ("created", ())
    assert either_way.server.proposals[0].state == "open"
    assert either_way.server.tip("pinkit/security") == commit


def test_an_empty_plan_withdraws_its_proposal(any_forge: Publisher) -> None:
    any_forge()
    outcome = any_forge(files=(), changes=())
    assert (outcome.action, outcome.overtaken) == ("withdrawn", (1,))
    assert any_forge.server.proposals[0].state == "closed"
    assert any_forge.server.tip("pinkit/security") == ""
    again = any_forge(files=(), changes=())
    assert (again.action, again.overtaken) == ("withdrawn", ())


def test_an_empty_plan_leaves_what_a_person_worked_on(either_way: Publisher) -> None:
    either_way()
    either_way.someone_commits("pinkit/security", {"README": "mine\n"})
    outcome = either_way(files=(), changes=())
    assert [number for number, _ in outcome.left] == [1]
    assert either_way.server.proposals[0].state == "open"


def test_what_the_base_has_already_is_done(either_way: Publisher) -> None:
    either_way()
    either_way.someone_commits("main", {"requirements.txt": AFTER})
    outcome = either_way()
    assert (outcome.action, outcome.overtaken) == ("done", (1,))
    assert either_way.server.proposals[0].state == "closed"


def test_a_plan_for_another_base_is_refused(either_way: Publisher) -> None:
    either_way.someone_commits("main", {"requirements.txt": BEFORE + "six==1.16.0\n"})
    with pytest.raises(UsageError, match=r"requirements\.txt has changed since the plan was made"):
        either_way()
    assert changing(either_way) == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        pytest.param({"base": "nowhere"}, "no branch nowhere", id="no such base"),
        pytest.param(
            {"files": (PlannedFile(path="gone.txt", before=sha256("x"), content="y"),)},
            "gone.txt has changed",
            id="a file that is not there",
        ),
        pytest.param(
            {"files": (PlannedFile(path="README", before="", content="y"),)},
            "README has changed",
            id="a new file that is there",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(by_api: Publisher, changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        by_api(**changes)


def test_without_a_base_it_is_the_default_branch(any_forge: Publisher) -> None:
    assert any_forge(base="").action == "created"
    assert any_forge.server.proposals[0].base == "main"
    with pytest.raises(UsageError, match="both the base and the branch"):
        any_forge(base="", branch="main")


def test_files_are_added_and_removed(either_way: Publisher) -> None:
    files = (
        *PLAN.files,
        PlannedFile(path="new.txt", before="", content="new\n"),
        PlannedFile(path="README", before=sha256("hello\n"), content=None),
    )
    either_way(files=files)
    listed = git(either_way.server.repository, "ls-tree", "--name-only", "pinkit/security").splitlines()
    assert listed == ["new.txt", "requirements.txt"]


def test_what_a_person_closed_stays_closed(any_forge: Publisher) -> None:
    any_forge()
    any_forge.server.proposals[0].state = "closed"
    assert any_forge().action == "declined"
    git(any_forge.server.repository, "update-ref", "-d", "refs/heads/pinkit/security")
    assert any_forge().action == "declined", "closing often deletes the branch"
    assert len(any_forge.server.proposals) == 1
    assert any_forge(LATER).action == "created"


def test_after_a_merge_a_new_plan_is_proposed(any_forge: Publisher) -> None:
    any_forge()
    any_forge.server.proposals[0].state = "merged"
    assert any_forge(LATER).action == "created"


@pytest.mark.parametrize(("limit", "action"), [(1, "limited"), (2, "created"), (0, "created")])
def test_the_limit_of_open_proposals(any_forge: Publisher, limit: int, action: str) -> None:
    any_forge(branch="pinkit/group-docs", changes=(replace(PLAN.changes[0], name="sphinx"),))
    assert any_forge(open_limit=limit).action == action


def test_updates_and_overtaking_are_within_the_limit(by_api: Publisher) -> None:
    by_api(open_limit=1)
    assert by_api(LATER, open_limit=1).action == "updated"
    assert by_api(ALL, changes=ALL.changes, open_limit=1).action == "created"


def test_proposals_of_forks_do_not_count(any_forge: Publisher) -> None:
    fork = Kept(number=1, branch="pinkit/security", base="main", title="x", body="y", labels=[], fork=True)
    any_forge.server.proposals.append(fork)
    assert any_forge().action == "created"
    assert (fork.title, fork.state) == ("x", "open")


def test_many_proposals_are_read_to_the_last_page(any_forge: Publisher) -> None:
    any_forge()
    others = [
        Kept(number=n, branch=f"feature/{n}", base="main", title="t", body="b", labels=[])
        for n in range(2, 9)
    ]
    any_forge.server.proposals += others
    any_forge.server.page = 2
    assert any_forge().action == "unchanged"


PULLS = {"github": "/pulls", "gitlab": "/merge_requests", "forgejo": "/pulls"}


@pytest.mark.parametrize("lost", [False, True], ids=["refused", "answer lost"])
def test_a_server_error_is_survived_and_nothing_is_opened_twice(any_forge: Publisher, lost: bool) -> None:
    any_forge.server.fail("POST", PULLS[any_forge.server.kind], Status(500, lost=lost))
    assert any_forge().action == "created"
    assert len(any_forge.server.proposals) == 1
    assert len(any_forge.waits) == 1


def test_a_server_that_stays_broken_is_said_and_the_next_run_goes_on(any_forge: Publisher) -> None:
    any_forge.server.fail("POST", PULLS[any_forge.server.kind], Status(502), times=4)
    with pytest.raises(Unavailable, match="did not succeed") as caught:
        any_forge()
    assert "502, 4 times" in caught.value.why
    tip = any_forge.server.tip("pinkit/security")
    assert tip
    outcome = any_forge()
    assert (outcome.action, outcome.pushed) == ("created", False)
    assert any_forge.server.tip("pinkit/security") == tip


def test_a_crash_between_push_and_update_is_mended(any_forge: Publisher) -> None:
    any_forge()
    method = "PUT" if any_forge.server.kind == "gitlab" else "PATCH"
    place = "/merge_requests/1" if any_forge.server.kind == "gitlab" else "/pulls/1"
    any_forge.server.fail(method, place, Status(422, body={"message": "not now"}))
    with pytest.raises(Unavailable, match="422"):
        any_forge(LATER)
    outcome = any_forge(LATER)
    assert (outcome.action, outcome.pushed) == ("updated", False)
    assert any_forge.server.proposals[0].title == LATER.title


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        pytest.param(Status(429, {"Retry-After": "7"}), [7.0], id="429 with Retry-After"),
        pytest.param(Status(403, {"Retry-After": "5"}), [5.0], id="secondary limit"),
        pytest.param(Status(503, {"Retry-After": "9"}), [9.0], id="busy"),
    ],
)
def test_a_rate_limit_is_waited_for(by_api: Publisher, status: Status, waits: list[float]) -> None:
    by_api.server.fail("GET", PULLS[by_api.server.kind], status)
    assert by_api().action == "created"
    assert by_api.waits == waits


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param(Status(429, {"Retry-After": "3600"}), "come back in 3600 s", id="long Retry-After"),
        pytest.param(
            Status(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}),
            "come back in",
            id="used up",
        ),
    ],
)
def test_a_long_rate_limit_is_told(by_api: Publisher, status: Status, says: str) -> None:
    by_api.server.fail("GET", PULLS[by_api.server.kind], status)
    with pytest.raises(Unavailable, match="asks for patience") as caught:
        by_api()
    assert says in caught.value.why
    assert by_api.waits == []


@pytest.mark.parametrize(
    ("status", "says"),
    [
        pytest.param(Status(401, body={"message": "Bad credentials"}), "the token was refused", id="expired"),
        pytest.param(Status(403, body={"message": "no"}), "may not do this", id="forbidden"),
        pytest.param(Status(404), "not found", id="not found"),
        pytest.param(Status(301, {"Location": "https://elsewhere.example/"}), "it moved", id="moved"),
        pytest.param(
            Status(422, body={"message": "Validation", "errors": [{"message": "x"}]}), "422", id="422"
        ),
        pytest.param(Status(200, body={"no": "list"}), "gave no list", id="no list"),
        pytest.param(Status(200, body=b"<html>"), "no JSON", id="no JSON"),
        pytest.param(Status(200, body=[{"number": "x", "iid": "x"}]), "", id="odd entries"),
    ],
)
def test_refusals_are_told_without_the_token(by_api: Publisher, status: Status, says: str) -> None:
    entry = {"source_project_id": 7, "target_project_id": 7, "head": {"repo": {"full_name": "owner/project"}}}
    body = [{**entry, **each} for each in status.body] if isinstance(status.body, list) else status.body
    status = replace(status, body=body)
    by_api.server.fail("GET", PULLS[by_api.server.kind], status)
    with pytest.raises(Unavailable) as caught:
        by_api()
    told = f"{caught.value.what} {caught.value.why} {caught.value.hint}"
    assert says in told
    assert by_api.server.token not in told


@pytest.mark.parametrize(
    ("status", "error"),
    [
        pytest.param(Status(401), "the token was refused", id="expired token"),
        pytest.param(Status(422), "422", id="422"),
        pytest.param(Status(429, {"Retry-After": "3600"}), "asks for patience", id="rate limit"),
    ],
)
def test_what_creating_meets_is_told(any_forge: Publisher, status: Status, error: str) -> None:
    any_forge.server.fail("POST", PULLS[any_forge.server.kind], status)
    with pytest.raises(Unavailable, match=error):
        any_forge()
    assert any_forge.server.proposals == []
    assert any_forge().action == "created"


def test_a_wrong_token_is_refused(publisher: Publisher) -> None:
    publisher.token = type(publisher.token)("wrong-token-0815")
    with pytest.raises(Unavailable) as caught:
        publisher()
    assert "wrong-token-0815" not in f"{caught.value.what} {caught.value.why} {caught.value.hint}"
    assert publisher.server.proposals == []


def test_the_token_is_in_no_url(publisher: Publisher) -> None:
    publisher()
    assert [path for _, path, _ in publisher.server.log if publisher.server.token in path] == []
