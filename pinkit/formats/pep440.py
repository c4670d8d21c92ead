"""Order of versions (PEP 440), without importing `packaging`: the warm path reads ten thousands of them.

Proven equal to `packaging.version.Version` by tests.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.upgrade_policy import Kind

Phase = tuple[int, int, int, int, int]
"""(pre rank, pre number, post number + 1 or 0, 0 for a dev release else 1, dev number)."""

Local = tuple[tuple[int, str], ...]
"""Segments of a local version: (number, "") or (-1, text); () without one."""

Key = tuple[int, tuple[int, ...], Phase, Local]
"""(epoch, release without trailing zeros, phase, local); compares as PEP 440 orders."""

FINAL: Phase = (3, 0, 0, 1, 0)
"""The phase of a plain release: no pre, post or dev part."""

_PRE_RANK = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_DEV_ONLY = -1
_NO_PRE = 3
_LONGEST = 1024

_PATTERN = r"""
    v?
    (?: (?P<epoch>[0-9]+) ! )?
    (?P<release> [0-9]+ (?: \.[0-9]+ )* )
    (?: [._-]? (?P<pre> alpha|beta|preview|pre|rc|a|b|c ) [._-]? (?P<pre_number>[0-9]*) )?
    (?P<post> - (?P<post_implicit>[0-9]+) | [._-]? (?:post|rev|r) [._-]? (?P<post_number>[0-9]*) )?
    (?P<dev> [._-]? dev [._-]? (?P<dev_number>[0-9]*) )?
    (?: \+ (?P<local> [a-z0-9]+ (?: [._-][a-z0-9]+ )* ) )?
"""


def sort_key(text: str) -> Key | None:
    """Where the version `text` stands among all; None when it is no version (PEP 440, appendix B).

    Equal versions ("1.0", "v1.0.0") have equal keys. A text of more than 1,024 characters is no version.
    """
    if len(text) > _LONGEST:
        return None
    if text.isascii() and text.replace(".", "").isdecimal():
        try:
            plain = tuple(map(int, text.split(".")))
        except ValueError:
            return None
        return (0, plain if plain[-1] else _trimmed(list(plain)), FINAL, ())
    match = _compiled().fullmatch(text.strip())
    if match is None:
        return None
    release = _trimmed([int(part) for part in match["release"].split(".")])
    return (int(match["epoch"] or 0), release, _phase(match), _local(match["local"]))


def normal_form(text: str) -> str:
    """The spelling that tools print ("1.0RC-1" -> "1.0rc1"), zeros at the end kept (PEP 440, "Normalization").

    A text that is no version comes back as it is.
    """
    if len(text) > _LONGEST:
        return text
    if text.isascii() and text.replace(".", "").isdecimal():
        if text[0] != "0" and ".0" not in text:
            return text
        parts = text.split(".")
        return text if "" in parts else ".".join(map(str, map(int, parts)))
    match = _compiled().fullmatch(text.strip())
    if match is None:
        return text
    epoch = int(match["epoch"] or 0)
    spelled = f"{epoch}!" if epoch else ""
    spelled += ".".join(str(int(part)) for part in match["release"].split("."))
    rank, number, post, final, dev = _phase(match)
    spelled += f"{'abc'[rank].replace('c', 'rc')}{number}" if match["pre"] else ""
    spelled += f".post{post - 1}" if post else ""
    spelled += "" if final else f".dev{dev}"
    local = _local(match["local"])
    return spelled + (f"+{'.'.join(word or str(count) for count, word in local)}" if local else "")


def is_prerelease(key: Key) -> bool:
    """Whether the version is a pre-release or a dev release (PEP 440, "Handling of pre-releases")."""
    phase = key[2]
    return phase[0] != _NO_PRE or phase[3] == 0


def prerelease_places(versions: Sequence[str]) -> list[int]:
    """Places (from 0) of the pre-releases and dev releases among many texts; what is no version is none."""
    # Letters alone tell nearly always; the others have a key made for them.
    letters = "\n".join(versions).translate(_NO_NUMBERS).split("\n")
    found = []
    for place, text in enumerate(letters):
        if text:
            known = _PRERELEASE_LETTERS.get(text)
            if known is None:
                key = sort_key(versions[place])
                known = key is not None and is_prerelease(key)
            if known:
                found.append(place)
    return found


_NO_NUMBERS = str.maketrans("", "", "0123456789.")
_PRERELEASE_LETTERS = {
    "post": False,
    **dict.fromkeys(("a", "b", "rc", "dev", "adev", "bdev", "rcdev", "postdev"), True),
}


def kind_of_move(before: str, after: str) -> Kind:
    """The first number of the release (PEP 440) that differs; another epoch is "major", all from the third "patch".

    So are moves within a release: to its final from a pre-release, to a post-release.
    """
    old, new = (sort_key(text) or _NOTHING for text in (before, after))
    if old[0] != new[0] or _number(old, 0) != _number(new, 0):
        return "major"
    return "minor" if _number(old, 1) != _number(new, 1) else "patch"


def _number(key: Key, place: int) -> int:
    """A number of the release; zeros at its end are not in the key."""
    return key[1][place] if place < len(key[1]) else 0


_NOTHING: Key = (-1, (), FINAL, ())


@cache
def _compiled() -> re.Pattern[str]:
    # Not at import: most processes see plain releases only, and the pattern costs a millisecond.
    return re.compile(_PATTERN, re.VERBOSE | re.IGNORECASE | re.ASCII)


def _trimmed(release: list[int]) -> tuple[int, ...]:
    while release and not release[-1]:
        release.pop()
    return tuple(release)


def _phase(match: re.Match[str]) -> Phase:
    pre, post, dev = match["pre"], match["post"], match["dev"]
    post_number = int(match["post_implicit"] or match["post_number"] or 0) + 1 if post else 0
    if pre:
        rank, number = _PRE_RANK[pre.lower()], int(match["pre_number"] or 0)
    else:
        # 1.0.dev1 sorts before 1.0a0, but 1.0.post1.dev1 after 1.0.
        rank, number = (_DEV_ONLY if dev and not post else _NO_PRE), 0
    return (rank, number, post_number, 0 if dev else 1, int(match["dev_number"] or 0))


def _local(text: str | None) -> Local:
    if not text:
        return ()
    segments = text.lower().replace("-", ".").replace("_", ".").split(".")
    return tuple((int(segment), "") if segment.isdecimal() else (-1, segment) for segment in segments)
