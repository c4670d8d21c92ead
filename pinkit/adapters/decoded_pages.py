"""How many decoded files of pages stay in memory: enough to work with, few enough not to fill it."""

from __future__ import annotations

import threading
from collections import deque
from typing import Protocol

MOST_FILES = 12_000


class Decoded(Protocol):
    """Something that can decode its files again."""

    def forget_files(self) -> None:
        """Give their memory back."""
        ...


class DecodedPages:
    """Tells the oldest pages to forget their files when there are more than `most_files` in all."""

    def __init__(self, most_files: int = MOST_FILES) -> None:
        self._most = most_files
        self._pages: deque[tuple[Decoded, int]] = deque()
        self._files = 0
        self._guard = threading.Lock()

    def keep(self, page: Decoded, files: int) -> None:
        """Count a page that has just been decoded."""
        with self._guard:
            self._pages.append((page, files))
            self._files += files
            while self._files > self._most and len(self._pages) > 1:
                oldest, count = self._pages.popleft()
                self._files -= count
                oldest.forget_files()
