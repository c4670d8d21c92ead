""".github/dependabot.yml: what its entries for Python say about what may move, when, and how it is proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinkit.formats.dependabot_places import is_for
from pinkit.formats.dependabot_unread import unread
from pinkit.formats.dependabot_versions import specifier_of
from pinkit.formats.pep508 import normalized_name
from pinkit.formats.yaml_nodes import composed, items, number, pairs, text, texts, value
from pinkit.model.upgrade_policy import KINDS, AllowRule, IgnoreRule, MoveGroup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pinkit.model.upgrade_policy import Kind, Role

FILES = (".github/dependabot.yml", ".github/dependabot.yaml")
_ECOSYSTEMS = ("pip", "uv")
_SEMVER = "version-update:semver-"
_ROLES: tuple[Role, ...] = ("direct", "indirect", "production", "development")


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """The entries for pip and uv taken together; the first that says something counts, the longest cooldown of all.

    `cooldown_days` is None where none is set, `open_limit` 0; `cooldown_kinds` are days by kind of move. `unread` are
    sentences about what is said there and not followed here.
    """

    groups: tuple[MoveGroup, ...] = ()
    ignores: tuple[IgnoreRule, ...] = ()
    allows: tuple[AllowRule, ...] = ()
    labels: tuple[str, ...] = ()
    cooldown_days: int | None = None
    cooldown_kinds: tuple[tuple[Kind, int], ...] = ()
    cooldown_include: tuple[str, ...] = ()
    cooldown_exclude: tuple[str, ...] = ()
    open_limit: int = 0
    base: str = ""
    message: str = ""
    unread: tuple[str, ...] = ()


def read_dependabot(
    content: bytes, file: str = FILES[0], folders: Collection[str] | None = None
) -> BotSettings:
    """What the file says for Python. Raises UsageError for what is no YAML.

    `folders` ("/", "/docs") are those of the project: entries for other directories alone do not count, where any
    entry is for one of them.
    """
    root = composed(content, file)
    known = text(value(root, "version")) in ("", "2")
    entries = [
        entry
        for entry in (items(value(root, "updates")) if known else ())
        if text(value(entry, "package-ecosystem")) in _ECOSYSTEMS
    ]
    entries = [each for each in entries if is_for(each, folders)] or entries if folders else entries
    groups = {each.name: each for entry in reversed(entries) for each in _groups(entry)}
    cooldowns = [found for entry in entries if (found := value(entry, "cooldown")) is not None]
    limits = [number(value(entry, "open-pull-requests-limit")) for entry in entries]
    return BotSettings(
        groups=tuple(groups[name] for name in sorted(groups)),
        ignores=tuple(dict.fromkeys(rule for entry in entries for rule in _ignores(entry, file))),
        allows=tuple(dict.fromkeys(rule for entry in entries for rule in _allows(entry))),
        labels=next(filter(None, (texts(value(entry, "labels")) for entry in entries)), ()),
        cooldown_days=_days(cooldowns),
        cooldown_kinds=tuple(_days_by_kind(cooldowns)),
        cooldown_include=_included(cooldowns),
        cooldown_exclude=_excluded(cooldowns),
        open_limit=next(filter(None, limits), 0),
        base=next(filter(None, (text(value(entry, "target-branch")) for entry in entries)), ""),
        message=next(filter(None, map(_message, entries)), ""),
        unread=tuple(dict.fromkeys(f"{file}: {said}" for said in unread(root, entries))),
    )


def _ignores(entry: Any, file: str) -> Iterable[IgnoreRule]:
    """As the bot has it, only an ignore by versions holds a security fix back."""
    for rule in items(value(entry, "ignore")):
        said = texts(value(rule, "versions"))
        versions = tuple(filter(None, map(specifier_of, said)))
        kinds = _kinds(rule, "update-types", _SEMVER)
        if (said or value(rule, "update-types") is not None) and not (versions or kinds):
            continue
        yield IgnoreRule(
            pattern=normalized_name(text(value(rule, "dependency-name")) or "*"),
            reason=f"ignored in {file}",
            kinds=kinds,
            versions=versions,
            fixes=bool(versions),
        )


def _allows(entry: Any) -> Iterable[AllowRule]:
    for rule in items(value(entry, "allow")):
        yield AllowRule(
            pattern=normalized_name(text(value(rule, "dependency-name")) or "*"),
            role=_role(rule),
            kinds=_kinds(rule, "update-types", _SEMVER),
        )


def _groups(entry: Any) -> Iterable[MoveGroup]:
    for name, body in pairs(value(entry, "groups")):
        yield MoveGroup(
            name=name,
            patterns=tuple(map(normalized_name, texts(value(body, "patterns")))) or ("*",),
            exclude=tuple(map(normalized_name, texts(value(body, "exclude-patterns")))),
            role=_role(body),
            kinds=_kinds(body, "update-types"),
            fixes=text(value(body, "applies-to")) == "security-updates",
        )


def _kinds(node: Any, key: str, start: str = "") -> tuple[Kind, ...]:
    said = {each.strip().lower() for each in texts(value(node, key))}
    return tuple(kind for kind in KINDS if start + kind in said)


def _role(node: Any) -> Role:
    said = text(value(node, "dependency-type"))
    return next((role for role in _ROLES if role == said), "")


def _days(cooldowns: Sequence[Any]) -> int | None:
    """The longest default. Where only kinds of moves have days, the others are as if nothing was said."""
    found = [number(value(node, "default-days")) for node in cooldowns]
    return max((days for days in found if days is not None), default=None)


def _days_by_kind(cooldowns: Sequence[Any]) -> Iterable[tuple[Kind, int]]:
    for kind in KINDS:
        said = [number(value(node, f"semver-{kind}-days")) for node in cooldowns]
        # 0 stands for the default there; an entry without the kind has its default for it.
        if any(said):
            yield (
                kind,
                max(
                    days or number(value(node, "default-days")) or 0
                    for days, node in zip(said, cooldowns, strict=True)
                ),
            )


def _included(cooldowns: Sequence[Any]) -> tuple[str, ...]:
    """Of all entries, where each one has some: a name needs no age only where none asks for it."""
    found = [texts(value(node, "include")) for node in cooldowns]
    return _names(name for each in found for name in each) if all(found) else ()


def _excluded(cooldowns: Sequence[Any]) -> tuple[str, ...]:
    """What every entry excludes."""
    found = [_names(texts(value(node, "exclude"))) for node in cooldowns]
    return tuple(name for name in found[0] if all(name in each for each in found)) if found else ()


def _names(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(normalized_name, said)))


def _message(entry: Any) -> str:
    said = value(entry, "commit-message")
    prefix = text(value(said, "prefix"))
    if not prefix:
        return ""
    scope = "(deps)" if text(value(said, "include")) == "scope" else ""
    colon = ":" if scope or prefix[-1:].isalnum() or prefix[-1:] in ")]" else ""
    return f"{prefix}{scope}{colon} {{title}}"
