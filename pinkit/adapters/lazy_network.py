"""The network side, made with the first answer that the store lacks: importing it costs more than a warm run."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinkit.adapters.network_side import NetworkSide


class NetworkHolder:
    """Makes the network side when it is first asked for, and remembers it."""

    def __init__(self, make: Callable[[], NetworkSide]) -> None:
        self._make = make
        self._side: NetworkSide | None = None
        self._guard = threading.Lock()

    def side(self) -> NetworkSide:
        """The network side."""
        if self._side is None:
            with self._guard:
                if self._side is None:
                    self._side = self._make()
        return self._side

    def close(self) -> None:
        """Close it if there is one."""
        if self._side is not None:
            self._side.close()
