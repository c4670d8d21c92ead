"""Which members of a wheel are its own metadata (binary distribution format, "The .dist-info directory")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.filenames import project_name

if TYPE_CHECKING:
    from collections.abc import Iterable


def own_dist_info(names: Iterable[str], filename: str) -> str:
    """The .dist-info folder of the wheel itself: one may carry those of what it vendors (PEP 427). ValueError."""
    found = [
        folder
        for name in names
        if (folder := name.removesuffix("/METADATA")) != name and folder.endswith(".dist-info")
    ]
    found = [folder for folder in dict.fromkeys(found) if "/" not in folder]
    name = project_name(filename)
    own = [f for f in found if project_name(f"{f.removesuffix('.dist-info')}.tar.gz") == name]
    chosen = own or found
    if len(chosen) != 1:
        raise ValueError(f"it has {len(chosen)} METADATA files")
    return chosen[0]
