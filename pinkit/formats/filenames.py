"""What the names of wheels and sdists say: the version and the kind of a file (PEP 427, PEP 625, older customs)."""

from __future__ import annotations

from pinkit.formats.pep440 import Key, sort_key
from pinkit.formats.pep508 import normalized_name

SDIST_SUFFIXES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar.Z", ".tar")
"""Suffixes of source archives, the common ones first."""


class FilenameReader:
    """Reads the filenames of one project; remembers the spellings of its name, so that a page is quick.

    `parse(filename)` gives (version as spelled, kind), or None for a file of another project and for files
    that are neither wheel nor sdist (eggs, installers, signatures). kind is "sdist", or a wheel's compressed
    tag set "py3-none-any". Whether a wheel's version is one is left to the caller, who has to parse it anyway.
    """

    __slots__ = ("_keys", "_name", "_prefix", "_spellings")

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: dict[str, Key | None] = {}
        self._spellings: dict[str, bool] = {}
        self._prefix = ""

    def parse(self, filename: str) -> tuple[str, str] | None:
        """(version, kind) of a file of this project."""
        if filename.endswith(".whl"):
            return self._wheel(filename)
        for suffix in SDIST_SUFFIXES:
            if filename.endswith(suffix):
                return self._sdist(filename[: -len(suffix)])
        return None

    def key(self, version: str) -> Key | None:
        """`sort_key(version)`, remembered: wheel and sdist of a release share it."""
        try:
            return self._keys[version]
        except KeyError:
            key = self._keys[version] = sort_key(version)
            return key

    def _wheel(self, filename: str) -> tuple[str, str] | None:
        spelling, _, rest = filename.partition("-")
        if not self._is_ours(spelling):
            return None
        version, _, tags = rest.partition("-")
        dashes = tags.count("-")
        # A build number starts with a digit (PEP 427); else the name has a dash and the wheel is invalid.
        if dashes == 3 and tags[0].isdecimal() and self.key(version) is not None:
            tags = tags.partition("-")[2]
        elif dashes != 2:
            return None
        return version, tags[:-4]

    def _sdist(self, stem: str) -> tuple[str, str] | None:
        prefix = self._prefix
        if prefix and stem.startswith(prefix):
            version = stem[len(prefix) :]
            if self.key(version) is not None:
                return version, "sdist"
        # Old sdists keep dashes in the name, and both name and version may have digits after a dash:
        # "name-2-1.0-3" is 1.0-3 of "name-2", so the name that we know decides where to cut.
        cut = stem.find("-")
        while cut > 0:
            version = stem[cut + 1 :]
            if self._is_ours(stem[:cut]) and self.key(version) is not None:
                self._prefix = stem[: cut + 1]
                return version, "sdist"
            cut = stem.find("-", cut + 1)
        return None

    def _is_ours(self, spelling: str) -> bool:
        known = self._spellings.get(spelling)
        if known is None:
            known = self._spellings[spelling] = normalized_name(spelling) == self._name
        return known


def is_distribution(filename: str) -> bool:
    """Whether the name ends as a wheel or an sdist does."""
    return filename.endswith((".whl", *SDIST_SUFFIXES))


def project_name(filename: str) -> str | None:
    """The normalised name of the project that a file in a folder belongs to; None where it does not say.

    A wheel says it plainly. In an sdist's name the last dash before a version separates (PEP 625).
    """
    if filename.endswith(".whl"):
        parts = filename[:-4].split("-")
        return normalized_name(parts[0]) if len(parts) in {5, 6} else None
    for suffix in SDIST_SUFFIXES:
        if filename.endswith(suffix):
            return _sdist_name(filename[: -len(suffix)])
    return None


def _sdist_name(stem: str) -> str | None:
    cut = stem.rfind("-")
    while cut > 0 and sort_key(stem[cut + 1 :]) is None:
        cut = stem.rfind("-", 0, cut)
    return normalized_name(stem[:cut]) if cut > 0 else None
