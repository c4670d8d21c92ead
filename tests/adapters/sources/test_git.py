"""Real git over real repositories: revisions to commits, what is kept, what is refused, what is never shown."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.git import GitCache, recorded_url
from pinkit.errors import Unavailable, UsageError
from tests.support.repositories import commit, git

if TYPE_CHECKING:
    from pathlib import Path


class Remote:
    """main: 1 (tag v1) - 2 - 3; branch dev: 1 - 1.dev."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.one = commit(folder, "1")
        git(folder, "tag", "--annotate", "--message", "one", "v1")
        git(folder, "checkout", "--quiet", "-b", "dev")
        self.dev = commit(folder, "1.dev")
        git(folder, "checkout", "--quiet", "main")
        self.two = commit(folder, "2")
        git(folder, "tag", "v2")
        self.three = commit(folder, "3")
        self.url = folder.as_uri()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "remote")


@pytest.fixture
def cache(tmp_path: Path) -> GitCache:
    return GitCache(folder=tmp_path / "cache")


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        pytest.param("", "three", id="head"),
        pytest.param("main", "three", id="branch"),
        pytest.param("dev", "dev", id="other-branch"),
        pytest.param("v1", "one", id="annotated-tag"),
        pytest.param("v2", "two", id="light-tag"),
    ],
)
def test_a_revision_is_a_full_commit(remote: Remote, cache: GitCache, revision: str, expected: str) -> None:
    assert cache.commit(remote.url, revision) == getattr(remote, expected)


def test_a_commit_is_itself_in_full_or_short(remote: Remote, cache: GitCache) -> None:
    assert cache.commit(remote.url, remote.two) == remote.two
    assert cache.commit(remote.url, remote.two[:10]) == remote.two


def test_any_ref_can_be_named(remote: Remote, cache: GitCache) -> None:
    git(remote.folder, "update-ref", "refs/pull/7/head", remote.dev)
    git(remote.folder, "branch", "-D", "dev")
    assert cache.commit(remote.url, "refs/pull/7/head") == remote.dev


def test_a_branch_wins_over_a_tag_of_the_same_name(remote: Remote, cache: GitCache) -> None:
    git(remote.folder, "tag", "dev", remote.two)
    assert cache.commit(remote.url, "dev") == remote.dev


@pytest.mark.parametrize(
    ("revision", "kept", "expected"),
    [
        pytest.param("main", "two", "two", id="behind-on-its-branch"),
        pytest.param("", "one", "one", id="behind-head"),
        pytest.param("v2", "two", "two", id="tag"),
        pytest.param("v2", "one", "two", id="tag-changed"),
        pytest.param("main", "dev", "three", id="on-another-branch"),
    ],
)
def test_a_locked_commit_is_kept_while_it_is_an_answer(
    remote: Remote, cache: GitCache, revision: str, kept: str, expected: str
) -> None:
    assert cache.commit(remote.url, revision, getattr(remote, kept)) == getattr(remote, expected)


def test_a_moved_branch_is_seen_unless_its_commit_was_kept(remote: Remote, cache: GitCache) -> None:
    before = cache.commit(remote.url, "main")
    after = commit(remote.folder, "4")
    assert cache.commit(remote.url, "main", before) == before
    assert cache.commit(remote.url, "main") == after


def test_many_may_ask_at_once(remote: Remote, tmp_path: Path) -> None:
    def ask(_: int) -> str:
        return GitCache(folder=tmp_path / "cache").commit(remote.url, "main")

    with ThreadPoolExecutor(6) as executor:
        assert set(executor.map(ask, range(6))) == {remote.three}


def test_offline_uses_what_was_fetched(remote: Remote, tmp_path: Path) -> None:
    offline = GitCache(folder=tmp_path / "cache", offline=True)
    with pytest.raises(Unavailable) as refusal:
        offline.commit(remote.url, remote.two)
    assert "--offline" in refusal.value.hint
    GitCache(folder=tmp_path / "cache").commit(remote.url, "main")
    assert offline.commit(remote.url, remote.two) == remote.two
    assert offline.commit(remote.url, "main", remote.three) == remote.three


@pytest.mark.parametrize(
    "revision",
    ["gone", "0" * 40, "--upload-pack=touch evil", "a..b", "main^{/x}", "a b", "\x1b[2J"],
    ids=["gone", "gone-commit", "option", "range", "search", "space", "escape"],
)
def test_no_such_revision(remote: Remote, cache: GitCache, revision: str) -> None:
    with pytest.raises(UsageError) as refusal:
        cache.commit(remote.url, revision)
    assert "revision" in refusal.value.what
    assert "\x1b" not in refusal.value.what


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c true", "ext://sh", "fd://3", "--upload-pack=x", "/plain/path", "git@host.invalid:a/b"],
)
def test_other_transports_are_refused(cache: GitCache, url: str) -> None:
    with pytest.raises(UsageError) as refusal:
        cache.commit(url, "main")
    assert "cannot be asked" in refusal.value.what


def test_a_missing_repository_is_told_without_its_credentials(cache: GitCache) -> None:
    with pytest.raises(Unavailable) as failure:
        cache.commit("http://user:s3cret@127.0.0.1:9/x.git", "main")
    told = f"{failure.value.what} {failure.value.why} {failure.value.hint}"
    assert "127.0.0.1" in told
    assert "s3cret" not in told


@pytest.mark.parametrize(
    ("url", "recorded"),
    [
        ("https://user:token@host.example/a.git", "https://host.example/a.git"),
        ("https://token@host.example/a.git", "https://host.example/a.git"),
        ("ssh://git@host.example/a.git", "ssh://git@host.example/a.git"),
        ("ssh://git:word@host.example/a.git", "ssh://git@host.example/a.git"),
        ("ssh://host.example/a.git", "ssh://host.example/a.git"),
    ],
)
def test_what_a_lock_records_has_no_secret(url: str, recorded: str) -> None:
    assert recorded_url(url) == recorded


def test_a_checkout_is_whole_and_knows_no_secret(remote: Remote, cache: GitCache, tmp_path: Path) -> None:
    tree = cache.check_out(remote.url, cache.commit(remote.url, "v1"), tmp_path / "tree")
    assert 'version = "1"' in (tree / "pyproject.toml").read_text(encoding="utf-8")
    assert git(tree, "describe", "--tags") == "v1"
    assert git(tree, "remote", "get-url", "origin") == remote.url
    assert not (tree / ".git" / "objects" / "info" / "alternates").exists()


def test_a_checkout_fetches_what_is_missing(remote: Remote, cache: GitCache, tmp_path: Path) -> None:
    tree = cache.check_out(remote.url, remote.dev, tmp_path / "tree")
    assert git(tree, "rev-parse", "HEAD") == remote.dev


def test_submodules_come_along(remote: Remote, cache: GitCache, tmp_path: Path) -> None:
    commit(tmp_path / "part", "9")
    git(remote.folder, "submodule", "--quiet", "add", (tmp_path / "part").as_uri(), "part")
    git(remote.folder, "commit", "--quiet", "--message", "part")
    tree = cache.check_out(remote.url, cache.commit(remote.url, "main"), tmp_path / "tree")
    assert 'version = "9"' in (tree / "part" / "pyproject.toml").read_text(encoding="utf-8")


def test_hooks_of_the_user_do_not_run(
    remote: Remote, cache: GitCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", encoding="utf-8")
    (hooks / "post-checkout").chmod(0o755)
    settings = tmp_path / "settings"
    settings.write_text(f"[init]\n\ttemplateDir = {hooks.parent}\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    cache.check_out(remote.url, cache.commit(remote.url, "main"), tmp_path / "tree")
    assert not (tmp_path / "ran").exists()


def test_git_that_is_not_there(monkeypatch: pytest.MonkeyPatch, cache: GitCache, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable) as failure:
        cache.commit("https://host.example/a.git", "main")
    assert failure.value.what == "git is not installed"
