"""Build environments by pinkit's own solver (`ports.BuildResolver`): wheels alone, one target, as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import Unsolvable
from pinkit.formats.requirements_txt import requirement_of
from pinkit.model.requirement import Origin
from pinkit.resolve.policy import EVERY_NAME, Policy
from pinkit.resolve.targets import single_target
from pinkit.workflows.installable import best_wheel
from pinkit.workflows.lock_solve import Question, solved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.distribution import Distribution
    from pinkit.model.target import Platform, Target
    from pinkit.ports import Catalog
    from pinkit.resolve.lanes import Lanes
    from pinkit.resolve.world import World

_ORIGIN = Origin(file="", section="build-system", via="[build-system]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSolver:
    """Resolves build requirements against `catalog`, for wheels of `platform`, within PEP 508 `constraints`."""

    catalog: Catalog
    platform: Platform
    constraints: tuple[str, ...] = ()

    def resolve_build(
        self, requirements: Sequence[str], *, python: str, cutoff: int | None = None
    ) -> tuple[Distribution, ...]:
        """One wheel of each release of the answer, by filename; as the port says."""
        target = single_target(python, self.platform)
        question = Question(
            targets=(target,),
            spans=False,
            requirements=tuple(requirement_of(text, _ORIGIN) for text in requirements),
            constraints=tuple(requirement_of(text, _ORIGIN) for text in self.constraints),
            policy=Policy(cutoff=cutoff, only_binary=frozenset({EVERY_NAME})),
        )
        answer = solved(question, self.catalog, _no_guide)
        chosen = [self._wheel(node.name, node.version, target, cutoff) for node in answer.nodes]
        return tuple(sorted(chosen, key=lambda d: d.filename))

    def _wheel(self, name: str, version: str, target: Target, cutoff: int | None) -> Distribution:
        """The wheel that suits the target best, as an installer would choose it."""
        known = [
            file
            for file in self.catalog.distributions(name, version)
            if cutoff is None or (file.upload_time is not None and file.upload_time <= cutoff)
        ]
        wheel = best_wheel(name, known, target)
        if wheel is None:
            raise Unsolvable(f"no wheel of {name} {version} fits {target.name}", "it is needed to build")
        return wheel


def _no_guide(_: Catalog, __: World, ___: Lanes) -> None:
    """A build environment is small: its projects are asked for as the solver comes to them."""
