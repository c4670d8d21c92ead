"""Connections: TLS, trusted hosts, proxies and timeouts of the network, kept open between requests."""

from __future__ import annotations

import os
import threading
from typing import Any, NamedTuple
from urllib.request import getproxies, proxy_bypass

import urllib3
from urllib3.exceptions import InsecureRequestWarning

from pinkit.adapters.http_deadline import Deadlines, watch_heads
from pinkit.formats.urls import host_of, origin, split_credentials

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


class Pools:
    """One pool manager a way of connecting (proxy, verified or not), made when it is first needed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._deadlines = Deadlines(network.read_s)
        self._managers: dict[tuple[str, bool], urllib3.PoolManager] = {}
        self._by_origin: dict[str, urllib3.PoolManager] = {}
        self._guard = threading.Lock()

    def pool(self, url: str) -> urllib3.PoolManager:
        """The manager that reaches the host of `url`."""
        place = origin(url)
        found = self._by_origin.get(place)
        if found is None:
            way = (self._proxy(url), self._is_trusted(place))
            with self._guard:
                if way not in self._managers:
                    self._managers[way] = self._manager(*way)
                found = self._by_origin[place] = self._managers[way]
        return found

    def close(self) -> None:
        """Close all connections."""
        for manager in self._managers.values():
            manager.clear()

    def _proxy(self, url: str) -> str:
        if self._network.proxy:
            return self._network.proxy
        proxies = getproxies()
        found = proxies.get(url.partition(":")[0].lower()) or proxies.get("all", "")
        return "" if not found or proxy_bypass(host_of(url)) else found

    def _is_trusted(self, place: str) -> bool:
        host = place.partition("://")[2]
        return bool({host, host_of(place)} & {trusted.lower() for trusted in self._network.trusted_hosts})

    def _manager(self, proxy: str, trusted: bool) -> urllib3.PoolManager:
        manager = self._connecting(proxy, self._settings(trusted=trusted))
        watch_heads(manager, self._deadlines)
        return manager

    def _connecting(self, proxy: str, settings: dict[str, Any]) -> urllib3.PoolManager:
        if not proxy:
            return urllib3.PoolManager(**settings)
        bare, credentials = split_credentials(proxy if "://" in proxy else f"http://{proxy}")
        headers = None
        if credentials is not None:
            pair = f"{credentials.username}:{credentials.password or ''}"
            headers = urllib3.make_headers(proxy_basic_auth=pair)
        return urllib3.ProxyManager(bare, proxy_headers=headers, **settings)

    def _settings(self, *, trusted: bool) -> dict[str, Any]:
        network = self._network
        settings: dict[str, Any] = {
            "num_pools": 64,
            "maxsize": CONNECTIONS,
            "timeout": urllib3.Timeout(connect=network.connect_s, read=network.read_s),
        }
        if trusted:
            urllib3.disable_warnings(InsecureRequestWarning)
            settings |= {"cert_reqs": "CERT_NONE", "assert_hostname": False}
        elif network.certificates:
            place = "ca_cert_dir" if os.path.isdir(network.certificates) else "ca_certs"
            settings[place] = network.certificates
        if network.client_certificate:
            settings["cert_file"] = network.client_certificate
        return settings
