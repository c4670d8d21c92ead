"""urllib3's connections: TLS, trusted hosts, proxies and timeouts of the network, kept open between requests."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.exceptions import InsecureRequestWarning

from pinkit.adapters.http_deadline import Deadlines, watch_heads
from pinkit.adapters.http_network import CONNECTIONS
from pinkit.formats.urls import origin, split_credentials

if TYPE_CHECKING:
    from pinkit.adapters.http_network import Network


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
            way = (self._network.proxy_of(url), self._network.is_trusted(place))
            with self._guard:
                if way not in self._managers:
                    self._managers[way] = self._manager(*way)
                found = self._by_origin[place] = self._managers[way]
        return found

    def close(self) -> None:
        """Close all connections."""
        for manager in self._managers.values():
            manager.clear()

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
