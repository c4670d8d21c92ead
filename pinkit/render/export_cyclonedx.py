"""A lock as CycloneDX 1.6: every pin a component, its files with their hashes, who needs whom."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import TYPE_CHECKING

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from pinkit import __version__
from pinkit.formats.lock_edges import children, roots, with_edges
from pinkit.render.purl import purl_of

if TYPE_CHECKING:
    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Lock, Pin

_ALGORITHMS = {
    "md5": HashAlgorithm.MD5,
    "sha1": HashAlgorithm.SHA_1,
    "sha256": HashAlgorithm.SHA_256,
    "sha384": HashAlgorithm.SHA_384,
    "sha512": HashAlgorithm.SHA_512,
    "blake2b": HashAlgorithm.BLAKE2B_512,
}
_NAMESPACE = uuid.UUID("b8f0e3a2-5d5c-5a07-8a53-0e8b3b0b9a64")


def export_cyclonedx(lock: Lock, name: str, created: int) -> str:
    """The bill of materials as JSON; `name` is what is locked, `created` seconds since the epoch.

    Serial number and order follow from the content. Files that the lock knows are references with their hashes;
    hashes alone are properties, since one component has many files.
    """
    lock = with_edges(lock)
    components = {_reference(pin): _component(pin) for pin in lock.pins}
    main = Component(name=name, type=ComponentType.APPLICATION, bom_ref="lock")
    serial = "\n".join(f"{_reference(pin)} {' '.join(sorted(pin.hashes))}" for pin in lock.pins)
    bom = Bom(
        components=components.values(),
        serial_number=uuid.uuid5(_NAMESPACE, serial),
        metadata=BomMetaData(
            timestamp=dt.datetime.fromtimestamp(created, dt.UTC),
            component=main,
            tools=ToolRepository(
                components=[Component(name="pinkit", version=__version__, type=ComponentType.APPLICATION)]
            ),
        ),
    )
    bom.register_dependency(main, [components[_reference(pin)] for pin in roots(lock)])
    for pin in lock.pins:
        bom.register_dependency(
            components[_reference(pin)], [components[_reference(child)] for child in children(lock, pin)]
        )
    return JsonV1Dot6(bom).output_as_string(indent=2) + "\n"


def _reference(pin: Pin) -> str:
    # Two pins of one release for different targets differ by their marker.
    return f"{purl_of(pin)}#{pin.marker}" if pin.marker else purl_of(pin)


def _component(pin: Pin) -> Component:
    files = [_file(item) for item in pin.distributions if item.url]
    known = {value for item in pin.distributions for value in item.hashes}
    properties = [Property(name="pinkit:hash", value=value) for value in pin.hashes if value not in known]
    if pin.marker:
        properties.append(Property(name="pinkit:marker", value=pin.marker))
    return Component(
        name=pin.name,
        version=pin.version or None,
        type=ComponentType.LIBRARY,
        bom_ref=_reference(pin),
        purl=PackageURL.from_string(purl_of(pin)),
        external_references=files,
        properties=properties,
    )


def _file(item: Distribution) -> ExternalReference:
    return ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(item.url),
        comment=item.filename,
        hashes=[
            HashType(alg=_ALGORITHMS[algorithm], content=digest)
            for algorithm, _, digest in (value.partition(":") for value in item.hashes)
            if algorithm in _ALGORITHMS
        ],
    )
