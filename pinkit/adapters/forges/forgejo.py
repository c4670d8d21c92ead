"""Pull requests at Forgejo and Gitea (API v1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.adapters.forges.answers import number_at, text_at
from pinkit.model.proposal import Published

if TYPE_CHECKING:
    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import Proposal, State

_PAGE = 50
"""What an instance gives at most, unless its settings say otherwise."""


class Forgejo:
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
        """Pull requests whose head is in the repository itself; the API cannot filter by branch."""
        state = "all" if branch else "open"
        found = self._api.listed(f"{self._path}/pulls", state=state, limit=_PAGE)
        own = [_published(entry) for entry in found if self._is_own(entry)]
        asked = [each for each in own if not branch or each.branch == branch]
        return tuple(sorted(asked, key=lambda each: each.number, reverse=True))

    def create(self, proposal: Proposal) -> Published:
        """Open it, with those of its labels that the repository has."""
        content = {
            "title": proposal.title,
            "head": proposal.branch,
            "base": proposal.base,
            "body": proposal.body,
            "labels": self._label_ids(proposal),
        }
        return _published(
            self._api.send("POST", f"{self._path}/pulls", content, done=lambda: self._opened(proposal))
        )

    def update(self, published: Published, proposal: Proposal) -> None:
        """Replace title and body, add labels."""
        content = {"title": proposal.title, "body": proposal.body}
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", content)
        if labels := self._label_ids(proposal):
            self._api.tell("POST", f"{self._path}/issues/{published.number}/labels", {"labels": labels})

    def close(self, published: Published, comment: str) -> None:
        """Comment, then close."""
        self._api.tell("POST", f"{self._path}/issues/{published.number}/comments", {"body": comment})
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", {"state": "closed"})

    def _label_ids(self, proposal: Proposal) -> list[int]:
        if not proposal.labels:
            return []
        known = self._api.listed(f"{self._path}/labels", limit=_PAGE)
        return [number_at(entry, "id") for entry in known if entry.get("name") in proposal.labels]

    def _is_own(self, entry: dict[str, Any]) -> bool:
        head = entry.get("head")
        repository = head.get("repo") if isinstance(head, dict) else None
        return isinstance(repository, dict) and str(repository.get("full_name")).lower() == self._slug.lower()

    def _opened(self, proposal: Proposal) -> dict[str, Any] | None:
        found = self._api.listed(f"{self._path}/pulls", state="open", limit=_PAGE)
        ours = (entry for entry in found if self._is_own(entry))
        wanted = (proposal.branch, proposal.base)
        return next(
            (e for e in ours if (text_at(e, "head", "ref"), text_at(e, "base", "ref")) == wanted), None
        )


def _published(entry: dict[str, Any]) -> Published:
    state: State = "open" if entry.get("state") == "open" else "merged" if entry.get("merged") else "closed"
    return Published(
        number=number_at(entry, "number"),
        branch=text_at(entry, "head", "ref"),
        base=text_at(entry, "base", "ref"),
        title=text_at(entry, "title"),
        body=str(entry.get("body") or ""),
        url=text_at(entry, "html_url"),
        state=state,
    )
