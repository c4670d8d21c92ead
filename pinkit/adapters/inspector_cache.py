"""What was learned of distributions, kept by their digest: a file never says anything else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from pinkit.adapters.files import write_atomically
from pinkit.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from pinkit.model.distribution import Distribution

T = TypeVar("T")

READER = "4"
"""Raised when more is read of a file than before, so that what older readers kept is not used."""


class Kept(Generic[T]):
    """Answers of one kind below `folder`. A broken entry is as good as none, one that cannot be written is lost."""

    def __init__(self, folder: Path, kind: type[T]) -> None:
        self._folder, self._kind = folder, kind

    def load(self, file: Distribution) -> T | None:
        """What is known of a file; None for nothing, and for files whose index claims no sha256."""
        place = self._place(file)
        if place is None:
            return None
        try:
            return msgspec.json.decode(place.read_bytes(), type=self._kind)
        except (OSError, msgspec.DecodeError):
            return None

    def save(self, file: Distribution, answer: T) -> None:
        """Keep an answer."""
        place = self._place(file)
        if place is None:
            return
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, msgspec.json.encode(answer))
        except (OSError, UsageError):
            return

    def _place(self, file: Distribution) -> Path | None:
        claim = next((text for text in file.hashes if text.startswith("sha256:")), "")
        if not claim:
            return None
        key = hashlib.sha256(f"{READER} {claim} {file.provenance}".encode()).hexdigest()
        return self._folder / key[:2] / f"{key[2:]}.json"
