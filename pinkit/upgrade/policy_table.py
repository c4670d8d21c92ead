"""[tool.pinkit.upgrade] to a policy; what it does not say is taken from an existing dependabot.yml."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.cutoff import DAY_S, duration_s
from pinkit.formats.dependabot_yml import BotSettings
from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier, normalized_name
from pinkit.formats.plan_json import is_branch
from pinkit.formats.toml_text import Lines, unknown_key, wrong_type
from pinkit.model.upgrade_policy import KINDS, AllowRule, Cooldown, IgnoreRule, MoveGroup
from pinkit.upgrade.policy import DEFAULT_COOLDOWN, UpgradePolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pinkit.model.upgrade_policy import Kind, Role

_TABLE = "tool.pinkit.upgrade"
_KEYS = (
    *("allow", "base", "branch-prefix", "commit-message", "cooldown", "edit-inputs"),
    *("groups", "ignore", "labels", "open-limit"),
)
_ROLES: tuple[Role, ...] = ("direct", "indirect", "production", "development")
_UPDATES = {"version-updates": False, "security-updates": True}


def read_policy(
    table: Mapping[str, Any],
    file: str,
    cooldown: str = "",
    bot: BotSettings | None = None,
    content: bytes = b"",
) -> UpgradePolicy:
    """The policy of a configuration's table; `cooldown` of the command line replaces all of that. Raises UsageError.

    What the table does not say is taken from `bot`; ignores, allows and groups of both count, the table's first.
    `content` is the whole file, for lines in errors.
    """
    bot = bot or BotSettings()
    top = _Table(table, file, _TABLE, _KEYS)
    lines = Lines(content)
    groups = {group.name: group for group in (*bot.groups, *_groups(top))}
    return UpgradePolicy(
        cooldown=_same_for_all(cooldown) if cooldown else _cooldown(top, bot, lines),
        ignores=(*map(_ignore, top.tables("ignore", _IGNORE)), *bot.ignores),
        allows=(*map(_allow, top.tables("allow", _ALLOW)), *bot.allows),
        groups=tuple(groups.values()),
        labels=_labels(top) or bot.labels,
        open_limit=top.number("open-limit", bot.open_limit or 5),
        base=_base(top, bot),
        branch_prefix=_prefix(top) or "pinkit/",
        message=top.text("commit-message") or bot.message,
        edit_inputs=top.flag("edit-inputs"),
    )


_COOLDOWN = ("default", *KINDS, "include", "exclude")
_IGNORE = ("name", "reason", "until", "update-types", "versions")
_ALLOW = ("name", "dependency-type", "update-types")
_GROUP = ("patterns", "exclude-patterns", "dependency-type", "update-types", "applies-to")


def _same_for_all(cooldown: str) -> Cooldown:
    return Cooldown(default_s=_seconds(cooldown, "--cooldown"))


def _seconds(text: str, where: str) -> int:
    try:
        return duration_s(text)
    except UsageError as problem:
        raise UsageError(f"{where}: {problem.what}", problem.why, problem.hint) from None


def _cooldown(top: _Table, bot: BotSettings, lines: Lines) -> Cooldown:
    """A table says all of it, a string the age of all, and nothing what the bot's file says."""
    default_s = DEFAULT_COOLDOWN.default_s if bot.cooldown_days is None else bot.cooldown_days * DAY_S
    if "cooldown" not in top:
        return Cooldown(
            default_s=default_s,
            kinds=tuple((kind, days * DAY_S) for kind, days in bot.cooldown_kinds),
            include=bot.cooldown_include,
            exclude=bot.cooldown_exclude,
        )
    if not top.is_table("cooldown"):
        return Cooldown(default_s=_seconds(top.text("cooldown"), top.place("cooldown", lines)))
    said = top.table("cooldown", _COOLDOWN)
    ages = {
        key: _seconds(said.text(key), said.place(key, lines)) for key in ("default", *KINDS) if said.text(key)
    }
    return Cooldown(
        default_s=ages.get("default", default_s),
        kinds=tuple((kind, ages[kind]) for kind in KINDS if kind in ages),
        include=said.patterns("include"),
        exclude=said.patterns("exclude"),
    )


def _base(top: _Table, bot: BotSettings) -> str:
    """Checked here, so that a run does not find out at its end that no plan can be written."""
    said = top.text("base")
    found, where = (said, f"{top.where}.base") if said else (bot.base, "target-branch of dependabot.yml")
    if found and not is_branch(found):
        raise UsageError(f"{where} is {found!r}", hint='name a branch, as in "main"')
    return found


def _labels(top: _Table) -> tuple[str, ...]:
    found = top.texts("labels")
    if strange := [label for label in found if not label.strip() or not label.isprintable()]:
        raise UsageError(f"{top.where}.labels has {strange[0]!r}", hint="a label is one line of text")
    return found


def _prefix(top: _Table) -> str:
    """The start of branch names; by its slash `pinkit pr` knows its own proposals."""
    found = top.text("branch-prefix")
    if found and not (found.endswith("/") and is_branch(f"{found}x")):
        raise UsageError(
            f"{top.where}.branch-prefix is {found!r}", hint='write the start of branch names, as in "pinkit/"'
        )
    return found


def _groups(top: _Table) -> Iterable[MoveGroup]:
    groups = top.table("groups")
    for name in groups:
        if not groups.is_table(name):
            yield MoveGroup(name=name, patterns=groups.patterns(name))
            continue
        said = groups.table(name, _GROUP)
        yield MoveGroup(
            name=name,
            patterns=said.patterns("patterns") or ("*",),
            exclude=said.patterns("exclude-patterns"),
            role=said.role(),
            kinds=said.kinds(),
            fixes=_UPDATES[said.one_of("applies-to", tuple(_UPDATES)) or "version-updates"],
        )


def _ignore(entry: _Table) -> IgnoreRule:
    if not entry.text("name") or not entry.text("reason"):
        raise UsageError(f"{entry.where}: an entry needs a name and a reason")
    return IgnoreRule(
        pattern=normalized_name(entry.text("name")),
        reason=entry.text("reason"),
        until=entry.day("until"),
        kinds=entry.kinds(),
        versions=entry.specifiers("versions"),
    )


def _allow(entry: _Table) -> AllowRule:
    return AllowRule(
        pattern=normalized_name(entry.text("name") or "*"), role=entry.role(), kinds=entry.kinds()
    )


class _Table:
    """Typed look-ups in one table; errors name the file and the key. `known` are its keys, () for any."""

    def __init__(self, table: Mapping[str, Any], file: str, under: str, known: Iterable[str] = ()) -> None:
        self._table, self._file, self._under = table, file, under
        for key in table if known else ():
            if key not in known:
                raise unknown_key(file, f"{under}.{key}", known)

    @property
    def where(self) -> str:
        return f"{self._file}: {self._under}"

    def place(self, key: str, lines: Lines) -> str:
        """File, line where it can be told, and key."""
        line = lines.of(self.text(key), self._under) or lines.of(self.text(key), _TABLE)
        return f"{self._file}{f':{line}' if line else ''}: {self._under}.{key}"

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def is_table(self, key: str) -> bool:
        return isinstance(self._table.get(key), dict)

    def text(self, key: str) -> str:
        return str(self._typed(key, str, "", "a string"))

    def flag(self, key: str) -> bool:
        return bool(self._typed(key, bool, False, "true or false"))

    def number(self, key: str, otherwise: int) -> int:
        value = self._typed(key, int, otherwise, "a number from 0 up")
        if isinstance(value, bool) or value < 0:
            raise self._wrong(key, "a number from 0 up")
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._typed(key, list, [], "an array of strings")
        if not all(isinstance(each, str) for each in found):
            raise self._wrong(key, "an array of strings")
        return tuple(found)

    def patterns(self, key: str) -> tuple[str, ...]:
        return tuple(map(normalized_name, self.texts(key)))

    def table(self, key: str, known: Iterable[str] = ()) -> _Table:
        return _Table(self._typed(key, dict, {}, "a table"), self._file, f"{self._under}.{key}", known)

    def tables(self, key: str, known: Iterable[str]) -> Iterable[_Table]:
        for entry in self._typed(key, list, [], "an array of tables"):
            if not isinstance(entry, dict):
                raise self._wrong(key, "an array of tables")
            yield _Table(entry, self._file, f"{self._under}.{key}", known)

    def one_of(self, key: str, choices: tuple[str, ...]) -> str:
        found = self.text(key)
        if found and found not in choices:
            raise UsageError(f"{self.where}.{key} is {found!r}", hint=f"it can be {', '.join(choices)}")
        return found

    def role(self) -> Role:
        found = self.one_of("dependency-type", (*_ROLES, "all"))
        return next((role for role in _ROLES if role == found), "")

    def kinds(self) -> tuple[Kind, ...]:
        said = self.texts("update-types")
        for each in said:
            if each not in KINDS:
                raise UsageError(
                    f"{self.where}.update-types has {each!r}", hint=f"it can have {', '.join(KINDS)}"
                )
        return tuple(kind for kind in KINDS if kind in said)

    def specifiers(self, key: str) -> tuple[str, ...]:
        try:
            return tuple(canonical_specifier(each) for each in self.texts(key))
        except InvalidRequirement as problem:
            raise UsageError(
                f"{self.where}.{key} has {problem.text!r}",
                problem.reason,
                'write specifiers such as ">=5,<6"',
            ) from None

    def day(self, key: str) -> str:
        """An ISO date, written as a string or as TOML has them; "" for none."""
        found = self._table.get(key, "")
        if isinstance(found, date):
            return found.isoformat()[:10]
        try:
            return date.fromisoformat(self.text(key)).isoformat() if found else ""
        except ValueError:
            raise self._wrong(key, 'a date such as "2027-01-31"') from None

    def _typed(self, key: str, kind: type, otherwise: Any, expected: str) -> Any:
        value = self._table.get(key, otherwise)
        if not isinstance(value, kind):
            raise self._wrong(key, expected)
        return value

    def _wrong(self, key: str, expected: str) -> UsageError:
        return wrong_type(self._file, f"{self._under}.{key}", expected)
