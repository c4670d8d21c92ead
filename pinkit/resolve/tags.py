"""Which targets can install a wheel, from the tag set of its filename (PEP 425, 600, 656, 803).

Equal to looking the expanded tags up in packaging's `cpython_tags` and `compatible_tags` of each target.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.target import Target


class Wheels:
    """The targets that accept a wheel, as bits in the order of `targets`; memoised for each tag and tag set."""

    def __init__(self, targets: Iterable[Target]) -> None:
        self._interpreters: dict[tuple[str, int, bool], int] = {}
        self._platforms: dict[str, int] = {}
        bit = 1
        for target in targets:
            minor = int(target.python.partition(".")[2])
            interpreter = (target.implementation, minor, target.free_threaded)
            self._interpreters[interpreter] = self._interpreters.get(interpreter, 0) | bit
            for tag in target.platform.tags:
                self._platforms[tag] = self._platforms.get(tag, 0) | bit
            bit <<= 1
        self._all = bit - 1
        self._sets: dict[str, int] = {}
        self._pythons: dict[tuple[str, str, bool], int] = {}

    def accepting(self, tags: str) -> int:
        """Targets that accept a wheel with the compressed tag set "cp312-cp312-win_amd64"; 0 if it is none."""
        mask = self._sets.get(tags)
        if mask is None:
            mask = self._sets[tags] = self._expanded(tags.lower())
        return mask

    def _expanded(self, tags: str) -> int:
        parts = tags.split("-")
        if len(parts) != 3:
            return 0
        pythons, abis, platforms = (part.split(".") for part in parts)
        on_any = on_platform = 0
        for python in pythons:
            for abi in abis:
                on_platform |= self._python(python, abi, pure=False)
                on_any |= self._python(python, abi, pure=True)
        mask = 0
        for platform in platforms:
            mask |= on_any if platform == "any" else on_platform & self._platforms.get(platform, 0)
        return mask

    def _python(self, python: str, abi: str, *, pure: bool) -> int:
        key = (python, abi, pure)
        mask = self._pythons.get(key)
        if mask is None:
            mask = 0
            for (implementation, minor, threaded), targets in self._interpreters.items():
                if _runs(python, abi, implementation, minor, threaded=threaded, pure=pure):
                    mask |= targets
            self._pythons[key] = mask
        return mask


def _runs(python: str, abi: str, implementation: str, minor: int, *, threaded: bool, pure: bool) -> bool:
    """Whether Python 3.`minor` takes files of that Python and ABI tag; `pure` for the platform "any"."""
    newest = f"cp3{minor}" if implementation == "cpython" else f"pp3{minor}"
    if abi == "none":
        return python == newest or python == "py3" or _generic_minor(python) <= minor
    if pure or implementation != "cpython":
        return False
    if abi == ("abi3t" if threaded else "abi3"):
        # The stable ABI exists since 3.2 and is forward compatible.
        return python[:3] == "cp3" and python[3:].isdigit() and 2 <= int(python[3:]) <= minor
    return python == newest and abi == (f"{newest}t" if threaded else newest)


def _generic_minor(python: str) -> int:
    number = python[3:]
    if python[:3] != "py3" or not number.isdigit() or (number[0] == "0" and number != "0"):
        return 1000
    return int(number)
