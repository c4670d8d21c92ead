"""Ready files for CI and pre-commit: what to write where, and what is left as people have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinkit.formats.ci_github import forgejo_checks, forgejo_upgrade, github_checks, github_upgrade
from pinkit.formats.ci_gitlab import INCLUDE, gitlab_jobs, gitlab_root
from pinkit.formats.precommit_edit import with_hooks
from pinkit.formats.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Part = Literal["github", "gitlab", "forgejo", "pre-commit"]
PARTS: tuple[Part, ...] = ("github", "gitlab", "forgejo", "pre-commit")
PRE_COMMIT, GITLAB_CI, PYPROJECT = ".pre-commit-config.yaml", ".gitlab-ci.yml", "pyproject.toml"
_SIGNS: tuple[tuple[Part, tuple[str, ...], tuple[str, ...]], ...] = (
    ("github", (".github",), ("github.com",)),
    ("gitlab", (GITLAB_CI, ".gitlab"), ("gitlab.com",)),
    ("forgejo", (".forgejo", ".gitea"), ("codeberg.org",)),
)
"""A forge, the paths that tell of it, the hosts of git remotes that do."""

Done = Literal["new", "changed", "same", "kept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyFile:
    """A file to write: `content` is what it will have. "kept" files have something else and stay; `note` says what
    to do about it."""

    path: str
    done: Done
    content: str
    note: str = ""


def detected_parts(exists: Callable[[str], bool], host: str) -> tuple[Part, ...]:
    """The forges that a repository shows signs of (GitHub where there is none), and pre-commit."""
    found = [part for part, paths, hosts in _SIGNS if host in hosts or any(map(exists, paths))]
    return (*(found or ["github"]), "pre-commit")


def ready_files(
    parts: Collection[Part], read: Callable[[str], bytes | None], version: str, *, force: bool = False
) -> tuple[ReadyFile, ...]:
    """What to write, in order of path. Files that differ from ours stay, unless `force`; then they are replaced."""
    files = [_ready(path, content, read, force) for path, content in _wanted(parts, read, version).items()]
    if "pre-commit" in parts:
        files.append(_hooks(read(PRE_COMMIT), version, _configured(read(PYPROJECT))))
    return tuple(sorted(files, key=lambda each: each.path))


def _wanted(parts: Collection[Part], read: Callable[[str], bytes | None], version: str) -> dict[str, str]:
    wanted: dict[str, str] = {}
    if "github" in parts:
        wanted[".github/workflows/pinkit.yml"] = github_checks(version)
        wanted[".github/workflows/pinkit-upgrade.yml"] = github_upgrade(version)
    if "forgejo" in parts:
        folder = ".forgejo" if read(".gitea/workflows/pinkit.yml") is None else ".gitea"
        wanted[f"{folder}/workflows/pinkit.yml"] = forgejo_checks(version)
        wanted[f"{folder}/workflows/pinkit-upgrade.yml"] = forgejo_upgrade(version)
    if "gitlab" in parts:
        wanted[INCLUDE] = gitlab_jobs(version)
        wanted[GITLAB_CI] = gitlab_root()
    return wanted


def _ready(path: str, content: str, read: Callable[[str], bytes | None], force: bool) -> ReadyFile:
    found = read(path)
    if found is None:
        return ReadyFile(path=path, done="new", content=content)
    if found == content.encode():
        return ReadyFile(path=path, done="same", content=content)
    if path == GITLAB_CI:
        # The user's own pipeline is never replaced.
        included = INCLUDE.encode() in found
        note = "" if included else f"add to `include:` of it: `- local: {INCLUDE}`"
        return ReadyFile(path=path, done="same" if included else "kept", content=content, note=note)
    if force:
        return ReadyFile(path=path, done="changed", content=content)
    return ReadyFile(path=path, done="kept", content=content, note="it differs; --force replaces it")


def _configured(content: bytes | None) -> tuple[str, ...]:
    """The files that the configured locks are made of, and the locks."""
    locks = read_settings(content, PYPROJECT).locks if content is not None else ()
    names = {lock.name for lock in locks}
    asked = [path for lock in locks for path in (*lock.inputs, *lock.constraints) if path not in names]
    return (*asked, *(lock.output for lock in locks))


def _hooks(found: bytes | None, version: str, paths: Collection[str]) -> ReadyFile:
    content = with_hooks(found, PRE_COMMIT, version, paths)
    if content is None:
        note = "its `repos` cannot be extended safely; add pinkit's hooks by hand (docs/ci.md)"
        return ReadyFile(path=PRE_COMMIT, done="kept", content="", note=note)
    done: Done = "new" if found is None else "same" if content.encode() == found else "changed"
    return ReadyFile(path=PRE_COMMIT, done=done, content=content)
