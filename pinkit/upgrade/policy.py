"""The policy of upgrades as a whole: what may move, when it is old enough, and how it is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S
from pinkit.model.upgrade_policy import KINDS, Cooldown, matches

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinkit.model.upgrade_policy import AllowRule, IgnoreRule, Kind, MoveGroup

DEFAULT_COOLDOWN = Cooldown(default_s=7 * DAY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePolicy:
    """The policy of a project.

    `allows` limit what `--all` and `--group` move (() for everything). `labels`, `open_limit` (0 = any number), `base`,
    `branch_prefix` and `message` are for the proposal ("" = a default of pinkit's). `edit_inputs` lets a move that an
    input forbids widen that input.
    """

    cooldown: Cooldown = DEFAULT_COOLDOWN
    ignores: tuple[IgnoreRule, ...] = ()
    allows: tuple[AllowRule, ...] = ()
    groups: tuple[MoveGroup, ...] = ()
    labels: tuple[str, ...] = ()
    open_limit: int = 5
    base: str = ""
    branch_prefix: str = "pinkit/"
    message: str = ""
    edit_inputs: bool = False

    def rules(self, name: str, today: str) -> tuple[IgnoreRule, ...]:
        """The ignores about `name` on the ISO date `today`."""
        return tuple(rule for rule in self.ignores if rule.holds(name, today))

    def allowed(self, name: str, roles: Iterable[str]) -> tuple[Kind, ...]:
        """The kinds of moves that are allowed to a name that came into the locks in these roles; () for none."""
        if not self.allows:
            return KINDS
        said = [rule.kinds or KINDS for rule in self.allows if _is_about(rule, name, roles)]
        return tuple(kind for kind in KINDS if any(kind in kinds for kinds in said))

    def group(self, name: str) -> MoveGroup:
        """The group of a name. UsageError for an unknown one."""
        for group in self.groups:
            if group.name == name:
                return group
        known = ", ".join(group.name for group in self.groups) or "none"
        raise UsageError(f"no group {name!r} in [tool.pinkit.upgrade.groups]", why=f"known: {known}")


def _is_about(rule: AllowRule, name: str, roles: Iterable[str]) -> bool:
    return matches(name, (rule.pattern,)) and (not rule.role or rule.role in roles)
