"""A forge on loopback, a checkout, and publishing to it through the real adapters."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.forges.api import Api
from pinkit.adapters.forges.github import ACCEPT
from pinkit.adapters.forges.github_branches import GitHubBranches
from pinkit.adapters.forges.known import KINDS, Place, forge_at
from pinkit.adapters.forges.token import Token
from pinkit.adapters.git_publish import GitBranches
from pinkit.formats.plan_json import plan_digest
from pinkit.workflows.publish import publish
from scripts.stand_in.forge import SLUG, ForgeServer
from tests.support.plans import BEFORE, PLAN
from tests.support.repositories import bare_repository, commit_files, git

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinkit.model.proposal import Outcome
    from pinkit.model.upgrade import UpgradePlan

WAYS = ("github-git", "github-api", "gitlab-git", "forgejo-git")


class Publisher:
    """Publishes to `server` in one way; `waits` are the seconds that it would have waited."""

    def __init__(self, server: ForgeServer, checkout: Path, *, through_api: bool = False) -> None:
        self.server, self.checkout, self.through_api = server, checkout, through_api
        self.token = Token(server.token)
        self.waits: list[float] = []
        self.work = server.repository.with_name(server.repository.name + ".work")

    def api(self) -> Api:
        kind = KINDS[self.server.kind]
        accept = ACCEPT if self.server.kind == "github" else "application/json"
        return Api(
            self.server.api_url,
            self.token,
            header=kind.header,
            scheme=kind.scheme,
            accept=accept,
            pause=self.waits.append,
        )

    def git(self) -> GitBranches:
        user = KINDS[self.server.kind].user
        return GitBranches(checkout=self.checkout, url=self.server.remote, token=self.token, user=user)

    def __call__(self, plan: UpgradePlan = PLAN, **changes: Any) -> Outcome:
        plan = replace(plan, **changes)
        place = Place(api_url=self.server.api_url, slug=SLUG)
        with ExitStack() as stack:
            if self.through_api:
                branches: Any = GitHubBranches(self.api(), SLUG)
            else:
                branches = stack.enter_context(self.git())
            return publish(plan, plan_digest(plan), forge_at(self.server.kind, self.api(), place), branches)

    def someone_commits(self, branch: str, files: dict[str, str], *, amend: bool = False) -> str:
        """Somebody's work on a branch, pushed."""
        work = self.work
        git(work, "fetch", "--quiet", str(self.server.repository), f"+refs/heads/{branch}")
        git(work, "checkout", "--quiet", "--detach", "FETCH_HEAD")
        if amend:
            message = git(work, "log", "-1", "--format=%B")
            git(work, "reset", "--quiet", "--soft", "HEAD~1")
        commit = commit_files(work, files, message if amend else "A fix by hand")
        git(work, "push", "--quiet", "--force", str(self.server.repository), f"{commit}:refs/heads/{branch}")
        return commit


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder under git with an identity, as `pinkit pr` is run in."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "config", "user.name", "Own Name")
    git(folder, "config", "user.email", "own@example.invalid")
    return folder


@pytest.fixture(scope="session")
def seed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A served repository, to be copied."""
    folder = tmp_path_factory.mktemp("seed")
    bare_repository(folder / f"{SLUG}.git", {"requirements.txt": BEFORE, "README": "hello\n"})
    return folder


@contextmanager
def served(way: str, folder: Path, checkout: Path, seed: Path) -> Iterator[Publisher]:
    kind, _, through = way.partition("-")
    shutil.copytree(seed, folder / "served")
    with ForgeServer(kind, folder / "served") as server:
        yield Publisher(server, checkout, through_api=through == "api")


@pytest.fixture(params=WAYS)
def publisher(
    request: pytest.FixtureRequest, tmp_path: Path, checkout: Path, seed: Path
) -> Iterator[Publisher]:
    """Every forge, and every way to its branches."""
    with served(request.param, tmp_path, checkout, seed) as found:
        yield found


@pytest.fixture(params=[way for way in WAYS if way != "github-git"])
def any_forge(
    request: pytest.FixtureRequest, tmp_path: Path, checkout: Path, seed: Path
) -> Iterator[Publisher]:
    """Every forge, for what does not depend on the way to its branches."""
    with served(request.param, tmp_path, checkout, seed) as found:
        yield found


@pytest.fixture(params=["github-git", "github-api"])
def either_way(
    request: pytest.FixtureRequest, tmp_path: Path, checkout: Path, seed: Path
) -> Iterator[Publisher]:
    """Either way to branches, for what does not depend on the forge."""
    with served(request.param, tmp_path, checkout, seed) as found:
        yield found


@pytest.fixture
def github(tmp_path: Path, checkout: Path, seed: Path) -> Iterator[Publisher]:
    """GitHub with pushes by git."""
    with served("github-git", tmp_path, checkout, seed) as found:
        yield found


@pytest.fixture
def by_api(tmp_path: Path, checkout: Path, seed: Path) -> Iterator[Publisher]:
    """GitHub through its API alone."""
    with served("github-api", tmp_path, checkout, seed) as found:
        yield found
