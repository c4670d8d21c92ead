"""Merge requests at GitLab (REST v4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit.adapters.forges.answers import number_at, text_at
from pinkit.model.proposal import Published

if TYPE_CHECKING:
    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import Proposal, State

_STATES: dict[str, State] = {"opened": "open", "locked": "open", "merged": "merged"}


class GitLab:
    """A `Forge`: the project `slug` ("group/subgroup/name")."""

    body_limit = 1_048_576

    def __init__(self, api: Api, slug: str) -> None:
        self._api = api
        self._path = f"/projects/{quote(slug, safe='')}"

    def default_branch(self) -> str:
        """What the project says."""
        return text_at(self._api.get(self._path), "default_branch")

    def proposals(self, branch: str = "") -> tuple[Published, ...]:
        """Merge requests whose source is the project itself."""
        query: dict[str, str | int] = {"state": "opened", "per_page": 100}
        if branch:
            query |= {"state": "all", "source_branch": branch, "order_by": "created_at", "sort": "desc"}
        found = self._api.listed(f"{self._path}/merge_requests", **query)
        return tuple(_published(e) for e in found if _is_own(e))

    def create(self, proposal: Proposal) -> Published:
        """Open it; labels that the project does not have yet are made."""
        content = {
            "source_branch": proposal.branch,
            "target_branch": proposal.base,
            "title": proposal.title,
            "description": proposal.body,
            "labels": ",".join(proposal.labels),
            "remove_source_branch": True,
        }
        path = f"{self._path}/merge_requests"
        return _published(self._api.send("POST", path, content, done=lambda: self._opened(proposal)))

    def update(self, published: Published, proposal: Proposal) -> None:
        """Replace title and description, add labels."""
        content = {"title": proposal.title, "description": proposal.body}
        if proposal.labels:
            content["add_labels"] = ",".join(proposal.labels)
        self._api.tell("PUT", f"{self._path}/merge_requests/{published.number}", content)

    def close(self, published: Published, comment: str) -> None:
        """Comment, then close."""
        path = f"{self._path}/merge_requests/{published.number}"
        self._api.tell("POST", f"{path}/notes", {"body": comment})
        self._api.tell("PUT", path, {"state_event": "close"})

    def _opened(self, proposal: Proposal) -> dict[str, Any] | None:
        query = {"state": "opened", "source_branch": proposal.branch, "target_branch": proposal.base}
        found = self._api.listed(f"{self._path}/merge_requests", **query)
        return next((entry for entry in found if _is_own(entry)), None)


def _is_own(entry: dict[str, Any]) -> bool:
    return entry.get("source_project_id") is not None and entry.get("source_project_id") == entry.get(
        "target_project_id"
    )


def _published(entry: dict[str, Any]) -> Published:
    return Published(
        number=number_at(entry, "iid"),
        branch=text_at(entry, "source_branch"),
        base=text_at(entry, "target_branch"),
        title=text_at(entry, "title"),
        body=str(entry.get("description") or ""),
        url=text_at(entry, "web_url"),
        state=_STATES.get(str(entry.get("state")), "closed"),
    )
