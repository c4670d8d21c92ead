"""Pull requests as GitHub, Gitea and Forgejo have them: the same repositories, pulls and issues, a few habits apart."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from pinkit.adapters.forges.answers import number_at, text_at
from pinkit.model.proposal import Published

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.adapters.forges.api import Api
    from pinkit.model.proposal import Proposal, State

Query = dict[str, str | int]


class PullRequests(ABC):
    """A `Forge`: the repository `slug` ("owner/name")."""

    body_limit = 65_536

    def __init__(self, api: Api, slug: str) -> None:
        self._api, self._slug = api, slug
        self._path = f"/repos/{slug}"

    def default_branch(self) -> str:
        """What the repository says."""
        return text_at(self._api.get(self._path), "default_branch")

    def proposals(self, branch: str = "") -> tuple[Published, ...]:
        """Pull requests whose head is in the repository itself; forks may name their branches as they like."""
        state = "all" if branch else "open"
        found = [each for each in map(_published, self._own(state, branch)) if branch in ("", each.branch)]
        return tuple(sorted(found, key=lambda each: each.number, reverse=True))

    def create(self, proposal: Proposal) -> Published:
        """Open it."""
        content = {
            "title": proposal.title,
            "head": proposal.branch,
            "base": proposal.base,
            "body": proposal.body,
            **self._opening(proposal),
        }
        path = f"{self._path}/pulls"
        return _published(self._api.send("POST", path, content, done=lambda: self._opened(proposal)))

    def update(self, published: Published, proposal: Proposal) -> None:
        """Replace title and body, add labels."""
        content = {"title": proposal.title, "body": proposal.body}
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", content)
        self._label(published, proposal)

    def close(self, published: Published, comment: str) -> None:
        """Comment, then close."""
        self._api.tell("POST", f"{self._path}/issues/{published.number}/comments", {"body": comment})
        self._api.tell("PATCH", f"{self._path}/pulls/{published.number}", {"state": "closed"})

    @abstractmethod
    def _query(self, branch: str) -> Query:
        """What a list is asked with: the page's size, and the branch where the forge can filter by it."""

    @abstractmethod
    def _opening(self, proposal: Proposal) -> Mapping[str, Any]:
        """What the forge wants to know beyond title, body and branches."""

    @abstractmethod
    def _labels(self, proposal: Proposal) -> Sequence[str | int]:
        """The proposal's labels as the forge takes them."""

    def _label(self, published: Published, proposal: Proposal) -> None:
        if labels := self._labels(proposal):
            path = f"{self._path}/issues/{published.number}/labels"
            self._api.tell("POST", path, {"labels": list(labels)})

    def _own(self, state: str, branch: str) -> list[dict[str, Any]]:
        found = self._api.listed(f"{self._path}/pulls", **self._query(branch), state=state)
        return [entry for entry in found if self._is_own(entry)]

    def _is_own(self, entry: dict[str, Any]) -> bool:
        head = entry.get("head")
        repository = head.get("repo") if isinstance(head, dict) else None
        return isinstance(repository, dict) and str(repository.get("full_name")).lower() == self._slug.lower()

    def _opened(self, proposal: Proposal) -> dict[str, Any] | None:
        """What an attempt to open it made whose answer got lost."""
        wanted = (proposal.branch, proposal.base)
        found = self._own("open", proposal.branch)
        return next(
            (e for e in found if (text_at(e, "head", "ref"), text_at(e, "base", "ref")) == wanted), None
        )


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
