"""The one file of a release that an installer would take on a target (PEP 425, in the order of pip)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.formats.filenames import FilenameReader
from pinkit.resolve.tags import Wheels

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.distribution import Distribution
    from pinkit.model.target import Target


def best_wheel(name: str, files: Iterable[Distribution], target: Target) -> Distribution | None:
    """The wheel that suits the target best; None where none runs there."""
    reader, accepted = FilenameReader(name), Wheels([target])
    fitting = []
    for file in files:
        parsed = reader.parse(file.filename)
        if parsed and parsed[1] != "sdist" and accepted.accepting(parsed[1]):
            fitting.append((_rank(parsed[1], target), file.filename, file))
    return min(fitting)[2] if fitting else None


def best_file(name: str, files: Iterable[Distribution], target: Target) -> Distribution | None:
    """The best wheel, else an sdist; None where there is neither."""
    known = sorted(files, key=lambda file: file.filename)
    reader = FilenameReader(name)
    sdists = (f for f in known if (parsed := reader.parse(f.filename)) and parsed[1] == "sdist")
    return best_wheel(name, known, target) or next(sdists, None)


def _rank(tags: str, target: Target) -> tuple[int, int]:
    """Less is better: exact ABI before stable ABI before none, then the platform tag's place (PEP 425)."""
    _, abis, platforms = tags.split("-")
    abi = 2 if "none" in abis.split(".") else 1 if "abi3" in abis.split(".") else 0
    order = target.platform.tags
    places = [order.index(tag) for tag in platforms.split(".") if tag in order]
    return abi, min(places, default=len(order))
