"""Nodes of an answer to the pins of a lock: hashes, markers, annotations, edges."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING

from pinkit.errors import IntegrityError, Unavailable
from pinkit.formats.lock_layout import annotation_order, is_start
from pinkit.model.lock import ArchiveSource, Edge, Pin
from pinkit.model.value import frozen_value
from pinkit.resolve.marker_text import marker_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pinkit.formats.lock_layout import Layout
    from pinkit.model.distribution import Distribution
    from pinkit.model.lock import Lock, Source
    from pinkit.model.requirement import Requirement
    from pinkit.ports import Catalog
    from pinkit.resolve.graph import Node
    from pinkit.workflows.lock_solve import Solved

HASHED_INPUT = "take the hashes out of the input if you trust the index: the lock gets its own"
_TAKE = "take the index's hashes: `pinkit lock -P {}`, or `pinkit hash --refresh` in a file kept by hand"


@frozen_value(frozen=True, slots=True, kw_only=True)
class PinFacts:
    """What pins are made with besides the answer.

    `previous` is the lock as it was: hashes of unmoved pins and equivalent markers are kept from it. `sources`
    maps (name, URL) of direct references to their source. `detailed` adds files, edges and Requires-Python
    (PEP 751). `lock_name` names the lock in messages. `trusting` leaves kept hashes and those of inputs unproved.
    `places` are URLs of indexes by display name. `overridden` are annotations of files of overrides, by project.
    `near` makes a `file:` URL a path relative to the lock.
    """

    layout: Layout
    previous: Lock | None
    cutoffs: Mapping[str, int | None]
    cutoff: int | None
    sources: Mapping[tuple[str, str], Source]
    detailed: bool
    lock_name: str
    trusting: bool = False
    places: Mapping[str, str] = field(default_factory=dict)
    overridden: Mapping[str, Iterable[str]] = field(default_factory=dict)
    near: Callable[[str], str] = str


def pins_of(answer: Solved, catalog: Catalog, facts: PinFacts) -> tuple[Pin, ...]:
    """The pins in order of name, then version. Raises IntegrityError where a kept hash is not the index's."""
    kept: dict[tuple[str, str], Pin] = {}
    for pin in facts.previous.pins if facts.previous else ():
        kept.setdefault((pin.name, pin.version), pin)
    asked = _asked_extras(answer)
    return tuple(
        [
            _pin(node, answer, catalog, facts, kept, tuple(sorted(asked[node.name, node.version])))
            for node in answer.nodes
        ]
    )


def _asked_extras(answer: Solved) -> dict[tuple[str, str], set[str]]:
    """The extras that inputs and other pins ask of each release; what an extra asks of its own project is not."""
    asked: dict[tuple[str, str], set[str]] = {
        (node.name, node.version): {extra for requirement in node.asked for extra in requirement.extras}
        for node in answer.nodes
    }
    for node in answer.nodes:
        for edge in node.edges:
            asked[edge.name, edge.version].update(edge.extras)
    return asked


def _pin(
    node: Node,
    answer: Solved,
    catalog: Catalog,
    facts: PinFacts,
    kept: Mapping[tuple[str, str], Pin],
    extras: tuple[str, ...],
) -> Pin:
    version, _, url = node.version.partition(" @ ")
    before = kept.get((node.name, version))
    source = facts.sources[node.name, url] if url else None
    if source is not None:
        hashes = source.hashes if isinstance(source, ArchiveSource) else ()
        if isinstance(source, ArchiveSource) and not facts.trusting:
            _require_same(node.name, source, facts)
    else:
        hashes = _hashes(node, before, catalog, facts)
        if not facts.trusting:
            _require_asked(node, catalog)
    pin = Pin(
        name=node.name,
        version=version,
        extras=extras,
        marker=_marker(node, answer, before),
        via=annotation_order(_via(node, before, facts), facts.layout, _absolute(node)),
        dependencies=_edges(node, answer) if facts.detailed else (),
        hashes=hashes,
        index="" if url else _index(node, catalog, facts),
        source=source,
    )
    return _with_files(pin, catalog, facts) if facts.detailed and not url else pin


def _index(node: Node, catalog: Catalog, facts: PinFacts) -> str:
    name = catalog.index_of(node.name)
    place = facts.places.get(name, name)
    # A folder is no index, and where it is belongs to a machine: the paths of its files stand in the lock.
    return "" if place.startswith("file:") else place


def _marker(node: Node, answer: Solved, before: Pin | None) -> str:
    if node.lanes == answer.lanes.all and not (before and before.marker):
        return ""
    return marker_text(answer.lanes, node.lanes, before.marker if before else "")


def _via(node: Node, before: Pin | None, facts: PinFacts) -> Iterable[str]:
    yield from (requirement.origin.via for requirement in node.asked)
    # A bound of one run alone (`-P NAME[SPEC]`, floors of an upgrade) has no place in the lock.
    yield from (bound.origin.via for bound in node.bounded if bound.origin.via)
    yield from (parent for parent, _ in node.parents)
    yield from facts.overridden.get(node.name, ())
    # pip-compile names a project with an extra as its own parent on some runs (pip-tools #2301): kept where it did.
    if before and facts.layout.tool == "pip-compile" and node.extras and node.name in before.via:
        yield node.name


def _absolute(node: Node) -> frozenset[str]:
    """The annotations of files that uv knows by their absolute path: those that a file at the root includes."""
    origins = [each.origin for each in (*node.asked, *node.bounded)]
    return frozenset(each.via for each in origins if each.included_by and "/" not in each.included_by)


def _edges(node: Node, answer: Solved) -> tuple[Edge, ...]:
    versions: dict[str, int] = {}
    for other in answer.nodes:
        versions[other.name] = versions.get(other.name, 0) + 1
    return tuple(
        Edge(
            name=edge.name,
            version=edge.version.partition(" @ ")[0] if versions[edge.name] > 1 else "",
            extras=edge.extras,
            marker="" if edge.lanes == node.lanes else marker_text(answer.lanes, edge.lanes, ""),
        )
        for edge in node.edges
    )


def _hashes(node: Node, before: Pin | None, catalog: Catalog, facts: PinFacts) -> tuple[str, ...]:
    if before is not None and before.hashes and facts.trusting:
        return before.hashes
    if before is not None and before.hashes:
        if not set(before.hashes).issubset(catalog.digests(node.name, node.version, None)):
            unknown = unknown_hashes(f"{facts.lock_name}:{before.line}", before, catalog)
            if unknown:
                raise _forged(facts.lock_name, before, {d: _place(d, before, catalog) for d in unknown})
        if facts.previous is None or not is_start(facts.previous.header):
            return before.hashes
    cutoff = facts.cutoffs.get(node.name, facts.cutoff)
    known = catalog.digests(node.name, node.version, cutoff)
    # Other tools leave out files that no target of theirs can use: proved as they are, they are completed here.
    return tuple(sorted({*before.hashes, *known})) if before is not None else known


def unknown_hashes(place: str, pin: Pin, catalog: Catalog) -> tuple[str, ...]:
    """The pin's hashes that are of no file that the index has or had for the release.

    Without any, Unavailable where some cannot be proved all the same: of files that are gone from the index, or of an
    algorithm that it does not claim for every file. `place` is where the pin stands.
    """
    # Only a lock that holds more than the index's own sha256 comes here: others do not pay for this import.
    from pinkit.check.hashes import claimed_for_all, untold_why, well_formed

    files = catalog.proved(pin.name, pin.version)
    known = {digest for file in files for digest in file.hashes}
    strange = [digest for digest in pin.hashes if digest not in known]
    gone = catalog.vanished(pin.name, pin.version) if strange else frozenset()
    lost = [digest for digest in strange if digest in gone]
    whole = claimed_for_all(files)
    unproved = [d for d in strange if d not in gone and _algorithm(d) not in whole and well_formed(d)]
    unknown = [digest for digest in strange if digest not in gone and digest not in unproved]
    if lost and not unknown:
        raise Unavailable(
            f"{place}: the index no longer has {_files(len(lost))} of {pin.name} {pin.version}",
            "\n".join(lost),
            _TAKE.format(pin.name),
        )
    if unproved and not unknown:
        untold = sorted(set(map(_algorithm, unproved)))
        raise Unavailable(
            f"{place}: the {' and '.join(untold)} hashes of {pin.name} {pin.version} cannot be checked",
            untold_why(untold, files),
            _TAKE.format(pin.name),
        )
    return tuple(unknown)


def _files(count: int) -> str:
    return "a file that the lock has" if count == 1 else f"{count} files that the lock has"


def _algorithm(digest: str) -> str:
    return digest.partition(":")[0]


def _require_same(name: str, source: ArchiveSource, facts: PinFacts) -> None:
    """IntegrityError where the lock has another hash of the archive at a URL. Files here may be made anew at will."""
    for pin in facts.previous.pins if facts.previous else ():
        before = pin.source
        if not source.url or not isinstance(before, ArchiveSource) or before.url != source.url:
            continue
        strange = [
            digest for digest in pin.hashes if digest.startswith("sha256:") and digest not in source.hashes
        ]
        if strange:
            raise IntegrityError(
                f"{facts.lock_name}:{pin.line}: the archive of {name} is not the one that was locked",
                "\n".join([f"locked is {' '.join(strange)}", f"{source.url} has {' '.join(source.hashes)}"]),
                f"find out why its content changed; `-P {name}` takes it as it is now",
            )


def _require_asked(node: Node, catalog: Catalog) -> None:
    """IntegrityError where an input names hashes of the project, and none of them is of the chosen release."""
    for requirement in wrongly_hashed(node, catalog):
        raise IntegrityError(
            f"{requirement.origin}: no hash there is of a file of {node.name} {node.version}",
            "\n".join(_sha256(requirement)),
            HASHED_INPUT,
        )


def wrongly_hashed(node: Node, catalog: Catalog) -> Iterator[Requirement]:
    """The requirements in inputs whose hashes are of no file of the chosen release of an index."""
    for requirement in (*node.asked, *node.bounded):
        asked = _sha256(requirement)
        if asked and not set(asked).intersection(catalog.digests(node.name, node.version, None)):
            yield requirement


def _sha256(requirement: Requirement) -> list[str]:
    return [digest for digest in requirement.hashes if digest.startswith("sha256:")]


def _place(digest: str, pin: Pin, catalog: Catalog) -> str:
    """Where a hash is from that the index which answers for the pin does not know: " (a file on an index)", or ""."""
    # That the hash is unknown holds whether or not the other indexes can be asked.
    with suppress(Unavailable):
        for index in catalog.indexes_with(pin.name):
            for file in catalog.distributions_on(index, pin.name, pin.version):
                if digest in file.hashes:
                    return f" ({file.filename} on {index}; {catalog.index_of(pin.name)} answers for the name)"
    return ""


def _forged(lock_name: str, pin: Pin, unknown: Mapping[str, str]) -> IntegrityError:
    lines = dict(zip(pin.hashes, pin.hash_lines, strict=False))
    return IntegrityError(
        f"{lock_name}: {pin.name} {pin.version} has a hash that is of no file of this release",
        why="\n".join(f"{lock_name}:{lines.get(d, pin.line)}: {d}{place}" for d, place in unknown.items()),
        hint=f"do not install from this lock; `pinkit check` says more, `-P {pin.name}` takes the index's hashes",
    )


def _with_files(pin: Pin, catalog: Catalog, facts: PinFacts) -> Pin:
    cutoff = facts.cutoffs.get(pin.name, facts.cutoff)
    files = catalog.proved(pin.name, pin.version)
    if pin.hashes:
        wanted = set(pin.hashes)
        files = tuple(file for file in files if wanted.intersection(file.hashes))
    if cutoff is not None:
        files = tuple(file for file in files if file.upload_time is None or file.upload_time <= cutoff)
    requires = {file.requires_python for file in files}
    files = tuple([_lockable(file, facts.near) for file in files])
    return replace(pin, distributions=files, requires_python=requires.pop() if len(requires) == 1 else "")


def _lockable(file: Distribution, near: Callable[[str], str]) -> Distribution:
    """The file without weak hashes and without a path of this machine."""
    if not file.url.startswith("file:") and not any(map(_is_weak, file.hashes)):
        return file
    hashes = tuple(digest for digest in file.hashes if not _is_weak(digest))
    return replace(file, hashes=hashes, url=near(file.url) if file.url.startswith("file:") else file.url)


def _is_weak(digest: str) -> bool:
    return digest.startswith(("md5:", "sha1:"))
