"""A commit of a local clone as the source of a distribution."""

from __future__ import annotations

from dataclasses import dataclass

_COMMIT = "gitCommit:"
_GIT = "git"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """What is built: the project in `folder` ("" = the top) of the `commit` (full id) of the clone at `path`."""

    path: str
    commit: str
    folder: str = ""

    @property
    def name(self) -> str:
        """How outcomes and evidence name it: "git", or "git/FOLDER"; the clone's path stays here."""
        return f"{_GIT}/{self.folder}" if self.folder else _GIT

    @property
    def digest(self) -> str:
        """ "gitCommit:ID"."""
        return f"{_COMMIT}{self.commit}"


def is_commit(digest: str) -> bool:
    """Whether a source's digest is that of a commit."""
    return digest.startswith(_COMMIT)


def checkout_of(path: str, name: str, digest: str) -> Checkout:
    """The checkout of the clone at `path` that outcomes name so."""
    return Checkout(path=path, commit=digest.removeprefix(_COMMIT), folder=name.partition("/")[2])
