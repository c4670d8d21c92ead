"""`pinkit pr` from its command line: tokens, places, patches, what is said, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pinkit.adapters.forges.api import Api
from pinkit.adapters.forges.known import Place, place_of
from pinkit.adapters.forges.token import Token, found_token
from pinkit.cli.app import run
from pinkit.errors import ExitCode, UsageError
from pinkit.formats.plan_json import plan_json
from scripts.stand_in.forge import Status
from tests.support.plans import AFTER, PLAN
from tests.support.repositories import git

if TYPE_CHECKING:
    from pathlib import Path

    from tests.forges.conftest import Publisher

LATER = replace(PLAN, files=(replace(PLAN.files[0], content=AFTER.replace("3.7", "3.8")),))


@pytest.fixture
def place(github: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Publisher:
    """The checkout of a served repository as working directory, a plan beside it, a token in the environment."""
    git(github.checkout, "remote", "add", "origin", github.server.remote)
    monkeypatch.chdir(github.checkout)
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PINKIT_FORGE_TOKEN", github.server.token)
    (tmp_path / "plan.json").write_text(plan_json(PLAN))
    return github


def pr(place: Publisher, *more: str, forge: str = "github") -> int:
    plan = str(place.checkout.parent / "plan.json")
    return run(["pr", "--plan", plan, "--forge", forge, *more])


def test_publishes_once_and_says_so(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    assert pr(place) == ExitCode.YES
    url = f"{place.server.url}/owner/project/pulls/1"
    assert capsys.readouterr().out == f"pinkit/security: opened {url}\n"
    assert pr(place, "--format", "json") == ExitCode.YES
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "version": 1,
        "action": "unchanged",
        "branch": "pinkit/security",
        "detail": "",
        "url": url,
        "pushed": False,
        "overtaken": [],
        "left": [],
    }
    assert git(place.checkout, "for-each-ref") == ""
    assert git(place.checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        pytest.param(
            {"cutoff": "2026-01-03T00:00:00Z", "command": "later"}, "unchanged", id="made again later"
        ),
        pytest.param(
            {"proof": (replace(PLAN.proof[0], detail="a day older"),)}, "unchanged", id="another detail"
        ),
        pytest.param({"proof": (replace(PLAN.proof[0], result="fail"),)}, "updated", id="another result"),
        pytest.param({"files": LATER.files}, "updated", id="other files"),
    ],
)
def test_a_plan_made_again_is_the_same(
    place: Publisher, changes: dict[str, Any], action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pr(place) == ExitCode.YES
    (place.checkout.parent / "plan.json").write_text(plan_json(replace(PLAN, **changes)))
    capsys.readouterr()
    assert pr(place, "--format", "json") == ExitCode.YES
    told = json.loads(capsys.readouterr().out)
    assert (told["action"], told["pushed"]) == (action, action == "updated")


def test_through_the_api_alone_git_is_not_asked(place: Publisher) -> None:
    assert pr(place, "--commit-through", "api") == ExitCode.YES
    assert [path for _, path, _ in place.server.log if ".git/" in path] == []
    more = ("--commit-through", "api", "--repo", "owner/project", "--api-url", place.server.api_url)
    git(place.checkout, "remote", "remove", "origin")
    assert pr(place, *more) == ExitCode.YES


def test_a_commit_by_someone_is_no(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    pr(place)
    place.someone_commits("pinkit/security", {"README": "mine\n"})
    (place.checkout.parent / "plan.json").write_text(plan_json(LATER))
    capsys.readouterr()
    assert pr(place) == ExitCode.NO
    told = capsys.readouterr().out
    assert "stopped: its newest commit" in told
    assert "hint: " in told


def test_closed_and_left_proposals_are_told(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    pr(place)
    plan = replace(LATER, branch="pinkit/all", changes=(replace(PLAN.changes[0], after="3.8"),))
    (place.checkout.parent / "plan.json").write_text(plan_json(plan))
    assert pr(place) == ExitCode.YES
    assert "closed 1" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["env", "file", "command"])
def test_the_token_comes_from(
    way: str, place: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PINKIT_FORGE_TOKEN")
    (tmp_path / "token").write_text(place.server.token + "\n")
    monkeypatch.setenv("OTHER", place.server.token)
    options = {
        "env": ("--token-env", "OTHER"),
        "file": ("--token-file", str(tmp_path / "token")),
        "command": ("--token-command", f"cat '{tmp_path / 'token'}'"),
    }
    assert pr(place) == ExitCode.USAGE
    assert pr(place, *options[way]) == ExitCode.YES


def test_the_token_is_nowhere_but_in_headers(
    place: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A git in front of the real one writes down what it is given; the token must not be in arguments or traces."""
    seen, folder = tmp_path / "seen", tmp_path / "bin"
    folder.mkdir()
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    script = (
        f'#!/bin/sh\nprintf "%s\\n" "$*" >> "{seen}.argv"\nenv >> "{seen}.env.$1.$7"\nexec "{real}" "$@"\n'
    )
    (folder / "git").write_text(script)
    (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    assert pr(place) == ExitCode.YES
    captured = capsys.readouterr()
    secrets = (place.server.token, place.git()._header().rpartition(" ")[2])
    arguments = (tmp_path / "seen.argv").read_text()
    assert "push" in arguments
    assert "commit-tree" in arguments
    for secret in secrets:
        assert secret not in arguments + captured.out + captured.err
    assert not (tmp_path / "trace").exists()
    commits = "".join(p.read_text() for p in tmp_path.glob("seen.env.*commit-tree*"))
    assert commits
    assert not any(secret in commits for secret in secrets)


def test_a_refused_push_is_told_without_the_token(
    place: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    hook = place.server.repository / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\necho "protected branch: reviews are needed" >&2\nexit 1\n')
    hook.chmod(0o755)
    assert pr(place) == ExitCode.UNAVAILABLE
    told = capsys.readouterr().err
    assert "protected branch: reviews are needed" in told
    assert "a rule of the forge forbids this push" in told
    assert place.server.token not in told
    assert place.server.proposals == []


def test_an_expired_token_at_git_is_told(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    place.server.fail("GET", ".git/info/refs", Status(403), times=3)
    assert pr(place) == ExitCode.UNAVAILABLE
    assert "the token is expired, or may not write" in capsys.readouterr().err


def test_an_edited_plan_is_refused(place: Publisher) -> None:
    path = place.checkout.parent / "plan.json"
    path.write_text(path.read_text().replace("3.7", "3.9"))
    assert pr(place) == ExitCode.INTEGRITY
    assert place.server.log == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--forge", "svn"), "no such forge"),
        (("--commit-through", "mail"), "no such way"),
        (("--forge", "gitlab", "--commit-through", "api"), "is for --forge github"),
        (("--format", "xml"), "no such rendering"),
        (("--forge", "patch", "--push-options", "x"), "no such kind"),
        (("-o", "x"), "are for --forge patch"),
        (("--remote", "upstream"), "no git remote upstream"),
        (("--remote", "--exec=x"), "no name of a remote"),
        (("--repo", "a/../b"), "no repository of a forge"),
        (("--repo", "a/b/c"), "no OWNER/NAME"),
        (("--api-url", "http://forge.example/api"), "is no address for a token"),
        (("--api-url", "https://forge.example/api"), "at another host"),
        (("--token-env", "NOWHERE"), "no token for the forge"),
        (("--token-command", "false"), "the token command failed"),
        (("--token-command", "'"), "could not be run"),
        (("--token-command", "true"), "holds no token"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_requests(
    more: tuple[str, ...], says: str, place: Publisher, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pr(place, *more) == ExitCode.USAGE
    assert says in capsys.readouterr().err
    assert place.server.proposals == []


def test_not_offline(place: Publisher) -> None:
    assert run(["--offline", "pr", "--plan", "x", "--forge", "github"]) == ExitCode.USAGE


@pytest.mark.parametrize(
    ("forge", "remote", "expected"),
    [
        ("github", "https://github.com/o/n.git", ("https://api.github.com", "o/n")),
        ("github", "git@github.com:o/n.git", ("https://api.github.com", "o/n")),
        ("github", "https://u:p@git.example:8443/o/n", ("https://git.example:8443/api/v3", "o/n")),
        ("gitlab", "ssh://git@gitlab.example:2222/g/s/n.git", ("https://gitlab.example/api/v4", "g/s/n")),
        ("forgejo", "https://codeberg.org/o/n/", ("https://codeberg.org/api/v1", "o/n")),
    ],
)
def test_the_place_is_read_from_the_remote(forge: str, remote: str, expected: tuple[str, str]) -> None:
    found = place_of(forge, remote, "", "")
    assert (found.api_url, found.slug) == expected


@pytest.mark.parametrize(
    ("remote", "serves"),
    [
        ("https://github.com/o/n", True),
        ("https://api.github.com/o/n", True),
        ("http://github.com/o/n", False),
        ("https://github.com.evil.example/o/n", False),
    ],
)
def test_a_token_goes_to_its_own_host(remote: str, serves: bool) -> None:
    assert Place(api_url="https://api.github.com", slug="o/n").serves(remote) is serves


def test_a_remote_on_disk_needs_an_api_url() -> None:
    with pytest.raises(UsageError, match="does not tell which forge"):
        place_of("github", "/srv/git/n.git", "o/n", "")


def test_a_token_shows_itself_to_nobody() -> None:
    token = found_token({"A": "", "B": "secret"}, ("A", "B"))
    assert (token, f"{token} {token!r}") == (Token("secret"), "Token(***) Token(***)")


@pytest.mark.parametrize("url", ["http://forge.example", "https://u:p@forge.example", "ftp://127.0.0.1", "x"])
def test_a_token_is_sent_over_https_alone(url: str) -> None:
    with pytest.raises(UsageError):
        Api(url, Token("secret"))


def test_a_patch_applies(place: Publisher, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    patch_remote(place)
    assert pr(place, forge="patch") == ExitCode.YES
    text = capsys.readouterr().out
    assert pr(place, "-o", str(tmp_path / "x.patch"), forge="patch") == ExitCode.YES
    git(place.work, "am", "--quiet", str(tmp_path / "x.patch"))
    assert (place.work / "requirements.txt").read_text() == AFTER
    assert text.startswith("From ")
    assert f"Subject: [PATCH] {PLAN.title}" in text
    assert "From: Own Name <own@example.invalid>" in text


def test_nothing_makes_no_patch(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    (place.checkout.parent / "plan.json").write_text(plan_json(replace(PLAN, files=())))
    assert pr(place, forge="patch") == ExitCode.YES
    assert capsys.readouterr().out == ""


def patch_remote(place: Publisher) -> Path:
    """The repository on disk as remote: git's own credentials are not a matter of these tests."""
    git(place.checkout, "remote", "set-url", "origin", str(place.server.repository))
    return place.server.repository


def received(repository: Path, options: Path) -> None:
    hook = repository / "hooks" / "post-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(
        f'#!/bin/sh\ni=0\nwhile [ "$i" -lt "${{GIT_PUSH_OPTION_COUNT:-0}}" ]; do\n'
        f'eval "echo \\"\\$GIT_PUSH_OPTION_$i\\"" >> "{options}"\ni=$((i+1))\ndone\ncat >> "{options}"\n'
    )
    hook.chmod(0o755)


def test_push_options_open_a_merge_request(
    place: Publisher, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = patch_remote(place)
    received(repository, tmp_path / "options")
    assert pr(place, "--push-options", "gitlab", forge="patch") == ExitCode.YES
    told = (tmp_path / "options").read_text().splitlines()
    assert told[:5] == [
        "merge_request.create",
        "merge_request.target=main",
        f"merge_request.title={PLAN.title}",
        "merge_request.label=dependencies",
        "merge_request.label=security",
    ]
    tip = place.server.tip("pinkit/security")
    assert pr(place, "--push-options", "gitlab", forge="patch") == ExitCode.YES
    assert place.server.tip("pinkit/security") == tip
    place.someone_commits("pinkit/security", {"README": "mine\n"})
    (place.checkout.parent / "plan.json").write_text(plan_json(LATER))
    assert pr(place, "--push-options", "gitlab", forge="patch") == ExitCode.NO
    place.someone_commits("main", {"requirements.txt": LATER.files[0].content or ""})
    capsys.readouterr()
    assert pr(place, "--push-options", "gitlab", forge="patch") == ExitCode.YES
    assert "nothing to do" in capsys.readouterr().out


def test_agit_pushes_to_a_topic_and_knows_its_own(place: Publisher, tmp_path: Path) -> None:
    repository = patch_remote(place)
    received(repository, tmp_path / "options")

    def push(plan: Any) -> str:
        (tmp_path / "options").write_text("")
        (place.checkout.parent / "plan.json").write_text(plan_json(plan))
        assert pr(place, "--push-options", "agit", forge="patch") == ExitCode.YES
        return (tmp_path / "options").read_text()

    told = push(PLAN)
    assert told.splitlines()[:2] == ["topic=pinkit/security", f"title={PLAN.title}"]
    assert "refs/for/main" in told
    assert "force-push" not in told
    # The forge keeps it as a pull request and takes refs/for/main away.
    git(repository, "update-ref", "refs/pull/7/head", "refs/for/main")
    git(repository, "update-ref", "-d", "refs/for/main")
    assert push(PLAN) == ""
    assert "force-push=true" in push(LATER)


@pytest.mark.skipif(
    subprocess.run(["which", "ssh-keygen"], capture_output=True, check=False).returncode != 0,
    reason="no ssh-keygen",
)
def test_commits_are_signed_as_the_user_signs(place: Publisher, tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    for name, value in {"commit.gpgsign": "true", "gpg.format": "ssh", "user.signingkey": str(key)}.items():
        git(place.checkout, "config", name, value)
    assert pr(place) == ExitCode.YES
    raw = git(place.server.repository, "cat-file", "commit", "pinkit/security")
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in raw
    assert pr(place) == ExitCode.YES
    assert len(place.server.proposals) == 1


def test_without_an_identity_it_says_what_to_do(place: Publisher, capsys: pytest.CaptureFixture[str]) -> None:
    git(place.checkout, "config", "user.useConfigOnly", "true")
    git(place.checkout, "config", "--unset", "user.email")
    assert pr(place) == ExitCode.UNAVAILABLE
    assert "set git's user.name and user.email" in capsys.readouterr().err
