"""What entries of a dependabot.yml say that is not followed here, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pinkit.formats.dependabot_versions import specifier_of
from pinkit.formats.yaml_nodes import items, number, pairs, text, texts, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RULES = ("allow", "cooldown", "groups", "ignore")
_KINDS = ("major", "minor", "patch")
_DAYS = ("default-days", *(f"semver-{kind}-days" for kind in _KINDS))
_ROLES = ("direct", "indirect", "all", "production", "development")
_KEYS = (
    *("assignees", "exclude-paths", "milestone", "multi-ecosystem-group", "pull-request-branch-name"),
    *("rebase-strategy", "reviewers", "vendor"),
)
_STRATEGIES = ("", "auto", "lockfile-only")


def unread(root: Any, entries: Sequence[Any]) -> Iterable[str]:
    """Sentences about the whole, about all entries for Python, then about each one in the order of its keys' kinds."""
    yield from _of_whole(root)
    places = {(text(value(entry, "directory")), texts(value(entry, "directories"))) for entry in entries}
    if len(places) > 1 and any(value(entry, key) is not None for entry in entries for key in _RULES):
        yield "entries for several directories are not told apart: their rules hold for all locks"
    for entry in entries:
        yield from _of_entry(entry)


def _of_whole(root: Any) -> Iterable[str]:
    """What makes a document one that says nothing, where something was meant."""
    if root is None:
        return
    version, updates = text(value(root, "version")), value(root, "updates")
    if version not in ("", "2"):
        yield f"version {version!r} is not followed: only 2 is known"
    elif getattr(updates, "id", "") != "sequence":
        yield "it has no list of `updates`, and is not followed"


def _of_entry(entry: Any) -> Iterable[str]:
    for rule in items(value(entry, "ignore")):
        yield from _of_rule(rule, "ignore")
    for rule in items(value(entry, "allow")):
        yield from _of_rule(rule, "allow")
    for name, body in pairs(value(entry, "groups")):
        yield from _of_group(name, body)
    for key in _KEYS:
        if value(entry, key) is not None:
            yield f"{key} is not followed"
    if text(value(entry, "versioning-strategy")) not in _STRATEGIES:
        yield "versioning-strategy is not followed: see edit-inputs of [tool.pinkit.upgrade]"
    if value(value(entry, "commit-message"), "prefix-development") is not None:
        yield "prefix-development of commit-message is not followed"
    if text(value(entry, "labels")):
        yield "labels is no list, and is not followed"
    yield from _numbers(entry, ("open-pull-requests-limit",))
    yield from _numbers(value(entry, "cooldown"), _DAYS)
    if number(value(entry, "open-pull-requests-limit")) == 0:
        yield "open-pull-requests-limit 0 is not followed: no plan is proposed unless it is published"


def _numbers(node: Any, keys: Iterable[str]) -> Iterable[str]:
    for key in keys:
        found = value(node, key)
        if found is not None and number(found) is None:
            yield f"{key} {text(found)!r} is no number, and is not followed"


def _of_rule(rule: Any, key: str) -> Iterable[str]:
    name = text(value(rule, "dependency-name")) or "all"
    for said in texts(value(rule, "versions")):
        if not specifier_of(said):
            yield f"{key} of {name} by versions {said!r} is not followed"
    for said in texts(value(rule, "update-types")):
        if said.strip().lower() not in {f"version-update:semver-{kind}" for kind in _KINDS}:
            yield f"{key} of {name} by update-types {said!r} is not followed"
    if (role := text(value(rule, "dependency-type"))) and (key == "ignore" or role not in _ROLES):
        yield f"{key} of {name} by dependency-type {role!r} is not followed"


def _of_group(name: str, body: Any) -> Iterable[str]:
    for said in texts(value(body, "update-types")):
        if said.strip().lower() not in _KINDS:
            yield f"update-types {said!r} of group {name} is not followed"
    if (role := text(value(body, "dependency-type"))) and role not in _ROLES:
        yield f"dependency-type {role!r} of group {name} is not followed"
    if (said := text(value(body, "applies-to"))) not in ("", "version-updates", "security-updates"):
        yield f"applies-to {said!r} of group {name} is not followed"
    if value(body, "group-by") is not None:
        yield f"group-by of group {name} is not followed"
