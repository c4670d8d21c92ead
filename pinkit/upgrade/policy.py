"""What may move, when, and how it is proposed: [tool.pinkit.upgrade]."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S, duration_s
from pinkit.formats.dependabot_yml import FILE as BOT_FILE
from pinkit.formats.dependabot_yml import BotSettings
from pinkit.formats.pep508 import normalized_name

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_COOLDOWN = "7d"
_KINDS = ("major", "minor", "patch")
_KEYS = (
    *("base", "branch-prefix", "commit-message", "cooldown", "edit-inputs"),
    *("groups", "ignore", "labels", "open-limit"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreRule:
    """Names (patterns with `*`) that are not moved; `reason` is shown. `until` is an ISO date, "" for no end."""

    pattern: str
    reason: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradePolicy:
    """The policy of a project. `cooldown_s` is how old every file of a moved pin must be (a security fix need not).

    `groups` are (name, patterns) in order; `labels`, `open_limit`, `base`, `branch_prefix` and `message` are for the
    proposal ("" = a default of pinkit's). `edit_inputs` lets a fix that an input forbids widen that input.
    `kinds` are ("major" | "minor" | "patch", seconds) that such a move must be older than `cooldown_s` says.
    """

    cooldown_s: int = 7 * DAY_S
    ignores: tuple[IgnoreRule, ...] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    labels: tuple[str, ...] = ()
    open_limit: int = 5
    base: str = ""
    branch_prefix: str = "pinkit/"
    message: str = ""
    edit_inputs: bool = False
    kinds: tuple[tuple[str, int], ...] = ()

    def ignored(self, name: str, today: str) -> IgnoreRule | None:
        """The rule that keeps `name` where it is on the ISO date `today`."""
        for rule in self.ignores:
            if fnmatchcase(name, rule.pattern) and (not rule.until or today <= rule.until):
                return rule
        return None

    def group(self, name: str) -> tuple[str, ...]:
        """The patterns of a group. UsageError for an unknown one."""
        for known, patterns in self.groups:
            if known == name:
                return patterns
        known_names = ", ".join(group for group, _ in self.groups) or "none"
        raise UsageError(f"no group {name!r} in [tool.pinkit.upgrade.groups]", why=f"known: {known_names}")


def read_policy(
    table: Mapping[str, Any], file: str, cooldown: str = "", bot: BotSettings | None = None
) -> UpgradePolicy:
    """The policy of a configuration's table; `cooldown` of the command line goes first. Raises UsageError.

    What the table does not say is taken from `bot`; ignores and groups of both count.
    """
    bot = bot or BotSettings()
    for key in table:
        if key not in _KEYS:
            raise UsageError(
                f"{file}: tool.pinkit.upgrade.{key} is unknown", hint=f"known are {', '.join(_KEYS)}"
            )
    groups = _table(table, "groups", file)
    own = {str(name): tuple(map(str, _list(groups, name, file))) for name in groups}
    days = DEFAULT_COOLDOWN if bot.cooldown_days is None else f"{bot.cooldown_days}d"
    general, kinds = _cooldowns(table, file, days)
    return UpgradePolicy(
        cooldown_s=duration_s(cooldown) if cooldown else general,
        kinds=() if cooldown else kinds,
        ignores=(
            *(_ignore(entry, file) for entry in _list(table, "ignore", file)),
            *map(_bots_ignore, bot.ignores),
        ),
        groups=tuple({**dict(bot.groups), **own}.items()),
        labels=tuple(str(label) for label in _list(table, "labels", file)) or bot.labels,
        open_limit=_number(table, "open-limit", file, bot.open_limit or 5),
        base=_text(table, "base", file) or bot.base,
        branch_prefix=_text(table, "branch-prefix", file) or "pinkit/",
        message=_text(table, "commit-message", file) or bot.message,
        edit_inputs=_flag(table, "edit-inputs", file),
    )


def _cooldowns(table: Mapping[str, Any], file: str, days: str) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The cooldown of all, and what kinds of moves differ from it; a table says both, a string the first."""
    if not isinstance(table.get("cooldown", ""), dict):
        return duration_s(_text(table, "cooldown", file) or days), ()
    said = _table(table, "cooldown", file)
    unknown = sorted(set(said) - {"default", *_KINDS})
    if unknown:
        hint = f"known are default, {', '.join(_KINDS)}"
        raise UsageError(f"{file}: tool.pinkit.upgrade.cooldown.{unknown[0]} is unknown", hint=hint)
    general = duration_s(_text(said, "default", f"{file}: cooldown") or days)
    texts = ((kind, _text(said, kind, f"{file}: cooldown")) for kind in _KINDS)
    return general, tuple((kind, duration_s(text) - general) for kind, text in texts if text)


def _bots_ignore(pattern: str) -> IgnoreRule:
    return IgnoreRule(pattern=_pattern(pattern), reason=f"ignored in {BOT_FILE}")


def _pattern(name: str) -> str:
    return name.lower() if "*" in name else normalized_name(name)


def _ignore(entry: Any, file: str) -> IgnoreRule:
    where = f"{file}: tool.pinkit.upgrade.ignore"
    if not isinstance(entry, dict) or set(entry) - {"name", "reason", "until"}:
        raise UsageError(f"{where} has an entry that is not {{name, reason, until}}")
    if not entry.get("name") or not entry.get("reason"):
        raise UsageError(f"{where}: an entry needs a name and a reason")
    return IgnoreRule(
        pattern=_pattern(str(entry["name"])),
        reason=str(entry["reason"]),
        until=str(entry.get("until", "")),
    )


def _text(table: Mapping[str, Any], key: str, file: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise UsageError(f"{file}: tool.pinkit.upgrade.{key} must be a string")
    return value


def _flag(table: Mapping[str, Any], key: str, file: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise UsageError(f"{file}: tool.pinkit.upgrade.{key} must be true or false")
    return value


def _number(table: Mapping[str, Any], key: str, file: str, otherwise: int) -> int:
    value = table.get(key, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise UsageError(f"{file}: tool.pinkit.upgrade.{key} must be a number from 0 up")
    return value


def _list(table: Mapping[str, Any], key: str, file: str) -> list[Any]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise UsageError(f"{file}: tool.pinkit.upgrade.{key} must be an array")
    return value


def _table(table: Mapping[str, Any], key: str, file: str) -> Mapping[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise UsageError(f"{file}: tool.pinkit.upgrade.{key} must be a table")
    return value
