"""Provenance objects of an index (PEP 740): who it says has published a file."""

from __future__ import annotations

import json
from typing import Any

from pinkit.formats.short_text import short_line

MAX_BYTES = 4 << 20
MEDIA_TYPE = "application/vnd.pypi.integrity.v1+json"
_MOST_BUNDLES = 100
_IDENTITY = ("repository", "workflow", "workflow_filepath", "email", "subject")


class InvalidProvenance(ValueError):
    """The text is no provenance object; the message says why."""


def publishers(text: bytes) -> tuple[str, ...]:
    """Each publisher as one line, "GitHub owner/repository release.yml", sorted. Raises InvalidProvenance."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidProvenance("it is no JSON") from error
    bundles = document.get("attestation_bundles") if isinstance(document, dict) else None
    if not isinstance(bundles, list) or len(bundles) > _MOST_BUNDLES:
        raise InvalidProvenance("it has no list of attestation bundles")
    return tuple(sorted({_publisher(bundle) for bundle in bundles}))


def _publisher(bundle: Any) -> str:
    publisher = bundle.get("publisher") if isinstance(bundle, dict) else None
    if not isinstance(publisher, dict) or not isinstance(publisher.get("kind"), str):
        raise InvalidProvenance("a bundle has no publisher")
    told = [publisher[key] for key in _IDENTITY if isinstance(publisher.get(key), str)]
    return short_line(" ".join([publisher["kind"], *told]))
