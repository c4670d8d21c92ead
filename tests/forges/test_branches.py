"""Branches, by git and by GitHub's API: what is read, and what is never overwritten."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.forges.api import Api
from pinkit.adapters.forges.github_branches import GitHubBranches
from pinkit.adapters.forges.token import Token
from pinkit.errors import Unavailable, UsageError
from pinkit.model.proposal import BranchChange
from pinkit.model.upgrade import PlannedFile
from scripts.stand_in.forge import SLUG, Status
from tests.support.repositories import commit_files, git

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.forges.conftest import Publisher


@contextmanager
def branches_of(publisher: Publisher) -> Iterator[Any]:
    if publisher.through_api:
        yield GitHubBranches(publisher.api(), SLUG)
    else:
        with publisher.git() as branches:
            yield branches


def change(parent: str, path: str = "requirements.txt", **changes: Any) -> BranchChange:
    files = (PlannedFile(path=path, before="", content="new\n"),)
    return BranchChange(branch="pinkit/x", base="main", parent=parent, message="m", files=files, **changes)


def with_odd_entries(publisher: Publisher) -> None:
    """The base gets a folder, a link and a program."""
    work = publisher.work
    (work / "link").symlink_to("README")
    commit_files(work, {"sub/folder/ä b.txt": "deep\n", "tool": "#!/bin/sh\n"}, "More")
    (work / "tool").chmod(0o755)
    commit_files(work, {}, "A program")
    git(work, "push", "--quiet", str(publisher.server.repository), "HEAD:refs/heads/main")


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("README", b"hello\n"),
        ("sub/folder/ä b.txt", b"deep\n"),
        ("sub/folder", None),
        ("sub/nowhere/x", None),
        ("README/x", None),
        ("link", None),
        ("*", None),
    ],
)
def test_files_are_read(either_way: Publisher, path: str, content: bytes | None) -> None:
    with_odd_entries(either_way)
    with branches_of(either_way) as branches:
        tip = branches.tip("main")
        assert branches.content(tip.id, path) == content


def test_a_branch_that_is_not_there(either_way: Publisher) -> None:
    with branches_of(either_way) as branches:
        assert branches.tip("nowhere") is None


def test_a_link_is_not_written_through(either_way: Publisher) -> None:
    with_odd_entries(either_way)
    with (
        branches_of(either_way) as branches,
        pytest.raises(UsageError, match="link is a link or a submodule"),
    ):
        branches.publish(change(branches.tip("main").id, "link"))
    assert either_way.server.tip("pinkit/x") == ""


def test_a_program_stays_one(github: Publisher) -> None:
    with_odd_entries(github)
    with branches_of(github) as branches:
        branches.publish(change(branches.tip("main").id, "tool"))
    assert git(github.server.repository, "ls-tree", "pinkit/x", "tool").startswith("100755")


@pytest.mark.parametrize("seen", ["", "0" * 39 + "1"], ids=["as new", "at another commit"])
def test_a_branch_that_moved_meanwhile_is_not_moved(either_way: Publisher, seen: str) -> None:
    with branches_of(either_way) as branches:
        start = branches.tip("main").id
        git(either_way.server.repository, "update-ref", "refs/heads/pinkit/x", start)
        with pytest.raises(Unavailable) as caught:
            branches.publish(change(start, replaces=seen))
    assert "run it again" in caught.value.hint
    assert either_way.server.tip("pinkit/x") == start


def test_a_branch_that_moved_meanwhile_is_not_removed(either_way: Publisher) -> None:
    with branches_of(either_way) as branches:
        start = branches.tip("main").id
        commit = branches.publish(change(start))
        git(either_way.server.repository, "update-ref", "refs/heads/pinkit/x", start)
        if either_way.through_api:
            branches.delete("pinkit/x", commit)
        else:
            with pytest.raises(Unavailable):
                branches.delete("pinkit/x", commit)
    assert either_way.server.tip("pinkit/x") == start


def test_a_lost_answer_to_the_last_step_is_looked_up(by_api: Publisher) -> None:
    by_api.server.fail("POST", "/git/refs", Status(502, lost=True))
    with branches_of(by_api) as branches:
        commit = branches.publish(change(branches.tip("main").id))
    assert by_api.server.tip("pinkit/x") == commit


@pytest.mark.parametrize(
    ("part", "body", "says"),
    [
        ("/git/blobs/", {"content": "%%%", "encoding": "base64"}, "no Base64"),
        ("/git/trees/", {"tree": [], "truncated": True}, "does not list all"),
        ("/git/trees/", {"tree": "x"}, "no usable tree"),
        ("/git/commits/", {"tree": 3}, "no usable tree.sha"),
    ],
)
def test_odd_answers_are_no_answers(by_api: Publisher, part: str, body: Any, says: str) -> None:
    with branches_of(by_api) as branches:
        tip = branches.tip("main")
        by_api.server.fail("GET", part, Status(200, body=body))
        with pytest.raises(Unavailable, match=says):
            branches.content(tip.id, "README")


def test_a_forge_that_is_not_there_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        waits: list[float] = []
        api = Api(f"http://127.0.0.1:{taken.getsockname()[1]}", Token("secret"), pause=waits.append)
        with pytest.raises(Unavailable, match="did not succeed") as caught:
            api.get("/x")
    assert "ConnectionError, 4 times" in caught.value.why
    assert len(waits) == 3


def test_a_checkout_with_the_objects_needs_no_fetch(github: Publisher) -> None:
    git(github.checkout, "fetch", "--quiet", str(github.server.repository), "main")
    assert github().action == "created"
    asked = [
        path for method, path, _ in github.server.log if method == "POST" and path.endswith("git-upload-pack")
    ]
    assert len(asked) <= 2, "ls-remote alone"


def test_a_shallow_checkout_will_do(github: Publisher) -> None:
    commit_files(github.work, {"README": "two\n"}, "Second")
    git(github.work, "push", "--quiet", str(github.server.repository), "HEAD:refs/heads/main")
    url = f"file://{github.server.repository}"
    git(github.checkout, "fetch", "--quiet", "--depth=1", url, "main")
    assert (github.checkout / ".git" / "shallow").exists()
    assert github().action == "created"
    assert github().action == "unchanged"
