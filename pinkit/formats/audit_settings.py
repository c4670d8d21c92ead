"""`[tool.pinkit.audit]` and `osv-scanner.toml`: policy and ignores, with the line each was written on."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pinkit.errors import UsageError
from pinkit.formats.pep440 import sort_key
from pinkit.formats.pep508 import InvalidRequirement, canonical_specifier, normalized_name
from pinkit.formats.toml_text import Lines
from pinkit.model.advisory import Severity
from pinkit.model.audit import AuditPolicy, Ignore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SEVERITIES = {
    "any": Severity.NONE,
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}
"""Values of `fail-on` and what they mean."""

JUSTIFICATIONS = (
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
)
"""OpenVEX's reasons why an advisory does not apply."""

_OWN_IGNORE = re.compile(r"^\s*\[\[\s*(?:tool\.pinkit\.)?audit\.ignore\s*\]\]")
_LEGACY = re.compile(r"[A-Za-z0-9._+!-]+")
_KEYS = ("fail-on", "unknown-severity", "max-age", "internal", "index", "ignore", "vex")
_IGNORE_KEYS = ("id", "package", "range", "reason", "until", "until-fixed", "justification")


class AuditSettings:
    """What `[tool.pinkit.audit]` says; options of the command line go before it."""

    __slots__ = ("index", "max_age", "policy", "vex")

    def __init__(self, policy: AuditPolicy, max_age: str, vex: tuple[str, ...], *, index: bool) -> None:
        self.policy, self.max_age, self.vex, self.index = policy, max_age, vex, index


def audit_settings(table: Mapping[str, Any], text: str, file: str) -> AuditSettings:
    """The settings of the `audit` table of a configuration; defaults where it says nothing.

    `text` is the whole file, for the lines of the ignores. UsageError names the key.
    """
    where = f"{file}: tool.pinkit.audit"
    _known_keys(table, _KEYS, where)
    fail_on = _one_of(table, "fail-on", tuple(SEVERITIES), "any", where)
    unknown = _one_of(table, "unknown-severity", ("fail", "pass"), "fail", where)
    entries = _tables(table, "ignore", where)
    lines = _lines_of(text, _OWN_IGNORE, len(entries))
    policy = AuditPolicy(
        fail_on=SEVERITIES[fail_on],
        unknown_fails=unknown == "fail",
        ignores=tuple(_ignore(e, file, line) for e, line in zip(entries, lines, strict=True)),
        internal=tuple(_list_of_texts(table, "internal", where)),
    )
    index = table.get("index", False)
    if not isinstance(index, bool):
        raise UsageError(f"{where}.index must be true or false")
    max_age = table.get("max-age", "")
    if not isinstance(max_age, str):
        raise UsageError(f"{where}.max-age must be a text like '24h'")
    if max_age:
        line = Lines(text.encode()).of(max_age, "tool.pinkit.audit")
        duration_s(max_age, f"{file}{f':{line}' if line else ''}: tool.pinkit.audit.max-age: ")
    return AuditSettings(policy, max_age, tuple(_list_of_texts(table, "vex", where)), index=index)


def osv_scanner_ignores(text: str, file: str, scope: str) -> tuple[Ignore, ...]:
    """The ignores of an osv-scanner.toml, which covers the locks in its own directory `scope`.

    `[[IgnoredVulns]]` (id, ignoreUntil, reason) and `[[PackageOverrides]]` that ignore a project or its
    vulnerabilities; other settings of that file are not about advisories.
    """
    content = _parsed(text, file)
    vulns = _tables(content, "IgnoredVulns", file)
    overrides = _tables(content, "PackageOverrides", file)
    found = [
        Ignore(
            id=str(entry.get("id", "")),
            reason=str(entry.get("reason", "")) or "no reason given",
            until=_day(entry.get("ignoreUntil"), f"{file}:{line}: ignoreUntil"),
            scope=scope or ".",
            file=file,
            line=line,
        )
        for entry, line in zip(vulns, _lines_of(text, _header("IgnoredVulns"), len(vulns)), strict=True)
        if entry.get("id")
    ]
    lines = _lines_of(text, _header("PackageOverrides"), len(overrides))
    found += (
        _override(e, file, line, scope) for e, line in zip(overrides, lines, strict=True) if _ignores(e)
    )
    return tuple(found)


def duration_s(text: str, where: str = "") -> int:
    """Seconds of "90m", "24h", "7d" or "2w". UsageError for anything else, with `where` it stands."""
    match = re.fullmatch(r"([0-9]{1,6})\s*([smhdw])", text.strip())
    if match is None:
        raise UsageError(
            f"{where}{text!r} is no duration", hint="write a number and s, m, h, d or w: 24h, 7d"
        )
    return int(match[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[match[2]]


def exactly(version: str, where: str) -> str:
    """The specifier of one version, "" of none. UsageError for a text that no release can have."""
    if not version:
        return ""
    if sort_key(version) is not None:
        return f"=={version}"
    if _LEGACY.fullmatch(version) is None:
        raise UsageError(f"{where} {version!r} is no version")
    return f"==={version}"


def _header(name: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*\[\[\s*{name}\s*\]\]")


def _parsed(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file}: not valid TOML", why=str(error)) from error


def _ignore(entry: dict[str, Any], file: str, line: int) -> Ignore:
    where = f"{file}:{line}: tool.pinkit.audit.ignore"
    _known_keys(entry, _IGNORE_KEYS, where)
    for key in ("id", "package", "range", "reason"):
        if not isinstance(entry.get(key, ""), str):
            raise UsageError(f"{where}.{key} must be a text")
    if not entry.get("id") and not entry.get("package"):
        raise UsageError(f"{where} names neither an id nor a package", hint='add `id = "…"`')
    if not str(entry.get("reason", "")).strip():
        raise UsageError(f"{where} has no reason", hint='say why it may be ignored: `reason = "…"`')
    if not isinstance(entry.get("until-fixed", False), bool):
        raise UsageError(f"{where}.until-fixed must be true or false")
    if entry.get("until") and entry.get("until-fixed"):
        raise UsageError(f"{where} has both until and until-fixed", hint="keep one of them")
    return Ignore(
        id=entry.get("id", ""),
        reason=entry["reason"],
        project=normalized_name(entry.get("package", "")),
        versions=_range(entry.get("range", ""), where),
        until=_day(entry.get("until"), f"{where}.until"),
        until_fixed=entry.get("until-fixed") is True,
        file=file,
        line=line,
        justification=_one_of(entry, "justification", ("", *JUSTIFICATIONS), "", where),
    )


def _range(text: str, where: str) -> str:
    try:
        return canonical_specifier(text) if text else ""
    except InvalidRequirement as error:
        raise UsageError(
            f"{where}.range {text!r} is no version range",
            why=error.reason,
            hint='write it as in PEP 440: "<2.0"',
        ) from error


def _ignores(entry: dict[str, Any]) -> bool:
    vulnerability = entry.get("vulnerability")
    ignored = isinstance(vulnerability, dict) and vulnerability.get("ignore") is True
    # Pins have no groups here: an ignore of one group must not become one of everything.
    ours = entry.get("ecosystem", "PyPI") == "PyPI" and not entry.get("group")
    return ours and (entry.get("ignore") is True or ignored)


def _override(entry: dict[str, Any], file: str, line: int, scope: str) -> Ignore:
    return Ignore(
        id="",
        reason=str(entry.get("reason", "")) or "no reason given",
        project=normalized_name(str(entry.get("name", ""))),
        versions=exactly(str(entry.get("version", "")), f"{file}:{line}: version"),
        until=_day(entry.get("effectiveUntil"), f"{file}:{line}: effectiveUntil"),
        scope=scope or ".",
        file=file,
        line=line,
    )


def _known_keys(table: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    for key in table:
        if key not in known:
            close = get_close_matches(key, list(known), n=1)
            raise UsageError(
                f"{where}: unknown key {key!r}", hint=f"did you mean {close[0]!r}?" if close else ""
            )


def _one_of(table: Mapping[str, Any], key: str, values: tuple[str, ...], default: str, where: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or value not in values:
        raise UsageError(f"{where}.{key} must be one of {', '.join(v for v in values if v)}")
    return value


def _list_of_texts(table: Mapping[str, Any], key: str, where: str) -> list[str]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise UsageError(f"{where}.{key} must be a list of texts")
    return value


def _tables(table: Mapping[str, Any], key: str, where: str) -> list[dict[str, Any]]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise UsageError(f"{where}: {key} must be an array of tables")
    return value


def _day(value: object, where: str) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return (value.astimezone(dt.UTC) if value.tzinfo else value).date().isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value[:10]).isoformat()
        except ValueError:
            pass
    raise UsageError(f"{where} must be a date", hint="write it as 2027-01-31")


def _lines_of(text: str, header: re.Pattern[str], count: int) -> list[int]:
    """The line of each array-of-tables header; 1 for entries written inline, which have none."""
    lines = [number for number, line in enumerate(text.splitlines(), 1) if header.match(line)]
    return lines if len(lines) == count else [1] * count
