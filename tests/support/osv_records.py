"""Small OSV records made for tests."""

from __future__ import annotations

import json
from typing import Any


def record(
    identity: str = "TEST-1",
    name: str = "demo",
    *,
    events: list[dict[str, Any]] | None = None,
    versions: list[Any] | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """A record about one project, with one ECOSYSTEM range when `events` are given."""
    entry: dict[str, Any] = {"package": {"ecosystem": "PyPI", "name": name}}
    if events is not None:
        entry["ranges"] = [{"type": "ECOSYSTEM", "events": events}]
    if versions is not None:
        entry["versions"] = versions
    return {
        "schema_version": "1.7.0",
        "id": identity,
        "modified": "2026-01-02T03:04:05Z",
        "affected": [entry],
        **fields,
    }


def before(fixed: str) -> list[dict[str, str]]:
    """Events of: every version below `fixed`."""
    return [{"introduced": "0"}, {"fixed": fixed}]


def encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()
