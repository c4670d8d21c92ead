"""Pull requests at GitHub (REST, 2022-11-28), also GitHub Enterprise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.adapters.forges.pulls import PullRequests, Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.model.proposal import Proposal, Published

ACCEPT = "application/vnd.github+json, application/json;q=0.9"


class GitHub(PullRequests):
    """A `Forge` that filters by branch, and that labels by name once there is something to label."""

    def create(self, proposal: Proposal) -> Published:
        """Open it, then label it."""
        published = super().create(proposal)
        self._label(published, proposal)
        return published

    def _query(self, branch: str) -> Query:
        query: Query = {"per_page": 100}
        if branch:
            owner = self._slug.partition("/")[0]
            query |= {"head": f"{owner}:{branch}", "sort": "created", "direction": "desc"}
        return query

    def _opening(self, proposal: Proposal) -> Mapping[str, Any]:
        return {"maintainer_can_modify": True}

    def _labels(self, proposal: Proposal) -> Sequence[str | int]:
        return proposal.labels
