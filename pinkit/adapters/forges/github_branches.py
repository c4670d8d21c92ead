"""Branches at GitHub through its Git Data API: no git, no identity, and GitHub signs the commits.

A moved branch is noticed by asking once more just before it is set; unlike git's push, the API itself takes no lease.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit.adapters.forges.answers import entries_at, text_at
from pinkit.errors import Unavailable, UsageError
from pinkit.formats.trailers import with_trailers
from pinkit.model.proposal import BranchCommit

if TYPE_CHECKING:
    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import BranchChange
    from pinkit.model.upgrade import PlannedFile

_FILE_MODES = ("100644", "100755")


class GitHubBranches:
    """A `Branches` of the repository `slug` ("owner/name")."""

    def __init__(self, api: Api, slug: str) -> None:
        self._api = api
        self._path = f"/repos/{slug}"
        self._listings: dict[str, dict[str, tuple[str, str]]] = {}

    def tip(self, branch: str) -> BranchCommit | None:
        """The newest commit, asked anew each time."""
        commit = self._tip_id(branch)
        if not commit:
            return None
        told = self._api.get(f"{self._path}/git/commits/{commit}")
        return BranchCommit(
            id=commit,
            tree=text_at(told, "tree", "sha"),
            parents=tuple(text_at(each, "sha") for each in entries_at(told, "parents")),
            author=text_at(told, "author", "name"),
            message=str(told.get("message", "")),
        )

    def content(self, commit: str, path: str) -> bytes | None:
        """A file at a commit, read whole; None where there is none, or no plain file."""
        entry = self._entry_at(self._tree_of(commit), path)
        if entry is None or entry[0] not in _FILE_MODES:
            return None
        encoded = text_at(self._api.get(f"{self._path}/git/blobs/{entry[1]}"), "content")
        try:
            return base64.b64decode("".join(encoded.split()), validate=True)
        except ValueError:
            raise Unavailable(f"the forge's answer for {path} is no Base64") from None

    def publish(self, change: BranchChange) -> str:
        """Blobs, tree, commit, then the branch: what fails before the last step leaves nothing that shows."""
        base_tree = self._tree_of(change.parent)
        entries = [self._entry(base_tree, each) for each in change.files]
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
        if self._tip_id(branch) == tip:
            self._api.tell("DELETE", f"{self._path}/git/refs/{_ref(branch)}")

    def _tip_id(self, branch: str) -> str:
        """The id of the newest commit; "" where there is no such branch."""
        found = self._api.found(f"{self._path}/git/ref/{_ref(branch)}")
        return "" if found is None else text_at(found, "object", "sha")

    def _check_lease(self, change: BranchChange) -> None:
        if self._tip_id(change.branch) != change.replaces:
            raise Unavailable(f"{change.branch} was moved meanwhile", hint="run it again")

    def _made(self, branch: str, commit: str) -> dict[str, Any] | None:
        return {} if self._tip_id(branch) == commit else None

    def _tree_of(self, commit: str) -> str:
        return text_at(self._api.get(f"{self._path}/git/commits/{commit}"), "tree", "sha")

    def _entry_at(self, tree: str, path: str) -> tuple[str, str] | None:
        """(mode, object id) of a path, folder by folder: a whole tree may be more than GitHub lists at once."""
        mode, found = "040000", tree
        for part in path.split("/"):
            if mode != "040000":
                return None
            entry = self._listing(found).get(part)
            if entry is None:
                return None
            mode, found = entry
        return mode, found

    def _listing(self, tree: str) -> dict[str, tuple[str, str]]:
        known = self._listings.get(tree)
        if known is None:
            content = self._api.get(f"{self._path}/git/trees/{tree}")
            entries = entries_at(content, "tree")
            if content.get("truncated"):
                raise Unavailable(
                    f"the forge does not list all of folder {tree[:12]}", hint="use --commit-through git"
                )
            known = {text_at(e, "path"): (text_at(e, "mode"), text_at(e, "sha")) for e in entries}
            self._listings[tree] = known
        return known

    def _entry(self, base_tree: str, file: PlannedFile) -> dict[str, Any]:
        mode = (self._entry_at(base_tree, file.path) or ("100644", ""))[0]
        if mode not in _FILE_MODES:
            raise UsageError(f"{file.path} is a link or a submodule in the repository, no file")
        entry: dict[str, Any] = {"path": file.path, "mode": mode, "type": "blob"}
        if file.content is None:
            return {**entry, "sha": None}
        encoded = base64.b64encode(file.content.encode()).decode("ascii")
        blob = {"content": encoded, "encoding": "base64"}
        return {**entry, "sha": text_at(self._api.send("POST", f"{self._path}/git/blobs", blob), "sha")}


def _ref(branch: str) -> str:
    return quote(f"heads/{branch}", safe="")
