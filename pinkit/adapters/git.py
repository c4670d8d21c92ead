"""git as a subprocess: repositories of others are fetched into a bare cache, never trusted with more.

No prompts, no hooks, no transport but the plain ones; a URL or revision can never be read as an option; and
credentials of a URL are handed over in the environment, so that no process list or message shows them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.urls import printable_url, split_credentials, without_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TRANSPORTS = ("https", "http", "ssh", "git", "file")
_TIMEOUT_S = 900
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_REVISION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./+@#-]*\Z")
_QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "advice.detachedHead=false")
_INHERITED = ("PATH", "HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "GIT_SSL_CAINFO", "GIT_CONFIG_GLOBAL")
_PROXIES = ("http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy", "ALL_PROXY")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitCache:
    """Bare clones below `folder`, one for each URL; `offline` uses only what they have."""

    folder: Path
    offline: bool = False

    def commit(self, url: str, revision: str, kept: str = "") -> str:
        """The full id of the commit that `revision` ("": the remote's HEAD) of `url` names.

        `kept` is taken again where it still is an answer: it is what a tag names, or lies on the branch asked
        for. Raises `UsageError` for a revision that does not exist, `Unavailable` where git fails.
        """
        place = self._place(url)
        if revision and not _REVISION.match(revision):
            raise UsageError(f"{printable_url(url)}: {revision!r} names no revision")
        if kept and self._is_answer(place, revision, kept):
            return kept
        if _COMMIT.match(revision) and self._has(place, revision):
            return revision
        self._fetch(place, url, revision)
        if kept and self._is_answer(place, revision, kept):
            return kept
        found = self._named(place, revision)
        if not found:
            raise UsageError(
                f"{printable_url(url)} has no revision {revision or 'HEAD'}",
                hint="name a branch, a tag or a full commit id",
            )
        return found

    def check_out(self, url: str, commit: str, destination: Path) -> Path:
        """`destination`, a clone of its own at `commit` with its submodules, as pip makes it."""
        place = self._place(url)
        if not self._has(place, commit):
            self._fetch(place, url, commit)
        run = _Runner(url)
        run(
            ["clone", "--quiet", "--no-checkout", "--local", "--", str(place), str(destination)],
            cwd=None,
            local=True,
        )
        run(["remote", "set-url", "origin", "--", recorded_url(url)], cwd=destination)
        run(["checkout", "--quiet", "--force", "--detach", commit], cwd=destination)
        if (destination / ".gitmodules").exists():
            run(["submodule", "--quiet", "update", "--init", "--recursive"], cwd=destination)
        return destination

    def _place(self, url: str) -> Path:
        transport = url.partition("://")[0].lower()
        if "://" not in url or transport not in TRANSPORTS:
            raise UsageError(
                f"{printable_url(url)}: git cannot be asked there",
                f"only these transports are used: {', '.join(TRANSPORTS)}",
                "write git+https://… or git+ssh://user@host/…",
            )
        return self.folder / hashlib.sha256(recorded_url(url).encode()).hexdigest()[:32]

    def _fetch(self, place: Path, url: str, revision: str) -> None:
        if self.offline:
            raise Unavailable(
                f"{printable_url(url)} is not in the cache at {revision or 'HEAD'}",
                "the network may not be used with --offline",
                "run once without --offline",
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        with _alone(place.with_suffix(".lock")):
            self._fetch_alone(place, url, revision)

    def _fetch_alone(self, place: Path, url: str, revision: str) -> None:
        run = _Runner(url)
        if not (place / "HEAD").exists():
            run(["init", "--quiet", "--bare", "--", str(place)], cwd=None)
        fetch = ["fetch", "--quiet", "--force", "--no-write-fetch-head", "--", recorded_url(url)]
        everything = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*", "+HEAD:refs/pinkit/HEAD"]
        run([*fetch, *everything], cwd=place)
        if revision and not self._named(place, revision):
            # Neither branch nor tag: a commit that no branch has, or a ref like refs/pull/1/head.
            with suppress(Unavailable):
                run([*fetch, f"+{revision}:{_asked_ref(revision)}"], cwd=place)

    def _named(self, place: Path, revision: str) -> str:
        """The commit of `revision` in the clone: a commit id, a branch, a tag, any other ref, a short id."""
        if not revision:
            return self._parsed(place, "refs/pinkit/HEAD")
        if _COMMIT.match(revision):
            return revision if self._has(place, revision) else ""
        forms = (f"refs/heads/{revision}", f"refs/tags/{revision}", _asked_ref(revision))
        found = next(filter(None, (self._parsed(place, form) for form in forms)), "")
        if found or not re.fullmatch(r"[0-9a-f]{7,}", revision):
            return found
        return self._parsed(place, revision)

    def _parsed(self, place: Path, name: str) -> str:
        done = _git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"], cwd=place)
        return done.stdout.decode("ascii", "replace").strip() if done.returncode == 0 else ""

    def _has(self, place: Path, commit: str) -> bool:
        return (place / "HEAD").exists() and self._parsed(place, commit) == commit

    def _is_answer(self, place: Path, revision: str, kept: str) -> bool:
        if not self._has(place, kept) or (_COMMIT.match(revision) and revision != kept):
            return False
        branch = self._parsed(place, f"refs/heads/{revision}" if revision else "refs/pinkit/HEAD")
        if not branch:
            return self._named(place, revision) == kept
        return _git(["merge-base", "--is-ancestor", kept, branch], cwd=place).returncode == 0


@dataclass(frozen=True, slots=True)
class _Runner:
    """Runs git for one URL: with its credentials in the environment and out of every message."""

    url: str

    def __call__(self, arguments: Sequence[str], *, cwd: Path | None, local: bool = False) -> None:
        settings = {}
        if self.url != recorded_url(self.url):
            settings = {f"url.{self.url}.insteadOf": recorded_url(self.url)}
        # A submodule on this machine's disk is only for a repository that is there itself.
        transports = TRANSPORTS if local or self.url.startswith("file:") else TRANSPORTS[:-1]
        done = _git(arguments, cwd=cwd, settings=settings, transports=transports)
        if done.returncode != 0:
            said = cleaned(done.stderr[-4096:]).strip()
            _, secret = split_credentials(self.url)
            for text in filter(None, (self.url, secret.password if secret else None)):
                said = said.replace(text, "***")
            raise Unavailable(f"git {arguments[0]} failed for {printable_url(self.url)}", said)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Nobody else holds the lock meanwhile: two fetches into one clone would fail each other."""
    with lock.open("ab") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def recorded_url(url: str) -> str:
    """The URL as a lock may record it: without secrets; a user of ssh is no secret and part of the address."""
    if url.lower().startswith("ssh://"):
        bare, user = split_credentials(url)
        return bare.replace("://", f"://{user.username}@", 1) if user else bare
    return without_credentials(url)


def _asked_ref(revision: str) -> str:
    return f"refs/pinkit/asked/{hashlib.sha256(revision.encode()).hexdigest()[:16]}"


def _git(
    arguments: Sequence[str],
    *,
    cwd: Path | None,
    settings: Mapping[str, str] | None = None,
    transports: Sequence[str] = TRANSPORTS,
) -> subprocess.CompletedProcess[bytes]:
    executable = shutil.which("git")
    if executable is None:
        raise Unavailable("git is not installed", hint="install git, or pin the project from an index")
    try:
        return subprocess.run(
            [executable, *_QUIET, *arguments],
            cwd=cwd,
            env=_environment(settings or {}, transports),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"git {arguments[0]} took longer than {_TIMEOUT_S} s") from error


def _environment(settings: Mapping[str, str], transports: Sequence[str]) -> dict[str, str]:
    environment = {name: os.environ[name] for name in (*_INHERITED, *_PROXIES) if name in os.environ}
    environment |= {
        "GIT_ALLOW_PROTOCOL": ":".join(transports),
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C",
        "GIT_CONFIG_COUNT": str(len(settings)),
    }
    for number, (key, value) in enumerate(settings.items()):
        environment |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment
