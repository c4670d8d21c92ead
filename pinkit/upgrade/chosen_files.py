"""Which files of a release speak for it when only a few are looked into."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinkit.formats.filenames import FilenameReader

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.distribution import Distribution

_FAMILIES = ("linux", "macosx", "win")
_LAST = re.compile(r"(\d)(\d*)")


def chosen_files(name: str, files: Iterable[Distribution]) -> tuple[Distribution, ...]:
    """One wheel for each family of platforms, that of the newest Python; an sdist where there is no wheel at all.

    By filename, so that the same files give the same choice in whatever order.
    """
    reader = FilenameReader(name)
    wheels: dict[str, tuple[tuple[object, ...], Distribution]] = {}
    sdists = []
    for file in sorted(files, key=lambda each: each.filename):
        parsed = reader.parse(file.filename)
        if parsed is None:
            continue
        if parsed[1] == "sdist":
            sdists.append(file)
            continue
        python, _, platform = parsed[1].rpartition("-")
        family = (
            "any" if platform == "any" else next((each for each in _FAMILIES if each in platform), "other")
        )
        rank = (_python(python), "x86_64" in platform or "amd64" in platform, file.filename)
        if family not in wheels or rank > wheels[family][0]:
            wheels[family] = (rank, file)
    return tuple(wheels[family][1] for family in sorted(wheels)) or tuple(sdists[:1])


def _python(tags: str) -> tuple[int, int]:
    """The newest Python that "cp312-cp312" or "py2.py3-none" names."""
    found = [(int(major), int(minor or 0)) for major, minor in _LAST.findall(tags.partition("-")[0])]
    return max(found, default=(0, 0))
