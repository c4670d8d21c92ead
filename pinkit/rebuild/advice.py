"""What to do about a factor that changes a build: by backend where one is known for it, else by the factor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinkit.rebuild.variation import CLOCK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.rebuild import Discrepancy
    from pinkit.model.variation import Kind

_SET_EPOCH = "set SOURCE_DATE_EPOCH to the time of the commit (`pinkit build` does)"
_REWRITE = "build with `pinkit build`, which writes the sdist again with fixed times and owner"
_IGNORED = "the backend does not take its times from SOURCE_DATE_EPOCH"
_RANDOM = "take times from SOURCE_DATE_EPOCH, and seed or remove what is random; the members named say where"
_NATIVE = "compile with CFLAGS=-ffile-prefix-map=$PWD=. (or -g0), so that no path gets into the machine code"
_NATIVE_RUST = "the backend writes absolute paths; build in one fixed path, as `pinkit build` does"
_MODES = "check out and build with umask 022 and source modes 644 and 755 (`pinkit build` does)"

_BY_FACTOR = {
    "path": "write no absolute path into what is built; `pinkit build` builds in a fixed one",
    "umask": _MODES,
    "source modes": _MODES,
    "source times": "set SOURCE_DATE_EPOCH, or give the sources the time of the commit (`pinkit build` does both)",
    "timezone": "set SOURCE_DATE_EPOCH, or build with TZ=UTC; format times in UTC",
    "locale": "build with LC_ALL=C.UTF-8; sort and format without the locale",
    "hash seed": "sort sets and dictionaries before writing them; until then build with PYTHONHASHSEED=0",
    "environment": "read nothing from HOME, USER or other variables while building",
    "host name": "write no host name into what is built",
    "processors": "do not let the order in which parallel work ends decide what is written",
    "clock": "take the time from SOURCE_DATE_EPOCH, not from the clock",
    "file order": "sort directory listings before using them",
}
_ALL = "several factors change it only together: remove them one by one"


def family(backend: str) -> str:
    """The name under which a backend's ways are known: the first part of its module ("setuptools")."""
    return backend.partition(":")[0].partition(".")[0].replace("-", "_")


def fix_for(*, backend: str, kind: Kind, epoch: int | None, factor: str, found: Sequence[Discrepancy]) -> str:
    """The advice for one blame, in one sentence."""
    name = family(backend)
    if factor == CLOCK:
        return _for_clock(name, kind, epoch, found)
    if factor == "path" and any(d.kind in ("native", "native-added") for d in found):
        return _NATIVE
    if factor == "path" and name in ("maturin", "setuptools_rust"):
        return _NATIVE_RUST
    if factor in ("timezone", "source times") and epoch is None:
        return _SET_EPOCH
    return _BY_FACTOR.get(factor, _ALL)


def _for_clock(name: str, kind: Kind, epoch: int | None, found: Sequence[Discrepancy]) -> str:
    if kind == "sdist" and name in ("setuptools", "pdm"):
        return f"{name} stamps every sdist with the clock, whatever SOURCE_DATE_EPOCH says: {_REWRITE}"
    if not _only_times(found):
        return _RANDOM
    if epoch is None:
        return _SET_EPOCH
    return f"{_IGNORED}: {_REWRITE}" if kind == "sdist" else _IGNORED


def _only_times(found: Sequence[Discrepancy]) -> bool:
    return all(d.kind == "timestamp" for d in found)
