"""Pull requests at GitHub (REST, 2022-11-28), also GitHub Enterprise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.adapters.forges.answers import number_at, text_at
from pinkit.model.proposal import Published

if TYPE_CHECKING:
    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import Proposal, State

ACCEPT = "application/vnd.github+json, application/json;q=0.9"


class GitHub:
    """A `Forge`: the repository `slug` ("owner/name")."""

    body_limit = 65_536

    def __init__(self, api: Api, slug: str) -> None:
        self._api, self._slug = api, slug
        self._path = f"/repos/{slug}"

    def default_branch(self) -> str:
        """What the repository says."""
        answer = self._api.get(self._path)
        return text_at(answer.json() if answer else {}, "default_branch")

    def proposals(self, branch: str = "") -> tuple[Published, ...]:
        """Pull requests whose head is in the repository itself; forks may name their branches as they like."""
        query: dict[str, str | int] = {"state": "open", "per_page": 100}
        if branch:
            owner = self._slug.partition("/")[0]
            query |= {"state": "all", "head": f"{owner}:{branch}", "sort": "created", "direction": "desc"}
        found = (entry for entry in self._api.listed(f"{self._path}/pulls", **query) if self._is_own(entry))
        return tuple(p for p in map(_published, found) if not branch or p.branch == branch)

    def create(self, proposal: Proposal) -> Published:
        """Open it, then label it."""
        content = {
            "title": proposal.title,
            "head": proposal.branch,
            "base": proposal.base,
            "body": proposal.body,
            "maintainer_can_modify": True,
        }
        published = _published(
            self._api.send("POST", f"{self._path}/pulls", content, done=lambda: self._opened(proposal))
        )
        self._label(published, proposal)
        return published

    def update(self, published: Published, proposal: Proposal) -> None:
        """Replace title and body, add labels."""
        content = {"title": proposal.title, "body": proposal.body}
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", content)
        self._label(published, proposal)

    def close(self, published: Published, comment: str) -> None:
        """Comment, then close."""
        self._api.tell("POST", f"{self._path}/issues/{published.number}/comments", {"body": comment})
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", {"state": "closed"})

    def _label(self, published: Published, proposal: Proposal) -> None:
        if proposal.labels:
            path = f"{self._path}/issues/{published.number}/labels"
            self._api.tell("POST", path, {"labels": list(proposal.labels)})

    def _is_own(self, entry: dict[str, Any]) -> bool:
        head = entry.get("head")
        repository = head.get("repo") if isinstance(head, dict) else None
        return isinstance(repository, dict) and str(repository.get("full_name")).lower() == self._slug.lower()

    def _opened(self, proposal: Proposal) -> dict[str, Any] | None:
        owner = self._slug.partition("/")[0]
        head = f"{owner}:{proposal.branch}"
        found = self._api.listed(f"{self._path}/pulls", state="open", head=head, base=proposal.base)
        return next((entry for entry in found if self._is_own(entry)), None)


def _published(entry: dict[str, Any]) -> Published:
    state: State = (
        "open" if entry.get("state") == "open" else "merged" if entry.get("merged_at") else "closed"
    )
    return Published(
        number=number_at(entry, "number"),
        branch=text_at(entry, "head", "ref"),
        base=text_at(entry, "base", "ref"),
        title=text_at(entry, "title"),
        body=str(entry.get("body") or ""),
        url=text_at(entry, "html_url"),
        state=state,
    )
