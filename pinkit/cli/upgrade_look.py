"""What `pinkit upgrade` looks at beside the proof: the files of what moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pinkit.workflows.upgrade_signals import signals

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pinkit.cli.wiring import Wiring
    from pinkit.model.lock import Lock
    from pinkit.model.upgrade import Signal
    from pinkit.workflows.upgrade_steps import Locks

    Look: TypeAlias = Callable[[Mapping[str, Lock]], tuple[Signal, ...]]


def look_of(locks: Locks, wiring: Wiring, settings: Settings, workplace: Workplace, *, verify: bool) -> Look:
    """The signals of `locks` for given locks before; with `verify` one for the rebuild of each moved pin too."""

    def look(before: Mapping[str, Lock]) -> tuple[Signal, ...]:
        return signals(before, locks, wiring.inspector)

    return look
