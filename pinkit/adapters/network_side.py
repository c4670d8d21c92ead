"""Everything of the catalog that needs the network stack, imported with the first answer that the store lacks."""

from __future__ import annotations

import time
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

from pinkit.adapters.credentials import CredentialBook
from pinkit.adapters.http import Http
from pinkit.adapters.http_network import Network
from pinkit.adapters.page_fetch import PageFetcher
from pinkit.adapters.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pinkit.adapters.artifacts import Artifacts
    from pinkit.adapters.metadata_ladder import MetadataLadder
    from pinkit.adapters.pip_config import PipSettings
    from pinkit.adapters.store import Store
    from pinkit.ports import MetadataBuilder

THREADS = 32


def network_of(pip: PipSettings) -> Network:
    """pip's settings as the network's."""
    network = Network(
        certificates=pip.certificates,
        client_certificate=pip.client_certificate,
        trusted_hosts=pip.trusted_hosts,
        proxy=pip.proxy,
    )
    return network if pip.timeout_s is None else network._replace(read_s=max(pip.timeout_s, 1.0))


class NetworkSide:
    """Fetchers that share connections, and the threads that use them. Offline there is no `http`."""

    def __init__(
        self,
        network: Network,
        indexes: Iterable[tuple[str, str]],
        environ: Mapping[str, str],
        store: Store,
        folder: str,
        now: Callable[[], float],
        *,
        offline: bool = False,
        refresh: bool = False,
        build: MetadataBuilder | None = None,
        pause: Callable[[float], None] = time.sleep,
        threads: int = THREADS,
    ) -> None:
        self.http = None if offline else Http(network, CredentialBook(indexes, environ), pause=pause)
        self.pages = None if self.http is None else PageFetcher(self.http, store, now, refresh=refresh)
        self.workers = Workers(threads)
        self._folder, self._build = folder, build
        self._is_ready = False

    @cached_property
    def artifacts(self) -> Artifacts:
        """Distributions as files."""
        from pinkit.adapters.artifacts import Artifacts

        return Artifacts(self._folder, self.http)

    @cached_property
    def ladder(self) -> MetadataLadder:
        """What learns metadata."""
        from pinkit.adapters.metadata_ladder import MetadataLadder

        return MetadataLadder(self.http, lambda: self.artifacts, self._build)

    def get_ready(self) -> None:
        """Import what reads answers. It takes as long as the first answer is on its way: do it meanwhile."""
        if not self._is_ready:
            self._is_ready = True
            for module in ("adapters.metadata_ladder", "formats.distributions", "formats.project_columns"):
                import_module(f"pinkit.{module}")

    def close(self) -> None:
        """Let threads and connections go."""
        self.workers.close()
        if self.http is not None:
            self.http.close()
