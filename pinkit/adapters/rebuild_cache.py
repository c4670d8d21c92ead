"""Attempts kept by content: the same wheel, source, build environment and plan need no second build."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from pinkit.adapters.files import write_atomically
from pinkit.rebuild.attempt_json import ENGINE, attempt_from, attempt_object

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.rebuild import Attempt
    from pinkit.model.rebuild_plan import Plan


class AttemptCache:
    """A directory of attempts; None keeps nothing. A broken entry is as good as none."""

    def __init__(self, root: Path | None) -> None:
        self._root = root

    def key(self, published: bytes, source_digest: str, conditions: str, plan: Plan) -> str:
        """All that an attempt depends on, as one digest; the plan's `because` is none of it.

        `conditions` name the build environment, the sandbox's level and the kind of comparison.
        """
        told = {**asdict(plan), "because": ""}
        parts = [ENGINE, hashlib.sha256(published).hexdigest(), source_digest, conditions, told]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def load(self, key: str, plan: Plan) -> Attempt | None:
        """The attempt kept under `key`, as one of `plan`."""
        if self._root is None:
            return None
        try:
            return attempt_from(json.loads((self._root / f"{key}.json").read_bytes()), plan)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, key: str, attempt: Attempt) -> None:
        """Keep the attempt; one that failed is tried again next time."""
        if self._root is not None and attempt.comparison is not None:
            self._root.mkdir(parents=True, exist_ok=True)
            write_atomically(self._root / f"{key}.json", json.dumps(attempt_object(attempt)).encode())
