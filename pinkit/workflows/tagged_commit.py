"""Which commit of a project's own repository a release is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from pinkit.model.checkout import Checkout
from pinkit.rebuild.compare_git import tags_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pinkit.rebuild.compare_git import Blob


class Repository(Protocol):
    """A local clone. Every method raises `Unavailable` where git cannot answer."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    def tags(self) -> Mapping[str, str]:
        """Tag -> full id of the commit."""
        ...

    def object_format(self) -> str:
        """ "sha1" or "sha256"."""
        ...

    def blobs(self, commit: str) -> Mapping[str, Blob]:
        """Path -> blob of every file of the commit."""
        ...


class Tagged(NamedTuple):
    """The commit of a release and the tag that says so; `commit` is "" where none does, `why` tells then."""

    commit: str = ""
    tag: str = ""
    why: str = ""


def tagged_commit(name: str, version: str, repository: Repository) -> Tagged:
    """The commit that the release's tag stands for; none where tags that name it stand for different ones."""
    tags = repository.tags()
    named = tags_for(name, version, tags)
    commits = {tags[tag] for tag in named}
    if not named:
        return Tagged(why="no tag names this release")
    if len(commits) > 1:
        return Tagged(why=f"tags {', '.join(named)} stand for different commits")
    return Tagged(commit=commits.pop(), tag=named[0])


def buildable(
    commit: str, folder: str, repository: Repository, blobs: Mapping[str, Blob]
) -> tuple[Checkout | None, str]:
    """The checkout to build from, or None and why the commit alone is not enough."""
    if ".gitmodules" in blobs:
        return None, "the commit has submodules, and these are not fetched"
    return Checkout(path=str(repository.path.absolute()), commit=commit, folder=folder), ""
