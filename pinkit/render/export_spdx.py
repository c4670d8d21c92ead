"""A lock as an SPDX 2.3 document in JSON: every pin a package, who needs whom as relationships."""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from pinkit import __version__
from pinkit.formats.cutoff import cutoff_text
from pinkit.formats.lock_edges import children, roots, with_edges
from pinkit.model.lock import ArchiveSource, VcsSource
from pinkit.render.purl import purl_of

if TYPE_CHECKING:
    from pinkit.model.lock import Lock, Pin

_NAMESPACE = uuid.UUID("2f9a1f6e-9f0e-5d8b-8f55-9d2f5b7a1c33")
_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9.-]+")
_ALGORITHMS = {"md5": "MD5", "sha1": "SHA1", "sha256": "SHA256", "sha384": "SHA384", "sha512": "SHA512"}
_DOCUMENT = "SPDXRef-DOCUMENT"


def export_spdx(lock: Lock, name: str, created: int) -> str:
    """The document; `name` is what is locked, `created` seconds since the epoch.

    Its namespace follows from the content. A pin with one file has that file's place and checksum; one with
    several lists their hashes in its comment, since a package there is one archive.
    """
    lock = with_edges(lock)
    ids = _ids(lock)
    packages = [_package(pin, ids[index]) for index, pin in enumerate(lock.pins)]
    places = {id(pin): ids[index] for index, pin in enumerate(lock.pins)}
    relationships = [_relationship(_DOCUMENT, "DESCRIBES", places[id(pin)]) for pin in roots(lock)]
    for pin in lock.pins:
        relationships += [
            _relationship(places[id(pin)], "DEPENDS_ON", places[id(child)]) for child in children(lock, pin)
        ]
    body = {"name": name, "packages": packages, "relationships": relationships}
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "documentNamespace": f"urn:uuid:{uuid.uuid5(_NAMESPACE, json.dumps(body, sort_keys=True))}",
        "creationInfo": {"created": cutoff_text(created), "creators": [f"Tool: pinkit-{__version__}"]},
        **body,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _ids(lock: Lock) -> list[str]:
    """One id a pin; a number tells pins of one release apart."""
    found: list[str] = []
    for pin in lock.pins:
        base = "SPDXRef-Package-" + _NOT_IN_AN_ID.sub("-", f"{pin.name}-{pin.version}".rstrip("-"))
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}-{number}"
        found.append(name)
    return found


def _package(pin: Pin, identity: str) -> dict[str, Any]:
    place, checksums = _place(pin)
    package: dict[str, Any] = {
        "name": pin.name,
        "SPDXID": identity,
        "downloadLocation": place,
        "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": purl_of(pin),
            }
        ],
    }
    if pin.version:
        package["versionInfo"] = pin.version
    if checksums:
        package["checksums"] = checksums
    comment = _comment(pin, listed=bool(checksums))
    if comment:
        package["comment"] = comment
    return package


def _place(pin: Pin) -> tuple[str, list[dict[str, str]]]:
    match pin.source:
        case VcsSource() as vcs:
            return f"{vcs.kind}+{vcs.url}@{vcs.commit}", []
        case ArchiveSource(url=url) if url:
            return url, _checksums(pin.hashes)
    if len(pin.distributions) == 1:
        (only,) = pin.distributions
        return (only.url if "://" in only.url else "NOASSERTION"), _checksums(only.hashes)
    return "NOASSERTION", _checksums(pin.hashes) if len(pin.hashes) == 1 else []


def _checksums(hashes: tuple[str, ...]) -> list[dict[str, str]]:
    split = [value.partition(":") for value in hashes]
    return [
        {"algorithm": _ALGORITHMS[algorithm], "checksumValue": digest}
        for algorithm, _, digest in split
        if algorithm in _ALGORITHMS
    ]


def _comment(pin: Pin, *, listed: bool) -> str:
    lines = [f"for: {pin.marker}"] if pin.marker else []
    if pin.hashes and not listed:
        lines += ["hashes of its files:", *pin.hashes]
    return "\n".join(lines)


def _relationship(left: str, kind: str, right: str) -> dict[str, str]:
    return {"spdxElementId": left, "relationshipType": kind, "relatedSpdxElement": right}
