"""What is asked of GitHub, held to GitHub's own OpenAPI description by a validating proxy (opt-in).

PINKIT_TEST_PRISM names the `prism` program (npm: @stoplight/prism-cli), PINKIT_TEST_GITHUB_OPENAPI the file
`generated/api.github.com.json` (npm: @octokit/openapi). Publishing goes through the proxy to the stateful forge of
the tests: every request must be valid. Then the description's own examples are read as answers.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.forges.api import Api
from pinkit.adapters.forges.github import ACCEPT, GitHub
from pinkit.adapters.forges.github_branches import GitHubBranches
from pinkit.adapters.forges.token import Token
from pinkit.formats.plan_json import plan_digest
from pinkit.model.proposal import BranchChange, Proposal
from pinkit.workflows.publish import publish
from scripts.stand_in.forge import SLUG, ForgeServer
from tests.support.plans import AFTER, BEFORE, PLAN
from tests.support.repositories import bare_repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

EXAMPLE = "octocat/Hello-World"


@contextmanager
def prism(*arguments: str) -> Iterator[str]:
    """The address of a running prism."""
    program, description = os.environ.get("PINKIT_TEST_PRISM"), os.environ.get("PINKIT_TEST_GITHUB_OPENAPI")
    if not program or not description:
        pytest.skip("no validating proxy; name it in PINKIT_TEST_PRISM and PINKIT_TEST_GITHUB_OPENAPI")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mode, *rest = arguments
    command = [program, mode, "--port", str(port), "--verboseLevel", "info", str(Path(description)), *rest]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        assert running.stdout is not None
        for line in running.stdout:
            if "is listening" in line:
                break
        else:
            pytest.fail("prism ended before it listened")
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.communicate()


class Watched:
    """A token's API whose answers are looked through for what the proxy objects to."""

    def __init__(self, url: str, token: str) -> None:
        self.api = Api(url, Token(token), scheme="Bearer ", accept=ACCEPT, pause=lambda seconds: None)
        self.asked: list[str] = []
        self.violations: list[Any] = []
        self.api._session.hooks["response"].append(self.look)

    def look(self, response: requests.Response, **options: Any) -> None:
        self.asked.append(f"{response.request.method} {response.request.path_url.partition('?')[0]}")
        # Requests' come first; the list is cut where the answers, which are shorter than GitHub's, give many.
        told = response.headers.get("sl-violations", "")
        self.violations += [
            (self.asked[-1], each) for each in re.findall(r'\{"location":\["request".*?\}', told)
        ]
        # The mock gives the example of a next page with every page.
        response.headers.pop("Link", None)


def test_every_request_is_as_github_describes_it(tmp_path: Path) -> None:
    bare_repository(tmp_path / "seed" / f"{SLUG}.git", {"requirements.txt": BEFORE, "README": "hello\n"})
    with ForgeServer("github", tmp_path / "seed") as server, prism("proxy", server.api_url) as url:
        watched = Watched(url, server.token)
        forge, branches = GitHub(watched.api, SLUG), GitHubBranches(watched.api, SLUG)
        later = replace(PLAN, files=(replace(PLAN.files[0], content=AFTER + "# later\n"),))
        whole = replace(later, branch="pinkit/all")
        first = replace(PLAN, base="")
        plans = (first, first, later, whole)
        actions = [publish(plan, plan_digest(plan), forge, branches).action for plan in plans]
    assert actions == ["created", "unchanged", "updated", "created"]
    assert watched.violations == []
    kinds = {re.sub(r"/(heads%2F[^/]+|[0-9a-f]{40}|\d+)(?=/|$)", "/*", each) for each in watched.asked}
    assert len(kinds) >= 15, sorted(kinds)


def test_a_wrong_request_would_be_noticed(tmp_path: Path) -> None:
    bare_repository(tmp_path / "seed" / f"{SLUG}.git", {"requirements.txt": BEFORE})
    with ForgeServer("github", tmp_path / "seed") as server, prism("proxy", server.api_url) as url:
        watched = Watched(url, server.token)
        watched.api.tell("POST", f"/repos/{SLUG}/git/blobs", {"content": "eA==", "encoding": 3})
    assert watched.violations


def test_githubs_own_examples_are_read() -> None:
    with prism("mock") as url:
        watched = Watched(url, "any")
        forge, branches = GitHub(watched.api, EXAMPLE), GitHubBranches(watched.api, EXAMPLE)
        assert forge.default_branch() == "master"
        [published] = forge.proposals()
        assert (published.number, published.branch, published.state) == (1347, "new-topic", "open")
        proposal = Proposal(branch="new-topic", base="master", title="t", body="b", labels=("bug",))
        assert forge.create(proposal).url == "https://github.com/octocat/Hello-World/pull/1347"
        forge.update(published, proposal)
        forge.close(published, "why")
        tip = branches.tip("featureA")
        assert tip is not None
        assert tip.author
        change = BranchChange(
            branch="featureA", base="master", parent=tip.id, message="m", files=PLAN.files, replaces=tip.id
        )
        assert re.fullmatch(r"[0-9a-f]{40}", branches.publish(change))
        branches.delete("featureA", tip.id)
    assert watched.violations == []
