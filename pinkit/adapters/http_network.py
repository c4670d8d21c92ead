"""How servers are reached: certificates, proxies and limits of time, as pip is configured and the environment says."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from pinkit.formats.urls import host_of

CONNECTIONS = 32
"""Kept connections a host; as many requests can be under way."""


class Network(NamedTuple):
    """How to reach servers. Paths may be "" for the system's default; times are in seconds.

    `certificates` is a file or folder of CA certificates, `client_certificate` a PEM file with its key.
    `read_s` bounds each silence and the head of an answer.
    `trusted_hosts` ("host" or "host:port") are not verified. `total_s` bounds one answer with its body
    (large ones get more: a second for every 20 kB).
    """

    certificates: str = ""
    client_certificate: str = ""
    trusted_hosts: tuple[str, ...] = ()
    proxy: str = ""
    connect_s: float = 10.0
    read_s: float = 30.0
    total_s: float = 60.0
    attempts: int = 4
    retry_after_cap_s: float = 60.0

    def proxy_of(self, url: str) -> str:
        """The proxy for `url`, "" for none: pip's, else the environment's (on some systems their settings')."""
        if self.proxy or not _may_have_proxies():
            return self.proxy
        from urllib.request import getproxies, proxy_bypass

        proxies = getproxies()
        found = proxies.get(url.partition(":")[0].lower()) or proxies.get("all", "")
        return "" if not found or proxy_bypass(host_of(url)) else found

    def is_trusted(self, place: str) -> bool:
        """Whether the origin `place` is not to be verified."""
        host = place.partition("://")[2]
        return bool({host, host_of(place)} & {trusted.lower() for trusted in self.trusted_hosts})


def _may_have_proxies() -> bool:
    # Asking urllib imports all of HTTP, which takes as long as a first answer.
    return sys.platform in {"darwin", "win32"} or any(name.lower().endswith("_proxy") for name in os.environ)
