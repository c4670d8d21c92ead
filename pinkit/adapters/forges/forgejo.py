"""Pull requests at Forgejo and Gitea (API v1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.adapters.forges.answers import number_at
from pinkit.adapters.forges.pulls import PullRequests, Query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pinkit.model.proposal import Proposal

_PAGE = 50
"""What an instance gives at most, unless its settings say otherwise."""


class Forgejo(PullRequests):
    """A `Forge` that cannot filter by branch, and that knows labels by their ids."""

    def _query(self, branch: str) -> Query:
        return {"limit": _PAGE}

    def _opening(self, proposal: Proposal) -> Mapping[str, Any]:
        return {"labels": self._labels(proposal)}

    def _labels(self, proposal: Proposal) -> Sequence[str | int]:
        """The ids of those of its labels that the repository has."""
        if not proposal.labels:
            return []
        known = self._api.listed(f"{self._path}/labels", limit=_PAGE)
        return [number_at(entry, "id") for entry in known if entry.get("name") in proposal.labels]
