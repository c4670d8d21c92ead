"""Branches at GitHub through its Git Data API: no git, no identity, and GitHub signs the commits.

A moved branch is noticed by asking once more just before it is set; unlike git's push, the API itself takes no lease.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit.adapters.forges.answers import text_at
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.trailers import with_trailers
from pinkit.model.proposal import BranchCommit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import BranchChange

_RAW = "application/vnd.github.raw+json, application/json;q=0.9"
_FILE_MODES = ("100644", "100755")


class GitHubBranches:
    """A `Branches` of the repository `slug` ("owner/name")."""

    def __init__(self, api: Api, slug: str) -> None:
        self._api = api
        self._path = f"/repos/{slug}"

    def tip(self, branch: str) -> BranchCommit | None:
        """The newest commit, asked anew each time."""
        answer = self._api.get(f"{self._path}/git/ref/{_ref(branch)}", missing=True)
        if answer is None:
            return None
        commit = text_at(answer.json(), "object", "sha")
        told = self._api.get(f"{self._path}/git/commits/{commit}")
        content = told.json() if told else {}
        parents = content.get("parents") if isinstance(content, dict) else None
        return BranchCommit(
            id=commit,
            tree=text_at(content, "tree", "sha"),
            parents=tuple(text_at(each, "sha") for each in parents or ()),
            author=text_at(content, "author", "name"),
            message=str(content.get("message", "")),
        )

    def content(self, commit: str, path: str) -> bytes | None:
        """A file at a commit, read whole."""
        where = f"{self._path}/contents/{quote(path)}"
        answer = self._api.get(where, missing=True, accept=_RAW, ref=commit)
        return None if answer is None else answer.body

    def publish(self, change: BranchChange) -> str:
        """Blobs, tree, commit, then the branch: what fails before the last step leaves nothing that shows."""
        told = self._api.get(f"{self._path}/git/commits/{change.parent}")
        base_tree = text_at(told.json() if told else {}, "tree", "sha")
        modes = self._modes(base_tree)
        entries = [self._entry(each.path, each.content, modes) for each in change.files]
        tree = text_at(
            self._api.send("POST", f"{self._path}/git/trees", {"base_tree": base_tree, "tree": entries}),
            "sha",
        )
        message = with_trailers(change.message, {"Pinkit-Base": change.parent, "Pinkit-Tree": tree})
        # Without author and committer: only then GitHub signs.
        content = {"message": message, "tree": tree, "parents": [change.parent]}
        commit = text_at(self._api.send("POST", f"{self._path}/git/commits", content), "sha")
        self._check_lease(change)
        if change.replaces:
            path = f"{self._path}/git/refs/{_ref(change.branch)}"
            self._api.tell("PATCH", path, {"sha": commit, "force": True})
        else:
            ref = {"ref": f"refs/heads/{change.branch}", "sha": commit}
            self._api.send(
                "POST", f"{self._path}/git/refs", ref, done=lambda: self._made(change.branch, commit)
            )
        return commit

    def delete(self, branch: str, tip: str) -> None:
        """Remove the branch, unless it moved meanwhile."""
        answer = self._api.get(f"{self._path}/git/ref/{_ref(branch)}", missing=True)
        if answer is not None and text_at(answer.json(), "object", "sha") == tip:
            self._api.tell("DELETE", f"{self._path}/git/refs/{_ref(branch)}", {})

    def _check_lease(self, change: BranchChange) -> None:
        found = self.tip(change.branch)
        if (found.id if found else "") != change.replaces:
            raise Unavailable(f"{change.branch} was moved meanwhile", hint="run it again")

    def _made(self, branch: str, commit: str) -> dict[str, Any] | None:
        found = self.tip(branch)
        return {} if found and found.id == commit else None

    def _modes(self, tree: str) -> Mapping[str, str]:
        answer = self._api.get(f"{self._path}/git/trees/{tree}", recursive=1)
        content = answer.json() if answer else {}
        entries = content.get("tree") if isinstance(content, dict) else None
        return {text_at(each, "path"): text_at(each, "mode") for each in entries or ()}

    def _entry(self, path: str, content: str | None, modes: Mapping[str, str]) -> dict[str, Any]:
        mode = modes.get(path, "100644")
        if mode not in _FILE_MODES:
            raise UsageError(f"{path} is a link or a submodule in the repository, no file")
        entry: dict[str, Any] = {"path": path, "mode": mode, "type": "blob"}
        if content is None:
            return {**entry, "sha": None}
        encoded = base64.b64encode(content.encode()).decode("ascii")
        blob = {"content": encoded, "encoding": "base64"}
        return {**entry, "sha": text_at(self._api.send("POST", f"{self._path}/git/blobs", blob), "sha")}


def _ref(branch: str) -> str:
    return quote(f"heads/{branch}", safe="")
