"""Branches of a remote repository through git: read, committed to and pushed in a bare repository of its own.

The user's checkout gives its settings (identity, signing) and nothing of it is touched: no ref, index or file. The
token is in the environment of the commands that talk to the remote, and of no other.
"""

from __future__ import annotations

import base64
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pinkit.adapters.git_run import as_variables, checkout_settings, environment_without, failure, git
from pinkit.adapters.sandbox_watch import cleaned
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.trailers import with_trailers
from pinkit.formats.urls import origin, printable_url, split_credentials, without_credentials
from pinkit.model.proposal import BranchCommit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from pinkit.adapters.forges.token import Token
    from pinkit.model.proposal import BranchChange

_MAX_BYTES = 64 << 20
_NEWEST = 50
_FETCH = ("fetch", "--quiet", "--force", "--depth=1", "--no-tags", "--no-write-fetch-head")
_FILE_MODES = ("100644", "100755")


@dataclass(slots=True)
class GitBranches:
    """A `Branches` over the remote at `url`; use it as a context, its repository is removed at the end.

    `checkout` is the folder whose git settings hold. `user` is the name that the forge wants beside a token.
    """

    checkout: Path
    url: str
    token: Token | None = None
    user: str = "token"
    _folder: Path = field(init=False)
    _heads: dict[str, str] = field(init=False, default_factory=dict)
    _settings: dict[str, str] = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        self._settings = checkout_settings(self.checkout)
        self._folder = Path(tempfile.mkdtemp(prefix="pinkit-publish-"))
        try:
            self._run("init", "--quiet", "--bare", "--template=", ".")
            self._borrow()
            for line in self._remote("ls-remote", "--heads", "--", self._address).decode().splitlines():
                commit, _, ref = line.partition("\t")
                self._heads[ref.removeprefix("refs/heads/")] = commit
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def tip(self, branch: str) -> BranchCommit | None:
        """The newest commit of a branch as the remote had it at the beginning, or as it was pushed since."""
        commit = self._heads.get(branch)
        if commit is None:
            return None
        with suppress(Unavailable):
            return _parsed(commit, self._run("cat-file", "commit", commit))
        commit = self._heads[branch] = self._fetched(branch)
        return _parsed(commit, self._run("cat-file", "commit", commit))

    def content(self, commit: str, path: str) -> bytes | None:
        """A file at a commit; None where there is none, or no plain file."""
        entry = self._entry(commit, path)
        if entry is None or entry[0] not in _FILE_MODES:
            return None
        content = self._run("cat-file", "blob", entry[1])
        if len(content) > _MAX_BYTES:
            raise UsageError(f"{path} at {commit[:12]} is larger than {_MAX_BYTES >> 20} MiB")
        return content

    def publish(self, change: BranchChange) -> str:
        """Commit and push, with a lease on the tip that was seen; other people's pushes are never lost."""
        commit = self.commit(change)
        self.push(change, commit, f"refs/heads/{change.branch}")
        self._heads[change.branch] = commit
        return commit

    def commit(self, change: BranchChange) -> str:
        """The id of the commit, made here and pushed nowhere; signed where the user's settings sign commits."""
        tree = self._tree(change)
        message = with_trailers(change.message, {"Pinkit-Base": change.parent, "Pinkit-Tree": tree})
        signing = (
            ["-S"] if self._settings.get("commit.gpgsign", "").lower() in ("true", "yes", "on", "1") else []
        )
        arguments = ("commit-tree", *signing, "-p", change.parent, tree)
        return self._run(*arguments, stdin=message.encode()).decode("ascii").strip()

    def push(self, change: BranchChange, commit: str, ref: str, options: Iterable[str] = ()) -> None:
        """Push a commit made here; `options` are push options. Refused unless `ref` is at `change.replaces`."""
        lease = [f"--force-with-lease={ref}:{change.replaces}"] if ref.startswith("refs/heads/") else []
        said = [f"--push-option={option}" for option in options]
        self._remote("push", "--quiet", "--no-verify", *lease, *said, "--", self._address, f"{commit}:{ref}")

    def patch(self, commit: str) -> str:
        """The commit as `git am` takes it."""
        settings = ("-c", "format.signature=pinkit", "-c", "diff.noprefix=false")
        return self._run(*settings, "format-patch", "--stdout", "--no-renames", "-1", commit).decode(
            "utf-8", "replace"
        )

    def pull_tips(self) -> tuple[BranchCommit, ...]:
        """The tips of the newest proposals of forges that keep them as `refs/pull/NUMBER/head`, newest first."""
        told = self._remote("ls-remote", "--", self._address, "refs/pull/*/head").decode("ascii", "replace")
        found = [line.partition("\t")[::2] for line in told.splitlines()]
        numbers = {int(ref.split("/")[2]): commit for commit, ref in found if ref.split("/")[2].isdecimal()}
        newest = sorted(numbers, reverse=True)[:_NEWEST]
        if newest:
            refs = [f"+refs/pull/{number}/head:refs/pinkit-pull/{number}" for number in newest]
            self._remote(*_FETCH, "--", self._address, *refs)
        return tuple(_parsed(numbers[n], self._run("cat-file", "commit", numbers[n])) for n in newest)

    def delete(self, branch: str, tip: str) -> None:
        """Remove a branch of the remote, unless it moved meanwhile."""
        ref = f"refs/heads/{branch}"
        lease = f"--force-with-lease={ref}:{tip}"
        self._remote("push", "--quiet", "--no-verify", lease, "--", self._address, f":{ref}")
        self._heads.pop(branch, None)

    def default_branch(self) -> str:
        """The branch that the remote's HEAD is. Raises `UsageError` where it does not say."""
        told = self._remote("ls-remote", "--symref", "--", self._address, "HEAD").decode()
        for line in told.splitlines():
            if line.startswith("ref: refs/heads/"):
                return line.removeprefix("ref: refs/heads/").partition("\t")[0]
        raise UsageError(
            f"{printable_url(self.url)} has no default branch",
            hint="set `base` in [tool.pinkit.upgrade] and plan again",
        )

    def _fetched(self, branch: str) -> str:
        ref = f"refs/pinkit/{branch}"
        self._remote(*_FETCH, "--", self._address, f"+refs/heads/{branch}:{ref}")
        return self._run("rev-parse", "--verify", ref).decode("ascii").strip()

    def _borrow(self) -> None:
        """Let objects of the checkout be read in place, so that what it has is not fetched again."""
        told = git(
            ["rev-parse", "--path-format=absolute", "--git-path", "objects", "--git-path", "shallow"],
            self.checkout,
            environment_without(None),
            b"",
        )
        if told.returncode or "extensions.partialclone" in self._settings:
            return
        objects, shallow = told.stdout.decode("utf-8", "surrogateescape").splitlines()
        info = self._folder / "objects" / "info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "alternates").write_text(objects + "\n", encoding="utf-8", errors="surrogateescape")
        if Path(shallow).is_file():
            shutil.copyfile(shallow, self._folder / "shallow")

    def _tree(self, change: BranchChange) -> str:
        index = {"GIT_INDEX_FILE": str(self._folder / "pinkit-index")}
        self._run("read-tree", change.parent, more=index)
        lines = []
        for each in change.files:
            mode = (self._entry(change.parent, each.path) or ("100644", ""))[0]
            if mode not in _FILE_MODES:
                raise UsageError(f"{each.path} is a link or a submodule in the repository, no file")
            if each.content is None:
                lines.append(f"0 {'0' * 40}\t{each.path}\0")
                continue
            blob = self._run("hash-object", "-w", "--stdin", stdin=each.content.encode()).decode().strip()
            lines.append(f"{mode} {blob}\t{each.path}\0")
        self._run("update-index", "-z", "--add", "--index-info", stdin="".join(lines).encode(), more=index)
        return self._run("write-tree", more=index).decode("ascii").strip()

    def _entry(self, commit: str, path: str) -> tuple[str, str] | None:
        """(mode, object id) of a path."""
        told = self._run("ls-tree", "-z", commit, "--", f":(literal){path}").decode("utf-8", "replace")
        if not told:
            return None
        mode, _, rest = told.partition(" ")
        return mode, rest.partition(" ")[2].partition("\t")[0]

    @property
    def _address(self) -> str:
        return without_credentials(self.url) if self.url.startswith(("http://", "https://")) else self.url

    def _remote(self, *arguments: str) -> bytes:
        """What a command that talks to the remote says; it alone has the credentials."""
        settings: dict[str, str] = {}
        if self.url.startswith(("http://", "https://")):
            header = self._header()
            settings["http.followRedirects"] = "false"
            if header:
                settings["credential.helper"] = ""
                settings[f"http.{origin(self.url)}/.extraHeader"] = header
        return self._run(*arguments, settings=settings)

    def _header(self) -> str:
        _, given = split_credentials(self.url)
        user, secret = (given.username, given.password or "") if given else ("", "")
        if self.token is not None:
            user, secret = self.user, self.token.reveal()
        pair = base64.b64encode(f"{user}:{secret}".encode()).decode("ascii")
        return f"Authorization: Basic {pair}" if secret else ""

    def _run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        settings: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> bytes:
        given = {k: v for k, v in self._settings.items() if not k.startswith("extensions.")} | dict(
            settings or {}
        )
        environment = {**environment_without(self.token), **(more or {}), **as_variables(given)}
        done = git(arguments, self._folder, environment, stdin)
        if done.returncode == 0:
            return done.stdout
        said = cleaned(done.stderr[-4096:]).strip()
        secrets = (self._header().rpartition(" ")[2], self.token.reveal() if self.token else "")
        for secret in filter(None, secrets):
            said = said.replace(secret, "***")
        raise failure(next(a for a in arguments if not a.startswith("-")), said, printable_url(self.url))


def _parsed(commit: str, raw: bytes) -> BranchCommit:
    head, _, message = raw.decode("utf-8", "replace").partition("\n\n")
    fields = [line.partition(" ")[::2] for line in head.split("\n")]
    return BranchCommit(
        id=commit,
        tree=next(value for name, value in fields if name == "tree"),
        parents=tuple(value for name, value in fields if name == "parent"),
        author=next((value for name, value in fields if name == "author"), "?").partition(" <")[0],
        message=message,
    )
