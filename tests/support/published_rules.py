"""What the standards ask of our reports, written down for tests as JSON Schema (draft 2020-12).

Only what pinkit may write is allowed: a new property in a report has to be looked up in its standard first.
"""

from __future__ import annotations

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
MESSAGE: dict[str, Any] = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": TEXT, "markdown": TEXT},
}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": required.split(),
        "additionalProperties": False,
        "properties": properties,
    }


def listed(items: dict[str, Any], minimum: int = 0, *, unique: bool = False) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": minimum, "uniqueItems": unique}


URI: dict[str, Any] = {"type": "string", "pattern": "^[a-z]+://[!-~]+$"}
RELATIVE_URI: dict[str, Any] = {"type": "string", "pattern": "^[A-Za-z0-9._~:@+/%-]+$"}
LEVELS: dict[str, Any] = {"enum": ["none", "note", "warning", "error"]}

SARIF_RULES: dict[str, Any] = closed(
    "version runs",
    **{"$schema": URI},
    version={"const": "2.1.0"},
    runs=listed(
        closed(
            "tool",
            tool=closed(
                "driver",
                driver=closed(
                    "name",
                    name=TEXT,
                    informationUri=URI,
                    semanticVersion={"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+"},
                    rules=listed(
                        closed(
                            "id",
                            id=TEXT,
                            shortDescription=MESSAGE,
                            fullDescription=MESSAGE,
                            help=MESSAGE,
                            helpUri=URI,
                            properties=closed(
                                "",
                                tags=listed(TEXT, unique=True),
                                **{
                                    "security-severity": {"type": "string", "pattern": r"^(10|[0-9])\.[0-9]$"}
                                },
                            ),
                        ),
                        unique=True,
                    ),
                ),
            ),
            invocations=listed(
                closed(
                    "executionSuccessful",
                    executionSuccessful={"type": "boolean"},
                    toolExecutionNotifications=listed(closed("message", level=LEVELS, message=MESSAGE), 1),
                )
            ),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            results=listed(
                closed(
                    "message ruleId",
                    ruleId=TEXT,
                    ruleIndex={"type": "integer", "minimum": 0},
                    level=LEVELS,
                    message=MESSAGE,
                    locations=listed(
                        closed(
                            "physicalLocation",
                            physicalLocation=closed(
                                "artifactLocation",
                                artifactLocation=closed("uri", uri=RELATIVE_URI),
                                region=closed("startLine", startLine={"type": "integer", "minimum": 1}),
                            ),
                        )
                    ),
                    partialFingerprints={"type": "object", "additionalProperties": TEXT},
                    suppressions=listed(
                        closed("kind", kind={"enum": ["inSource", "external"]}, justification=TEXT), 1
                    ),
                    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
                )
            ),
        ),
        1,
    ),
)
"""SARIF 2.1.0, sections 3.13 (log), 3.14 (run), 3.19 (driver), 3.20 (invocation), 3.27 (result), 3.49 (rule)."""

OPENVEX_RULES: dict[str, Any] = {
    "type": "object",
    "required": ["@context", "@id", "author", "timestamp", "version", "statements"],
    "properties": {
        "@context": {"const": "https://openvex.dev/ns/v0.2.0"},
        "@id": {"type": "string", "pattern": "^https://"},
        "author": {"type": "string", "minLength": 1},
        "role": {"type": "string"},
        "timestamp": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+)$"},
        "last_updated": {"type": "string"},
        "version": {"type": "integer", "minimum": 1},
        "tooling": {"type": "string"},
        "statements": {"type": "array", "items": {"$ref": "#/$defs/statement"}},
    },
    "additionalProperties": False,
    "$defs": {
        "statement": {
            "type": "object",
            "required": ["vulnerability", "status", "products"],
            "additionalProperties": False,
            "properties": {
                "vulnerability": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {
                        "name": {"type": "string"},
                        "description": {"type": "string"},
                        "aliases": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
                    },
                },
                "products": {
                    "type": "array",
                    "minItems": 1,
                    "uniqueItems": True,
                    "items": {
                        "type": "object",
                        "required": ["@id"],
                        "properties": {"@id": {"pattern": "^pkg:pypi/[a-z0-9-]+(@[^@/]+)?$"}},
                    },
                },
                "status": {"enum": ["not_affected", "affected", "fixed", "under_investigation"]},
                "status_notes": {"type": "string"},
                "justification": {
                    "enum": [
                        "component_not_present",
                        "vulnerable_code_not_present",
                        "vulnerable_code_not_in_execute_path",
                        "vulnerable_code_cannot_be_controlled_by_adversary",
                        "inline_mitigations_already_exist",
                    ]
                },
                "impact_statement": {"type": "string"},
                "action_statement": {"type": "string"},
            },
            "allOf": [
                {
                    "if": {"properties": {"status": {"const": "not_affected"}}},
                    "then": {"anyOf": [{"required": ["justification"]}, {"required": ["impact_statement"]}]},
                },
                {
                    "if": {"properties": {"status": {"const": "affected"}}},
                    "then": {"required": ["action_statement"]},
                    "else": {"not": {"required": ["action_statement"]}},
                },
                {
                    "if": {"required": ["justification"]},
                    "then": {"properties": {"status": {"const": "not_affected"}}},
                },
            ],
        }
    },
}
"""What OpenVEX 0.2.0 asks of a document, written down for these tests."""
