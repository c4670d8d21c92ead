"""Which indexes to ask: those of the command line and configuration, else pip's, else the default one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from pinkit.adapters.pip_config import PipSettings, pip_settings
from pinkit.errors import UsageError
from pinkit.formats.urls import printable_url, without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("https://", "http://", "file:")


class Index(NamedTuple):
    """An index by its root URL, which may carry credentials. `name` is for people and for PINKIT_INDEX_<NAME>_…"""

    name: str
    url: str


class IndexSettings(NamedTuple):
    """Indexes in the order in which they are asked, places of plain links, and pip's network settings."""

    indexes: tuple[Index, ...]
    find_links: tuple[str, ...]
    pip: PipSettings

    @property
    def urls(self) -> tuple[str, ...]:
        """The indexes' URLs without credentials, the default one first, as lines of a lock name them."""
        bare = [without_credentials(index.url) for index in self.indexes]
        return tuple(bare[-1:] + bare[:-1])


def index_settings(
    environ: Mapping[str, str],
    *,
    default: str = "",
    extra: tuple[str, ...] = (),
    named: tuple[tuple[str, str], ...] = (),
    find_links: tuple[str, ...] = (),
    no_index: bool = False,
) -> IndexSettings:
    """The indexes to use. `default`, `extra` and `named` (name, url) are what the user gave.

    Named ones are asked first, then the extra ones, then the default one, as uv does. What the user does not
    give comes from pip's configuration (an extra index only where no index was given at all), a missing
    default from hashin's constant. UsageError for a URL that is none.
    """
    pip = pip_settings(environ)
    given = bool(default or extra or named)
    extras = extra if given else pip.extra_index_urls
    last = "" if no_index or (pip.no_index and not given) else default or pip.index_url or default_index_url()
    found: dict[str, Index] = {}
    for name, url in [*named, *((_name(url), url) for url in (*extras, last))]:
        if not url or (no_index and not name):
            continue
        _check(url)
        found.setdefault(without_credentials(url).rstrip("/"), Index(name, url))
    links = find_links or pip.find_links
    return IndexSettings(
        () if no_index else tuple(found.values()), tuple(_link_url(link) for link in links), pip
    )


def default_index_url() -> str:
    """The public index's root, as hashin knows it (its DEFAULT_INDEX_URL, read without importing hashin)."""
    import re
    from importlib.util import find_spec

    spec = find_spec("hashin")
    if spec is not None and spec.origin:
        with open(spec.origin, encoding="utf-8") as source:
            match = re.search(r'^DEFAULT_INDEX_URL\s*=.*?"(https?://[^"]+)"', source.read(), re.MULTILINE)
        if match:
            return match[1].rstrip("/") + "/simple/"
    raise UsageError(
        "no index is configured",
        why="neither pinkit nor pip is told of one",
        hint="give one with --default-index URL",
    )


def _check(url: str) -> None:
    if not url.lower().startswith(_SCHEMES) or not url.isprintable():
        raise UsageError(
            f"{printable_url(url)} is no URL of an index", hint="use https://…, http://… or file:///…"
        )


def _name(url: str) -> str:
    """The host of an index, which names it where the user gave no name."""
    rest = without_credentials(url).partition("://")[2]
    return rest.partition("/")[0].lower() or url


def _link_url(link: str) -> str:
    if link.lower().startswith(_SCHEMES):
        return link
    from pathlib import Path

    return Path(os.path.expanduser(link)).absolute().as_uri()
