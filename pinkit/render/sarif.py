"""Notices as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pinkit import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinkit.model.notice import Notice, Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "pinkit/v1"
"""The key of the stable fingerprint; it changes when the meaning of `fingerprint` does."""


def sarif(notices: Sequence[Notice], *, complete: bool = True, unanswered: Sequence[str] = ()) -> str:
    """One run with all notices, suppressed ones included and marked.

    `complete` is false when something could not be answered (executionSuccessful of the invocation);
    `unanswered` says what, one text each (toolExecutionNotifications).
    """
    rules = {notice.rule.id: notice.rule for notice in notices}
    order = {identity: index for index, identity in enumerate(sorted(rules))}
    run = {
        "tool": {"driver": _driver([rules[identity] for identity in sorted(rules)])},
        "invocations": [_invocation(complete=complete, unanswered=unanswered)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(notice, order[notice.rule.id]) for notice in notices],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def fingerprint(notice: Notice) -> str:
    """What identifies a notice from run to run: rule, file and subject, not the line."""
    text = "\0".join((notice.rule.id, notice.file, notice.subject or notice.message))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _driver(rules: Sequence[Rule]) -> dict[str, Any]:
    return {
        "name": "pinkit",
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in rules],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    content: dict[str, Any] = {"id": rule.id, "shortDescription": {"text": rule.title or rule.id}}
    if rule.help:
        content["fullDescription"] = {"text": rule.title or rule.id}
        content["help"] = {"text": rule.help, "markdown": rule.help}
    if rule.url:
        content["helpUri"] = rule.url
    properties: dict[str, Any] = {}
    if rule.tags:
        properties["tags"] = list(rule.tags)
    if rule.score is not None:
        # Code scanning reads the severity of a security rule from this text.
        properties["security-severity"] = f"{rule.score:.1f}"
    return {**content, "properties": properties} if properties else content


def _invocation(*, complete: bool, unanswered: Sequence[str]) -> dict[str, Any]:
    content: dict[str, Any] = {"executionSuccessful": complete}
    if unanswered:
        content["toolExecutionNotifications"] = [
            {"level": "error", "message": {"text": text}} for text in unanswered
        ]
    return content


def _result(notice: Notice, rule_index: int) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(notice.file)}}
    if notice.line:
        place["region"] = {"startLine": notice.line}
    content: dict[str, Any] = {
        "ruleId": notice.rule.id,
        "ruleIndex": rule_index,
        "level": notice.level,
        "message": {"text": notice.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {FINGERPRINT: fingerprint(notice)},
    }
    if notice.suppressed:
        content["suppressions"] = [{"kind": "external", "justification": notice.suppressed}]
    if notice.baseline:
        content["baselineState"] = notice.baseline
    return content


def _uri(path: str) -> str:
    return quote(path.replace("\\", "/"), safe="/._-~:@+")
