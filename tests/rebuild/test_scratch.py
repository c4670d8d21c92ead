"""Throw-away trees go into memory only where there is plenty of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinkit.adapters.rebuild_scratch import scratch_folder

if TYPE_CHECKING:
    from pathlib import Path

GIB = 1024 * 1024


@pytest.mark.parametrize(
    ("source_bytes", "available_kib", "in_memory"),
    [(1000, 8 * GIB, True), (1 << 30, 8 * GIB, False), (1000, 1 * GIB, False), (1000, None, False)],
    ids=["small", "large-source", "little-memory", "unknown-memory"],
)
def test_memory_is_for_small_sources_and_plenty(
    tmp_path: Path, source_bytes: int, available_kib: int | None, in_memory: bool
) -> None:
    facts = tmp_path / "meminfo"
    told = "" if available_kib is None else f"MemFree: 1 kB\nMemAvailable:  {available_kib} kB\n"
    facts.write_text(told)
    folder = scratch_folder(source_bytes, memory=str(tmp_path), facts=facts)
    assert (folder == tmp_path) == in_memory


def test_without_shared_memory_the_usual_place_is_used(tmp_path: Path) -> None:
    assert scratch_folder(1000, memory=str(tmp_path / "absent")) is None
    assert scratch_folder(1000, memory="/proc", facts=tmp_path / "absent") is None
